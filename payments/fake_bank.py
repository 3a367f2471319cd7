"""The shipped bank: it pays a VietQR as a phone app would, and tells its credits when asked.

Its books are an SQLite file of its own in the data folder, so that every process sees one bank.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from market.ids import uuid7
from payments import vietqr
from payments.bank_transfer import StatementLine
from payments.vietqr import QrUnreadable

FILE = "fake_bank.db"
TABLE = """
CREATE TABLE IF NOT EXISTS credit (
  number INTEGER PRIMARY KEY, account TEXT NOT NULL, reference TEXT NOT NULL,
  booked_at TEXT NOT NULL, amount INTEGER NOT NULL, text TEXT NOT NULL)
"""


def pay(
    folder: Path, *, payload: str, now: datetime, amount_minor: int | None = None
) -> StatementLine:
    """Scan the QR and transfer what it asks for, or another amount, to see what happens then."""
    asked = vietqr.parse(payload)
    amount = amount_minor or asked.amount_minor
    if not amount:
        raise QrUnreadable
    line = StatementLine(
        account=asked.account,
        reference=f"FT{uuid7().hex[-12:].upper()}",
        booked_at=now,
        amount_minor=amount,
        text=f"MBVCB.{asked.purpose or ''}.CT tu 0123 toi {asked.account}".upper(),
    )
    with _books(folder) as books:
        books.execute(
            "INSERT INTO credit (account, reference, booked_at, amount, text)"
            " VALUES (?, ?, ?, ?, ?)",
            (
                line.account,
                line.reference,
                line.booked_at.astimezone(UTC).isoformat(),
                line.amount_minor,
                line.text,
            ),
        )
    return line


def latest_credits(folder: Path) -> list[StatementLine]:
    """The latest credits, at most 500, oldest first."""
    with _books(folder) as books:
        rows = books.execute(
            "SELECT account, reference, booked_at, amount, text FROM credit"
            " ORDER BY number DESC LIMIT 500"
        ).fetchall()
    return [
        StatementLine(
            account=account,
            reference=reference,
            booked_at=datetime.fromisoformat(booked_at),
            amount_minor=amount,
            text=text,
        )
        for account, reference, booked_at, amount, text in reversed(rows)
    ]


@contextmanager
def _books(folder: Path) -> Iterator[sqlite3.Connection]:
    folder.mkdir(parents=True, exist_ok=True)
    books = sqlite3.connect(folder / FILE, timeout=10)
    try:
        with books:
            books.execute(TABLE)
            yield books
    finally:
        books.close()

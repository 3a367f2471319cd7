"""The shipped bank: it pays a VietQR as a phone app would, sends money, and tells its lines.

Its books are an SQLite file of its own in the data folder, so that every process sees one bank.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from market import clock
from market.errors import Kind, MarketError
from market.ids import uuid7
from payments import vietqr
from payments.bank_lines import StatementLine
from payments.vietqr import QrUnreadable

FILE = "fake_bank.db"
TOLD_MAX = 500
PAYER = {"payer_bin": "970436", "payer_account": "0123", "payer_name": "NGUYEN THI LAN"}
COLUMNS = [field.name for field in fields(StatementLine)]
LINES = f"SELECT {', '.join(COLUMNS)} FROM line"
TABLE = """
CREATE TABLE IF NOT EXISTS line (
  number INTEGER PRIMARY KEY, account TEXT NOT NULL, reference TEXT NOT NULL,
  booked_at TEXT NOT NULL, amount_minor INTEGER NOT NULL, text TEXT NOT NULL,
  payer_bin TEXT, payer_account TEXT, payer_name TEXT, told_at TEXT NOT NULL, key TEXT UNIQUE)
"""


class NoFunds(MarketError):
    """The account does not hold so much; facts: `balance`."""

    code, kind = "bank.no_funds", Kind.CONFLICT


def pay(
    folder: Path,
    *,
    payload: str,
    now: datetime,
    amount_minor: int | None = None,
    told_at: datetime | None = None,
) -> StatementLine:
    """Scan the QR and transfer what it asks for, or another amount, to see what happens then.

    The line is told from `told_at` on, at once where nothing is said.
    """
    asked = vietqr.parse(payload)
    amount = amount_minor or asked.amount_minor
    if not amount:
        raise QrUnreadable
    line = StatementLine(
        account=asked.account,
        reference=_reference(),
        booked_at=now,
        amount_minor=amount,
        text=f"MBVCB.{asked.purpose or ''}.CT tu 0123 toi {asked.account}".upper(),
        **PAYER,
    )
    with _books(folder) as books:
        _write(books, line, told_at or now)
    return line


def send(
    folder: Path,
    *,
    account: str,
    to: str,
    amount_minor: int,
    memo: str,
    now: datetime,
    key: str | None = None,
) -> StatementLine:
    """Transfer from an account of this bank, once per `key`; raises NoFunds."""
    line = StatementLine(
        account=account,
        reference=_reference(),
        booked_at=now,
        amount_minor=-amount_minor,
        text=f"{memo} CT toi {to}".upper(),
        payer_account=to,
    )
    with _books(folder) as books:
        books.execute("BEGIN IMMEDIATE")
        done = books.execute(f"{LINES} WHERE key = ?", (key,)).fetchone()
        if done:
            return _line(done)
        if (held := _balance(books, account)) < amount_minor:
            raise NoFunds(balance=held)
        _write(books, line, now, key)
    return line


def balance(folder: Path, *, account: str) -> int:
    """What the account holds, in đồng."""
    with _books(folder) as books:
        return _balance(books, account)


def lines(
    folder: Path, *, now: datetime | None = None, since: datetime | None = None
) -> list[StatementLine]:
    """What the bank tells by now, both directions, in the order of telling: the last 500.

    With `since` all that is booked from then on.
    """
    told, first = _text(now or datetime.max.replace(tzinfo=UTC)), _text(since) if since else ""
    most = -1 if since else TOLD_MAX
    with _books(folder) as books:
        rows = books.execute(
            f"{LINES} WHERE told_at <= ? AND booked_at >= ?"
            " ORDER BY told_at DESC, number DESC LIMIT ?",
            (told, first, most),
        ).fetchall()
    return [_line(row) for row in reversed(rows)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One account of the shipped bank, as a gateway sees it."""

    folder: Path
    account: str
    now: Callable[[], datetime] = clock.now

    def lines(self, since: datetime) -> list[StatementLine]:
        """What was booked on the account since then, oldest first."""
        told = lines(self.folder, since=since)
        return [line for line in told if line.account == self.account]

    def send(self, *, to: str, amount_minor: int, memo: str, key: str) -> None:
        """Transfer from the account, once per `key`; raises NoFunds."""
        folder, account, now = self.folder, self.account, self.now()
        send(folder, account=account, to=to, amount_minor=amount_minor, memo=memo, key=key, now=now)


def _write(
    books: sqlite3.Connection, line: StatementLine, told_at: datetime, key: str | None = None
) -> None:
    told = {"booked_at": _text(line.booked_at), "told_at": _text(told_at), "key": key}
    row = asdict(line) | told
    named = ", ".join(f":{name}" for name in row)
    books.execute(f"INSERT INTO line ({', '.join(row)}) VALUES ({named})", row)


def _line(row: Iterable[Any]) -> StatementLine:
    told = dict(zip(COLUMNS, row, strict=True))
    return StatementLine(**told | {"booked_at": datetime.fromisoformat(told["booked_at"])})


def _balance(books: sqlite3.Connection, account: str) -> int:
    held = books.execute("SELECT SUM(amount_minor) FROM line WHERE account = ?", (account,))
    return int(held.fetchone()[0] or 0)


def _reference() -> str:
    return f"FT{uuid7().hex[-12:].upper()}"


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


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

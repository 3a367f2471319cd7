"""The shipped bank: it pays a VietQR as a phone app would, sends money, and lists its lines.

Its books are an SQLite file of its own in the data folder, so that every process sees one bank.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zlib import crc32

from market import clock, ids
from market.errors import Kind, MarketError
from payments import vietqr
from payments.bank_lines import KEPT, StatementLine
from translations.folding import ascii_only

FILE = "shipped_bank.db"
PAYER = "NGUYEN THI LAN"
TABLE = """
CREATE TABLE IF NOT EXISTS line (
  number INTEGER PRIMARY KEY, account TEXT NOT NULL, reference TEXT NOT NULL,
  booked_at TEXT NOT NULL, amount_minor INTEGER NOT NULL, text TEXT NOT NULL,
  payer_bin TEXT, payer_account TEXT, payer_name TEXT, key TEXT UNIQUE)
"""
LINES = f"""
SELECT {", ".join(KEPT)}, balance_minor FROM (
  SELECT *, SUM(amount_minor) OVER (PARTITION BY account ORDER BY booked_at, number)
  AS balance_minor FROM line)
"""


class NoFunds(MarketError, code="bank.no_funds", kind=Kind.CONFLICT):
    """The account does not hold so much; facts: `balance`."""


def pay(
    folder: Path,
    *,
    payload: str,
    now: datetime,
    amount_minor: int | None = None,
    payer: str = PAYER,
) -> StatementLine:
    """Scan the QR and transfer what it asks for, or another amount, to see what happens then.

    Each name of a payer has an account of its own.
    """
    asked = vietqr.parse(payload)
    amount = amount_minor or asked.amount_minor
    if not amount:
        raise vietqr.QrUnreadable
    name = ascii_only(payer).upper()
    account = f"{crc32(name.encode()):010d}"
    line = StatementLine(
        account=asked.account,
        reference=_reference(),
        booked_at=now,
        amount_minor=amount,
        text=f"MBVCB.{asked.purpose or ''}.CT tu {account} toi {asked.account}".upper(),
        payer_bin="970436",
        payer_account=account,
        payer_name=name,
    )
    with _books(folder) as books:
        _write(books, line)
    return line


def balance(folder: Path, *, account: str) -> int:
    """What the account holds, in đồng."""
    with _books(folder) as books:
        return _balance(books, account)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What the shipped bank lists of one account, or of all that it has where none is named."""

    folder: Path
    account: str = ""
    now: Callable[[], datetime] = clock.now

    def lines(self, since: datetime) -> list[StatementLine]:
        """What was booked since then, both directions, oldest first."""
        with _books(self.folder) as books:
            rows = books.execute(
                f"{LINES} WHERE booked_at >= :since AND :account IN (account, '')"
                " ORDER BY booked_at, number",
                {"since": _text(since), "account": self.account},
            ).fetchall()
        return [_line(row) for row in rows]

    def send(self, *, to: str, amount_minor: int, memo: str, key: str) -> StatementLine:
        """Transfer from the account, once per `key`; raises NoFunds."""
        line = StatementLine(
            account=self.account,
            reference=_reference(),
            booked_at=self.now(),
            amount_minor=-amount_minor,
            text=f"{memo} CT toi {to}".upper(),
            payer_account=to,
        )
        with _books(self.folder) as books:
            books.execute("BEGIN IMMEDIATE")
            done = books.execute(f"{LINES} WHERE key = ?", (key,)).fetchone()
            if done:
                return _line(done)
            if (held := _balance(books, self.account)) < amount_minor:
                raise NoFunds(balance=held)
            _write(books, line, key)
        return line


def _write(books: sqlite3.Connection, line: StatementLine, key: str | None = None) -> None:
    row = {name: each for name, each in asdict(line).items() if name in KEPT}
    row |= {"booked_at": _text(line.booked_at), "key": key}
    named = ", ".join(f":{name}" for name in row)
    books.execute(f"INSERT INTO line ({', '.join(row)}) VALUES ({named})", row)


def _line(row: Iterable[Any]) -> StatementLine:
    told = dict(zip([*KEPT, "balance_minor"], row, strict=True))
    return StatementLine(**told | {"booked_at": datetime.fromisoformat(told["booked_at"])})


def _balance(books: sqlite3.Connection, account: str) -> int:
    held = books.execute("SELECT SUM(amount_minor) FROM line WHERE account = ?", (account,))
    return int(held.fetchone()[0] or 0)


def _reference() -> str:
    return f"FT{ids.uuid7().hex[-12:].upper()}"


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

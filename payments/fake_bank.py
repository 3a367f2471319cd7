"""The shipped bank: it pays a VietQR as a phone app would, sends money, and lists its lines.

Its books are an SQLite file of its own in the data folder, so that every process sees one bank.
"""

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zlib import crc32

from market import Kind, MarketError, clock, ids, tables
from payments import vietqr
from payments.bank_lines import KEPT, StatementLine
from payments.fake_psp.books import alone
from translations.folding import ascii_only

FILE = "shipped_bank.db"
PAYER = "NGUYEN THI LAN"
TABLE = tables.text("payments", "fake_bank.sql")
LINES = f"SELECT {', '.join(KEPT)}, balance_minor FROM told"


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
    text = f"MBVCB.{asked.purpose or ''}.CT tu {account} toi {asked.account}"
    its: Any = {"payer_bin": "970436", "payer_account": account, "payer_name": name}
    line = _made(asked.account, amount, text, booked_at=now, **its)
    with alone(folder / FILE, TABLE) as books:
        _write(books, line)
    return line


def balance(folder: Path, *, account: str) -> int:
    """What the account holds, in đồng."""
    with alone(folder / FILE, TABLE) as books:
        return _balance(books, account)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What the shipped bank lists of one account, or of all that it has where none is named."""

    folder: Path
    account: str = ""
    now: Callable[[], datetime] = clock.now

    def lines(self, since: datetime) -> list[StatementLine]:
        """What was booked since then, both directions, oldest first."""
        with alone(self.folder / FILE, TABLE) as books:
            where = "booked_at >= :since AND :account IN (account, '')"
            asked = f"{LINES} WHERE {where} ORDER BY booked_at, number"
            given = {"since": _text(since), "account": self.account}
            rows = books.execute(asked, given).fetchall()
        return [_line(row) for row in rows]

    def send(self, *, to: str, amount_minor: int, memo: str, key: str) -> StatementLine:
        """Transfer from the account, once per `key`; raises NoFunds."""
        text, now = f"{memo} CT toi {to}", self.now()
        line = _made(self.account, -amount_minor, text, booked_at=now, payer_account=to)
        with alone(self.folder / FILE, TABLE) as books:
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


def _made(account: str, amount_minor: int, text: str, **its: Any) -> StatementLine:
    words: Any = {"reference": f"FT{ids.uuid7().hex[-12:].upper()}", "text": text.upper()}
    return StatementLine(account=account, amount_minor=amount_minor, **words, **its)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")

"""Bank statements as CSV: dialects recognised by their headings, errors told by row.

Headings: Vietcombank after the statement that the Fatherland Front published in September 2024;
Techcombank, BIDV and MB Bank as public programs that read their files name them.
"""

import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime

from market import tables
from market.errors import MarketError
from payments.bank_transfer import StatementLine

ROWS_MAX = 500  # taken in within one turn to write, which others wait for
HEADINGS: tables.Headings = {
    "booked_at": {
        *("date", "booked_at", "ngay", "ngay giao dich", "ngay gd", "tnx date"),
        *("transaction date", "ngay giao dich transaction date"),
    },
    "reference": {
        *("reference", "so tham chieu", "ma giao dich", "so ct", "doc no", "so but toan"),
        *("transaction no", "so but toan transaction no"),
    },
    "amount": {
        *("amount", "credit", "so tien", "ghi co", "so tien ghi co", "phat sinh co", "co"),
        "phat sinh co credit",
    },
    "text": {
        *("text", "description", "noi dung", "dien giai", "noi dung chi tiet", "mo ta"),
        *("transactions in detail", "noi dung details"),
    },
    "debit": {*("debit", "ghi no", "so tien ghi no", "phat sinh no", "no"), "phat sinh no debit"},
    "balance": {"balance", "so du", "so du sau gd", "so du balance"},
    "payer_name": {"ten tai khoan doi ung", "remitters account name"},
    "payer_account": {"so tai khoan doi ung", "tai khoan doi ung", "remitters account number"},
}
OPTIONAL = {"debit", "balance", "payer_name", "payer_account"}
Row = tuple[int, int, int | None]  # its number, what it moved, and the balance after it


class StatementUnreadable(MarketError):
    """The file is no statement that we can read; facts: `row` and `column` where it stops."""

    code = "statement.unreadable"


def parse_csv(content: bytes, *, account: str) -> list[StatementLine]:
    """The lines of a statement of one account, debits below zero; empty rows are passed over.

    Where the file tells balances, its rows have to lead from each to the next, either way round.
    """
    lines: list[StatementLine] = []
    rows: list[Row] = []
    for number, cells in tables.read_csv(
        content, HEADINGS, optional=OPTIONAL, most=ROWS_MAX, refusal=StatementUnreadable
    ):
        amount = _amount(number, cells)
        rows.append((number, amount, _balance(number, cells)))
        if amount:
            lines.append(_line(account, amount, _booked_at(number, cells), cells))
    _refuse_gaps(rows)
    return lines


def _amount(number: int, cells: tables.Cells) -> int:
    """What the row moved: a credit and no debit, or a debit and no credit."""
    credit, debit = cells["amount"], cells.get("debit", "")
    came = tables.whole(credit) if credit or not debit else 0
    went = tables.whole(debit) if debit else 0
    if came is None:
        raise StatementUnreadable(row=number, column="amount")
    if went is None or (came and went):
        raise StatementUnreadable(row=number, column="debit")
    return came - abs(went)


def _balance(number: int, cells: tables.Cells) -> int | None:
    if "balance" not in cells:
        return None
    balance = tables.whole(cells["balance"])
    if balance is None:
        raise StatementUnreadable(row=number, column="balance")
    return balance


def _booked_at(number: int, cells: tables.Cells) -> datetime:
    booked_at = tables.moment(cells["booked_at"])
    if booked_at is None:
        raise StatementUnreadable(row=number, column="booked_at")
    return booked_at


def _line(account: str, amount: int, booked_at: datetime, cells: tables.Cells) -> StatementLine:
    return StatementLine(
        account=account,
        reference=cells["reference"][:64],
        booked_at=booked_at,
        amount_minor=amount,
        text=cells["text"][:500],
        payer_account=cells.get("payer_account", "")[:30] or None,
        payer_name=cells.get("payer_name", "")[:100] or None,
    )


def _refuse_gaps(rows: Sequence[Row]) -> None:
    """Refuse a file from which a row is missing, or in which one stands twice, at that row."""
    gaps = min(list(_gaps(rows)), list(_gaps(rows[::-1])), key=len)
    if gaps:
        raise StatementUnreadable(row=gaps[0], column="balance")


def _gaps(rows: Sequence[Row]) -> Iterator[int]:
    for (_, _, before), (number, amount, after) in itertools.pairwise(rows):
        if before is not None and after is not None and before + amount != after:
            yield number

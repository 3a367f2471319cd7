"""Bank statements as CSV: dialects recognised by their headings, errors told by row.

Headings: Vietcombank after the statement that the Fatherland Front published in September 2024;
Techcombank, BIDV and MB Bank as public programs that read their files name them.
"""

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from market import tables
from market.errors import MarketError
from payments.bank_transfer import StatementLine

Value = TypeVar("Value")
ROWS_MAX = 500  # taken in within one turn to write, which others wait for
_FILE = Path(__file__).with_name("data") / "headings.json"
HEADINGS: tables.Headings = {it: set(known) for it, known in json.loads(_FILE.read_text()).items()}
OPTIONAL = {"debit", "balance", "payer_name", "payer_account"}
# Its number, what it moved, the balance after it, and the line if it moved anything.
Row = tuple[int, int, int | None, StatementLine | None]


class StatementUnreadable(MarketError, code="statement.unreadable"):
    """The file is no statement that we can read; facts: `row` and `column` where it stops."""


def parse_csv(content: bytes, *, account: str) -> list[StatementLine]:
    """The lines of a statement of one account, debits below zero; empty rows are passed over.

    Where the file tells balances, its rows have to lead from each to the next, either way round;
    the lines come out oldest first.
    """
    rows: list[Row] = []
    for number, cells in tables.read_csv(
        content, HEADINGS, optional=OPTIONAL, most=ROWS_MAX, refusal=StatementUnreadable
    ):
        balance = _needed(tables.whole, number, cells, "balance") if "balance" in cells else None
        amount = _amount(number, cells)
        moved = {"account": account, "amount_minor": amount, "balance_minor": balance}
        rows.append((number, amount, balance, _line(number, cells, moved) if amount else None))
    return _oldest_first(rows)


def _amount(number: int, cells: tables.Cells) -> int:
    """What the row moved: a credit and no debit, or a debit and no credit."""
    credit, debit = cells["amount"], cells.get("debit", "")
    came = _needed(tables.whole, number, cells, "amount") if credit or not debit else 0
    went = _needed(tables.whole, number, cells, "debit") if debit else 0
    if came and went:
        raise StatementUnreadable(row=number, column="debit")
    return came - abs(went)


def _needed(
    read: Callable[[str], Value | None], number: int, cells: tables.Cells, column: str
) -> Value:
    value = read(cells[column])
    if value is None:
        raise StatementUnreadable(row=number, column=column)
    return value


def _line(number: int, cells: tables.Cells, moved: dict[str, Any]) -> StatementLine:
    return StatementLine(
        **moved,
        reference=cells["reference"][:64],
        booked_at=_needed(tables.moment, number, cells, "booked_at"),
        text=cells["text"][:500],
        payer_account=cells.get("payer_account", "")[:30] or None,
        payer_name=cells.get("payer_name", "")[:100] or None,
    )


def _oldest_first(rows: Sequence[Row]) -> list[StatementLine]:
    """Refuse a file from which a row is missing, or in which one stands twice, at that row."""
    onwards, backwards = list(_gaps(rows)), list(_gaps(rows[::-1]))
    if onwards and backwards:
        raise StatementUnreadable(row=min(onwards, backwards, key=len)[0], column="balance")
    lines = [line for *_, line in rows if line]
    falls = bool(lines) and lines[0].booked_at > lines[-1].booked_at
    return lines[::-1] if onwards or (falls and not backwards) else lines


def _gaps(rows: Sequence[Row]) -> Iterator[int]:
    for (_, _, before, _), (number, amount, after, _) in itertools.pairwise(rows):
        if before is not None and after is not None and before + amount != after:
            yield number

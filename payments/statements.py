"""Bank statements as CSV: dialects recognised by their headings, errors told by row."""

from collections.abc import Iterator

from market import tables
from market.errors import MarketError
from payments.bank_transfer import StatementLine

ROWS_MAX = 500  # taken in within one turn to write, which others wait for
HEADINGS: tables.Headings = {
    "booked_at": {"date", "booked_at", "ngay", "ngay giao dich"},
    "reference": {"reference", "so tham chieu", "ma giao dich"},
    "amount": {"amount", "credit", "so tien", "ghi co"},
    "text": {"text", "description", "noi dung", "dien giai"},
    "debit": {"debit", "ghi no"},
}


class StatementUnreadable(MarketError):
    """The file is no statement that we can read; facts: `row` and `column` where it stops."""

    code = "statement.unreadable"


def parse_csv(content: bytes, *, account: str) -> list[StatementLine]:
    """The credits of a statement of one account; debits and empty rows are passed over."""
    return list(_lines(content, account))


def _lines(content: bytes, account: str) -> Iterator[StatementLine]:
    for number, cells in tables.read_csv(
        content, HEADINGS, optional="debit", most=ROWS_MAX, refusal=StatementUnreadable
    ):
        if not cells["amount"] and cells.get("debit"):
            continue
        amount, booked_at = tables.whole(cells["amount"]), tables.moment(cells["booked_at"])
        if amount is None or (amount > 0 and booked_at is None):
            wrong = "amount" if amount is None else "booked_at"
            raise StatementUnreadable(row=number, column=wrong)
        if amount > 0 and booked_at:
            yield StatementLine(
                account=account,
                reference=cells["reference"][:64],
                booked_at=booked_at,
                amount_minor=amount,
                text=cells["text"][:500],
            )

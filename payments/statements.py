"""Bank statements as CSV: dialects recognised by their headings, errors told by row."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time

from market import clock
from market.errors import MarketError
from payments.bank_transfer import StatementLine

ROWS_MAX = 5_000
AMOUNT_MAX = 10**12

HEADINGS: Mapping[str, frozenset[str]] = {
    "booked_at": frozenset({"date", "booked_at", "ngày", "ngày giao dịch", "ngay giao dich"}),
    "reference": frozenset({"reference", "số tham chiếu", "mã giao dịch", "so tham chieu"}),
    "amount": frozenset({"amount", "credit", "số tiền", "ghi có", "so tien", "ghi co"}),
    "text": frozenset({"text", "description", "nội dung", "diễn giải", "noi dung", "dien giai"}),
}


class StatementUnreadable(MarketError):
    """The file is no statement that we can read; facts: `row` and `column` where it stops."""

    code = "statement.unreadable"


def parse_csv(content: bytes, *, account: str) -> list[StatementLine]:
    """The credits of a statement of one account; debits and empty rows are passed over."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StatementUnreadable(row=0, column="encoding") from error
    if "\x00" in text:
        raise StatementUnreadable(row=0, column="encoding")
    rows = csv.reader(io.StringIO(text), delimiter=";" if ";" in text.split("\n", 1)[0] else ",")
    try:
        return list(_lines(rows, account))
    except csv.Error as error:
        raise StatementUnreadable(row=0, column="csv") from error


def _lines(rows: Iterator[list[str]], account: str) -> Iterator[StatementLine]:
    columns = _columns(next(rows, []))
    for number, row in enumerate(rows, start=2):
        if number > ROWS_MAX + 1:
            raise StatementUnreadable(row=number, column="rows")
        if not any(cell.strip() for cell in row):
            continue
        cells = {name: row[at].strip() if at < len(row) else "" for name, at in columns.items()}
        amount = _amount(cells["amount"], number)
        if amount > 0:
            yield StatementLine(
                account=account,
                reference=cells["reference"][:64],
                booked_at=_moment(cells["booked_at"], number),
                amount_minor=amount,
                text=cells["text"][:500],
            )


def _columns(header: list[str]) -> dict[str, int]:
    names = [cell.strip().lower() for cell in header]
    columns = {
        name: at
        for name, known in HEADINGS.items()
        for at, heading in enumerate(names)
        if heading in known
    }
    for name in HEADINGS:
        if name not in columns:
            raise StatementUnreadable(row=1, column=name)
    return columns


def _amount(text: str, row: int) -> int:
    """`1.500.000`, `1,500,000` and `1500000 VND` alike; a fraction of a đồng is refused."""
    plain = text.upper().removesuffix("VND").removesuffix("₫").strip() or "0"
    if not re.fullmatch(r"[+-]?\d{1,3}([.,]\d{3})*|[+-]?\d{1,13}", plain, re.ASCII):
        raise StatementUnreadable(row=row, column="amount")
    amount = int(re.sub(r"[.,]", "", plain))
    if abs(amount) > AMOUNT_MAX:
        raise StatementUnreadable(row=row, column="amount")
    return amount


def _moment(text: str, row: int) -> datetime:
    """ISO, or day/month/year with or without a time, as banks write it, in Việt Nam's zone."""
    found = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: (\d{2}):(\d{2})(?::(\d{2}))?)?", text)
    try:
        if found is None:
            moment = datetime.fromisoformat(text)
            return moment if moment.tzinfo else moment.replace(tzinfo=clock.VIETNAM)
        day, month, year = (int(part) for part in found.group(1, 2, 3))
        hour, minute, second = (int(part or 0) for part in found.group(4, 5, 6))
        return datetime.combine(date(year, month, day), time(hour, minute, second), clock.VIETNAM)
    except ValueError as error:
        raise StatementUnreadable(row=row, column="booked_at") from error

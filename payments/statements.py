"""Bank statements as CSV: dialects recognised by their headings, errors told by row."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from market import clock
from market.errors import MarketError
from payments.bank_transfer import StatementLine

ROWS_MAX = 500  # taken in within one turn to write, which others wait for
AMOUNT_MAX = 10**12

HEADINGS: Mapping[str, frozenset[str]] = {
    "booked_at": frozenset({"date", "booked_at", "ngày", "ngày giao dịch", "ngay giao dich"}),
    "reference": frozenset({"reference", "số tham chiếu", "mã giao dịch", "so tham chieu"}),
    "amount": frozenset({"amount", "credit", "số tiền", "ghi có", "so tien", "ghi co"}),
    "text": frozenset({"text", "description", "nội dung", "diễn giải", "noi dung", "dien giai"}),
    "debit": frozenset({"debit", "ghi nợ", "ghi no"}),
}
REQUIRED = HEADINGS.keys() - {"debit"}


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
    delimiter = ";" if ";" in text.split("\n", 1)[0] else ","
    rows = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        return list(_lines(rows, account))
    except csv.Error as error:
        raise StatementUnreadable(row=rows.line_num, column="csv") from error


def _lines(rows: Iterator[list[str]], account: str) -> Iterator[StatementLine]:
    header = next(rows, [])
    columns = _columns(header)
    for number, row in enumerate(rows, start=2):
        if number > ROWS_MAX + 1:
            raise StatementUnreadable(row=number, column="rows")
        if not any(cell.strip() for cell in row):
            continue
        if any(row[len(header) :]):  # a comma within an amount has moved all that follows
            raise StatementUnreadable(row=number, column="cells")
        cells = {name: row[at].strip() if at < len(row) else "" for name, at in columns.items()}
        if not cells["amount"] and cells.get("debit"):
            continue
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
    columns: dict[str, int] = {}
    for name, known in HEADINGS.items():
        found = [at for at, heading in enumerate(names) if heading in known]
        if len(found) > 1 or (not found and name in REQUIRED):
            raise StatementUnreadable(row=1, column=name)
        if found:
            columns[name] = found[0]
    return columns


def _amount(text: str, row: int) -> int:
    """`1.500.000`, `1,500,000` and `1500000 VND` alike; a fraction of a đồng is refused."""
    plain = text.upper().removesuffix("VND").removesuffix("₫").strip()
    if not re.fullmatch(r"[+-]?\d{1,3}([.,]\d{3})*|[+-]?\d{1,13}", plain, re.ASCII):
        raise StatementUnreadable(row=row, column="amount")
    amount = int(re.sub(r"[.,]", "", plain))
    if abs(amount) > AMOUNT_MAX:
        raise StatementUnreadable(row=row, column="amount")
    return amount


def _moment(text: str, row: int) -> datetime:
    """ISO, or day/month/year with or without a time, as banks write it, in Việt Nam's zone."""
    found = _DAY_FIRST.fullmatch(text)
    try:
        if found is None:
            moment = datetime.fromisoformat(text)
        else:
            day, month, year, hour, minute, second = (int(part or 0) for part in found.groups())
            moment = datetime(year, month, day, hour, minute, second, tzinfo=clock.VIETNAM)
    except ValueError as error:
        raise StatementUnreadable(row=row, column="booked_at") from error
    if moment.year not in clock.YEARS:
        raise StatementUnreadable(row=row, column="booked_at")
    return moment if moment.tzinfo else moment.replace(tzinfo=clock.VIETNAM)


_DAY_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: (\d{2}):(\d{2})(?::(\d{2}))?)?")

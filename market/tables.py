"""Tables out of spreadsheets and banks, read by their headings; sums and days as people type them.

What is no such table is refused with the reader's own refusal; facts: `row` and `column`.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from market import clock
from market.errors import MarketError
from market.money import MINOR_MAX
from translations.folding import fold

Headings = Mapping[str, set[str]]  # what is read → how it may be headed, without marks
Cells = dict[str, str]


def read_csv(
    content: bytes, headings: Headings, *, optional: str, most: int, refusal: type[MarketError]
) -> Iterator[tuple[int, Cells]]:
    """At most so many rows that say something, by number; cells stand between `;`, tabs or `,`."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\x00"
    if "\x00" in text:
        raise refusal(row=0, column="encoding")
    first = text.split("\n", 1)[0]
    delimiter = next((sign for sign in ";\t" if sign in first), ",")
    rows = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        header = [fold(cell).strip() for cell in next(rows, [])]
        columns: dict[str, int] = {}
        for name, known in headings.items():
            found = [at for at, heading in enumerate(header) if heading in known]
            if len(found) > 1 or (not found and name != optional):
                raise refusal(row=1, column=name)
            columns.update((name, at) for at in found)
        for number, row in enumerate(rows, start=2):
            if number > most + 1:
                raise refusal(row=number, column="rows")
            if any(row[len(header) :]):  # a comma within an amount has moved all that follows
                raise refusal(row=number, column="cells")
            if any(cell.strip() for cell in row):
                yield (
                    number,
                    {name: "".join(row[at : at + 1]).strip() for name, at in columns.items()},
                )
    except csv.Error as error:
        raise refusal(row=rows.line_num, column="csv") from error


def whole(text: str) -> int | None:
    """`1.500.000`, `1,500,000` and `1500000 VND` alike; None for a fraction of a đồng."""
    plain = re.sub(r"\s*(VND|₫|Đ)$", "", text.upper())
    if not re.fullmatch(r"[+-]?\d{1,3}([.,]\d{3})*|[+-]?\d{1,13}", plain, re.ASCII):
        return None
    amount = int(re.sub(r"[.,]", "", plain))
    return amount if abs(amount) <= MINOR_MAX else None


def moment(text: str) -> datetime | None:
    """ISO, or day/month/year with or without a time, as banks write it, in Việt Nam's zone."""
    found = _DAY_FIRST.fullmatch(text)
    try:
        if found is None:
            told = datetime.fromisoformat(text)
        else:
            day, month, year, hour, minute, second = (int(part or 0) for part in found.groups())
            told = datetime(year, month, day, hour, minute, second, tzinfo=clock.VIETNAM)
    except ValueError:
        return None
    told = told if told.tzinfo else told.replace(tzinfo=clock.VIETNAM)
    return told if told.year in clock.YEARS else None


_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?: (\d{2}):(\d{2})(?::(\d{2}))?)?")

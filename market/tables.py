"""Tables out of spreadsheets and banks, read by their headings; sums and days as people type them.

What is no such table is refused with the reader's own refusal; facts: `row` and `column`.
"""

import codecs
import csv
import io
import itertools
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from importlib import resources
from typing import Any

from market import clock
from market.errors import MarketError
from market.money import MINOR_MAX
from translations.folding import fold

Headings = Mapping[str, set[str]]  # what is read → how it may be headed, without marks
Cells = dict[str, str]
HEADINGS_WITHIN = 30  # rows: banks put their address and the account above the table


def read_csv(
    content: bytes,
    headings: Headings,
    *,
    optional: Collection[str],
    most: int,
    refusal: type[MarketError],
) -> Iterator[tuple[int, Cells]]:
    """At most so many rows that say something, by number; cells stand between `;`, tabs or `,`.

    The headings may stand a few rows down, and in two languages with a slash between them.
    """
    rows = _Rows(_text(content, refusal), headings, frozenset(optional), refusal)
    try:
        for number, row in enumerate(rows.below, start=rows.top + 1):
            if number > most + rows.top:
                raise refusal(row=number, column="rows")
            if any(row[rows.width :]):  # a comma within an amount has moved all that follows
                raise refusal(row=number, column="cells")
            if any(cell.strip() for cell in row):
                columns = rows.columns.items()
                yield number, {name: "".join(row[at : at + 1]).strip() for name, at in columns}
    except csv.Error as error:
        raise refusal(row=rows.below.line_num, column="csv") from error


class _Rows:
    """The rows below the headings, cut at the first sign with which headings are found at all."""

    def __init__(
        self, text: str, headings: Headings, optional: frozenset[str], refusal: type[MarketError]
    ) -> None:
        first = text.split("\n", 1)[0]
        usual = next((sign for sign in ";\t" if sign in first), ",")
        refused: list[MarketError] = []
        for sign in dict.fromkeys((usual, *";\t,")):
            self.below = csv.reader(io.StringIO(text), delimiter=sign, strict=True)
            for top, row in enumerate(_first(self.below), start=1):
                try:
                    self.columns = _columns(row, headings, optional)
                except KeyError as missing:
                    refused.append(refusal(row=top, column=missing.args[0]))
                else:
                    self.top, self.width = top, len(row)
                    return
        raise refused[0] if refused else refusal(row=1, column=next(iter(headings)))


def _first(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    with suppress(csv.Error):
        yield from itertools.islice(rows, HEADINGS_WITHIN)


def _columns(row: Sequence[str], headings: Headings, optional: frozenset[str]) -> dict[str, int]:
    """Where each thing stands; raises KeyError naming what is missing or there twice."""
    said = [fold(cell).strip() for cell in row]
    parts = [{whole, *(part.strip() for part in re.split(r"[/\n]", whole))} for whole in said]
    columns: dict[str, int] = {}
    for name, known in headings.items():
        found = [at for at, words in enumerate(parts) if words & known]
        if len(found) > 1 or (not found and name not in optional):
            raise KeyError(name)
        columns.update((name, at) for at in found)
    return columns


def _text(content: bytes, refusal: type[MarketError]) -> str:
    """UTF-8, or what says at its start that it is UTF-16; no other can be told for certain."""
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError:
        text = "\x00"
    if "\x00" in text:
        raise refusal(row=0, column="encoding")
    return text


def facts(package: str, name: str) -> Iterator[dict[str, str]]:
    """The rows of one of the tables of facts that a package ships."""
    yield from csv.DictReader(text(package, name).splitlines())


def words(package: str, name: str) -> Any:
    """What others call things, of one of the JSON files that a package ships."""
    return json.loads(text(package, name))


def text(package: str, name: str) -> str:
    """One of the files of data that a package ships."""
    return (resources.files(package) / "data" / name).read_text(encoding="utf-8")


def whole(text: str) -> int | None:
    """`1.500.000`, `1,500,000` and `1500000 VND` alike; None for fractions and for mixed signs."""
    plain = re.sub(r"\s*(VND|₫|Đ)$", "", text.upper())
    if not _WHOLE.fullmatch(plain):
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
_WHOLE = re.compile(r"[+-]?(\d{1,13}|\d{1,3}([.,])\d{3}(\2\d{3})*)", re.ASCII)

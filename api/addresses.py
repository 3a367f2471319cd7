"""A sheet of written addresses, each with the units that it may mean."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from api.spreadsheets import safe_row
from market import geography
from market.config import ConfigError

COLUMN = "address"
ADDED = ("unit_code", "unit_name", "confidence", "reason", "ambiguous", "other_codes")


def resolve(source: Path, out: TextIO, *, column: str | None = None) -> int:
    """Copy the CSV (UTF-8, commas or semicolons) with the best unit of each address beside it.

    Where several may be meant the row says so and names the others; where none is found it has
    no unit. Returns how many rows a person has to be asked about; raises ConfigError for a file
    that cannot be read or has no such column.
    """
    with source.open(encoding="utf-8-sig", newline="") as file:
        try:
            head = file.readline()
            file.seek(0)
            comma = ";" if head.count(";") > head.count(",") else ","
            header, *rows = [row for row in csv.reader(file, delimiter=comma) if row] or [[]]
        except (UnicodeDecodeError, csv.Error) as error:
            raise ConfigError([f"{source} is no CSV in UTF-8: {error}"]) from None
    at = _column(source, header, column)
    sheet = csv.writer(out, delimiter=comma, lineterminator="\n")
    sheet.writerow([*safe_row(header), *ADDED])
    asked = 0
    for number, row in enumerate(rows, start=2):
        if len(row) > len(header):
            raise ConfigError([f"row {number} of {source} has more cells than there are columns"])
        padded = [*row, *[""] * (len(header) - len(row))]
        found = geography.resolve(padded[at])
        asked += geography.ambiguous(found) or not found
        sheet.writerow([*safe_row(padded), *_answer(found)])
    return asked


def _column(source: Path, header: Sequence[str], wanted: str | None) -> int:
    name = wanted or (header[0] if len(header) == 1 else COLUMN)
    if name not in header:
        raise ConfigError([f"{source} has no column {name}, only {', '.join(header) or 'nothing'}"])
    return header.index(name)


def _answer(found: Sequence[geography.Candidate]) -> Iterator[str]:
    if not found:
        yield from ("", "", "", "", "false", "")
        return
    best, *others = found
    yield from (best.unit.code, best.unit.name, f"{best.confidence:.3f}", best.reason)
    yield "true" if geography.ambiguous(found) else "false"
    yield " ".join(other.unit.code for other in others)

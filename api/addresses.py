"""A sheet of written addresses, each with the units that it may mean."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from api.spreadsheets import safe_cell
from market import geography
from market.config import ConfigError

COLUMN = "address"
ADDED = ("unit_code", "unit_name", "confidence", "reason", "ambiguous", "other_codes")


def resolve(source: Path, out: TextIO, *, column: str | None = None) -> int:
    """Copy the CSV (UTF-8, commas or semicolons) with the best unit of each address beside it.

    Where a person has to be asked the row says so and names the others. Returns how many rows
    have to be asked about; raises ConfigError for a file without the column.
    """
    with source.open(encoding="utf-8-sig", newline="") as file:
        try:
            head = file.readline()
            file.seek(0)
            comma = ";" if head.count(";") > head.count(",") else ","
            rows = csv.reader(file, delimiter=comma)
            header = next(rows, [])
            at = _column(source, header, column)
            sheet = csv.writer(out, delimiter=comma, lineterminator="\n")
            sheet.writerow([*header, *ADDED])
            asked = 0
            for row in rows:
                found = geography.resolve(row[at]) if at < len(row) else []
                ambiguous = geography.ambiguous(found)
                asked += ambiguous or not found
                padded = [*row, *[""] * (len(header) - len(row))]
                sheet.writerow([*map(safe_cell, padded), *_answer(found, ambiguous=ambiguous)])
        except UnicodeDecodeError:
            raise ConfigError([f"{source} is not UTF-8"]) from None
    return asked


def _column(source: Path, header: Sequence[str], wanted: str | None) -> int:
    name = wanted or (header[0] if len(header) == 1 else COLUMN)
    if name not in header:
        raise ConfigError([f"{source} has no column {name}, only {', '.join(header) or 'nothing'}"])
    return header.index(name)


def _answer(found: Sequence[geography.Candidate], *, ambiguous: bool) -> Iterator[str]:
    if not found:
        yield from ("", "", "", "", "false", "")
        return
    best, *others = found
    yield from (best.unit.code, best.unit.name, f"{best.confidence:.3f}", best.reason)
    yield "true" if ambiguous else "false"
    yield " ".join(other.unit.code for other in others)

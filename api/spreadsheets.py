"""CSV for spreadsheets: UTF-8 with its mark, and no cell that a spreadsheet would run."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response

DANGEROUS = frozenset("=+-@\t\r")  # OWASP CSV injection


def csv_response(
    header: Sequence[str], rows: Iterable[Sequence[Any]], *, filename: str, comma: str
) -> Response:
    """The rows as a file to keep, for a spreadsheet whose decimals have this comma.

    Where it is a comma, such spreadsheets expect semicolons between the cells.
    """
    content = csv_of(header, rows, comma=comma)
    return Response(
        content,
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )


def csv_of(header: Sequence[str], rows: Iterable[Sequence[Any]], *, comma: str) -> bytes:
    """The same in bytes, made row by row as they come."""
    content = io.BytesIO()
    sheet = io.TextIOWrapper(content, "utf-8-sig", newline="")
    writer = csv.writer(sheet, delimiter=";" if comma == "," else ",")
    writer.writerow(header)
    writer.writerows(map(safe_row, rows))
    sheet.flush()
    return content.getvalue()


def safe_row(row: Sequence[Any]) -> list[Any]:
    """Numbers as they are; a text that begins like a formula gets an apostrophe before it."""
    return [f"'{it}" if isinstance(it, str) and it[:1] in DANGEROUS else it for it in row]

"""CSV for spreadsheets: UTF-8 with its mark, and no cell that a spreadsheet would run."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")  # OWASP CSV injection


def csv_response(
    header: Sequence[str], rows: Iterable[Sequence[Any]], *, filename: str, comma: str
) -> Response:
    """The rows as a file to keep, for a spreadsheet whose decimals have this comma.

    Where it is a comma, such spreadsheets expect semicolons between the cells.
    """
    sheet = io.StringIO()
    writer = csv.writer(sheet, delimiter=";" if comma == "," else ",")
    writer.writerow(header)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return Response(
        "\ufeff" + sheet.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )


def safe_cell(cell: Any) -> Any:
    """Numbers as they are; a text that begins like a formula gets an apostrophe before it."""
    if isinstance(cell, str) and cell.startswith(DANGEROUS):
        return f"'{cell}"
    return cell

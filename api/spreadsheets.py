"""CSV for spreadsheets: UTF-8 with its mark, and no cell that a spreadsheet would run."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response, g

from translations import formats, text

DANGEROUS = frozenset("=+-@\t\r")  # OWASP CSV injection


def csv_response(name: str, keys: Iterable[str], rows: Iterable[Sequence[Any]]) -> Response:
    """The rows as a file to keep, its head and its decimals as the reader writes them."""
    header = [text(g.languages, key) for key in keys]
    content = csv_of(header, rows, comma=formats.comma(g.languages))
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(content, mimetype="text/csv", headers=headers)


def csv_of(header: Sequence[str], rows: Iterable[Sequence[Any]], *, comma: str) -> bytes:
    """The sheet in bytes, made row by row as they come.

    Where decimals have a comma, spreadsheets expect semicolons between the cells.
    """
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

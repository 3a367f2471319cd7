"""An organisation's statement out of the ledger, as JSON in pages or as CSV."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

from api import paging
from api.fields import SAFE_INTEGER, DayField, Instant, Integer, PageQuery, Schema, page_of
from api.spreadsheets import csv_response
from api.v1.reports import CSV, READERS, ReportQuery, period
from api.v1.resources import UUID, Facts, Resources, Response, asking, g, ma
from api.v1.roles import SELLERS
from market import clock, reports
from market.ledger import Statement
from translations import UnknownMessage, formats, text

blp = Resources("statements", __name__, description="What the market owes, line by line.")

STATEMENT = "/organisations/<uuid:organisation_id>/statement"
MAY_READ = (*READERS, *SELLERS)
COLUMNS = ("day", "time", "why", "account", "order_code", "movement_minor", "balance_minor")


class StatementQuery(ReportQuery, PageQuery):
    """A page of a statement; of this month where no days are named."""


class StatementLineOut(Schema):
    """One entry of the ledger, in whole đồng; above zero it is in the organisation's favour."""

    at = Instant()
    kind = ma.fields.String()
    account = ma.fields.String()
    order_code = ma.fields.String(allow_none=True)
    amount = Integer(least=-SAFE_INTEGER, data_key="amount_minor")
    balance = Integer(least=-SAFE_INTEGER, data_key="balance_minor")


class OwnStatementOut(page_of(StatementLineOut, "lines")):  # type: ignore[misc]
    """A page of lines, with what the market owed before and after the whole period."""

    since = DayField()
    until = DayField()
    opening_minor = Integer(least=-SAFE_INTEGER)
    closing_minor = Integer(least=-SAFE_INTEGER)


@blp.get(STATEMENT, MAY_READ, OwnStatementOut, query=StatementQuery)
@blp.doc(responses=CSV)
def statement(query: Facts, organisation_id: UUID) -> Facts | Response:
    """What the market owed, what changed it, and what it owes; CSV has all the lines."""
    until = query["until"] or clock.day_of(clock.now())
    since = query["since"] or until.replace(day=1)
    period({"since": since, "until": until})
    asked: Facts = {"organisation_id": organisation_id, "since": since, "until": until}
    if query["format"] == "csv":
        return as_csv(reports.statement(**asking(), **asked), since, until)
    limit = query["limit"]
    found = reports.statement(**asking(), **asked, after=query["cursor"], limit=limit + 1)
    page = paging.page(list(found.lines), limit=limit, key=lambda line: line.key)
    ends = {"opening_minor": found.opening, "closing_minor": found.closing}
    return {"since": since, "until": until, **ends, **page}


def as_csv(found: Statement, since: date, until: date) -> Response:
    """The statement as a sheet, its balances before and after in the first and the last row."""
    header = [text(g.languages, f"statement.{column}") for column in COLUMNS]
    lines, name = rows(found, since, until, g.languages), f"statement-{since}-{until}.csv"
    return csv_response(header, lines, filename=name, comma=formats.comma(g.languages))


def rows(
    found: Statement, since: date, until: date, languages: tuple[str, ...]
) -> Iterator[tuple[Any, ...]]:
    """The sheet's rows, with the cells of `COLUMNS`."""
    opening, closing = (text(languages, f"statement.{end}") for end in ("opening", "closing"))
    balance = found.opening
    yield since, "", opening, "", "", "", balance
    for at, _, kind, name, code, amount, balance in found.lines:
        stamp = at.astimezone(clock.VIETNAM).isoformat(" ", "minutes")
        said = account(name, languages)
        yield stamp[:10], stamp[11:16], why(kind, languages), said, code, amount, balance
    yield until, "", closing, "", "", "", balance


@cache
def why(kind: str, languages: tuple[str, ...]) -> str:
    """What a kind of posting is called."""
    try:
        return text(languages, f"statement.kind.{kind}")
    except UnknownMessage:
        return text(languages, "statement.kind.other")


@cache
def account(kind: str, languages: tuple[str, ...]) -> str:
    """What a kind of account is called."""
    return text(languages, f"statement.account.{kind}")

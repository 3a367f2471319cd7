"""A cooperative's reports, and an organisation's statement out of the ledger: JSON or CSV."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from api import context, fields, paging, spreadsheets
from api.v1.resources import SELLERS, STAFF, UUID, Any, Facts, Resources, Response, Role, asking, g
from catalog import categories
from market import FieldInvalid, clock, ledger, reports
from translations import formats, text

blp = Resources("reports", __name__, description="A cooperative's sales and what it owes.")
statements = Resources("statements", __name__, description="What the market owes, line by line.")

REPORTS = "/cooperatives/<uuid:cooperative_id>/reports"
STATEMENT = "/organisations/<uuid:organisation_id>/statement"
CSV = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
READERS = (Role.MANAGER, Role.ACCOUNTANT, *STAFF)
MAY_READ_STATEMENTS = (*READERS, *SELLERS, Role.RESELLER)
DAYS_MAX = 366
UNWRITTEN = {"seller_id", "scale"}  # in sheets: names and quantities say it


class ReportQuery(fields.Query):
    """The days of a report, both counted, and its form."""

    since = fields.DayField(load_default=None)
    until = fields.DayField(load_default=None)
    format = fields.Choice(("json", "csv"), load_default="json")


class DaysOut(fields.Schema):
    """The days that an answer is about, both counted."""

    since = fields.DayField()
    until = fields.DayField()


class SalesRowOut(fields.Schema):
    """One member's sales of one product on one day, in whole đồng."""

    day = fields.DayField()
    seller_id = fields.Identifier()
    seller_name = fields.Text(most=200)
    category_code = fields.Text(most=60)
    quantity = fields.Integer()
    unit = fields.Text(most=3)
    scale = fields.Integer()
    amount_minor = fields.Integer()
    commission_minor = fields.Integer()
    cooperative_minor = fields.Integer()


class SalesOut(DaysOut):
    """Sales by day, member and product."""

    items = fields.ListOf(fields.Nested(SalesRowOut), most=100_000)


class MemberRowOut(fields.Schema):
    """What the ledger says of one member's orders, in whole đồng; `owed_minor` may be below zero.

    What was sold and `delivery_minor`, less the rates, is `payable_minor` and `awaited_minor`.
    """

    seller_id = fields.Identifier()
    seller_name = fields.Text(most=200)
    payable_minor = fields.Integer()
    cash_minor = fields.Integer()
    fees_minor = fields.Integer()
    owed_minor = fields.Integer()
    delivery_minor = fields.Integer()
    awaited_minor = fields.Integer()


class OwedOut(fields.Schema):
    """What each member is owed."""

    items = fields.ListOf(fields.Nested(MemberRowOut), most=100_000)


class AnswersRowOut(fields.Schema):
    """What became of the orders that one member was asked for."""

    seller_name = fields.Text(most=200)
    asked = fields.Integer()
    in_time = fields.Integer()
    median_minutes = fields.Integer(allow_none=True)
    most_minutes = fields.Integer(allow_none=True)
    taken_by_others = fields.Integer()
    taken_from_others = fields.Integer()
    expired = fields.Integer()


class AnswersOut(DaysOut):
    """How soon members answer; of ten answers nine came within `most_minutes`."""

    items = fields.ListOf(fields.Nested(AnswersRowOut), most=100_000)


def period(query: Facts) -> dict[str, date]:
    """The days asked for, `since` and `until`; the last seven where none are."""
    until: date = query["until"] or clock.day_of(clock.now())
    since: date = query["since"] or until - timedelta(days=6)
    if not since <= until <= since + timedelta(days=DAYS_MAX):
        raise FieldInvalid(field="since", reason="field.range", min=0, max=DAYS_MAX)
    return {"since": since, "until": until}


@blp.get(f"{REPORTS}/sales", READERS, SalesOut, query=ReportQuery)
@blp.doc(responses=CSV)
def sales(query: Facts, cooperative_id: UUID) -> Facts | Response:
    """Sales of the cooperative's members by day, member and product."""
    days = period(query)
    rows = reports.sales(**asking(), cooperative_id=cooperative_id, **days)
    return told(query, "sales", SalesRowOut, rows, **days)


@blp.get(f"{REPORTS}/owed", READERS, OwedOut, query=ReportQuery(only=("format",)))
@blp.doc(responses=CSV)
def owed(query: Facts, cooperative_id: UUID) -> Facts | Response:
    """What each member is owed, as the ledger stands now."""
    rows = reports.owed(**asking(), cooperative_id=cooperative_id)
    return told(query, "owed", MemberRowOut, rows)


@blp.get(f"{REPORTS}/answers", READERS, AnswersOut, query=ReportQuery)
@blp.doc(responses=CSV)
def answers(query: Facts, cooperative_id: UUID) -> Facts | Response:
    """How soon each member of the cooperative answered the orders of these days."""
    days = period(query)
    rows = reports.answers(**asking(), cooperative_id=cooperative_id, **days)
    return told(query, "answers", AnswersRowOut, rows, **days)


def told(
    query: Facts, name: str, shape: type[fields.Schema], rows: list[Any], **days: date
) -> Facts | Response:
    """The rows in their shape, or as a spreadsheet with a column for each member of it."""
    if query["format"] == "json":
        return {**days, "items": rows}
    columns = [column for column in shape().fields if column not in UNWRITTEN]
    table = [[_cell(row, column) for column in columns] for row in rows]
    name = "-".join((name, *map(str, days.values())))
    return spreadsheets.csv_response(name, (f"report.{column}" for column in columns), table)


def _cell(row: Any, column: str) -> Any:
    """A value as the accountant reads it: names instead of codes, decimals instead of scales."""
    value = getattr(row, column)
    if column == "category_code":
        return text(g.languages, f"category.{value}")
    if column == "quantity":
        exact = Decimal(value).scaleb(-row.scale)
        return f"{exact.normalize():f}".replace(".", formats.comma(g.languages))
    if column == "unit":
        is_visit = categories.get(row.category_code).kind is categories.Sold.VISIT
        return text(g.languages, "page.unit.guest" if is_visit else f"unit.{value}")
    return value.isoformat() if isinstance(value, date) else value


COLUMNS = ("day", "time", "why", "account", "order_code", "movement_minor", "balance_minor")


class StatementQuery(ReportQuery, fields.PageQuery):
    """A page of a statement; of this month where no days are named."""


class StatementLineOut(fields.Schema):
    """One entry of the ledger, in whole đồng; above zero it is in the organisation's favour."""

    at = fields.Instant()
    kind = fields.String()
    account = fields.String()
    order_code = fields.String(allow_none=True)
    amount = fields.Integer(least=-fields.SAFE_INTEGER, data_key="amount_minor")
    balance = fields.Integer(least=-fields.SAFE_INTEGER, data_key="balance_minor")


class OwnStatementOut(DaysOut, fields.page_of(StatementLineOut, "lines")):  # type: ignore[misc]
    """A page of lines, with what the market owed before and after the whole period."""

    opening_minor = fields.Integer(least=-fields.SAFE_INTEGER)
    closing_minor = fields.Integer(least=-fields.SAFE_INTEGER)


@statements.get(STATEMENT, MAY_READ_STATEMENTS, OwnStatementOut, query=StatementQuery)
@statements.doc(responses=CSV)
def statement(query: Facts, organisation_id: UUID) -> Facts | Response:
    """What the market owed, what changed it, and what it owes; CSV has all the lines."""
    until = query["until"] or clock.day_of(clock.now())
    days = period({"since": query["since"] or until.replace(day=1), "until": until})
    asked: Facts = {"organisation_id": organisation_id, **days}
    if query["format"] == "csv":
        return as_csv(reports.statement(**asking(), **asked), **days)
    limit = query["limit"]
    found = reports.statement(**asking(), **asked, after=query["cursor"], limit=limit + 1)
    page = paging.page(list(found.lines), limit=limit, key=lambda line: line.key)
    ends = {"opening_minor": found.opening, "closing_minor": found.closing}
    return {**days, **ends, **page}


def as_csv(found: ledger.Statement, since: date, until: date) -> Response:
    """The statement as a sheet, its balances before and after in the first and the last row."""
    name, keys = f"statement-{since}-{until}", (f"statement.{column}" for column in COLUMNS)
    return spreadsheets.csv_response(name, keys, rows(found, since, until, g.languages))


def rows(
    found: ledger.Statement, since: date, until: date, languages: tuple[str, ...]
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
    said = context.words(f"statement.kind.{kind}", languages)
    return said or text(languages, "statement.kind.other")


@cache
def account(kind: str, languages: tuple[str, ...]) -> str:
    """What a kind of account is called."""
    return text(languages, f"statement.account.{kind}")

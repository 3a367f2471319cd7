"""A cooperative's reports: what was sold, and what each member is owed, as JSON or CSV."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from api.fields import Choice, DayField, Identifier, Integer, ListOf, Query, Schema, Text
from api.spreadsheets import csv_response
from api.v1.resources import UUID, Facts, Resources, Response, asking, g, ma
from api.v1.roles import STAFF, Role
from catalog import categories
from market import clock, reports
from market.errors import FieldInvalid
from translations import formats, text

blp = Resources("reports", __name__, description="A cooperative's sales and what it owes.")

REPORTS = "/cooperatives/<uuid:cooperative_id>/reports"
CSV = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
READERS = (Role.MANAGER, Role.ACCOUNTANT, *STAFF)
DAYS_MAX = 366
WEEK = timedelta(days=6)
SALES = (
    "day", "seller_name", "category_code", "quantity", "unit",
    "amount_minor", "commission_minor", "cooperative_minor",
)  # fmt: skip
OWED = (
    "seller_name", "payable_minor", "cash_minor", "fees_minor", "owed_minor",
    "delivery_minor", "awaited_minor",
)  # fmt: skip


class ReportQuery(Query):
    """The days of a report, both counted, and its form."""

    since = DayField(load_default=None)
    until = DayField(load_default=None)
    format = Choice(("json", "csv"), load_default="json")


class SalesRowOut(Schema):
    """One member's sales of one product on one day, in whole đồng."""

    day = DayField()
    seller_id = Identifier()
    seller_name = Text(most=200)
    category_code = Text(most=60)
    unit = Text(most=3)
    scale = Integer()
    quantity = Integer()
    amount_minor = Integer()
    commission_minor = Integer()
    cooperative_minor = Integer()


class SalesOut(Schema):
    """Sales by day, member and product."""

    since = DayField()
    until = DayField()
    items = ListOf(ma.fields.Nested(SalesRowOut), most=100_000)


class MemberRowOut(Schema):
    """What the ledger says of one member's orders, in whole đồng; `owed_minor` may be below zero.

    What was sold and `delivery_minor`, less the rates, is `payable_minor` and `awaited_minor`.
    """

    seller_id = Identifier()
    seller_name = Text(most=200)
    payable_minor = Integer()
    cash_minor = Integer()
    fees_minor = Integer()
    owed_minor = Integer()
    delivery_minor = Integer()
    awaited_minor = Integer()


class OwedOut(Schema):
    """What each member is owed."""

    items = ListOf(ma.fields.Nested(MemberRowOut), most=100_000)


def period(query: Facts) -> tuple[date, date]:
    """The days asked for; the last seven where none are."""
    until: date = query["until"] or clock.day_of(clock.now())
    since: date = query["since"] or until - WEEK
    if not since <= until <= since + timedelta(days=DAYS_MAX):
        raise FieldInvalid(field="since", reason="field.range", min=0, max=DAYS_MAX)
    return since, until


@blp.get(f"{REPORTS}/sales", READERS, SalesOut, query=ReportQuery)
@blp.doc(responses=CSV)
def sales(query: Facts, cooperative_id: UUID) -> Facts | Response:
    """Sales of the cooperative's members by day, member and product."""
    since, until = period(query)
    rows = reports.sales(**asking(), cooperative_id=cooperative_id, since=since, until=until)
    if query["format"] == "csv":
        return _csv(f"sales-{since}-{until}", SALES, rows)
    return {"since": since, "until": until, "items": rows}


@blp.get(f"{REPORTS}/owed", READERS, OwedOut, query=ReportQuery(only=("format",)))
@blp.doc(responses=CSV)
def owed(query: Facts, cooperative_id: UUID) -> Facts | Response:
    """What each member is owed, as the ledger stands now."""
    rows = reports.owed(**asking(), cooperative_id=cooperative_id)
    return _csv("owed", OWED, rows) if query["format"] == "csv" else {"items": rows}


def _csv(name: str, columns: tuple[str, ...], rows: list[Any]) -> Response:
    header = [text(g.languages, f"report.{column}") for column in columns]
    table = [[_cell(row, column) for column in columns] for row in rows]
    return csv_response(header, table, filename=f"{name}.csv", comma=formats.comma(g.languages))


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

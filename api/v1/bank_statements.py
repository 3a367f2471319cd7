"""Bank statements: what an account received, taken in line by line and never guessed at."""

from typing import Any

import marshmallow as ma
from flask import g
from flask.views import MethodView
from flask_smorest import Blueprint
from sqlalchemy import select

from api import context, fields, paging
from api.auth import allowed
from api.context import acting, asking
from api.requests import body_of, raw_body
from market.accounts import Role
from market.db import newest_first
from payments import bank_transfer, statements
from payments.models import BankLine, BankLineState

blp = Blueprint("bank-statements", __name__, description="Credits as banks tell them.")


class StatementQuery(fields.Query):
    """Whose statement it is."""

    account = fields.Text(most=19, pattern="[0-9A-Za-z]+", required=True)


class LineStateOut(fields.Schema):
    """What became of one line."""

    reference = fields.Text(most=64, attribute="line.reference")
    amount_minor = fields.Integer(attribute="line.amount_minor")
    state = fields.Choice(BankLineState)
    duplicate = fields.Flag()


class StatementOut(fields.Schema):
    """What became of each credit."""

    items = fields.ListOf(ma.fields.Nested(LineStateOut), most=statements.ROWS_MAX)


class LinesQuery(fields.PageQuery):
    """Lines in one state."""

    state = fields.Choice(BankLineState, load_default=None)


class BankLineOut(fields.Schema):
    """A credit as the bank told it."""

    account = fields.Text(most=19)
    reference = fields.Text(most=64)
    booked_at = fields.Instant()
    amount_minor = fields.Integer()
    text = fields.Text(most=500)
    state = fields.Choice(BankLineState)
    applied_minor = fields.Integer()


@blp.route("/bank-statements")
class Statements(MethodView):
    """Statements of the custody account, or of a seller's own."""

    @allowed(Role.ADMINISTRATOR, Role.SELLER, Role.HOST)
    @raw_body
    @blp.doc(requestBody={"content": {"text/csv": {"schema": {"type": "string"}}}})
    @blp.arguments(StatementQuery, location="query")
    @blp.response(201, StatementOut)
    def post(self, query: dict[str, Any]) -> dict[str, Any]:
        """Take a CSV statement in; lines that came before are told as duplicates."""
        lines = statements.parse_csv(body_of(), account=query["account"])
        custody_account = context.settings().custody_account
        told_for = bank_transfer.holders(
            **asking(), account=query["account"], custody_account=custody_account
        )
        received = bank_transfer.receive(
            **acting(), lines=lines, told_for=told_for, custody_account=custody_account
        )
        return {"items": received}

    @allowed(Role.ADMINISTRATOR, Role.SELLER, Role.HOST)
    @blp.arguments(LinesQuery, location="query")
    @blp.response(200, fields.page_of(BankLineOut, "credits", name="BankLinesOut", most=100))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Credits, the newest first, all or one's own; those not matched wait for a person."""
        lines, key = select(BankLine), (BankLine.recorded_at, BankLine.id)
        if not g.actor.has(Role.ADMINISTRATOR):
            lines = lines.where(BankLine.holder_id.in_(g.actor.managed_ids))
        if query["state"]:
            lines = lines.where(BankLine.state == query["state"])
        found = newest_first(g.session, lines, *key, after=query["cursor"], limit=query["limit"])
        return paging.answer(found, query, "recorded_at", "id")

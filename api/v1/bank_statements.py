"""Bank statements: what an account received, taken in line by line and never guessed at."""

from typing import Any

import marshmallow as ma
from flask import g, request
from flask.views import MethodView
from flask_smorest import Blueprint
from sqlalchemy import select, tuple_

from api import context, paging
from api.auth import allowed
from api.fields import Choice, Flag, Instant, Integer, ListOf, PageQuery, Query, Schema, Text
from api.requests import raw_body
from market import clock
from market.accounts import Role
from payments import bank_transfer, statements
from payments.models import BankLine, BankLineState

blp = Blueprint("bank-statements", __name__, description="Credits as banks tell them.")


class StatementQuery(Query):
    """Whose statement it is."""

    account = Text(most=19, pattern="[0-9A-Za-z]+", required=True)


class LineStateOut(Schema):
    """What became of one line."""

    reference = Text(most=64)
    amount_minor = Integer()
    state = Choice(BankLineState)
    duplicate = Flag()


class StatementOut(Schema):
    """What became of each credit."""

    items = ListOf(ma.fields.Nested(LineStateOut), most=statements.ROWS_MAX)


class LinesQuery(PageQuery):
    """Lines in one state."""

    state = Choice(BankLineState, load_default=None)


class BankLineOut(Schema):
    """A credit as the bank told it."""

    account = Text(most=19)
    reference = Text(most=64)
    booked_at = Instant()
    amount_minor = Integer()
    text = Text(most=500)
    state = Choice(BankLineState)
    applied_minor = Integer()


class BankLinesOut(Schema):
    """A page of credits."""

    items = ListOf(ma.fields.Nested(BankLineOut), most=100)
    next = ma.fields.String(allow_none=True)


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
        lines = statements.parse_csv(request.get_data(), account=query["account"])
        custody_account = context.settings().custody_account
        told_for = bank_transfer.holders(
            g.session, actor=g.actor, account=query["account"], custody_account=custody_account
        )
        received = bank_transfer.receive(
            g.session,
            lines=lines,
            told_for=told_for,
            custody_account=custody_account,
            actor=g.actor,
            now=clock.now(),
        )
        return {
            "items": [
                {
                    "reference": each.line.reference,
                    "amount_minor": each.line.amount_minor,
                    "state": each.state,
                    "duplicate": each.duplicate,
                }
                for each in received
            ]
        }

    @allowed(Role.ADMINISTRATOR, Role.SELLER, Role.HOST)
    @blp.arguments(LinesQuery, location="query")
    @blp.response(200, BankLinesOut)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Credits, the newest first, all or one's own; those not matched wait for a person."""
        lines = select(BankLine).order_by(BankLine.recorded_at.desc(), BankLine.id.desc())
        if not g.actor.has(Role.ADMINISTRATOR):
            lines = lines.where(BankLine.holder_id.in_(g.actor.managed_ids))
        if query["state"]:
            lines = lines.where(BankLine.state == query["state"])
        if query["cursor"]:
            lines = lines.where(tuple_(BankLine.recorded_at, BankLine.id) < query["cursor"])
        found = g.session.scalars(lines.limit(query["limit"] + 1)).all()
        return paging.page(
            found, limit=query["limit"], key=lambda line: (line.recorded_at, line.id)
        )

"""Bank statements: what an account received, taken in line by line and never guessed at."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from api import context, fields, paging
from api.requests import body_of, raw_body
from api.v1.resources import Blueprint, MethodView, acting, allowed, asking, g, ma
from api.v1.sale_shapes import SentBackOut
from market import clock
from market.accounts import Role
from market.db import newest_first
from market.money import MINOR_MAX
from payments import allocating, balancing, bank_transfer, refunding, statements
from payments.models import BankLine, BankLineState, Payment, PaymentState
from payments.refund_models import Refund

blp = Blueprint("bank-statements", __name__, description="Credits as banks tell them.")


class StatementQuery(fields.Query):
    """Whose statement it is."""

    account = fields.Text(most=19, pattern="[0-9A-Za-z]+", required=True)


class LineStateOut(fields.Schema):
    """What became of one line."""

    reference = fields.Text(most=64, attribute="line.reference")
    amount_minor = fields.Integer(least=-MINOR_MAX, attribute="line.amount_minor")
    state = fields.Choice(BankLineState)
    duplicate = fields.Flag()


class StatementOut(fields.Schema):
    """What became of each credit."""

    items = fields.ListOf(ma.fields.Nested(LineStateOut), most=statements.ROWS_MAX)


class LinesQuery(fields.PageQuery):
    """Lines in one state."""

    state = fields.Choice(BankLineState, load_default=None)


class BankLineOut(fields.Schema):
    """A line as the bank told it, below zero where money went out, and who the other side is."""

    id = fields.Identifier()
    account = fields.Text(most=19)
    reference = fields.Text(most=64)
    booked_at = fields.Instant()
    amount_minor = fields.Integer(least=-MINOR_MAX)
    text = fields.Text(most=500)
    state = fields.Choice(BankLineState)
    applied_minor = fields.Integer(least=-MINOR_MAX)
    payer_bin = fields.Text(most=20, allow_none=True)
    payer_account = fields.Text(most=30, allow_none=True)
    payer_name = fields.Text(most=100, allow_none=True)


class AllocationIn(fields.Schema):
    """Which payment."""

    payment_id = fields.Identifier(required=True)


class AllocationOut(fields.Schema):
    """The payment, now made."""

    id = fields.Identifier()
    state = fields.Choice(PaymentState)


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
        if told_for is None:
            balancing.compare(g.session, lines=lines, account=custody_account, now=clock.now())
        return {"items": received}

    @allowed(Role.ADMINISTRATOR, Role.SELLER, Role.HOST)
    @blp.arguments(LinesQuery, location="query")
    @blp.response(200, fields.page_of(BankLineOut, "credits", name="BankLinesOut", most=100))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Lines, the newest first, all or one's own; those not matched wait for a person."""
        lines, key = select(BankLine), (BankLine.recorded_at, BankLine.id)
        if not g.actor.has(Role.ADMINISTRATOR):
            lines = lines.where(BankLine.holder_id.in_(g.actor.managed_ids))
        if query["state"]:
            lines = lines.where(BankLine.state == query["state"])
        found = newest_first(g.session, lines, *key, after=query["cursor"], limit=query["limit"])
        return paging.answer(found, query, "recorded_at", "id")


@blp.route("/bank-lines/<uuid:line_id>/allocation")
class Allocation(MethodView):
    """A credit that fitted nothing."""

    @allowed(Role.ADMINISTRATOR)
    @blp.arguments(AllocationIn)
    @blp.response(201, AllocationOut)
    def post(self, body: dict[str, Any], line_id: UUID) -> Payment:
        """Let it pay an awaited payment, whose missing amount it has to be to the đồng."""
        return allocating.allocate(**acting(), line_id=line_id, payment_id=body["payment_id"])


@blp.route("/bank-lines/<uuid:line_id>/refund")
class LineRefund(MethodView):
    """What is nobody's of a credit."""

    @allowed(Role.MODERATOR, Role.ADMINISTRATOR)
    @blp.response(201, SentBackOut)
    def post(self, line_id: UUID) -> Refund:
        """Have it sent back to its payer, when a second person has let it go."""
        return refunding.give_back_line(**acting(), line_id=line_id)

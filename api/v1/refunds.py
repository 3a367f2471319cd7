"""Money back to buyers, and the disputes of card payments."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from api import fields, paging
from api.orders_view import group_of_secret
from api.v1.orders import SECRET, party_to
from api.v1.people_shapes import SELLERS
from api.v1.resources import Blueprint, MethodView, acting, allowed, g, ma, public
from api.v1.sale_shapes import ReasonIn, RefundOut, SentBackOut, minor_as_money
from market import clock
from market.accounts import Role
from market.db import newest_first
from market.orders import queries
from market.orders.models import Order
from payments import refunding, returning
from payments.asking import BankAccount
from payments.refund_models import Dispute, DisputeState, Refund, RefundState

OVERSEERS = (Role.MODERATOR, Role.ADMINISTRATOR)

blp = Blueprint("refunds", __name__, description="Money back to buyers, and disputed cards.")


class RefundIn(fields.Schema):
    """How much: an amount, the price of some lines, or (with neither) all that is left."""

    amount = fields.MoneyField(least=1)
    positions = fields.ListOf(fields.Integer(most=1000), most=100, load_default=list)
    reason = fields.Text(most=500, required=True)
    case_id = fields.Identifier(load_default=None)

    @ma.validates_schema
    def _one_of_two(self, data: dict[str, Any], **_: Any) -> None:
        if "amount" in data and data["positions"]:
            raise ma.ValidationError([fields.Reason("field.unknown")], "positions")
        if "amount" in data and data["amount"].currency != "VND":
            raise ma.ValidationError([fields.Reason("field.not_allowed")], "amount")


class RefundsQuery(fields.PageQuery):
    """Refunds in one state."""

    state = fields.Choice(RefundState, load_default=None)


class AccountIn(fields.Schema):
    """Where a transfer is to be sent back to."""

    bank_bin = fields.Text(most=6, pattern="[0-9]{6}", required=True)
    account = fields.Text(most=19, pattern="[0-9A-Za-z]+", required=True)
    holder = fields.Text(most=100, required=True)


class DisputeOut(fields.Schema):
    """A card payment that the payer's bank asks back."""

    id = fields.Identifier()
    reference = fields.Text(most=100)
    amount = minor_as_money("amount_minor")
    state = fields.Choice(DisputeState)
    due_at = fields.Instant(allow_none=True)
    opened_at = fields.Instant()


@blp.route("/orders/<uuid:order_id>/refunds")
class OrderRefunds(MethodView):
    """What goes back of an order."""

    @allowed(Role.NOBODY, Role.BUYER)
    @blp.doc(parameters=[SECRET])
    @blp.response(200, RefundOut(many=True))
    def get(self, order_id: UUID) -> list[Refund]:
        """The order's refunds, for its buyer and its seller."""
        order, _ = party_to(order_id)
        return refunding.of_orders(g.session, order_ids=[order.id])[order.id]

    @allowed(*SELLERS, *OVERSEERS)
    @blp.arguments(RefundIn)
    @blp.response(201, RefundOut)
    def post(self, body: dict[str, Any], order_id: UUID) -> Refund:
        """Give money back, as the order's seller or as who oversees the market."""
        amount = body.pop("amount", None)
        body["amount_minor"] = amount and amount.minor
        return refunding.request(**acting(), order=_order(order_id), **body)


@blp.route("/refunds")
class Refunds(MethodView):
    """All refunds."""

    @allowed(*OVERSEERS)
    @blp.arguments(RefundsQuery, location="query")
    @blp.response(200, fields.page_of(SentBackOut, "refunds", name="RefundsOut", most=100))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The newest first."""
        asked, key = select(Refund), (Refund.created_at, Refund.id)
        if query["state"]:
            asked = asked.where(Refund.state == query["state"])
        found = newest_first(g.session, asked, *key, after=query["cursor"], limit=query["limit"])
        return paging.answer(found, query, "created_at", "id")


@blp.route("/refunds/<uuid:refund_id>/approval")
class Approval(MethodView):
    """A second person's word."""

    @allowed(*OVERSEERS)
    @blp.response(201, SentBackOut)
    def post(self, refund_id: UUID) -> Refund:
        """Let a transfer back go; never one's own."""
        return refunding.approve(**acting(), refund_id=refund_id)


@blp.route("/refunds/<uuid:refund_id>/rejection")
class Rejection(MethodView):
    """No."""

    @allowed(*OVERSEERS)
    @blp.arguments(ReasonIn)
    @blp.response(201, SentBackOut)
    def post(self, body: dict[str, Any], refund_id: UUID) -> Refund:
        """Leave the money where it was."""
        return refunding.reject(**acting(), refund_id=refund_id, reason=body["reason"])


@blp.route("/refunds/<uuid:refund_id>/account")
class NamedAccount(MethodView):
    """Whereto, where no buyer is asked."""

    @allowed(*OVERSEERS)
    @blp.arguments(AccountIn)
    @blp.response(201, SentBackOut)
    def post(self, body: dict[str, Any], refund_id: UUID) -> Refund:
        """Name the account to which it is to be sent; somebody else approves it then."""
        return refunding.name_account_of(**acting(), refund_id=refund_id, to=BankAccount(**body))


@blp.route("/refunds/<uuid:refund_id>/payment")
class GivenBack(MethodView):
    """Given back by hand."""

    @allowed(*SELLERS)
    @blp.response(201, RefundOut)
    def post(self, refund_id: UUID) -> Refund:
        """Say that the buyer has the cash, or the direct transfer, back."""
        return returning.give_by_hand(**acting(), refund_id=refund_id)


@blp.route("/order-groups/<string:secret>/refund-account")
class RefundAccount(MethodView):
    """Where to send money back."""

    @public
    @blp.arguments(AccountIn)
    @blp.response(201, SentBackOut(many=True))
    def post(self, body: dict[str, Any], secret: str) -> list[Refund]:
        """Name the account to which transfers of this checkout are to be sent back."""
        group = group_of_secret(g.session, secret)
        to = BankAccount(**body)
        return refunding.name_account(g.session, group_id=group.id, to=to, now=clock.now())


@blp.route("/disputes")
class Disputes(MethodView):
    """Disputed card payments."""

    @allowed(*OVERSEERS)
    @blp.arguments(fields.PageQuery, location="query")
    @blp.response(200, fields.page_of(DisputeOut, "disputes", most=100))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The newest first."""
        key = (Dispute.opened_at, Dispute.id)
        asked = {"after": query["cursor"], "limit": query["limit"]}
        found = newest_first(g.session, select(Dispute), *key, **asked)
        return paging.answer(found, query, "opened_at", "id")


def _order(order_id: UUID) -> Order:
    asked = {"session": g.session, "actor": g.actor, "order_id": order_id}
    return queries.get(**asked) if g.actor.oversees else queries.sold_by(**asked)

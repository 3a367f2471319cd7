"""Money back to buyers, and the disputes of card payments."""

from sqlalchemy import select

from api import fields, orders_view
from api.v1.orders import party_to
from api.v1.resources import UUID, Facts, Resources, Rows, acting, g, ma
from api.v1.roles import EVERYBODY, GUESTS_TOO, SELLERS, STAFF
from api.v1.sale_shapes import ReasonIn, RefundOut, SentBackOut
from market.db import newest_first
from market.orders import Order, queries
from payments import Dispute, DisputeState, Refund, RefundState, refunding, returning, unsettled
from payments.asking import BankAccount

blp = Resources("refunds", __name__, description="Money back to buyers, and disputed cards.")

OF_ORDER = "/orders/<uuid:order_id>/refunds"
BUYERS_ACCOUNT = "/order-groups/<string:secret>/refund-account"
Which = fields.PageQuery.from_dict({"state": fields.Choice(RefundState, load_default=None)})


class RefundIn(fields.Schema):
    """How much: an amount, the price of some lines, or (with neither) all that is left."""

    amount = fields.MoneyField(least=1)
    positions = fields.ListOf(fields.Integer(most=1000), most=100, load_default=list)
    reason = fields.Text(most=500, required=True)
    case_id = fields.Identifier(load_default=None)

    @ma.validates_schema
    def _one_of_two(self, data: Facts, **_: object) -> None:
        if "amount" in data and data["positions"]:
            raise ma.ValidationError([fields.Reason("field.unknown")], "positions")


class AccountIn(fields.Schema):
    """Where a transfer is to be sent back to."""

    makes = BankAccount
    bank_bin = fields.Text(most=6, pattern="[0-9]{6}", required=True)
    account = fields.Text(most=19, pattern="[0-9A-Za-z]+", required=True)
    holder = fields.Text(most=100, required=True)


class DisputeOut(fields.Identified):
    """A card payment that the payer's bank asks back."""

    reference = fields.Text(most=100)
    amount = fields.PriceField(attribute="amount_minor")
    state = fields.Choice(DisputeState)
    due_at = fields.Instant(allow_none=True)
    opened_at = fields.Instant()


@blp.get(OF_ORDER, GUESTS_TOO, RefundOut(many=True))
def of_order(order_id: UUID) -> list[Refund]:
    """The order's refunds, for its buyer and its seller."""
    order, _ = party_to(order_id)
    return unsettled.of_orders(g.session, order_ids=[order.id])[order.id]


@blp.post(OF_ORDER, (*SELLERS, *STAFF), RefundOut, takes=RefundIn)
def ask(body: Facts, order_id: UUID) -> Refund:
    """Give money back, as the order's seller or as who oversees the market."""
    amount = body.pop("amount", None)
    body["amount_minor"] = amount and amount.minor
    return refunding.request(**acting(), order=_order(order_id), **body)


@blp.pages("/refunds", STAFF, SentBackOut, name="RefundsOut", query=Which, key=("created_at", "id"))
def page(query: Facts) -> Rows:
    """The newest first."""
    asked, state = select(Refund), query.pop("state")
    if state:
        asked = asked.where(Refund.state == state)
    return newest_first(g.session, asked, Refund.created_at, Refund.id, **query)


@blp.post("/refunds/<uuid:refund_id>/approval", STAFF, SentBackOut)
def approve(refund_id: UUID) -> Refund:
    """Let a transfer back go; never one's own."""
    return refunding.approve(**acting(), refund_id=refund_id)


@blp.post("/refunds/<uuid:refund_id>/rejection", STAFF, SentBackOut, takes=ReasonIn)
def reject(body: Facts, refund_id: UUID) -> Refund:
    """Leave the money where it was."""
    return refunding.reject(**acting(), refund_id=refund_id, **body)


@blp.post("/refunds/<uuid:refund_id>/account", STAFF, SentBackOut, takes=AccountIn)
def name_account(body: BankAccount, refund_id: UUID) -> Refund:
    """Name the account to which it is to be sent; somebody else approves it then."""
    return refunding.name_account_of(**acting(), refund_id=refund_id, to=body)


@blp.post("/refunds/<uuid:refund_id>/payment", SELLERS, RefundOut)
def give_by_hand(refund_id: UUID) -> Refund:
    """Say that the buyer has the cash, or the direct transfer, back."""
    return returning.give_by_hand(**acting(), refund_id=refund_id)


@blp.post(BUYERS_ACCOUNT, EVERYBODY, SentBackOut(many=True), takes=AccountIn)
def name_buyers_account(body: BankAccount, secret: str) -> list[Refund]:
    """Name the account to which transfers of this checkout are to be sent back."""
    group = orders_view.group_of_secret(g.session, secret)
    return refunding.name_account(**acting(), group_id=group.id, to=body)


@blp.pages("/disputes", STAFF, DisputeOut, name="DisputePage", key=("opened_at", "id"))
def disputes(query: Facts) -> Rows:
    """The newest first."""
    return newest_first(g.session, select(Dispute), Dispute.opened_at, Dispute.id, **query)


def _order(order_id: UUID) -> Order:
    asked = {"session": g.session, "actor": g.actor, "order_id": order_id}
    return queries.get(**asked) if g.actor.oversees else queries.sold_by(**asked, beside=True)

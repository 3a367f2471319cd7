"""The shapes of baskets, quotes, orders and payments."""

from typing import Any

import marshmallow as ma

from api import fields, house
from catalog.models import SeatUnit
from market.money import Money
from market.orders import Fulfilment, LineKind, Rail, State
from market.quantity import QUANTITY_MAX, Quantity
from payments.gateway import Standing
from payments.models import AttemptState, PaymentState
from payments.refund_models import RefundState

PHONE = r"\+?[0-9 .()-]{8,20}"
MONEY = fields.MoneySchema()
QUANTITY = fields.QuantitySchema()
EMAIL = r"[^@\s]{1,64}@[^@\s]{1,255}"


def _snapped(name: str, kind: str) -> ma.fields.Field[Any]:
    """What the line's snapshot says under the name; `weight` has `grams` and `most_grams`."""
    return ma.fields.Function(
        lambda line: line.snapshot.get(name), metadata={"type": kind, "nullable": True}
    )


class LineIn(fields.Schema):
    """Goods by listing, or seats by departure and kind of guest."""

    listing_id = fields.Identifier()
    departure_id = fields.Identifier()
    unit = fields.Choice(SeatUnit)
    quantity = fields.Integer(least=-QUANTITY_MAX, most=QUANTITY_MAX, required=True)

    @ma.validates_schema
    def _one_of_two(self, data: dict[str, Any], **_: Any) -> None:
        if ("listing_id" in data) == ("departure_id" in data):
            raise ma.ValidationError([fields.Reason("field.required")], "listing_id")
        if ("departure_id" in data) != ("unit" in data):  # goods have their listing's unit
            wrong = "field.unknown" if "unit" in data else "field.required"
            raise ma.ValidationError([fields.Reason(wrong)], "unit")


class BasketLineOut(fields.Schema):
    """A line of a basket as it was put in."""

    id = fields.Identifier()
    kind = fields.Choice(LineKind)
    subject_id = fields.Identifier(metadata={"description": "The listing or the departure."})
    unit = fields.Text(most=10)
    quantity = fields.Integer()


class BasketOut(fields.Schema):
    """What a basket holds."""

    items = fields.ListOf(ma.fields.Nested(BasketLineOut), most=100)


class DeliveryIn(fields.Schema):
    """Where to, and at which sellers the buyer picks the goods up instead."""

    unit_code = fields.Text(most=10)
    address = fields.Text(most=300)
    pick_up = fields.ListOf(fields.Identifier(), most=50, load_default=list)


class NamedLineOut(fields.Schema):
    """What a line is of."""

    kind = fields.Choice(LineKind)
    listing_id = fields.Identifier()
    departure_id = fields.Identifier(allow_none=True)
    title = fields.Text(most=300)


class QuotedLineOut(NamedLineOut):
    """A line with its price."""

    quantity = fields.QuantityField()
    price = fields.MoneyField()
    amount = fields.MoneyField()
    weight = _snapped("weight", "object")


class QuotedPartOut(fields.Schema):
    """One seller's part of a quote; an address that is `elsewhere` is a question to the buyer."""

    seller_id = fields.Identifier()
    fulfilment = fields.Choice(Fulfilment)
    address = ma.fields.Dict(allow_none=True)
    lines = fields.ListOf(ma.fields.Nested(QuotedLineOut), most=100)
    goods = fields.MoneyField()
    delivery = fields.MoneyField()
    total = fields.MoneyField()


class QuoteOut(fields.Schema):
    """What the basket costs now; nothing is held yet."""

    parts = fields.ListOf(ma.fields.Nested(QuotedPartOut), most=100)
    total = fields.MoneyField()


class ContactIn(fields.Schema):
    """How the seller reaches the buyer."""

    name = fields.Text(most=100, required=True)
    phone = fields.Text(most=20, pattern=PHONE)
    email = fields.Text(most=320, pattern=EMAIL)


class CheckoutIn(fields.Schema):
    """Who buys, where to, and how it is paid; `id` may be made on the phone."""

    id = fields.Identifier()
    contact = ma.fields.Nested(ContactIn, required=True)
    delivery = ma.fields.Nested(DeliveryIn, load_default=dict)
    rail = fields.Choice(Rail, required=True)


class LineOut(NamedLineOut):
    """A line as it was sold."""

    quantity = ma.fields.Function(
        lambda line: QUANTITY.dump(Quantity(line.quantity, line.scale, line.unit)),
        metadata={"type": "object"},
    )
    price = ma.fields.Function(lambda line: _money(line, "price_minor"))
    amount = ma.fields.Function(lambda line: _money(line, "amount_minor"))
    grade = _snapped("grade", "string")
    weight = _snapped("weight", "object")
    lots = ma.fields.Function(
        lambda line: [lot["code"] for lot in line.snapshot.get("lots", [])],
        metadata={"type": "array", "items": {"type": "string"}},
    )


class WeighedOut(fields.Schema):
    """What a line weighed when it was packed, and what it costs for that."""

    position = fields.Integer()
    grams = fields.Integer()
    amount = ma.fields.Function(
        lambda row: MONEY.dump(Money(row.amount_minor)), metadata={"type": "object"}
    )
    at = fields.Instant()


class EventOut(fields.Schema):
    """A step that an order has taken."""

    state = fields.Choice(State)
    at = fields.Instant()


class TicketOut(fields.Schema):
    """One guest's ticket; `secret` opens its page."""

    code = fields.Text(most=10)
    unit = fields.Choice(SeatUnit)
    starts_at = fields.Instant()
    state = fields.Text(most=10)
    secret = ma.fields.Function(lambda ticket: house.secret_of(house.TICKET, ticket.code))


class OrderOut(fields.Schema):
    """One seller's order."""

    id = fields.Identifier()
    code = fields.Text(most=10)
    seller_id = fields.Identifier()
    state = fields.Choice(State)
    rail = fields.Choice(Rail)
    fulfilment = fields.Choice(Fulfilment)
    address = ma.fields.Dict(allow_none=True)
    goods = ma.fields.Function(lambda order: _money(order, "goods_minor"))
    delivery = ma.fields.Function(lambda order: _money(order, "delivery_minor"))
    total = ma.fields.Function(lambda order: _money(order, "total_minor"))
    deadline = fields.Instant(allow_none=True)
    created_at = fields.Instant()
    version = fields.Integer()


class RefundOut(fields.Schema):
    """A refund and how far it has come; a transfer back carries its memo."""

    id = fields.Identifier()
    order_id = fields.Identifier(allow_none=True)
    rail = fields.Choice(Rail)
    amount = ma.fields.Function(lambda refund: _money(refund, "amount_minor"))
    state = fields.Choice(RefundState)
    reason = fields.Text(most=500, least=0)
    memo = fields.Text(most=12, allow_none=True)
    external = fields.Flag()
    created_at = fields.Instant()


class SentBackOut(RefundOut):
    """The same with the buyer's account, for who has to send the money there."""

    bank_bin = fields.Text(most=6, allow_none=True)
    bank_account = fields.Text(most=19, allow_none=True)
    bank_holder = fields.Text(most=100, allow_none=True)


class OrderDetailOut(OrderOut):
    """An order with its lines, its steps, its tickets and what goes back to the buyer."""

    lines = fields.ListOf(ma.fields.Nested(LineOut), most=100)
    events = fields.ListOf(ma.fields.Nested(EventOut), most=100)
    tickets = fields.ListOf(ma.fields.Nested(TicketOut), most=1000)
    refunds = fields.ListOf(ma.fields.Nested(RefundOut), most=1000)
    weighings = fields.ListOf(ma.fields.Nested(WeighedOut), most=100)


class AttemptOut(fields.Schema):
    """How far a try to pay by card has come, and why it was refused."""

    state = fields.Choice(AttemptState)
    error = fields.Text(most=100, allow_none=True)


class PaymentOut(fields.Schema):
    """Money asked for; a transfer comes with the VietQR of what is missing after what `came`."""

    id = fields.Identifier()
    rail = fields.Choice(Rail)
    amount = ma.fields.Function(lambda payment: _money(payment, "amount_minor"))
    came = ma.fields.Function(lambda payment: _money(payment, "came_minor"))
    state = fields.Choice(PaymentState)
    memo = fields.Text(most=12, allow_none=True)
    bank_bin = fields.Text(most=6, allow_none=True)
    bank_account = fields.Text(most=19, allow_none=True)
    bank_holder = fields.Text(most=100, allow_none=True)
    expires_at = fields.Instant(allow_none=True)
    vietqr = ma.fields.String(allow_none=True)
    attempt = ma.fields.Nested(AttemptOut, allow_none=True)


class PayIn(fields.Schema):
    """Which payment of the checkout is to be made by card."""

    payment_id = fields.Identifier(required=True)


class TryOut(fields.Schema):
    """What the provider's kit on the phone needs to let the payer confirm."""

    payment_id = fields.Identifier()
    state = fields.Choice(Standing)
    client_secret = fields.Text(most=200, allow_none=True)
    publishable_key = fields.Text(most=200, allow_none=True)
    error = fields.Text(most=100, allow_none=True)


class GroupOut(fields.Schema):
    """A checkout with its orders and payments; `secret` is the key of its page."""

    id = fields.Identifier()
    code = fields.Text(most=10)
    secret = ma.fields.Function(lambda group: house.secret_of(house.ORDER, group["code"]))
    total = fields.MoneyField()
    orders = fields.ListOf(ma.fields.Nested(OrderDetailOut), most=100)
    payments = fields.ListOf(ma.fields.Nested(PaymentOut), most=100)


class ReasonIn(fields.Schema):
    """Why, in the buyer's or seller's own words."""

    reason = fields.Text(most=500, least=0, load_default="")


def minor_as_money(column: str) -> ma.fields.Field[Any]:
    """A column of minor units as money in the row's own currency."""
    return ma.fields.Function(lambda row: _money(row, column))


def _money(row: Any, column: str) -> dict[str, Any]:
    amount = Money(ma.utils.get_value(row, column), ma.utils.get_value(row, "currency"))
    dumped: dict[str, Any] = MONEY.dump(amount)
    return dumped

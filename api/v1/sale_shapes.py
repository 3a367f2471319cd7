"""The shapes of baskets, quotes, orders and payments."""

from typing import Any

import marshmallow as ma

from api import fields, house
from catalog.models import SeatUnit
from market.orders import Fulfilment, LineKind, Rail, State
from market.quantity import QUANTITY_MAX, Quantity
from payments import gateway, models

PHONE = r"\+?[0-9 .()-]{8,20}"
QUANTITY = fields.QuantitySchema()
EMAIL = r"[^@\s]{1,64}@[^@\s]{1,255}"
# Goods have their listing's unit.
_BELONGS = {"unit": "departure_id", "arrival": "option_id", "departure": "option_id"}


class LineIn(fields.Schema):
    """Goods by listing, seats by departure and kind of guest, or rooms by their type and days."""

    listing_id = fields.Identifier()
    departure_id = fields.Identifier()
    option_id = fields.Identifier()
    arrival = fields.DayField()
    departure = fields.DayField()
    unit = fields.Choice(SeatUnit)
    quantity = fields.Integer(least=-QUANTITY_MAX, most=QUANTITY_MAX, required=True)

    @ma.validates_schema
    def _one_of_three(self, data: dict[str, Any], **_: Any) -> None:
        if len(data.keys() & {"listing_id", "departure_id", "option_id"}) != 1:
            raise ma.ValidationError([fields.Reason("field.required")], "listing_id")
        for name, subject in _BELONGS.items():
            if (name in data) != (subject in data):
                wrong = "field.unknown" if name in data else "field.required"
                raise ma.ValidationError([fields.Reason(wrong)], name)


class BasketLineOut(fields.Identified):
    """A line of a basket as it was put in."""

    kind = fields.Choice(LineKind)
    subject_id = fields.Identifier(metadata={"description": "Listing, departure or room type."})
    unit = fields.Text(most=21)
    quantity = fields.Integer()


class BasketOut(fields.Schema):
    """What a basket holds."""

    items = fields.ListOf(fields.Nested(BasketLineOut), most=100)


class DeliveryIn(fields.Schema):
    """Where to, and at which sellers or at which points of theirs the buyer fetches instead."""

    unit_code = fields.Text(most=10)
    address = fields.Text(most=300)
    pick_up = fields.ListOf(fields.Identifier(), most=50, load_default=list)
    points = fields.ListOf(fields.Identifier(), most=50, load_default=list)


class NamedLineOut(fields.Schema):
    """What a line is of; `weight` is grams, `tier` the dated price and the `list_price`."""

    kind = fields.Choice(LineKind)
    listing_id = fields.Identifier()
    departure_id = fields.Identifier(allow_none=True)
    title = fields.Text(most=300)
    weight = fields.Dict(attribute="snapshot.weight", dump_default=None, allow_none=True)
    tier = fields.Dict(attribute="snapshot.tier", dump_default=None, allow_none=True)


class QuotedLineOut(NamedLineOut):
    """A line with its price."""

    quantity = fields.QuantityField()
    price = fields.MoneyField()
    amount = fields.MoneyField()


class LandedOut(fields.Schema):
    """What delivery adds to the goods; too much is told with the least goods that are sensible."""

    basis_points = fields.Integer()
    goods = fields.MoneyField(allow_none=True)
    quantity = fields.QuantityField(allow_none=True)


class QuotedPartOut(fields.Schema):
    """One seller's part of a quote; an address that is `elsewhere` is a question to the buyer."""

    seller_id = fields.Identifier()
    fulfilment = fields.Choice(Fulfilment)
    address = fields.Dict(allow_none=True)
    lines = fields.ListOf(fields.Nested(QuotedLineOut), most=100)
    goods = fields.MoneyField()
    delivery = fields.MoneyField()
    landed = fields.Nested(LandedOut, allow_none=True)
    total = fields.MoneyField()
    promised_day = fields.DayField(allow_none=True)

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """Of a part as it was quoted."""
        return house.landed(obj) if attr == "landed" else super().get_attribute(obj, attr, default)


class QuoteOut(fields.Schema):
    """What the basket costs now; nothing is held yet."""

    parts = fields.ListOf(fields.Nested(QuotedPartOut), most=100)
    total = fields.MoneyField()


class ContactIn(fields.Schema):
    """How the seller reaches the buyer."""

    name = fields.Text(most=100, required=True)
    phone = fields.Text(most=20, pattern=PHONE)
    email = fields.Text(most=320, pattern=EMAIL)


class CheckoutIn(fields.Identified):
    """Who buys, where to, and how it is paid; `id` may be made on the phone."""

    contact = fields.Nested(ContactIn, required=True)
    delivery = fields.Nested(DeliveryIn, load_default=dict)
    rail = fields.Choice(Rail, required=True)


class LineOut(NamedLineOut):
    """A line as it was sold."""

    quantity = fields.Function(
        lambda line: QUANTITY.dump(Quantity(line.quantity, line.scale, line.unit)),
        metadata={"type": "object"},
    )
    price = fields.PriceField(attribute="price_minor")
    amount = fields.PriceField(attribute="amount_minor")
    grade = fields.String(attribute="snapshot.grade", dump_default=None, allow_none=True)
    lots = fields.Function(
        lambda line: [lot["code"] for lot in line.snapshot.get("lots", [])],
        metadata={"type": "array", "items": {"type": "string"}},
    )


class WeighedOut(fields.Schema):
    """What a line weighed when it was packed, and what it costs for that."""

    position = fields.Integer()
    grams = fields.Integer()
    amount = fields.PriceField(attribute="amount_minor")
    at = fields.Instant()


class EventOut(fields.Schema):
    """A step that an order has taken."""

    state = fields.Choice(State)
    at = fields.Instant()


class TicketOut(fields.Schema):
    """One guest's ticket; `secret` opens its page, the signed `token` is verified offline."""

    code = fields.Text(most=10)
    unit = fields.Choice(SeatUnit)
    starts_at = fields.Instant()
    state = fields.Text(most=10)
    secret = fields.Function(lambda ticket: house.secret_of(house.TICKET, ticket.code))
    token = fields.Function(house.token_of, metadata={"type": "string"})


class OrderOut(fields.Identified):
    """One seller's order."""

    code = fields.Text(most=10)
    seller_id = fields.Identifier()
    state = fields.Choice(State)
    rail = fields.Choice(Rail)
    fulfilment = fields.Choice(Fulfilment)
    address = fields.Dict(allow_none=True)
    goods = fields.PriceField(attribute="goods_minor")
    delivery = fields.PriceField(attribute="delivery_minor")
    total = fields.PriceField(attribute="total_minor")
    deadline = fields.Instant(allow_none=True)
    supplements_id = fields.Identifier(allow_none=True)
    promised_day = fields.DayField(allow_none=True)
    created_at = fields.Instant()
    version = fields.Integer()


class RefundOut(fields.Identified):
    """A refund and how far it has come; a transfer back carries its memo."""

    order_id = fields.Identifier(allow_none=True)
    rail = fields.Choice(Rail)
    amount = fields.PriceField(attribute="amount_minor")
    state = fields.Choice(models.RefundState)
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

    lines = fields.ListOf(fields.Nested(LineOut), most=100)
    events = fields.ListOf(fields.Nested(EventOut), most=100)
    tickets = fields.ListOf(fields.Nested(TicketOut), most=1000)
    refunds = fields.ListOf(fields.Nested(RefundOut), most=1000)
    weighings = fields.ListOf(fields.Nested(WeighedOut), most=100)


class AttemptOut(fields.Schema):
    """How far a try to pay by card has come, and why it was refused."""

    state = fields.Choice(models.AttemptState)
    error = fields.Text(most=100, allow_none=True)


class PaymentOut(fields.Identified):
    """Money asked for; a transfer comes with the VietQR of what is missing after what `came`."""

    rail = fields.Choice(Rail)
    amount = fields.PriceField(attribute="amount_minor")
    came = fields.PriceField(attribute="came_minor")
    state = fields.Choice(models.PaymentState)
    memo = fields.Text(most=12, allow_none=True)
    bank_bin = fields.Text(most=6, allow_none=True)
    bank_account = fields.Text(most=19, allow_none=True)
    bank_holder = fields.Text(most=100, allow_none=True)
    expires_at = fields.Instant(allow_none=True)
    vietqr = fields.String(allow_none=True)
    attempt = fields.Nested(AttemptOut, allow_none=True)


class PayIn(fields.Schema):
    """Which payment is meant."""

    payment_id = fields.Identifier(required=True)


class TryOut(fields.Schema):
    """What the provider's kit on the phone needs to let the payer confirm."""

    payment_id = fields.Identifier()
    state = fields.Choice(gateway.Standing, attribute="standing")
    client_secret = fields.Text(most=200, allow_none=True)
    publishable_key = fields.Text(most=200, allow_none=True)
    error = fields.Text(most=100, allow_none=True)


class GroupOut(fields.Identified):
    """A checkout with its orders and payments; `secret` is the key of its page."""

    code = fields.Text(most=10)
    secret = fields.Function(lambda group: house.secret_of(house.ORDER, group["code"]))
    total = fields.MoneyField()
    orders = fields.ListOf(fields.Nested(OrderDetailOut), most=100)
    payments = fields.ListOf(fields.Nested(PaymentOut), most=100)


class ReasonIn(fields.Schema):
    """Why, in the buyer's or seller's own words."""

    reason = fields.Text(most=500, least=0, load_default="")

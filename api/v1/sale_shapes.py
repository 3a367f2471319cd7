"""The shapes of baskets, quotes, orders and payments."""

from typing import Any

import marshmallow as ma

from api import fields, house
from api.fields import (
    Choice,
    DayField,
    Identifier,
    Instant,
    Integer,
    ListOf,
    MoneyField,
    QuantityField,
    Schema,
    Text,
)
from catalog.models import SeatUnit
from market.money import Money
from market.orders import Fulfilment, LineKind, Rail, State
from market.quantity import QUANTITY_MAX, Quantity
from payments import asking
from payments.models import PaymentState

PHONE = r"\+?[0-9 .()-]{8,20}"
MONEY = fields.MoneySchema()
QUANTITY = fields.QuantitySchema()
EMAIL = r"[^@\s]{1,64}@[^@\s]{1,255}"


class LineIn(Schema):
    """Goods by listing, or seats by departure and kind of guest."""

    listing_id = Identifier()
    departure_id = Identifier()
    unit = Choice(SeatUnit)
    quantity = Integer(least=-QUANTITY_MAX, most=QUANTITY_MAX, required=True)

    @ma.validates_schema
    def _one_of_two(self, data: dict[str, Any], **_: Any) -> None:
        if ("listing_id" in data) == ("departure_id" in data):
            raise ma.ValidationError([fields.Reason("field.required")], "listing_id")
        if ("departure_id" in data) != ("unit" in data):  # goods have their listing's unit
            wrong = "field.unknown" if "unit" in data else "field.required"
            raise ma.ValidationError([fields.Reason(wrong)], "unit")


class BasketLineOut(Schema):
    """A line of a basket as it was put in."""

    id = Identifier()
    kind = Choice(LineKind)
    subject_id = Identifier(metadata={"description": "The listing or the departure."})
    unit = Text(most=10)
    quantity = Integer()


class BasketOut(Schema):
    """What a basket holds."""

    items = ListOf(ma.fields.Nested(BasketLineOut), most=100)


class DeliveryIn(Schema):
    """Where to, and at which sellers the buyer picks the goods up instead."""

    unit_code = Text(most=10)
    address = Text(most=300)
    pick_up = ListOf(Identifier(), most=50, load_default=list)


class QuotedLineOut(Schema):
    """A line with its price."""

    kind = Choice(LineKind)
    listing_id = Identifier()
    departure_id = Identifier(allow_none=True)
    title = Text(most=300)
    quantity = QuantityField()
    price = MoneyField()
    amount = MoneyField()


class QuotedPartOut(Schema):
    """One seller's part of a quote."""

    seller_id = Identifier()
    fulfilment = Choice(Fulfilment)
    lines = ListOf(ma.fields.Nested(QuotedLineOut), most=100)
    goods = MoneyField()
    delivery = MoneyField()
    total = MoneyField()


class QuoteOut(Schema):
    """What the basket costs now; nothing is held yet."""

    parts = ListOf(ma.fields.Nested(QuotedPartOut), most=100)
    total = MoneyField()


class ContactIn(Schema):
    """How the seller reaches the buyer."""

    name = Text(most=100, required=True)
    phone = Text(most=20, pattern=PHONE)
    email = Text(most=320, pattern=EMAIL)


class CheckoutIn(Schema):
    """Who buys, where to, and how it is paid; `id` may be made on the phone."""

    id = Identifier()
    contact = ma.fields.Nested(ContactIn, required=True)
    delivery = ma.fields.Nested(DeliveryIn, load_default=dict)
    rail = Choice(Rail, required=True)


class LineOut(Schema):
    """A line as it was sold."""

    kind = Choice(LineKind)
    listing_id = Identifier()
    departure_id = Identifier(allow_none=True)
    title = Text(most=300)
    quantity = ma.fields.Function(
        lambda line: QUANTITY.dump(Quantity(line.quantity, line.scale, line.unit)),
        metadata={"type": "object"},
    )
    price = ma.fields.Function(lambda line: _money(line, "price_minor"))
    amount = ma.fields.Function(lambda line: _money(line, "amount_minor"))
    lots = ma.fields.Function(
        lambda line: [lot["code"] for lot in line.snapshot.get("lots", [])],
        metadata={"type": "array", "items": {"type": "string"}},
    )


class EventOut(Schema):
    """A step that an order has taken."""

    state = Choice(State)
    at = Instant()


class TicketOut(Schema):
    """One guest's ticket; `secret` opens its page."""

    code = Text(most=10)
    unit = Choice(SeatUnit)
    starts_at = Instant()
    state = Text(most=10)
    secret = ma.fields.Function(lambda ticket: house.secret_of(house.TICKET, ticket.code))


class OrderOut(Schema):
    """One seller's order."""

    id = Identifier()
    code = Text(most=10)
    seller_id = Identifier()
    state = Choice(State)
    rail = Choice(Rail)
    fulfilment = Choice(Fulfilment)
    address = ma.fields.Dict(allow_none=True)
    goods = ma.fields.Function(lambda order: _money(order, "goods_minor"))
    delivery = ma.fields.Function(lambda order: _money(order, "delivery_minor"))
    total = ma.fields.Function(lambda order: _money(order, "total_minor"))
    deadline = Instant(allow_none=True)
    created_at = Instant()
    version = Integer()


class OrderDetailOut(OrderOut):
    """An order with its lines, its steps and its tickets."""

    lines = ListOf(ma.fields.Nested(LineOut), most=100)
    events = ListOf(ma.fields.Nested(EventOut), most=100)
    tickets = ListOf(ma.fields.Nested(TicketOut), most=1000)


class PaymentOut(Schema):
    """Money asked for; a transfer comes with the text of its VietQR."""

    id = Identifier()
    rail = Choice(Rail)
    amount = ma.fields.Function(lambda payment: _money(payment, "amount_minor"))
    state = Choice(PaymentState)
    memo = Text(most=12, allow_none=True)
    bank_bin = Text(most=6, allow_none=True)
    bank_account = Text(most=19, allow_none=True)
    bank_holder = Text(most=100, allow_none=True)
    expires_at = Instant(allow_none=True)
    vietqr = ma.fields.Function(
        lambda payment: asking.payload(payment) if payment.memo else None,
        metadata={"type": ["string", "null"]},
    )


class GroupOut(Schema):
    """A checkout with its orders and payments; `secret` is the key of its page."""

    id = Identifier()
    code = Text(most=10)
    secret = ma.fields.Function(lambda group: house.secret_of(house.ORDER, group["code"]))
    total = MoneyField()
    orders = ListOf(ma.fields.Nested(OrderDetailOut), most=100)
    payments = ListOf(ma.fields.Nested(PaymentOut), most=100)


class ReasonIn(Schema):
    """Why, in the buyer's or seller's own words."""

    reason = Text(most=500, least=0, load_default="")


class ReportQuery(fields.Query):
    """The days of a report, both counted, and its form."""

    since = DayField(load_default=None)
    until = DayField(load_default=None)
    format = Choice(("json", "csv"), load_default="json")


def _money(row: Any, column: str) -> dict[str, Any]:
    amount = Money(ma.utils.get_value(row, column), ma.utils.get_value(row, "currency"))
    dumped: dict[str, Any] = MONEY.dump(amount)
    return dumped

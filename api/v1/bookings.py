"""Bookings: what cancelling or changing them comes to, and doing it; waiting for what is full."""

from api import fields, house, orders_view
from api.fields import Choice, Identifier, Instant, Integer, ListOf, MoneyField, Schema, Text
from api.v1.checkouts import GROUP, buyer_from, ordered
from api.v1.orders import bought, shown
from api.v1.resources import UUID, Any, Created, Facts, Resources, acting, created, g
from api.v1.roles import EVERYBODY, GUESTS_TOO, SELLERS
from api.v1.sale_shapes import ContactIn, GroupOut, OrderDetailOut
from catalog import baskets, booking_models
from catalog.models import SeatUnit
from market import clock
from market.orders import Rail
from payments import collecting, rescheduling, waiting, withdrawing
from payments.rescheduling import To

blp = Resources("bookings", __name__, description="Visits and stays that are booked.")

ONE = "/bookings/<uuid:order_id>"
WAITLIST = "/departures/<uuid:departure_id>/waitlist"
PARTY = "/waitlist/<uuid:waiting_id>"


class GuestsQuery(fields.Query):
    """Whose tickets, by their codes with commas between; the whole party where none is named."""

    tickets = Text(most=600, load_default="")


class CancelIn(Schema):
    """Which guests cancel (none named: all), what is expected to go back, and why."""

    tickets = ListOf(Text(most=10), most=baskets.SEATS_MAX, load_default=list)
    expected = MoneyField()
    reason = Text(most=500, least=0, load_default="")


class TermsOut(Schema):
    """What goes back of what the guests cost and what is kept, `until` it is less."""

    percent = Integer()
    price = MoneyField()
    refund = MoneyField()
    kept = MoneyField()
    until = Instant(allow_none=True)


class ToQuery(fields.Query):
    """Where to: another departure, or other nights, `2026-12-24/2026-12-26`."""

    departure_id = Identifier()
    nights = Text(most=21)


class ChangeIn(ToQuery):
    """The same, and what it is expected to cost more, or less."""

    expected = MoneyField(least=-(10**13))


class MoreIn(Schema):
    """How many more guests of each kind; rooms of a stay."""

    units = fields.Dict(Choice(SeatUnit), Integer(least=1, most=baskets.SEATS_MAX), required=True)


class ChangeOut(Schema):
    """What the change costs more; less goes back."""

    difference = MoneyField()


class PartyIn(MoreIn):
    """Who waits: how many of each kind, together or not at all."""

    contact = fields.Nested(ContactIn, required=True)


class PartyOut(fields.Identified):
    """A party that waits, and until when it is offered its seats; who knows the id takes them."""

    departure_id = Identifier()
    units = fields.Dict()
    state = Text(most=10)
    offered_until = Instant(allow_none=True)


class WaitingOut(Schema):
    """How many parties wait for a departure, and of how many."""

    parties = Integer()
    guests = Integer()


class TakeIn(Schema):
    """How the seats are paid."""

    rail = Choice(Rail, required=True)


@blp.get(f"{ONE}/cancellation", GUESTS_TOO, TermsOut, query=GuestsQuery)
def cancellation(query: Facts, order_id: UUID) -> Any:
    """What would go back now."""
    codes = [code for code in query["tickets"].split(",") if code]
    return withdrawing.terms(g.session, order=bought(order_id), codes=codes, now=clock.now())


@blp.post(f"{ONE}/cancellation", GUESTS_TOO, OrderDetailOut, takes=CancelIn)
def cancel(body: Facts, order_id: UUID) -> Facts:
    """Cancel the booking by its policy, or a part of the party."""
    codes = body.pop("tickets")
    return shown(withdrawing.withdraw(**acting(), order=bought(order_id), codes=codes, **body))


@blp.get(f"{ONE}/change", GUESTS_TOO, ChangeOut, query=ToQuery)
def preview(query: Facts, order_id: UUID) -> Any:
    """What it would cost to go on another day."""
    order = bought(order_id)
    return rescheduling.preview(g.session, order=order, to=To(**query), now=clock.now())


@blp.post(f"{ONE}/change", GUESTS_TOO, OrderDetailOut, takes=ChangeIn)
def change(body: Facts, order_id: UUID) -> Facts:
    """Go on another day: at once, or when the order that is answered is paid."""
    its: Facts = {"expected": body.pop("expected", None), "to": To(**body)}
    return shown(rescheduling.change(**acting(), order=bought(order_id), **its))


@blp.post(f"{ONE}/guests", GUESTS_TOO, OrderDetailOut, takes=MoreIn)
def enlarge(body: Facts, order_id: UUID) -> Facts:
    """More guests at the same time: an order of their own, to be paid."""
    return shown(rescheduling.enlarge(**acting(), order=bought(order_id), units=body["units"]))


@blp.post(f"{GROUP}/extension", EVERYBODY, GroupOut)
def extend(secret: str) -> Facts:
    """Hold what is not paid yet a quarter of an hour longer."""
    group = orders_view.group_of_secret(g.session, secret)
    collecting.extend(**acting(), group=group)
    return orders_view.group_detail(g.session, group, now=clock.now())


@blp.post(WAITLIST, EVERYBODY, PartyOut, takes=PartyIn)
def wait(body: Facts, departure_id: UUID) -> Created:
    """Wait for a departure that is full, the whole party or nobody."""
    its: Facts = {"units": body["units"], "buyer": buyer_from(body["contact"])}
    made = waiting.join(g.session, departure_id=departure_id, **its, now=clock.now())
    return created(made, "bookings.party", waiting_id=made.id)


@blp.get(WAITLIST, SELLERS, WaitingOut)
def waits(departure_id: UUID) -> Facts:
    """Who waits for a departure of one's own."""
    found = waiting.of_host(g.session, actor=g.actor, departure_id=departure_id)
    return {"parties": len(found), "guests": sum(sum(it.units.values()) for it in found)}


@blp.get(PARTY, EVERYBODY, PartyOut)
def party(waiting_id: UUID) -> booking_models.Waiting:
    """How a party that waits stands."""
    return waiting.get(g.session, waiting_id=waiting_id)


@blp.delete(PARTY, EVERYBODY)
def leave(waiting_id: UUID) -> None:
    """Wait no more."""
    waiting.leave(g.session, waiting=waiting.get(g.session, waiting_id=waiting_id))


@blp.post(f"{PARTY}/checkout", EVERYBODY, GroupOut, takes=TakeIn)
def take(body: Facts, waiting_id: UUID) -> Created:
    """Order the seats that are offered."""
    party = waiting.get(g.session, waiting_id=waiting_id)
    group = waiting.take(**acting(), waiting=party, house=house.house(), **body)
    return ordered(group)

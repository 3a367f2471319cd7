"""A closed sea and its like: told of, looked at, applied, and what each guest makes of it."""

from collections.abc import Sequence

from api import fields
from api.v1.orders import bought, shown
from api.v1.resources import UUID, Created, Facts, Resources, acting, asking, created, g
from api.v1.roles import GUESTS_TOO, SELLERS, STAFF
from api.v1.sale_shapes import OrderDetailOut
from market import clock, columns_of, existing
from market.geography import units
from market.orders import queries
from payments import disrupting, disruptions, remedying

blp = Resources("disruptions", __name__, description="What keeps visits from taking place.")

ONE, BOOKING = "/disruptions/<uuid:disruption_id>", "/bookings/<uuid:order_id>/disruption"


class DisruptionIn(fields.Schema):
    """What happened, who says so, where and when; a departure has its own time.

    Guests have so many `days` to choose, from when it is applied.
    """

    cause = fields.Choice(disruptions.Cause, required=True)
    source = fields.Text(most=300, required=True)
    unit_codes = fields.ListOf(fields.Text(most=5), most=len(units()), load_default=list)
    departure_id = fields.Identifier(load_default=None)
    from_at = fields.Instant(data_key="from")
    until_at = fields.Instant(data_key="until")
    days = fields.Integer(least=1, most=disrupting.DECIDE_DAYS_MAX, load_default=3, load_only=True)


class BehindOut(fields.Schema):
    """A later part of a trip, and the departure that will not bring its guest; titles if seen."""

    title = fields.Text(most=200, allow_none=True)
    because_of = fields.Text(most=200)


class DisruptionOut(fields.Identified, DisruptionIn):
    """What it touches that was not handled yet, and what came of the orders that were told."""

    decide_by = fields.Instant()
    applied_at = fields.Instant(allow_none=True)
    counts = fields.Dict(keys=fields.Text(most=20), values=fields.Integer())
    sum = fields.PriceField(attribute="sum_minor")
    dependants = fields.ListOf(fields.Nested(BehindOut), most=10_000)
    progress = fields.Dict(keys=fields.Text(most=20), values=fields.Integer())


class RemedyIn(fields.Schema):
    """Another departure or other nights (`2026-12-24/2026-12-26`), a credit, or the money."""

    choice = fields.Choice(disruptions.Remedy, required=True)
    departure_id = fields.Identifier(load_default=None)
    nights = fields.Text(most=21, load_default=None)


class OtherOut(fields.Identified):
    """A departure with room for the party."""

    starts_at = fields.Instant()


class AwaitedOut(fields.Schema):
    """Why it cannot take place, who says so, until when to choose, and other departures."""

    cause = fields.Choice(disruptions.Cause, attribute="why.cause")
    source = fields.Text(most=300, attribute="why.source")
    choice = fields.Choice(disruptions.Remedy, attribute="row.choice", allow_none=True)
    until = fields.Instant()
    others = fields.ListOf(fields.Nested(OtherOut), most=remedying.SHOWN_MAX)


@blp.post("/disruptions", (*SELLERS, *STAFF), DisruptionOut, takes=DisruptionIn)
def declare(body: Facts) -> Created:
    """Write down what keeps visits from taking place; nothing happens before it is applied."""
    days = body.pop("days")
    made = disrupting.declare(**acting(), new=disruptions.Disruption(**body), days=days)
    return created(told(made), "disruptions.one", disruption_id=made.id)


@blp.get(ONE, (*SELLERS, *STAFF), DisruptionOut)
def one(disruption_id: UUID) -> Facts:
    """What it would touch, or what came of it."""
    return told(disrupting.get(**asking(), disruption_id=disruption_id))


@blp.post(f"{ONE}/application", (*SELLERS, *STAFF), DisruptionOut)
def apply(disruption_id: UUID) -> Facts:
    """Stop the sale, and let every guest be told and choose; once."""
    return told(disrupting.apply(**acting(), disruption_id=disruption_id))


@blp.get(BOOKING, GUESTS_TOO, AwaitedOut)
def awaited(order_id: UUID) -> Facts:
    """As its guest, see why a booking cannot take place and what may be chosen."""
    return existing(choices([columns_of(bought(order_id))]).get(order_id), "disruption")


@blp.post(f"{BOOKING}/choice", GUESTS_TOO, OrderDetailOut, takes=RemedyIn)
def choose(body: Facts, order_id: UUID) -> Facts:
    """As its guest, take another date, keep a credit, or have the money back; once."""
    its: Facts = {"choice": body["choice"], "to": body["departure_id"] or body["nights"]}
    return shown(remedying.choose(**acting(), order=bought(order_id), **its))


def choices(orders: Sequence[Facts]) -> dict[UUID, Facts]:
    """What waits for the guests of these orders, as they are shown, by their ids."""
    asked: Facts = {"session": g.session, "now": clock.now()}
    ids = [order["id"] for order in orders]
    found = remedying.awaited(order_ids=ids, **asked) if ids else {}
    others = {at: remedying.others(order_id=at, **asked) for at in found}
    return {at: each._asdict() | {"others": others[at]} for at, each in found.items()}


def told(disruption: disruptions.Disruption) -> Facts:
    """All that is shown of it; of other sellers' orders not what they are."""
    it = disruptions.touched(g.session, disruption, now=clock.now())
    its = {order.id: order for order in it.orders if order.id in it.behind}
    lines = queries.lines(g.session, order_ids=list(its))
    seen = {at for at, it in its.items() if g.actor.oversees or it.seller_id in g.actor.seller_ids}
    return columns_of(disruption) | {
        "counts": {
            "departures": len(it.cells) - it.nights,
            "nights": it.nights,
            "orders": len(it.orders),
            "guests": it.guests,
        },
        "sum_minor": it.sum_minor,
        "dependants": [
            {"title": lines[at][0].title if at in seen else None, "because_of": why.title}
            for at, why in it.behind.items()
        ],
        "progress": disrupting.progress(g.session, disruption_id=disruption.id),
    }

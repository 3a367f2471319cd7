"""Stays: what is free when, nights as hosts open them, rooms by name, and who sleeps there."""

from api import fields
from api.v1 import offer_rows, offer_shapes, orders
from api.v1.resources import UUID, Facts, Resources, Response, acting, asking, g
from api.v1.roles import EVERYBODY, GUESTS_TOO, SELLERS
from catalog import rooms, stays
from catalog.shelves import visits
from market import clock, code_of, existing, guest_lists

blp = Resources("stays", __name__, description="Rooms by the night, and their guests.")

NIGHTS = "/stays/<uuid:option_id>/nights"
GUESTS = "/orders/<uuid:order_id>/guests"


class StaysQuery(fields.Query):
    """When, for how many, and near which commune."""

    arrival = fields.DayField(required=True)
    departure = fields.DayField(required=True)
    rooms = fields.Integer(least=1, most=stays.ROOMS_MAX, load_default=1)
    guests = fields.Integer(least=1, most=stays.ROOMS_MAX, load_default=1)
    near = fields.Text(most=10, load_default=None, attribute="place")


class OfferOut(fields.Schema):
    """Rooms of one type in a house, with their price for all the nights."""

    id = fields.Identifier(attribute="card.id")
    option_id = fields.Identifier(attribute="option.id")
    title = fields.Text(most=200, attribute="card.title")
    commune = fields.Text(most=10, attribute="card.unit_code")
    rooms = fields.Integer()
    total = fields.PriceField()
    km = fields.Integer(allow_none=True)


class NightsQuery(fields.Query):
    """From which day on, and how many."""

    first = fields.DayField(data_key="from", required=True)
    days = fields.Integer(least=1, most=92, load_default=31)


class NightOut(fields.Schema):
    """A night that was opened; nobody arrives before one without `arrival`."""

    day = fields.DayField()
    price = fields.PriceField()
    left = fields.Integer()
    closed = fields.Flag()
    arrival = fields.Flag()


class NightsIn(fields.Schema):
    """From the first night to the last; what is left out stays as it is."""

    first = fields.DayField(data_key="from", required=True)
    last = fields.DayField(data_key="until", required=True)
    rooms = fields.Integer(most=stays.ROOMS_MAX)
    closed = fields.Flag()
    price = fields.MoneyField(least=1)


class RoomIn(fields.Schema):
    """The name of a room; an empty one takes it away."""

    room = fields.Text(most=60, least=0, required=True)


class GuestSchema(fields.Schema):
    """Who sleeps there, as it stands in their paper; nationality by ISO 3166-1."""

    name = fields.Text(most=100, required=True)
    born = fields.Text(most=10, required=True)
    nationality = fields.Text(most=2, required=True)
    paper = fields.Choice(guest_lists.Paper, required=True)
    number = fields.Text(most=30, required=True)
    address = fields.Text(most=200, least=0, load_default="")


class GuestsSchema(fields.Schema):
    """All guests of a stay."""

    guests = fields.ListOf(fields.Nested(GuestSchema), most=guest_lists.GUESTS_MAX, required=True)


OffersOut = fields.page_of(OfferOut, "what is free, the nearest first")


@blp.get("/stays", EVERYBODY, OffersOut, query=StaysQuery)
def find(query: Facts) -> Facts:
    """What is free on each of the nights, one offer a house."""
    asked = {**query, "lang": g.languages[0], "now": clock.now()}
    return {"items": stays.find(g.session, **asked)}


@blp.get("/stays/<uuid:experience_id>", EVERYBODY, offer_shapes.ExperienceOut)
def one(experience_id: UUID) -> Response:
    """The house with its photos; one's own at any stage."""
    existing(stays.types(**asking(), experience_id=experience_id) or None, "stay")
    return offer_rows.one(visits.one, offer_rows.experience, experience_id=experience_id)


@blp.get(NIGHTS, EVERYBODY, fields.page_of(NightOut, "nights that were opened"), query=NightsQuery)
def nights(query: Facts, option_id: UUID) -> Facts:
    """What a room costs night by night, and how many are free."""
    option = existing(next(iter(stays.types(**asking(), id=option_id)), None), "option")
    return {"items": stays.calendar(g.session, option=option, **query, now=clock.now())}


@blp.put(NIGHTS, SELLERS, takes=NightsIn)
def change(body: Facts, option_id: UUID) -> None:
    """Open, close or price nights of one's room type, up to 400 days ahead."""
    stays.change(**acting(), option_id=option_id, **body)


@blp.put("/tickets/<string:code>/room", SELLERS, takes=RoomIn)
def name_room(body: Facts, code: str) -> None:
    """Say which room the guest of a ticket has, or that it has none yet."""
    rooms.name(**acting(), code=code_of(code, what="ticket"), room=body["room"] or None)


@blp.get(GUESTS, GUESTS_TOO, GuestsSchema)
def guests(order_id: UUID) -> Facts:
    """Who sleeps there, for the buyer and the host alone."""
    order, _ = orders.party_to(order_id)
    found = guest_lists.of_orders(g.session, order_ids=[order.id])
    return {"guests": found[order.id].guests if found else []}


@blp.put(GUESTS, GUESTS_TOO, takes=GuestsSchema)
def write_guests(body: Facts, order_id: UUID) -> None:
    """Say who sleeps there; erased 24 hours after it is declared, else 30 days after departure."""
    order, _ = orders.party_to(order_id)
    guest_lists.keep(g.session, order=order, **body, now=clock.now())


@blp.post(f"{GUESTS}/declaration", SELLERS, status=204)
def declare(order_id: UUID) -> None:
    """Say that the guests were declared to the police."""
    guest_lists.declare(**acting(), order_id=order_id)

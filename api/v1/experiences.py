"""Visits: shelves and calendars for everybody, drafts and departures for their hosts."""

from datetime import datetime

from api import caching, context, fields
from api.v1 import listings, offer_rows, option_shapes
from api.v1 import selling_shapes as shapes
from api.v1.offer_shapes import CODE, DepartureOut, ExperienceOut, ShelfQuery, VisitOut
from api.v1.options import of_experience
from api.v1.resources import UUID, Any, Created, Facts, Resources, Response, acting, created, g
from api.v1.roles import EVERYBODY, SELLERS
from catalog import Experience, categories, experiences, reviewing
from catalog.shelves import goods, visits
from market import clock, columns_of

blp = Resources("experiences", __name__, description="Visits, their departures and their seats.")

ONE = "/experiences/<uuid:experience_id>"
DEPARTURES = f"{ONE}/departures"
OPTIONS = option_shapes.OptionOut(many=True)
VisitPage = fields.page_of(VisitOut, "visits, newest first")


class DayQuery(fields.Query):
    """On which day, for how many, where and of what kind."""

    day = fields.DayField(required=True)
    guests = fields.Integer(least=1, most=50, load_default=1)
    commune = fields.Text(most=10, load_default=None)
    category = fields.Text(most=60, pattern=CODE, load_default=None)


class StartOut(fields.Schema):
    """A start of a visit that has seats, with what its card says."""

    departure_id = fields.Identifier()
    experience_id = fields.Identifier(attribute="id")
    title = fields.Text(most=300)
    category = fields.Text(most=60, attribute="category_code")
    commune = fields.Text(most=10, attribute="unit_code")
    seller_id = fields.Identifier()
    price = fields.PriceField(attribute="price_minor")
    starts_at = fields.Instant()
    ends_at = fields.Instant()
    seats_left = fields.Integer(attribute="left")


class StartsOut(fields.Schema):
    """What starts on the day, soonest first, at most sixty."""

    items = fields.ListOf(fields.Nested(StartOut), most=60)


@blp.get("/experiences", EVERYBODY, VisitPage, query=ShelfQuery)
def shelf(query: Facts) -> Response:
    """What hosts offer, newest first."""
    return offer_rows.shelf(query, visits.SHELF, offer_rows.VISIT_ROWS)


@blp.post("/experiences", SELLERS, shapes.OwnExperienceOut, takes=shapes.ExperienceIn)
def draft(body: Facts) -> Created:
    """Draft a visit; a phone may have made its id."""
    experience = experiences.draft(**acting(), visit=experiences.Visit(**body))
    return created(listings.own(experience), "experiences.one", experience_id=experience.id)


@blp.get(ONE, EVERYBODY, ExperienceOut)
def one(experience_id: UUID) -> Response:
    """The visit with its photos; one's own at any stage."""

    def said(page: goods.Page) -> Facts:
        return offer_rows.experience(page) | {"options": OPTIONS.dump(of_experience(experience_id))}

    return offer_rows.one(visits.one, said, experience_id=experience_id)


@blp.patch(ONE, SELLERS, shapes.OwnExperienceOut, takes=shapes.ExperiencePatch)
def revise(body: Facts, experience_id: UUID) -> Facts:
    """Change what is said; what is live stays live."""
    revision = experiences.Revision(**body, version=caching.expected_version())
    its: Facts = {"experience_id": experience_id, "revision": revision}
    return listings.own(experiences.revise(**acting(), **its))


@blp.post(f"{ONE}/submission", SELLERS, shapes.OwnExperienceOut)
def submit(experience_id: UUID) -> Facts:
    """Hand the draft in; a moderator looks at it."""
    return listings.moved(reviewing.submit, Experience, experience_id)


@blp.post(f"{ONE}/pause", SELLERS, shapes.OwnExperienceOut)
def pause(experience_id: UUID) -> Facts:
    """Take the visit off the shelf; who has booked still comes."""
    return listings.moved(reviewing.pause, Experience, experience_id)


@blp.delete(f"{ONE}/pause", SELLERS, shapes.OwnExperienceOut)
def resume(experience_id: UUID) -> Facts:
    """Put the visit back in its old place."""
    return listings.moved(reviewing.resume, Experience, experience_id)


@blp.pages(DEPARTURES, EVERYBODY, DepartureOut, name="DeparturePage", key=("starts_at", "id"))
def departures(query: Facts, experience_id: UUID) -> list[Facts]:
    """What is still to start, soonest first."""
    now, which = clock.now(), {"experience_id": experience_id, "actor": g.actor}
    with context.database().read_engine.connect() as connection:
        rows = visits.departures(connection, **which, **query, now=now)
    return [vars(row) | {"status": _status(row, now)} for row in rows]


@blp.get("/departures", EVERYBODY, StartsOut, query=DayQuery)
def of_day(query: Facts) -> Facts:
    """What starts on a day and has seats for so many guests."""
    if query["category"] is not None:
        categories.get(query["category"])
    with context.database().read_engine.connect() as connection:
        asked: Facts = {"lang": g.languages[0], "now": clock.now()}
        return {"items": visits.of_day(connection, **query, **asked)}


@blp.post(DEPARTURES, SELLERS, shapes.DeparturesOut, takes=shapes.DeparturesIn)
def open_departures(body: Facts, experience_id: UUID) -> Facts:
    """Open departures, all of them or none."""
    opened = experiences.open_departures(**acting(), experience_id=experience_id, **body)
    free = {"status": "available", "capacity": body["seats"], "left": body["seats"]}
    return {"items": [columns_of(each) | free for each in opened]}


@blp.post("/departures/<uuid:departure_id>/cancellation", SELLERS, status=204)
def cancel_departure(departure_id: UUID) -> None:
    """Take no more guests on this start."""
    experiences.cancel_departure(**acting(), departure_id=departure_id)


@blp.pages("/me/experiences", SELLERS, shapes.OwnExperienceOut, name="OwnExperiencePage")
def mine(query: Facts) -> list[Facts]:
    """One's own visits at every stage."""
    return listings.own_page(Experience, query)


def _status(row: Any, now: datetime) -> str:
    if row.closed:
        return "cancelled"
    if row.cutoff_at <= now:
        return "closed"
    return "available" if row.left else "sold-out"

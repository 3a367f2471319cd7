"""Visits: shelves and calendars for everybody, drafts and departures for their hosts."""

from datetime import datetime
from typing import Any

from api import caching, context
from api.fields import page_of
from api.v1 import offer_rows
from api.v1 import selling_shapes as shapes
from api.v1.offer_shapes import DepartureOut, ExperienceOut, ShelfQuery, VisitOut
from api.v1.own_offers import moved, own, own_page
from api.v1.resources import UUID, Created, Facts, Resources, Response, Rows, acting, created, g
from api.v1.roles import EVERYBODY, SELLERS
from catalog import experiences, reviewing
from catalog.experiences import Revision, Visit
from catalog.models import Experience
from catalog.shelves import visits
from market import clock

blp = Resources("experiences", __name__, description="Visits, their departures and their seats.")

ONE = "/experiences/<uuid:experience_id>"
DEPARTURES = f"{ONE}/departures"


@blp.get("/experiences", EVERYBODY, page_of(VisitOut, "visits, newest first"), query=ShelfQuery)
def shelf(query: Facts) -> Response:
    """What hosts offer, newest first."""
    return offer_rows.shelf(query, visits.SHELF, offer_rows.VISIT_ROWS)


@blp.post("/experiences", SELLERS, shapes.OwnExperienceOut, takes=shapes.ExperienceIn)
def draft(body: Facts) -> Created:
    """Draft a visit; a phone may have made its id."""
    experience = experiences.draft(**acting(), visit=Visit(**body))
    return created(own(experience), "experiences.one", experience_id=experience.id)


@blp.get(ONE, EVERYBODY, ExperienceOut)
def one(experience_id: UUID) -> Response:
    """The visit with its photos; one's own at any stage."""
    return offer_rows.one(visits.one, offer_rows.experience, experience_id=experience_id)


@blp.patch(ONE, SELLERS, shapes.OwnExperienceOut, takes=shapes.ExperiencePatch)
def revise(body: Facts, experience_id: UUID) -> Facts:
    """Change what is said; what is live stays live."""
    changes: Facts = {"version": caching.expected_version(), "revision": Revision(**body)}
    return own(experiences.revise(**acting(), experience_id=experience_id, **changes))


@blp.post(f"{ONE}/submission", SELLERS, shapes.OwnExperienceOut)
def submit(experience_id: UUID) -> Facts:
    """Hand the draft in; a moderator looks at it."""
    return moved(reviewing.submit, Experience, experience_id)


@blp.post(f"{ONE}/pause", SELLERS, shapes.OwnExperienceOut)
def pause(experience_id: UUID) -> Facts:
    """Take the visit off the shelf; who has booked still comes."""
    return moved(reviewing.pause, Experience, experience_id)


@blp.delete(f"{ONE}/pause", SELLERS, shapes.OwnExperienceOut)
def resume(experience_id: UUID) -> Facts:
    """Put the visit back in its old place."""
    return moved(reviewing.resume, Experience, experience_id)


@blp.pages(DEPARTURES, EVERYBODY, DepartureOut, name="DeparturePage", key=("starts_at", "id"))
def departures(query: Facts, experience_id: UUID) -> Rows:
    """What is still to start, soonest first."""
    now, which = clock.now(), {"experience_id": experience_id, "actor": g.actor}
    with context.database().read_engine.connect() as connection:
        rows = visits.departures(connection, **which, **query, now=now)
    return [
        _departure(row, status=_status(row, now), seats=row.capacity, seats_left=row.left)
        for row in rows
    ]


@blp.post(DEPARTURES, SELLERS, shapes.DeparturesOut, takes=shapes.DeparturesIn)
def open_departures(body: Facts, experience_id: UUID) -> Facts:
    """Open departures, all of them or none."""
    opened = experiences.open_departures(**acting(), experience_id=experience_id, **body)
    free = {"status": "available", "seats": body["seats"], "seats_left": body["seats"]}
    return {"items": [_departure(each, **free) for each in opened]}


@blp.post("/departures/<uuid:departure_id>/cancellation", SELLERS, status=204)
def cancel_departure(departure_id: UUID) -> None:
    """Take no more guests on this start."""
    experiences.cancel_departure(**acting(), departure_id=departure_id)


@blp.pages("/me/experiences", SELLERS, shapes.OwnExperienceOut, name="OwnExperiencePage")
def mine(query: Facts) -> Rows:
    """One's own visits at every stage."""
    return own_page(Experience, query)


def _departure(start: Any, **counted: Any) -> Facts:
    return {name: getattr(start, name) for name in ("id", "starts_at", "cutoff_at")} | counted


def _status(row: Any, now: datetime) -> str:
    if row.closed:
        return "cancelled"
    if row.cutoff_at <= now:
        return "closed"
    return "available" if row.left else "sold-out"

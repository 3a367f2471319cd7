"""Visits: shelves and calendars for everybody, drafts and departures for their hosts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from api import caching, context, paging
from api.fields import PageQuery, page_of
from api.v1 import offer_rows, selling_shapes
from api.v1.offer_shapes import DepartureOut, ExperienceOut, ShelfQuery, VisitOut
from api.v1.own_offers import moved, own_experience, own_page, words_of
from api.v1.people_shapes import SELLERS
from api.v1.resources import Blueprint, MethodView, Response, acting, allowed, g, public, url_for
from catalog import experiences, reviewing
from catalog.experiences import Revision, Visit
from catalog.models import Experience
from catalog.shelves import visits
from market import clock

blp = Blueprint("experiences", __name__, description="Visits, their departures and their seats.")


def said_in(body: dict[str, Any]) -> dict[str, Any]:
    """What the body says of a visit, in the domain's words."""
    return words_of(body, price="adult", child_price="child")


@blp.route("/experiences")
class Experiences(MethodView):
    """The shelf of visits."""

    @public
    @blp.arguments(ShelfQuery, location="query")
    @blp.response(200, page_of(VisitOut, "visits, newest first"))
    def get(self, query: dict[str, Any]) -> Response:
        """What hosts offer, newest first."""
        return offer_rows.shelf(query, visits.SHELF, offer_rows.VISIT_ROWS)

    @allowed(*SELLERS)
    @blp.arguments(selling_shapes.ExperienceIn)
    @blp.response(201, selling_shapes.OwnExperienceOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Draft a visit; a phone may have made its id."""
        experience = experiences.draft(**acting(), visit=Visit(**said_in(body)))
        location = url_for("experiences.OneExperience", experience_id=experience.id)
        return own_experience(experience), 201, {"Location": location}


@blp.route("/experiences/<uuid:experience_id>")
class OneExperience(MethodView):
    """One visit."""

    @public
    @blp.response(200, ExperienceOut)
    def get(self, experience_id: UUID) -> Response:
        """The visit with its photos; one's own at any stage."""
        return offer_rows.one(visits.one, offer_rows.experience, experience_id=experience_id)

    @allowed(*SELLERS)
    @blp.arguments(selling_shapes.ExperiencePatch)
    @blp.response(200, selling_shapes.OwnExperienceOut)
    def patch(self, body: dict[str, Any], experience_id: UUID) -> dict[str, Any]:
        """Change what is said; what is live stays live."""
        version, changes = caching.expected_version(), Revision(**said_in(body))
        changed = experiences.revise(
            **acting(), experience_id=experience_id, version=version, revision=changes
        )
        return own_experience(changed)


@blp.route("/experiences/<uuid:experience_id>/submission")
class Submission(MethodView):
    """Asking for the shelf."""

    @allowed(*SELLERS)
    @blp.response(201, selling_shapes.OwnExperienceOut)
    def post(self, experience_id: UUID) -> dict[str, Any]:
        """Hand the draft in; a moderator looks at it."""
        return moved(reviewing.submit, Experience, experience_id)


@blp.route("/experiences/<uuid:experience_id>/pause")
class Pause(MethodView):
    """Off the shelf for a while."""

    @allowed(*SELLERS)
    @blp.response(201, selling_shapes.OwnExperienceOut)
    def post(self, experience_id: UUID) -> dict[str, Any]:
        """Take the visit off the shelf; who has booked still comes."""
        return moved(reviewing.pause, Experience, experience_id)

    @allowed(*SELLERS)
    @blp.response(200, selling_shapes.OwnExperienceOut)
    def delete(self, experience_id: UUID) -> dict[str, Any]:
        """Put the visit back in its old place."""
        return moved(reviewing.resume, Experience, experience_id)


@blp.route("/experiences/<uuid:experience_id>/departures")
class Departures(MethodView):
    """The calendar."""

    @public
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, page_of(DepartureOut, "departures, soonest first"))
    def get(self, query: dict[str, Any], experience_id: UUID) -> Response:
        """What is still to start, soonest first."""
        now, limit = clock.now(), query["limit"]
        asked = {"actor": g.actor, "after": query["cursor"], "limit": limit, "now": now}
        with context.database().read_engine.connect() as connection:
            rows = visits.departures(connection, experience_id=experience_id, **asked)
        page = paging.page(rows, limit=limit, key=lambda row: (row.starts_at, row.id))
        page["items"] = [
            _departure(row, status=_status(row, now), seats=row.capacity, left=row.left)
            for row in page["items"]
        ]
        return offer_rows.respond(page)

    @allowed(*SELLERS)
    @blp.arguments(selling_shapes.DeparturesIn)
    @blp.response(201, selling_shapes.DeparturesOut)
    def post(self, body: dict[str, Any], experience_id: UUID) -> dict[str, Any]:
        """Open departures, all of them or none."""
        opened = experiences.open_departures(**acting(), experience_id=experience_id, **body)
        free = {"status": "available", "seats": body["seats"], "left": body["seats"]}
        return {"items": [_departure(each, **free) for each in opened]}


@blp.route("/departures/<uuid:departure_id>/cancellation")
class Cancellation(MethodView):
    """Calling a start off."""

    @allowed(*SELLERS)
    @blp.response(204)
    def post(self, departure_id: UUID) -> None:
        """Take no more guests on this start."""
        experiences.cancel_departure(**acting(), departure_id=departure_id)


@blp.route("/me/experiences")
class OwnExperiences(MethodView):
    """What one offers oneself."""

    @allowed(*SELLERS)
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, page_of(selling_shapes.OwnExperienceOut, "one's own visits, newest first"))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """One's own visits at every stage."""
        return own_page(Experience, query)


def _departure(start: Any, *, status: str, seats: int, left: int) -> dict[str, Any]:
    return {
        "id": start.id,
        "starts_at": start.starts_at,
        "cutoff_at": start.cutoff_at,
        "status": status,
        "seats": seats,
        "seats_left": left,
    }


def _status(row: Any, now: datetime) -> str:
    if row.closed:
        return "cancelled"
    if row.cutoff_at <= now:
        return "closed"
    return "available" if row.left else "sold-out"

"""Visits: shelves and calendars for everybody, drafts and departures for their hosts."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, g, url_for
from flask.views import MethodView
from flask_smorest import Blueprint

from api import caching, context, paging
from api.auth import allowed, public
from api.fields import PageQuery
from api.v1 import offer_rows
from api.v1.offer_shapes import DepartureOut, ExperienceOut, ShelfQuery, VisitOut, page_of
from api.v1.own_offers import own_experience, own_page
from api.v1.selling_shapes import (
    DeparturesIn,
    DeparturesOut,
    ExperienceIn,
    ExperiencePatch,
    OwnExperienceOut,
)
from catalog import experiences, reviewing
from catalog.experiences import Revision, Visit
from catalog.models import Departure, Experience
from catalog.shelves import visits
from market import clock
from market.accounts import Role

blp = Blueprint("experiences", __name__, description="Visits, their departures and their seats.")

HOSTS = (Role.SELLER, Role.HOST, Role.AGENT)


def words_of(body: dict[str, Any]) -> dict[str, Any]:
    """The body in the domain's words."""
    return {_RENAMED.get(name, name): value for name, value in body.items()}


@blp.route("/experiences")
class Experiences(MethodView):
    """The shelf of visits."""

    @public
    @blp.arguments(ShelfQuery, location="query")
    @blp.response(200, page_of(VisitOut, "visits, newest first"))
    def get(self, query: dict[str, Any]) -> Response:
        """What hosts offer, newest first."""
        return offer_rows.shelf(query, visits.SHELF, offer_rows.VISIT_ROWS)

    @allowed(*HOSTS)
    @blp.arguments(ExperienceIn)
    @blp.response(201, OwnExperienceOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Draft a visit; a phone may have made its id."""
        experience = experiences.draft(
            g.session, actor=g.actor, visit=Visit(**words_of(body)), now=clock.now()
        )
        location = url_for("experiences.OneExperience", experience_id=experience.id)
        return own_experience(experience), 201, {"Location": location}


@blp.route("/experiences/<uuid:experience_id>")
class OneExperience(MethodView):
    """One visit."""

    @public
    @blp.response(200, ExperienceOut)
    def get(self, experience_id: UUID) -> Response:
        """The visit with its photos; one's own at any stage."""
        with context.database().read_engine.connect() as connection:
            page = visits.one(
                connection,
                experience_id=experience_id,
                actor=g.actor,
                lang=g.languages[0],
                now=clock.now(),
            )
        return offer_rows.respond(offer_rows.experience(page))

    @allowed(*HOSTS)
    @blp.arguments(ExperiencePatch)
    @blp.response(200, OwnExperienceOut)
    def patch(self, body: dict[str, Any], experience_id: UUID) -> dict[str, Any]:
        """Change what is said; what is live stays live."""
        experience = experiences.revise(
            g.session,
            actor=g.actor,
            experience_id=experience_id,
            version=caching.expected_version(),
            revision=Revision(**words_of(body)),
            now=clock.now(),
        )
        return own_experience(experience)


@blp.route("/experiences/<uuid:experience_id>/submission")
class Submission(MethodView):
    """Asking for the shelf."""

    @allowed(*HOSTS)
    @blp.response(201, OwnExperienceOut)
    def post(self, experience_id: UUID) -> dict[str, Any]:
        """Hand the draft in; a moderator looks at it."""
        experience = reviewing.submit(
            g.session, actor=g.actor, kind=Experience, offer_id=experience_id, now=clock.now()
        )
        return own_experience(experience)


@blp.route("/experiences/<uuid:experience_id>/pause")
class Pause(MethodView):
    """Off the shelf for a while."""

    @allowed(*HOSTS)
    @blp.response(201, OwnExperienceOut)
    def post(self, experience_id: UUID) -> dict[str, Any]:
        """Take the visit off the shelf; who has booked still comes."""
        experience = reviewing.pause(
            g.session, actor=g.actor, kind=Experience, offer_id=experience_id, now=clock.now()
        )
        return own_experience(experience)

    @allowed(*HOSTS)
    @blp.response(200, OwnExperienceOut)
    def delete(self, experience_id: UUID) -> dict[str, Any]:
        """Put the visit back in its old place."""
        experience = reviewing.resume(
            g.session, actor=g.actor, kind=Experience, offer_id=experience_id, now=clock.now()
        )
        return own_experience(experience)


@blp.route("/experiences/<uuid:experience_id>/departures")
class Departures(MethodView):
    """The calendar."""

    @public
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, page_of(DepartureOut, "departures, soonest first"))
    def get(self, query: dict[str, Any], experience_id: UUID) -> Response:
        """What is still to start, soonest first."""
        now, limit = clock.now(), query["limit"]
        with context.database().read_engine.connect() as connection:
            rows = visits.departures(
                connection,
                experience_id=experience_id,
                actor=g.actor,
                after=query["cursor"],
                limit=limit,
                now=now,
            )
        page = paging.page(rows, limit=limit, key=lambda row: (row.starts_at, row.id))
        page["items"] = [_departure(row, now) for row in page["items"]]
        return offer_rows.respond(page)

    @allowed(*HOSTS)
    @blp.arguments(DeparturesIn)
    @blp.response(201, DeparturesOut)
    def post(self, body: dict[str, Any], experience_id: UUID) -> dict[str, Any]:
        """Open departures, all of them or none."""
        opened = experiences.open_departures(
            g.session, actor=g.actor, experience_id=experience_id, now=clock.now(), **body
        )
        return {"items": _opened(opened, body["seats"])}


@blp.route("/departures/<uuid:departure_id>/cancellation")
class Cancellation(MethodView):
    """Calling a start off."""

    @allowed(*HOSTS)
    @blp.response(204)
    def post(self, departure_id: UUID) -> None:
        """Take no more guests on this start."""
        experiences.cancel_departure(
            g.session, actor=g.actor, departure_id=departure_id, now=clock.now()
        )


@blp.route("/me/experiences")
class OwnExperiences(MethodView):
    """What one offers oneself."""

    @allowed(*HOSTS)
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, page_of(OwnExperienceOut, "one's own visits, newest first"))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """One's own visits at every stage."""
        return own_page(Experience, query)


def _departure(row: Any, now: datetime) -> dict[str, Any]:
    return {
        "id": row.id,
        "starts_at": row.starts_at,
        "cutoff_at": row.cutoff_at,
        "status": _status(row, now),
        "seats": row.capacity,
        "seats_left": row.left,
    }


def _status(row: Any, now: datetime) -> str:
    if row.closed:
        return "cancelled"
    if row.cutoff_at <= now:
        return "closed"
    return "available" if row.left else "sold-out"


def _opened(departures: Iterable[Departure], seats: int) -> list[dict[str, Any]]:
    return [
        {
            "id": departure.id,
            "starts_at": departure.starts_at,
            "cutoff_at": departure.cutoff_at,
            "status": "available",
            "seats": seats,
            "seats_left": seats,
        }
        for departure in departures
    ]


_RENAMED = {
    "category": "category_code",
    "commune": "unit_code",
    "language": "source_lang",
    "price": "adult",
    "child_price": "child",
}

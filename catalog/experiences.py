"""Visits with a host: what is offered, for how much, and the departures with their seats."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import categories, changing, offers
from catalog.models import Departure, Experience
from market import audit, geography, inventory, portable
from market.accounts import Actor, Scope, require_scope
from market.errors import Kind, MarketError, existing
from market.ids import uuid7
from market.inventory.models import ResourceKind
from market.money import Money
from market.texts import Texts

SEATS_MAX = 500
AHEAD_MAX = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a host says of a visit; without a child's price it is for adults only."""

    seller_id: UUID
    category_code: str
    unit_code: str
    duration_minutes: int
    cutoff_minutes: int
    adult: Money
    child: Money | None = None
    texts: Texts
    source_lang: str = "vi"
    id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What changes; what is left out stays. A new cut-off is for departures opened later."""

    adult: Money | None = None
    child: Money | None = None
    duration_minutes: int | None = None
    cutoff_minutes: int | None = None
    unit_code: str | None = None
    texts: Texts = field(default_factory=dict)


def draft(session: Session, *, actor: Actor, visit: Visit, now: datetime) -> Experience:
    """A visit that only its host sees, with a calendar of departures still empty."""
    offers.require_seller(actor, visit.seller_id)
    its: Any = {"kind": ResourceKind.SEATS, "owner_id": visit.seller_id}
    values = _columns(visit) | {"resource_id": inventory.open_resource(session, **its)}
    said: Any = {"offer_id": visit.id, "values": values, "words": visit.texts}
    return offers.draft(session, Experience, actor=actor, **said, now=now)


def revise(
    session: Session,
    *,
    actor: Actor,
    experience_id: UUID,
    version: int | None,
    revision: Revision,
    now: datetime,
) -> Experience:
    """Change what is said, as `changing.change` does."""
    found = offers.own(session, actor=actor, kind=Experience, offer_id=experience_id)
    said: Any = {"values": _changes(revision), "words": revision.texts}
    changing.change(session, actor=actor, offer=found, version=version, **said, now=now)
    return found


class BadSeats(MarketError, code="departure.bad_seats"):
    """No departure has so many seats; facts: `least` and `most`."""


class BadStart(MarketError, code="departure.bad_start"):
    """A start that is past, too far ahead, or nearer than the cut-off; facts: `starts_at`."""


class DepartureExists(MarketError, code="departure.exists", kind=Kind.CONFLICT):
    """The visit starts at this moment already; facts: `starts_at`."""


def open_departures(
    session: Session,
    *,
    actor: Actor,
    experience_id: UUID,
    starts: Iterable[datetime],
    seats: int,
    now: datetime,
) -> list[Departure]:
    """A departure for each start, all with the same number of seats, or none of them."""
    experience = offers.own(session, actor=actor, kind=Experience, offer_id=experience_id)
    if not 1 <= seats <= SEATS_MAX:
        raise BadSeats(least=1, most=SEATS_MAX)
    opened = [_open(session, experience, start, now) for start in sorted(set(starts))]
    for departure in opened:
        where: Any = {"resource_id": experience.resource_id, "bucket": departure.bucket}
        inventory.change(session, **where, delta=seats, reason="opened", actor=actor, now=now)
    facts: Any = {"departures": [each.id for each in opened], "seats": seats}
    verb = "experience.departures_opened"
    audit.note(session, actor, verb, experience_id, now=now, **facts)
    return opened


def cancel_departure(
    session: Session, *, actor: Actor, departure_id: UUID, now: datetime
) -> Departure:
    """Take no more guests; what is booked stays booked until its order is cancelled."""
    require_scope(actor, Scope.LISTINGS)
    found = session.execute(
        select(Departure, Experience.resource_id)
        .join(Experience, Experience.id == Departure.experience_id)
        .where(Departure.id == departure_id, Experience.seller_id.in_(actor.seller_ids))
    ).one_or_none()
    departure, resource_id = existing(found, "departure")
    inventory.close(session, resource_id=resource_id, bucket=departure.bucket)
    audit.note(session, actor, "departure.cancelled", departure_id, now=now)
    return departure


def _columns(visit: Visit) -> dict[str, Any]:
    category = categories.get(visit.category_code)
    if category.kind is not categories.Sold.VISIT:
        raise offers.WrongCategory(category=category.code)
    as_told = ("seller_id", "duration_minutes", "cutoff_minutes", "source_lang")
    return {name: getattr(visit, name) for name in as_told} | {
        "category_code": category.code,
        "unit_code": geography.unit(visit.unit_code).code,
        "adult_minor": offers.minor_of(visit.adult),
        "child_minor": offers.minor_of(visit.child, least=0),  # small children often come free
        "currency": visit.adult.currency,
    }


def _changes(revision: Revision) -> dict[str, Any]:
    changes: dict[str, Any] = {
        "adult_minor": offers.minor_of(revision.adult),
        "child_minor": offers.minor_of(revision.child, least=0),
        "duration_minutes": revision.duration_minutes,
        "cutoff_minutes": revision.cutoff_minutes,
        "unit_code": revision.unit_code and geography.unit(revision.unit_code).code,
    }
    return {name: value for name, value in changes.items() if value is not None}


def _open(session: Session, experience: Experience, start: datetime, now: datetime) -> Departure:
    start = start.replace(second=0, microsecond=0)  # nobody leaves at a second
    cutoff_at = start - timedelta(minutes=experience.cutoff_minutes)
    if cutoff_at <= now or start > now + AHEAD_MAX:
        raise BadStart(starts_at=start)
    departure_id = uuid7()
    times = {"bucket": int(start.timestamp()), "starts_at": start, "cutoff_at": cutoff_at}
    key = {"id": departure_id, "experience_id": experience.id}
    if not portable.insert_new(session, Departure, **key, **times):
        raise DepartureExists(starts_at=start)
    return session.get_one(Departure, departure_id)

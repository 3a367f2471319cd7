"""Departures: starts with seats, open for booking until their cut-off."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import offers
from catalog.models import Departure, Experience
from market import audit, inventory, portable
from market.accounts import Actor, Scope, require_scope
from market.errors import Kind, MarketError, existing
from market.ids import uuid7

SEATS_MAX = 500
AHEAD_MAX = timedelta(days=366)


class BadSeats(MarketError):
    """No departure has so many seats; facts: `least` and `most`."""

    code = "departure.bad_seats"


class BadStart(MarketError):
    """A start that is past, too far ahead, or nearer than the cut-off; facts: `starts_at`."""

    code = "departure.bad_start"


class DepartureExists(MarketError):
    """The visit starts at this moment already; facts: `starts_at`."""

    code, kind = "departure.exists", Kind.CONFLICT


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
    verb, facts = "experience.departures_opened", {"departures": [each.id for each in opened]}
    audit.note(
        session, actor=actor, verb=verb, subject_id=experience_id, now=now, seats=seats, **facts
    )
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
    audit.note(session, actor=actor, verb="departure.cancelled", subject_id=departure_id, now=now)
    return departure


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

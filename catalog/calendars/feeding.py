"""What is taken here, as a calendar for others (RFC 5545) behind a secret link: busy, not by whom.

What calendars elsewhere took is in it too, so that two of them learn of each other.
"""

import hmac
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID, uuid5

from icalendar import Calendar, Event
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.calendars.channels import own
from catalog.models import Departure
from market import audit, clock, links
from market.accounts import Actor
from market.db import changed
from market.errors import NotFound
from market.inventory.assets import SLICE_SECONDS
from market.inventory.claiming import counts
from market.inventory.models import Cell, Claim, Resource, ResourceKind

PAST, AHEAD = timedelta(days=30), timedelta(days=400)
MAKER = "-//Cho Lam Dong//ICAL//VI"
ID_CHARACTERS = 32


def secret_of(key: str, resource: Resource) -> str:
    """The secret part of the link to its calendar, until it is renewed."""
    return links.sealed_id(key, f"ical:{resource.feed_number}", resource.id)


def by_secret(session: Session, *, key: str, secret: str) -> Resource:
    """What a link that counts is of; raises NotFound for all others."""
    with suppress(ValueError):
        resource = session.get(Resource, UUID(secret[:ID_CHARACTERS]))
        right = secret_of(key, resource) if resource else ""
        if resource and hmac.compare_digest(right.encode(), secret.encode(errors="replace")):
            return resource
    raise NotFound(what="calendar")


def renew(session: Session, *, actor: Actor, resource_id: UUID, now: datetime) -> Resource:
    """Let the link before open nothing any more."""
    resource = own(session, actor=actor, resource_id=resource_id)
    changed(session, resource, feed_number=Resource.feed_number + 1)
    audit.note(session, actor, "feed.renewed", resource_id, now=now)
    return resource


def ics(session: Session, *, resource: Resource, host: str, busy: str, now: datetime) -> bytes:
    """The calendar of the last 30 and the next 400 days; it is the same all day if nothing is."""
    today = clock.start_of(clock.day_of(now))
    calendar = Calendar()
    calendar.add("prodid", MAKER)
    calendar.add("version", "2.0")
    of_kind: Any = _departures if resource.kind == ResourceKind.SEATS else _uses
    for its_id, start, end in of_kind(session, resource, today - PAST, today + AHEAD, now):
        event = Event()
        uid = f"{uuid5(resource.id, its_id)}@{host}"
        said = {"uid": uid, "dtstamp": today, "dtstart": start, "dtend": end, "summary": busy}
        for name, value in said.items():
            event.add(name, value)
        calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


Busy = Iterator[tuple[str, date | datetime, date | datetime]]


def _departures(
    session: Session, resource: Resource, since: datetime, until: datetime, now: datetime
) -> Busy:
    """The departures with guests."""
    same = (Claim.resource_id == Departure.resource_id) & (Claim.bucket == Departure.bucket)
    its = select(Departure.id, Departure.starts_at, Departure.ends_at).join(Claim, same)
    within = Departure.starts_at.between(since, until)
    rows = its.where(Departure.resource_id == resource.id, within, counts(now)).distinct()
    for row in session.execute(rows.order_by(Departure.starts_at, Departure.id)):
        yield str(row[0]), row[1], row[2]


def _uses(
    session: Session, resource: Resource, since: datetime, until: datetime, now: datetime
) -> Busy:
    """Nights or half hours that follow each other and are of one order, departure or calendar."""
    is_nights = resource.by_night
    moment: Any = date.fromordinal if is_nights else _moment
    first, last = (
        clock.day_of(each).toordinal() if is_nights else int(each.timestamp()) // SLICE_SECONDS
        for each in (since, until)
    )
    same = (Cell.resource_id == Claim.resource_id) & (Cell.bucket == Claim.bucket)
    use = Claim.owner_id if is_nights else func.coalesce(Cell.used_for, Claim.owner_id)
    its = select(use, Claim.bucket).select_from(Claim).join(Cell, same).distinct()
    rows = its.where(Claim.resource_id == resource.id, Claim.bucket.between(first, last))
    taken = session.execute(rows.where(counts(now)).order_by(use, Claim.bucket)).all()
    for (owner, _), run in groupby(enumerate(taken), lambda at: (at[1][0], at[1][1] - at[0])):
        buckets = [row[1] for _, row in run]
        yield f"{owner}:{buckets[0]}", moment(buckets[0]), moment(buckets[-1] + 1)


def _moment(bucket: int) -> datetime:
    return datetime.fromtimestamp(bucket * SLICE_SECONDS, clock.UTC)

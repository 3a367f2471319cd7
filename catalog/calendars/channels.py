"""A host's calendars (RFC 5545): those elsewhere that we look into, and ours for the others.

Ours stand behind secret links and say when something is taken, not by whom. What calendars
elsewhere took is in them too, so that two of those learn of each other.
"""

import hmac
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Unpack
from uuid import UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.booking_models import Channel, ExperienceOption
from catalog.models import Departure, Experience
from catalog.offers import OPTION
from catalog.shelves.cards import called, worded
from market import audit, cases, clock, fetching, inventory, limits, links, outbox, uuid7
from market.accounts import Actor, Scope, require_scope
from market.cases.models import CaseKind
from market.db import Paged, changed, newest_first
from market.errors import FieldInvalid, Kind, MarketError, NotFound, existing
from market.inventory.claiming import counts
from market.inventory.models import Cell, Claim, Resource, ResourceKind
from market.inventory.stocking import SLICE_SECONDS, Period

CHANNELS_MAX, RESOURCES_MAX, SYNCS_MAX = 5, 200, 10
IMPORTING = (ResourceKind.ROOM_TYPE, *inventory.stocking.SHARED)
WITH_CALENDAR = (*IMPORTING, ResourceKind.SEATS)
PAST, AHEAD = timedelta(days=30), timedelta(days=400)
MAKER = "-//Cho Lam Dong//ICAL//VI"
ID_CHARACTERS = 32
Busy = Iterator[tuple[str, date | datetime, date | datetime]]


class TooManyChannels(MarketError, code="channel.too_many", kind=Kind.CONFLICT):
    """No more calendars fit to it; facts: `most`."""


class SyncAsked(outbox.Event, name="channel.sync_asked"):
    """A calendar elsewhere is to be looked at now."""

    channel_id: UUID


def add(
    session: Session, *, actor: Actor, resource_id: UUID, name: str, url: str, now: datetime
) -> Channel:
    """Look from now on into a calendar that a room type, a boat or a guide is booked in too."""
    resource = own(session, actor=actor, resource_id=resource_id, kinds=IMPORTING)
    url = re.sub("^webcal:", "https:", url.strip())
    try:
        fetching.host_of(url)
    except fetching.Unfetched:
        raise FieldInvalid(field="url", reason="field.bad_url") from None
    session.refresh(resource, with_for_update=True)  # two at once are counted one by one
    its = select(Channel.id).filter_by(resource_id=resource_id)
    if len(session.scalars(its).all()) >= CHANNELS_MAX:
        raise TooManyChannels(most=CHANNELS_MAX)
    told = {"name": name, "url": url, "events": {}, "created_at": now}
    channel = Channel(id=uuid7(), resource_id=resource_id, seller_id=resource.owner_id, **told)
    session.add(channel)
    audit.note(session, actor, "channel.added", channel.id, now=now, resource_id=resource_id)
    outbox.record(session, SyncAsked(channel_id=channel.id))
    return channel


def ask_sync(session: Session, *, actor: Actor, channel_id: UUID, now: datetime) -> Channel:
    """Have it looked at soon; raises TooMany where one asks all the time."""
    channel = _channel(session, actor, channel_id)
    often: Any = {"most": SYNCS_MAX, "window": timedelta(hours=1)}
    limits.take(session, key=f"channel:{channel_id}", **often, now=now)
    outbox.record(session, SyncAsked(channel_id=channel_id))
    return channel


def remove(session: Session, *, actor: Actor, channel_id: UUID, now: datetime) -> None:
    """Look into it no more: what it took is free again, and what it collided with is settled."""
    channel = _channel(session, actor, channel_id)
    owners = list(map(UUID, channel.events))
    inventory.release(session, owner_ids=owners)
    for owner in (each for each in owners if channel.events[str(each)]["orders"]):
        cases.withdraw(session, actor=actor, kind=CaseKind.CALENDAR, subject_id=owner, now=now)
    session.delete(channel)
    session.flush()
    audit.note(session, actor, "channel.removed", channel_id, now=now)


def mine(session: Session, *, actor: Actor, **page: Unpack[Paged]) -> list[Channel]:
    """One's calendars elsewhere, newest first, up to one more than the limit."""
    its = select(Channel).where(Channel.seller_id.in_(actor.sells_for(Scope.LISTINGS)))
    return newest_first(session, its, Channel.id, **page)


def resources(session: Session, *, actor: Actor) -> list[Resource]:
    """What of one's own has a calendar: room types, boats, guides and options with departures."""
    its = select(Resource).where(Resource.owner_id.in_(actor.sells_for(Scope.LISTINGS)))
    found = its.where(Resource.kind.in_(WITH_CALENDAR)).order_by(Resource.id.desc())
    return list(session.scalars(found.limit(RESOURCES_MAX)))


def names(session: Session, *, ids: Collection[UUID], lang: str) -> dict[UUID, str]:
    """What the resources are called: boats by their names, options by their titles."""
    boats = select(Resource.id, Resource.name).where(Resource.id.in_(ids))
    found = {row.id: row.name or "" for row in session.execute(boats)}
    its = select(ExperienceOption.resource_id).join(Experience)
    titled = worded(its.where(ExperienceOption.resource_id.in_(ids)), Experience.id, "title")
    named = worded(titled, ExperienceOption.id, OPTION)
    rows = session.execute(named, {"lang": lang})
    return found | {row.resource_id: called(row) for row in rows}


def own(
    session: Session, *, actor: Actor, resource_id: UUID, kinds: Iterable[str] = WITH_CALENDAR
) -> Resource:
    """A thing with a calendar that is the actor's own; any other is NotFound."""
    require_scope(actor, Scope.LISTINGS)
    its = select(Resource).where(Resource.id == resource_id, Resource.kind.in_(kinds))
    mine = its.where(Resource.owner_id.in_(actor.seller_ids))
    return existing(session.scalar(mine), "resource")


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
    of_kind: Any = _departures if resource.kind == ResourceKind.SEATS else _uses
    found = of_kind(session, resource, (today - PAST, today + AHEAD), now)
    said = {"dtstamp": today, "summary": busy}
    return written(
        {"uid": f"{uuid5(resource.id, its_id)}@{host}", "dtstart": start, "dtend": end} | said
        for its_id, start, end in found
    )


def written(entries: Iterable[Mapping[str, Any]], **more: str) -> bytes:
    """A calendar of the entries, each the properties of an event."""
    from icalendar import Calendar, Event

    calendar = Calendar({"prodid": MAKER, "version": "2.0", **more})
    for entry in entries:
        event = Event()
        for name, value in entry.items():
            event.add(name, value)
        calendar.add_component(event)
    calendar.add_missing_timezones()
    text: bytes = calendar.to_ical()
    return text


def _channel(session: Session, actor: Actor, channel_id: UUID) -> Channel:
    require_scope(actor, Scope.LISTINGS)
    its = select(Channel).where(Channel.id == channel_id, Channel.seller_id.in_(actor.seller_ids))
    return existing(session.scalar(its.with_for_update()), "channel")


def _departures(session: Session, resource: Resource, span: Period, now: datetime) -> Busy:
    """The departures with guests."""
    same = (Claim.resource_id == Departure.resource_id) & (Claim.bucket == Departure.bucket)
    its = select(Departure.id, Departure.starts_at, Departure.ends_at).join(Claim, same)
    within = Departure.starts_at.between(*span)
    rows = its.where(Departure.resource_id == resource.id, within, counts(now)).distinct()
    for row in session.execute(rows.order_by(Departure.starts_at, Departure.id)):
        yield str(row[0]), row[1], row[2]


def _uses(session: Session, resource: Resource, span: Period, now: datetime) -> Busy:
    """Nights or half hours that follow each other and are of one order, departure or calendar."""
    is_nights = resource.by_night
    moment: Any = date.fromordinal if is_nights else _moment
    first, last = (
        clock.day_of(each).toordinal() if is_nights else int(each.timestamp()) // SLICE_SECONDS
        for each in span
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

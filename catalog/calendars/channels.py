"""A host's calendars elsewhere: added, looked at, removed."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Unpack
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.booking_models import Channel, ExperienceOption
from catalog.models import Experience
from market import audit, cases, fetching, inventory, limits, outbox, texts
from market.accounts import Actor, Scope, require_scope
from market.cases.models import CaseKind
from market.db import Paged, newest_first
from market.errors import FieldInvalid, Kind, MarketError, existing
from market.ids import uuid7
from market.inventory.models import Resource, ResourceKind

CHANNELS_MAX, RESOURCES_MAX, SYNCS_MAX = 5, 200, 10
IMPORTING = (ResourceKind.ROOM_TYPE, *inventory.assets.SHARED)
WITH_CALENDAR = (*IMPORTING, ResourceKind.SEATS)
OPTION = "option"  # the text field with an option's name


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


def names(session: Session, *, ids: Iterable[UUID], languages: Sequence[str]) -> dict[UUID, str]:
    """What the resources are called: boats by their names, options by their titles."""
    wanted = list(ids)
    boats = select(Resource.id, Resource.name).where(Resource.id.in_(wanted))
    found = {row.id: row.name or "" for row in session.execute(boats)}
    option = ExperienceOption
    its = select(option.resource_id, option.id, option.experience_id).join(Experience)
    rows = session.execute(its.where(option.resource_id.in_(wanted))).all()
    subject_ids = [each for row in rows for each in row[1:]]
    said = texts.read(session, subject_ids=subject_ids, languages=languages)
    for resource_id, option_id, experience_id in rows:
        title = said.get(experience_id, {}).get("title")
        name = said.get(option_id, {}).get(OPTION)
        found[resource_id] = " · ".join(each.body for each in (title, name) if each)
    return found


def own(
    session: Session, *, actor: Actor, resource_id: UUID, kinds: Iterable[str] = WITH_CALENDAR
) -> Resource:
    """A thing with a calendar that is the actor's own; any other is NotFound."""
    require_scope(actor, Scope.LISTINGS)
    its = select(Resource).where(Resource.id == resource_id, Resource.kind.in_(kinds))
    mine = its.where(Resource.owner_id.in_(actor.seller_ids))
    return existing(session.scalar(mine), "resource")


def _channel(session: Session, actor: Actor, channel_id: UUID) -> Channel:
    require_scope(actor, Scope.LISTINGS)
    its = select(Channel).where(Channel.id == channel_id, Channel.seller_id.in_(actor.seller_ids))
    return existing(session.scalar(its.with_for_update()), "channel")

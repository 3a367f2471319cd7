"""What calendars elsewhere take is claimed here, and what they give back is released.

A time that an order of ours has already is not taken from it: a case is opened, once for each
event, and the host's people are told.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from catalog.booking_models import Channel
from catalog.calendars import channels, reading
from catalog.calendars.channels import SyncAsked
from market import SYSTEM, by_id, cases, clock, fetching, inventory, outbox, portable
from market.cases.models import CaseKind
from market.fetching import Fetcher, Unfetched
from market.inventory import Hold, Want
from market.inventory.claiming import counts, locked
from market.inventory.models import Cell, Claim, ClaimState, Resource
from market.inventory.stocking import FREE
from market.orders import Order, State, news

EVERY = timedelta(minutes=30)
POLL_SECONDS = 20  # of the worker's time at once; the rest waits for the next minute
ROUND = 300  # claims made in one transaction: buyers wait for less than a second
FAILURES = (*fetching.FAILURES, *reading.FAILURES)
Events = Mapping[str, Mapping[str, Any]]


class RecheckDue(outbox.Event, name="order.recheck_due"):
    """A paid order waits until the calendars elsewhere were looked at once more."""

    order_id: UUID


class Answer(NamedTuple):
    """What a calendar said: nothing new where `taken` is None, nothing at all where it failed."""

    taken: list[reading.Taken] | None
    etag: str | None
    failed: str | None


def poll(context: Any) -> None:
    """Look at calendars that nobody looked at for half an hour, each in its turn."""
    stop = monotonic() + POLL_SECONDS
    while monotonic() < stop and (channel_id := _next(context)):
        synchronise(context, channel_id)


def sync_asked(context: Any, event: SyncAsked) -> None:
    """Look at it because somebody asked."""
    synchronise(context, event.channel_id)


def synchronise(context: Any, channel_id: UUID) -> bool:
    """Take in what a calendar says now; whether it could be read. Again, it changes nothing."""
    now = context.now()
    with context.database.reading() as session:
        channel = session.get(Channel, channel_id)
    if channel is None:
        return True
    answer, more = _ask(context, channel, now), True
    while more:
        with context.database.transaction() as session:
            more = _take_in(session, channel_id, answer, now)
    return answer.failed is None


def put_off(session: Session, *, order_id: UUID) -> bool:
    """Whether an order is confirmed only after another look at its resources' calendars.

    That look is asked for then.
    """
    due = bool(channels_of(session, order_id=order_id))
    if due:
        outbox.record(session, RecheckDue(order_id=order_id))
    return due


def look_again(session: Session, *, order_id: UUID) -> None:
    """Have the calendars elsewhere looked at of what an order has now that it was moved."""
    for channel in channels_of(session, order_id=order_id):
        outbox.record(session, SyncAsked(channel_id=channel.id))


def channels_of(session: Session, *, order_id: UUID) -> list[Channel]:
    """The calendars elsewhere of what an order holds or has bought."""
    its = select(Claim.resource_id).where(Claim.owner_id == order_id)
    held = its.where(Claim.state != ClaimState.RELEASED)
    mine = select(Channel).where(Channel.resource_id.in_(held)).order_by(Channel.id)
    return list(session.scalars(mine.execution_options(populate_existing=True)))


def collides(session: Session, *, order_id: UUID) -> bool:
    """Whether a calendar elsewhere has what the order has, as far as it was told."""
    found = channels_of(session, order_id=order_id)
    return any(str(order_id) in one["orders"] for each in found for one in each.events.values())


def _next(context: Any) -> UUID | None:
    now = context.now()
    due = or_(Channel.tried_at.is_(None), Channel.tried_at <= now - EVERY)
    longest = func.coalesce(Channel.tried_at, Channel.created_at)
    first = select(Channel.id).where(due).order_by(longest, Channel.id).limit(1).scalar_subquery()
    claiming = update(Channel).where(Channel.id == first, due).values(tried_at=now)
    with context.database.transaction() as session:
        found: UUID | None = session.scalar(claiming.returning(Channel.id))
    return found


def _ask(context: Any, channel: Channel, now: datetime) -> Answer:
    """Once a day the whole of it: what repeats is known for 400 days ahead."""
    fetcher: Fetcher = context.ports["fetcher"]
    own = f"@{urlsplit(context.settings.public_url).hostname}"
    last = channel.synced_at
    known = channel.etag if last and clock.day_of(last) == clock.day_of(now) else None
    try:
        body, etag = fetcher.fetch(channel.url, etag=known, accept="text/calendar")
        taken = None if body is None else reading.read(body, own=own, now=now)
    except (Unfetched, reading.Unreadable) as error:
        return Answer(None, channel.etag, error.code)
    return Answer(taken, etag, None)


def _take_in(session: Session, channel_id: UUID, answer: Answer, now: datetime) -> bool:
    """Write the answer down and claim accordingly; whether more is left to claim."""
    channel = session.get(Channel, channel_id, with_for_update=True)
    if channel is None or (channel.synced_at or now) > now:
        return False  # removed, or a later look was quicker
    before: Events = channel.events
    if answer.taken is not None:
        channel.events = {
            str(uuid5(channel.id, key)): {"from": start.isoformat(), "until": end.isoformat()}
            for key, start, end in answer.taken
        }
    channel.tried_at, channel.failed, channel.etag = now, answer.failed, answer.etag
    channel.synced_at = channel.synced_at if answer.failed else now
    resource = session.get_one(Resource, channel.resource_id)
    orders, more = _claim(session, resource, channel.events, before.keys(), now)
    channel.events = {
        owner: {**event, "orders": sorted(map(str, orders.get(UUID(owner), ())))}
        for owner, event in channel.events.items()
    }
    session.flush()
    _report(session, channel, before, now)
    return more


def _claim(
    session: Session, resource: Resource, events: Events, before: Collection[str], now: datetime
) -> tuple[dict[UUID, set[UUID]], bool]:
    """Claim what is free of what the events take; whose orders have the rest, and if more is left.

    Nobody claims or gives back any of it meanwhile.
    """
    first = _buckets(resource, now, now)[0]
    its = Cell.resource_id == resource.id, Cell.bucket >= first
    locked(session, *its)
    aims = {UUID(owner): _aim(resource, event, first) for owner, event in events.items()}
    had, orders = _standing(session, resource, {*aims, *map(UUID, before)}, first, now)
    stale = [
        owner for owner, held in had.items() if any(b not in aims.get(owner, ()) for b in held)
    ]
    inventory.release(session, owner_ids=stale)
    gone = Claim.owner_id.in_(had.keys() | aims.keys()), Claim.state == ClaimState.RELEASED
    session.execute(delete(Claim).where(*gone), execution_options={"synchronize_session": False})
    rows = session.execute(select(Cell.bucket, Cell.capacity, FREE).where(*its), {"now": now})
    cells = {row[0]: (row[1], int(row[2])) for row in rows}
    had = {owner: held for owner, held in had.items() if owner not in stale}
    wants, short = _wants(resource, aims, had, cells)
    for want in (each for owned in wants.values() for each in owned if each.bucket not in cells):
        key = {"resource_id": resource.id, "bucket": want.bucket}
        portable.insert_new(session, Cell, **key, capacity=resource.places)
    until = now + timedelta(minutes=1)
    holds = [Hold(owner, tuple(owned), until) for owner, owned in wants.items()]
    inventory.hold_all(session, holds=holds, now=now)
    inventory.sell(session, owner_ids=list(wants), now=now)
    colliding = {it: set().union(*(orders[at] for at in its)) for it, its in short.items()}
    return colliding, sum(map(len, wants.values())) >= ROUND


def _wants(
    resource: Resource,
    aims: Mapping[UUID, range],
    had: Mapping[UUID, Collection[int]],
    cells: dict[int, tuple[int, int]],
) -> tuple[dict[UUID, list[Want]], dict[UUID, list[int]]]:
    """What is claimed in this round, the soonest first, and what is not to be had."""
    wants: dict[UUID, list[Want]] = defaultdict(list)
    short: dict[UUID, list[int]] = defaultdict(list)
    rooms, left, unknown = resource.by_night, dict(cells), (resource.places or 0,) * 2
    count = 0
    for owner, aim in aims.items():
        for bucket in aim:
            capacity, free = left.get(bucket, (0, 0) if rooms else unknown)
            qty = 1 if rooms else capacity
            if bucket in had.get(owner, ()) or not capacity:
                continue
            if free < qty:
                short[owner].append(bucket)
            elif count < ROUND:
                count += 1
                use = None if rooms else owner
                wants[owner].append(Want(resource_id=resource.id, bucket=bucket, qty=qty, use=use))
                left[bucket] = capacity, free - qty
    return wants, short


def _standing(
    session: Session, resource: Resource, owners: Collection[UUID], first: int, now: datetime
) -> tuple[dict[UUID, set[int]], dict[int, set[UUID]]]:
    """Which buckets the owners have, and whose orders, paid or to be paid in cash, have each."""
    here = Claim.resource_id == resource.id, Claim.bucket >= first, counts(now)
    claims = select(Claim.owner_id, Claim.bucket, Order.state).where(*here)
    had: dict[UUID, set[int]] = defaultdict(set)
    orders: dict[int, set[UUID]] = defaultdict(set)
    rows = session.execute(claims.outerjoin(Order, Order.id == Claim.owner_id))
    for owner, bucket, state in rows:
        if owner in owners:
            had[owner].add(bucket)
        elif state not in {None, State.AWAITING_PAYMENT}:
            orders[bucket].add(owner)
    return had, orders


def _report(session: Session, channel: Channel, before: Events, now: datetime) -> None:
    """Open the cases of new collisions, close those of old ones, and tell the host's people."""
    for owner in before.keys() | channel.events.keys():
        event, known = channel.events.get(owner), before.get(owner, {}).get("orders", [])
        here = event["orders"] if event else []
        if known and not here:
            cases.withdraw(session, SYSTEM, CaseKind.CALENDAR, UUID(owner), now=now)
        if not event or not set(here) - set(known):
            continue
        orders = by_id(session, Order, map(UUID, here))
        (name,) = channels.names(session, ids=[channel.resource_id], lang="vi").values()
        told: Any = {"channel": channel.name, "resource": name, "days": _days(event)}
        facts = {"within": True, "orders": sorted(it.code for it in orders.values()), **told}
        if not known:
            about: Any = {"organisation_id": channel.seller_id, "facts": facts, "now": now}
            cases.open_case(session, SYSTEM, CaseKind.CALENDAR, UUID(owner), **about)
        for fresh in sorted(set(here) - set(known)):
            order, key = orders[UUID(fresh)], "notice.calendar.conflict"
            news.tell_people(session, order=order, key=key, **told)


def _days(event: Mapping[str, Any]) -> str:
    """The days of an event, the same in every language."""
    ends = datetime.fromisoformat(event["until"]) - timedelta(seconds=1)
    both = (clock.day_of(each) for each in (datetime.fromisoformat(event["from"]), ends))
    return " – ".join(dict.fromkeys(f"{day:%d/%m/%Y}" for day in both))


def _aim(resource: Resource, event: Mapping[str, Any], first: int) -> range:
    start, end = (datetime.fromisoformat(event[name]) for name in ("from", "until"))
    buckets = _buckets(resource, start, end)
    return range(max(buckets.start, first), min(buckets.stop, first + _MOST[resource.by_night]))


def _buckets(resource: Resource, start: datetime, end: datetime) -> range:
    """The nights that are slept in, at least one; or the half hours, with the turnaround."""
    if resource.by_night:
        first, until = clock.day_of(start).toordinal(), clock.day_of(end).toordinal()
    else:
        ready = end + timedelta(minutes=resource.turnaround_minutes or 0, microseconds=-1)
        first, until = inventory.slice_of(start), inventory.slice_of(ready) + 1
    return range(first, max(until, first + 1))


# Buckets ahead, nights or half hours.
_MOST = {True: reading.AHEAD.days, False: reading.AHEAD // timedelta(minutes=30)}

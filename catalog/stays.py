"""Stays: nights of room types, opened, priced and closed by their hosts, looked for by date."""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from catalog import offers, options, visiting
from catalog.booking_models import ExperienceOption
from catalog.models import Availability, Experience, SeatUnit
from catalog.shelves.cards import called, worded
from catalog.shelves.visits import SHELF
from market import FieldInvalid, Money, audit, clock, existing, geography, inventory
from market.accounts import SYSTEM, Actor, Scope
from market.inventory.models import Cell
from market.inventory.stocking import FREE

AHEAD_DAYS_MAX, KEPT_OPEN_DAYS, ROOMS_MAX, SEASONS_MAX = 400, 365, 500, 200
CANDIDATES_MAX, FOUND_MAX, NEAR_KM = 500, 60, 40


class Offer(NamedTuple):
    """Rooms of a house that are free: how many, in đồng for all nights, how far, its card."""

    option: ExperienceOption
    rooms: int
    total: int
    km: int | None
    card: Any = None


def own(*, actor: Actor) -> Select[ExperienceOption]:
    """The room types that the actor lets."""
    return _STANDING.where(Experience.seller_id.in_(actor.sells_for(Scope.LISTINGS)))


def named(session: Session, *, actor: Actor, lang: str) -> dict[UUID, str]:
    """What the actor's room types are called, behind the names of their houses."""
    its = worded(own(actor=actor).with_only_columns(ExperienceOption.id), Experience.id, "title")
    rows = session.execute(worded(its, ExperienceOption.id, offers.OPTION), {"lang": lang})
    return {row.id: called(row) for row in rows}


def change(
    session: Session,
    *,
    actor: Actor,
    option_id: UUID,
    first: date,
    last: date,
    rooms: int | None = None,
    closed: bool | None = None,
    price: Money | None = None,
    now: datetime,
) -> None:
    """Open, close or price one's nights from `first` to `last`, up to 400 days ahead; all or none.

    What is left out stays. Raises FieldInvalid, PriceOutOfRange, or BelowClaims where more rooms
    are promised.
    """
    mine = own(actor=actor).where(ExperienceOption.id == option_id)
    option = existing(session.scalar(mine.with_for_update(of=ExperienceOption)), "option")
    today, minor = clock.day_of(now), offers.minor_of(price)
    if first < today:
        raise FieldInvalid(field="from", reason="field.past")
    if not first <= last <= today + timedelta(days=AHEAD_DAYS_MAX):
        raise FieldInvalid(field="until", reason="stay.bad_range", most=AHEAD_DAYS_MAX)
    if not 0 <= (rooms or 0) <= ROOMS_MAX:
        raise FieldInvalid(field="rooms", reason="field.range", min=0, max=ROOMS_MAX)
    there = _capacities(session, option, first, last)
    if rooms is not None:
        _open(session, option, {it: rooms - there.get(it, 0) for it in _days(first, last)}, now)
    if closed is not None:
        for bucket in sorted(there):
            inventory.close(session, resource_id=option.resource_id, bucket=bucket, closed=closed)
    if minor is not None:
        option.seasons = _seasons(option.seasons, str(first), str(last), minor, str(today))
    said = {"first": str(first), "last": str(last), "rooms": rooms, "closed": closed}
    audit.note(session, actor, "stay.nights", option_id, now=now, **said, price=minor)


def open_ahead(session: Session, *, now: datetime) -> int:
    """Open the coming year of one room type that says how many rooms a new night has.

    How many types it was, 0 or 1; a night that is there already stays as it is.
    """
    first, cell = clock.day_of(now), aliased(Cell)
    last = first + timedelta(days=KEPT_OPEN_DAYS - 1)
    its = cell.resource_id == ExperienceOption.resource_id, cell.bucket == last.toordinal()
    lacking = _STANDING.where(ExperienceOption.seats > 0, ~select(cell.bucket).where(*its).exists())
    due = lacking.with_for_update(of=ExperienceOption, skip_locked=True).limit(1)
    for option in session.scalars(due):
        there, rooms = _capacities(session, option, first, last), option.seats or 0
        _open(session, option, {it: rooms for it in _days(first, last) if it not in there}, now)
        return 1
    return 0


def types(session: Session, *, actor: Actor, **which: UUID) -> list[ExperienceOption]:
    """Room types by `experience_id` or `id`: on the shelf for everybody, one's own at any stage."""
    seen = offers.visible_to(actor, Experience).with_only_columns(Experience.id)
    its = _STANDING.where(Experience.id.in_(seen)).order_by(ExperienceOption.position)
    wanted = (getattr(ExperienceOption, column) == value for column, value in which.items())
    return list(session.scalars(its.where(*wanted)))


def calendar(
    session: Session, *, option: ExperienceOption, first: date, days: int, now: datetime
) -> list[dict[str, Any]]:
    """The nights that were opened among so many: what a room costs, and how many are free."""
    since, unit = first.toordinal(), option.units[0]
    given = {"resource": option.resource_id, "first": since, "last": since + days, "now": now}
    return [
        {
            "day": (day := date.fromordinal(bucket)),
            "price": options.price_of(unit, option.seasons, day),
            "rooms": rooms,
            "left": max(int(left), 0),
            "closed": closed,
            "arrival": bool(option.arrival_days >> day.weekday() & 1),
        }
        for bucket, rooms, left, closed in session.execute(_NIGHTS, given)
    ]


def find(
    session: Session,
    *,
    arrival: date,
    departure: date,
    rooms: int = 1,
    guests: int = 1,
    place: str | None = None,
    lang: str,
    now: datetime,
) -> list[Offer]:
    """The cheapest that is free all nights of each house: the nearest first, then the cheapest.

    With a place (a unit's code) only houses up to 40 km from it. Raises FieldInvalid or
    UnknownPlace.
    """
    visiting.period(arrival, departure, now=now)
    far = {it.unit.code: it.km for it in geography.nearest(place)} if place else {}
    near = Experience.unit_code.in_([code for code, km in far.items() if km <= NEAR_KM])
    free = _FREE.where(ExperienceOption.arrival_days.bitwise_and(1 << arrival.weekday()) != 0)
    count, first = (departure - arrival).days, arrival.toordinal()
    given = {"first": first, "last": first + count, "count": count, "now": now}
    given["days"] = sum(range(first, first + count))
    best: dict[UUID, Offer] = {}
    for option, unit_code, left in session.execute(free.where(near) if place else free, given):
        needed = max(rooms, -(-guests // option.units[0]["pax"]))
        total = needed * price(option, arrival, departure)
        until_cutoff = options.checked_in(arrival) - timedelta(minutes=option.cutoff_minutes)
        known = best.get(option.experience_id)
        if needed <= left and now < until_cutoff and (known is None or total < known.total):
            best[option.experience_id] = Offer(option, needed, total, far.get(unit_code))
    chosen = sorted(best.values(), key=lambda one: (one.km or 0, one.total))[:FOUND_MAX]
    cards = SHELF.card.where(Experience.id.in_(one.option.experience_id for one in chosen))
    its = {row.id: row for row in session.execute(cards, {"lang": lang, "now": now})}
    return [one._replace(card=its[one.option.experience_id]) for one in chosen]


def price(option: ExperienceOption, arrival: date, departure: date) -> int:
    """What a room costs for all the nights, in đồng."""
    days = map(date.fromordinal, range(arrival.toordinal(), departure.toordinal()))
    return sum(options.price_of(option.units[0], option.seasons, day) for day in days)


def _days(first: date, last: date) -> range:
    return range(first.toordinal(), last.toordinal() + 1)


def _capacities(
    session: Session, option: ExperienceOption, first: date, last: date
) -> dict[int, int]:
    its = select(Cell.bucket, Cell.capacity).where(Cell.resource_id == option.resource_id)
    within = its.where(Cell.bucket.between(first.toordinal(), last.toordinal()))
    return dict(session.execute(within).all())


def _open(session: Session, option: ExperienceOption, more: dict[int, int], now: datetime) -> None:
    for bucket, delta in more.items():
        if delta:
            where: Any = {"resource_id": option.resource_id, "bucket": bucket, "delta": delta}
            inventory.change(session, **where, reason="opened", actor=SYSTEM, now=now)


def _seasons(
    known: list[dict[str, Any]], first: str, last: str, minor: int, today: str
) -> list[dict[str, Any]]:
    """The seasons with a new one, which wins; without those that are over or that it covers."""
    standing = (it for it in known if it["until"] >= today)
    kept = [it for it in standing if it["from"] < first or it["until"] > last]
    if len(kept) >= SEASONS_MAX:
        raise FieldInvalid(field="price", reason="field.too_many", max=SEASONS_MAX)
    return [*kept, {"from": first, "until": last, "prices": {SeatUnit.ROOM.value: minor}}]


_STANDING = select(ExperienceOption).filter_by(availability=Availability.NIGHTS, closed_at=None)
_STANDING = _STANDING.join(Experience)
_PERIOD = Cell.bucket >= bindparam("first"), Cell.bucket < bindparam("last")
_NIGHTS = select(Cell.bucket, Cell.capacity, FREE, Cell.closed).order_by(Cell.bucket)
_NIGHTS = _NIGHTS.where(Cell.resource_id == bindparam("resource"), *_PERIOD)
_FREE = (
    _STANDING.add_columns(Experience.unit_code, func.min(FREE))
    .join(Cell, Cell.resource_id == ExperienceOption.resource_id)
    .where(Experience.is_live, ExperienceOption.minimum_nights <= bindparam("count"), *_PERIOD)
    .group_by(ExperienceOption.id, Experience.id)
    .having(func.sum(Cell.bucket) == bindparam("days"), func.min(FREE) > 0)  # none is missing
    .order_by(Experience.listed_at.desc(), Experience.id)
    .limit(CANDIDATES_MAX)
)

"""Visits with a host: what is offered, for how much, and the departures with their seats."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import categories, offers, options, reviewing
from catalog.booking_models import ExperienceOption
from catalog.models import Availability, Departure, Experience
from market import Money, audit, geography, inventory, portable, uuid7
from market.accounts import Actor, Scope, require_scope
from market.errors import Kind, MarketError, NotFound, existing
from market.inventory.models import ResourceKind
from market.texts import Texts
from translations.languages import is_language

SEATS_MAX = 500
AHEAD_MAX = timedelta(days=366)
STAY = "stay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What changes; what is left out stays. A new cut-off is for departures opened later.

    With a `version` only if nobody changed it since that one.
    """

    version: int | None = None
    adult: Money | None = None
    child: Money | None = None
    duration_minutes: int | None = None
    cutoff_minutes: int | None = None
    unit_code: str | None = None
    meeting_landmark: str | None = None
    meeting_unit_code: str | None = None
    spoken: Sequence[str] | None = None
    texts: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit(Revision):
    """What a host says of a visit; without a child's price it is for adults only.

    In a category of stays `adult` is the price of a room for a night.
    """

    seller_id: UUID
    category_code: str
    source_lang: str = "vi"
    id: UUID | None = None
    adult: Money
    duration_minutes: int
    cutoff_minutes: int
    unit_code: str


def draft(session: Session, *, actor: Actor, visit: Visit, now: datetime) -> Experience:
    """A visit that only its host sees, with a calendar of departures still empty."""
    offers.require_seller(actor, visit.seller_id)
    category = categories.get(visit.category_code)
    if category.kind is not categories.Sold.VISIT:
        raise offers.WrongCategory(category=category.code)
    by_night = category.code.split(".")[0] == STAY
    kind = ResourceKind.ROOM_TYPE if by_night else ResourceKind.SEATS
    values = _columns(visit) | {
        "id": visit.id or uuid7(),
        "seller_id": visit.seller_id,
        "source_lang": visit.source_lang,
        "category_code": category.code,
        "currency": visit.adult.currency,
        "availability": Availability.NIGHTS if by_night else Availability.START_TIME,
        "resource_id": inventory.open_resource(session, kind=kind, owner_id=visit.seller_id),
    }
    experience = offers.draft(session, Experience, actor, values, visit.texts, now)
    session.add(options.first_of(experience))
    session.flush()
    return experience


def revise(
    session: Session, *, actor: Actor, experience_id: UUID, revision: Revision, now: datetime
) -> Experience:
    """Change what is said, as `reviewing.change` does."""
    which: Any = {"kind": Experience, "offer_id": experience_id, "version": revision.version}
    found: Experience = offers.own(session, actor=actor, **which)
    values, words = _columns(revision), revision.texts
    reviewing.change(session, actor=actor, offer=found, values=values, words=words, now=now)
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
    option_id: UUID | None = None,
    now: datetime,
) -> list[Departure]:
    """A departure of an option for each start, all with so many seats, or none of them.

    Without an option they are of the first. Its boats and guides can be claimed for them.
    """
    offers.own(session, actor=actor, kind=Experience, offer_id=experience_id)
    option = session.get(ExperienceOption, option_id or experience_id)
    if option is None or option.experience_id != experience_id:
        raise NotFound(what="option")
    if not 1 <= seats <= SEATS_MAX:
        raise BadSeats(least=1, most=SEATS_MAX)
    opened = [_open(session, option, start, now) for start in sorted(set(starts))]
    for departure in opened:
        where: Any = {"resource_id": departure.resource_id, "bucket": departure.bucket}
        inventory.change(session, **where, delta=seats, reason="opened", actor=actor, now=now)
    if option.asset_ids:
        ids, periods = map(UUID, option.asset_ids), [(it.starts_at, it.ends_at) for it in opened]
        inventory.open_slices(session, asset_ids=ids, periods=periods)
    facts: Any = {"departures": [each.id for each in opened], "seats": seats}
    audit.note(session, actor, "experience.departures_opened", experience_id, now=now, **facts)
    return opened


def cancel_departure(
    session: Session, *, actor: Actor, departure_id: UUID, now: datetime
) -> Departure:
    """Take no more guests; what is booked stays booked until its order is cancelled."""
    require_scope(actor, Scope.LISTINGS)
    its = select(Departure).join(Experience).where(Departure.id == departure_id)
    mine = its.where(Experience.seller_id.in_(actor.seller_ids))
    departure = existing(session.scalar(mine), "departure")
    inventory.close(session, resource_id=departure.resource_id, bucket=departure.bucket)
    audit.note(session, actor, "departure.cancelled", departure_id, now=now)
    return departure


def _columns(said: Revision) -> dict[str, Any]:
    """What is said, by columns; what is left out is not among them."""
    for tag in said.spoken or ():
        if not is_language(tag):
            raise offers.UnknownLanguage(lang=tag)
    values = {
        "adult_minor": offers.minor_of(said.adult),
        "child_minor": offers.minor_of(said.child, least=0),  # small children often come free
        "duration_minutes": said.duration_minutes,
        "cutoff_minutes": said.cutoff_minutes,
        "unit_code": _code(said.unit_code),
        "meeting_landmark": said.meeting_landmark,
        "meeting_unit_code": _code(said.meeting_unit_code),
        "spoken": said.spoken and list(dict.fromkeys(said.spoken)),
    }
    return {name: value for name, value in values.items() if value is not None}


def _code(unit_code: str | None) -> str | None:
    return unit_code and geography.unit(unit_code).code


def _open(session: Session, option: ExperienceOption, start: datetime, now: datetime) -> Departure:
    start = start.replace(second=0, microsecond=0)  # nobody leaves at a second
    cutoff_at = start - timedelta(minutes=option.cutoff_minutes)
    if cutoff_at <= now or start > now + AHEAD_MAX:
        raise BadStart(starts_at=start)
    ends_at = start + timedelta(minutes=option.duration_minutes)
    row = options.departure(option, start) | {"ends_at": ends_at, "cutoff_at": cutoff_at}
    if not portable.insert_new(session, Departure, **row):
        raise DepartureExists(starts_at=start)
    return session.get_one(Departure, row["id"])

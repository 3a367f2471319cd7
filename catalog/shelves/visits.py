"""Visits on the shelf, newest first, one visit in full, and its calendar."""

from collections.abc import Sequence
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, or_, select, tuple_

from catalog import categories
from catalog.booking_models import ExperienceOption
from catalog.models import SEATS, Departure, Experience
from catalog.shelves.cards import LAST, InFull, Key, Shelf, carded, standing, versions, worded
from catalog.shelves.goods import Page
from market import Actor, clock, inventory, table_of
from market.inventory.models import Cell
from market.inventory.stocking import FREE, NOW


def next_departure(column: Any) -> Any:
    """What the column says of a visit's next departure that still takes guests."""
    its = select(column).select_from(Departure).join(Cell, SEATS).order_by(Departure.bucket)
    open_ = its.where(Departure.cutoff_at > NOW, Cell.closed.is_(False))
    of_visit = open_.where(Departure.experience_id == Experience.id)
    return of_visit.limit(1).correlate(Experience).scalar_subquery()


_NEXT = next_departure(Departure.starts_at)
_CARD = carded(
    Experience,
    *table_of(Experience).c["child_minor", "duration_minutes", "cutoff_minutes"],
    *versions(Experience),
    _NEXT.label("next_at"),
)
_MEETING = ("availability", "meeting_landmark", "meeting_unit_code", "spoken")
_FULL = InFull(_CARD, Experience, *table_of(Experience).c[_MEETING])
IS_SEEN = Experience.is_live | Experience.seller_id.in_(bindparam("sellers", expanding=True))
_DEPARTURES = (
    select(*table_of(Departure).c["id", "option_id", "starts_at", "ends_at", "cutoff_at"])
    .add_columns(Cell.closed, FREE.label("left"), Cell.capacity, ExperienceOption.asset_ids)
    .add_columns((Cell.held + Cell.sold).label("taken"))
    .select_from(Departure)
    .join(Experience)
    .join(ExperienceOption, ExperienceOption.id == Departure.option_id)
    .join(Cell, SEATS)
    .where(Departure.experience_id == bindparam("id"), IS_SEEN)
    .where(or_(Departure.starts_at > NOW, Departure.cutoff_at > NOW))
    .order_by(Departure.starts_at, Departure.id)
)
_AFTER = tuple_(Departure.starts_at, Departure.id) > LAST
WITHIN = Departure.starts_at >= bindparam("since"), Departure.starts_at < bindparam("until")
_SOON = 60  # starts on a page of a day
_OF_DAY = (
    carded(
        Experience,
        *table_of(Departure).c["starts_at", "ends_at"],
        Departure.id.label("departure_id"),
        FREE.label("left"),
    )
    .join(Departure, Departure.experience_id == Experience.id)
    .join(Cell, SEATS)
    .where(Experience.is_live, Departure.cutoff_at > NOW, bindparam("guests") <= FREE, *WITHIN)
    .order_by(Departure.starts_at, Departure.id)
    .limit(_SOON)
)
_OWN = _CARD.add_columns(Experience.state, next_departure(FREE).label("left"))
SHELF = Shelf(Experience, _CARD, standing(Experience, _NEXT.label("next_at")), _OWN)
_STARTS: Any = select(Departure.id, Departure.starts_at, Cell.capacity).select_from(Departure)
_STARTS = worded(_STARTS.join(Experience).join(Cell, SEATS), Experience.id, "title")
_STARTS = _STARTS.where(*WITHIN).order_by(Departure.starts_at, Departure.id)


def one(
    connection: Connection, *, experience_id: UUID, actor: Actor, lang: str, now: datetime
) -> Page:
    """A live visit for everybody, and one's own at any stage."""
    return Page(*_FULL.rows(connection, actor, id=experience_id, lang=lang, now=now), [])


def departures(
    connection: Connection,
    *,
    experience_id: UUID,
    actor: Actor,
    after: Key | None = None,
    limit: int = 20,
    now: datetime,
) -> Sequence[Any]:
    """What is still to start of a visit that one may see, soonest first, one above the limit.

    Nothing is left where its boat or its guide serves another.
    """
    given: dict[str, Any] = {"id": experience_id, "now": now, "sellers": list(actor.seller_ids)}
    asked = _DEPARTURES.limit(limit + 1)
    if after is not None:
        asked, given = asked.where(_AFTER), given | {"after_at": after[0], "after_id": after[1]}
    return with_assets(connection, connection.execute(asked, given).all(), now=now)


def of_hosts(
    connection: Connection, *, seller_ids: frozenset[UUID], lang: str, **period: datetime
) -> Sequence[Any]:
    """What starts from `since` on and before `until`, soonest first, with the seats there are."""
    mine = _STARTS.where(Experience.seller_id.in_(seller_ids))
    return connection.execute(mine, {"lang": lang, **period}).all()


def with_assets(connection: Connection, rows: Sequence[Any], *, now: datetime) -> Sequence[Any]:
    """Departures, with no more seats left than their boats and guides have places."""
    shared = (row for row in rows if row.asset_ids)
    uses = {it.id: (list(map(UUID, it.asset_ids)), (it.starts_at, it.ends_at)) for it in shared}
    places = inventory.stocking.places_left(connection, uses=uses, now=now) if uses else {}
    left = {row.id: min(row.left, places.get(row.id, row.left)) for row in rows}
    return [SimpleNamespace(**row._asdict() | {"left": left[row.id]}) for row in rows]


def of_day(
    connection: Connection,
    *,
    day: date,
    guests: int,
    commune: str | None = None,
    category: str | None = None,
    lang: str,
    now: datetime,
) -> Sequence[Any]:
    """Cards of what starts on a day and has seats for so many, soonest first, at most sixty."""
    asked = _OF_DAY
    if commune is not None:
        asked = asked.where(Experience.unit_code == commune)
    if category is not None:
        asked = asked.where(Experience.category_code.in_(categories.branch(category)))
    given = {"since": clock.start_of(day), "until": clock.end_of(day), "guests": guests}
    return connection.execute(asked, given | {"lang": lang, "now": now}).all()

"""Visits on the shelf, newest first, one visit in full, and its calendar."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, Uuid, bindparam, or_, select, tuple_

from catalog.models import Departure, Experience
from catalog.shelves.cards import InFull, carded, standing, versions
from catalog.shelves.goods import Page
from catalog.shelves.ordering import Key, Shelf
from market.accounts import Actor
from market.db import UtcDateTime, table_of
from market.inventory.models import Cell
from market.inventory.stocking import FREE, NOW


def next_departure(column: Any) -> Any:
    """What the column says of a visit's next departure that still takes guests."""
    return (
        select(column)
        .select_from(Departure)
        .join(Cell, SEATS)
        .where(Departure.experience_id == Experience.id)
        .where(Departure.cutoff_at > NOW, Cell.closed.is_(False))
        .order_by(Departure.bucket)
        .limit(1)
        .correlate(Experience)
        .scalar_subquery()
    )


SEATS = (Cell.resource_id == Experience.resource_id) & (Cell.bucket == Departure.bucket)
_NEXT = next_departure(Departure.starts_at)
_CARD = carded(
    Experience,
    *table_of(Experience).c["child_minor", "duration_minutes", "cutoff_minutes"],
    *versions(Experience),
    _NEXT.label("next_at"),
    price=Experience.adult_minor,
)
_FULL = InFull(_CARD, Experience)
_IS_OWN = Experience.seller_id.in_(bindparam("sellers", expanding=True))
_DEPARTURES = (
    select(Departure.id, Departure.starts_at, Departure.cutoff_at)
    .add_columns(Cell.closed, FREE.label("left"), Cell.capacity)
    .select_from(Departure)
    .join(Experience, Experience.id == Departure.experience_id)
    .join(Cell, SEATS)
    .where(Departure.experience_id == bindparam("id"), Departure.starts_at > NOW)
    .where(or_(Experience.is_live, _IS_OWN))
    .order_by(Departure.starts_at, Departure.id)
)
_AFTER = tuple_(Departure.starts_at, Departure.id) > tuple_(
    bindparam("after_at", type_=UtcDateTime()), bindparam("after_id", type_=Uuid())
)
SHELF = Shelf(Experience, _CARD, standing(Experience, _NEXT.label("next_at")))


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
    """What is still to start of a visit that one may see, soonest first, one above the limit."""
    given: dict[str, Any] = {"id": experience_id, "now": now, "sellers": list(actor.seller_ids)}
    if after is not None:
        given |= {"after_at": after[0], "after_id": after[1]}
    return connection.execute(_calendar(limit, onward=after is not None), given).all()


@lru_cache(maxsize=256)
def _calendar(limit: int, *, onward: bool) -> Select[Any]:
    statement = _DEPARTURES.where(_AFTER) if onward else _DEPARTURES
    return statement.limit(limit + 1)

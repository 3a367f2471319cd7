"""Goods on the shelf, newest first, and one listing in full."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, bindparam, select

from catalog.models import Listing, ListingLot, ListingState, Photo
from catalog.shelves.cards import FREE, carded, left_of, worded
from catalog.shelves.ordering import Narrowed, ordered
from market import portable
from market.accounts import Actor
from market.errors import NotFound
from market.inventory.models import Cell
from market.traceability.models import Lot

_CARD = carded(
    Listing,
    Listing.unit,
    Listing.scale,
    Listing.increment,
    Listing.minimum,
    left_of(Listing.id).label("left"),
)
_FULL = (
    worded(_CARD, Listing.id, "description")
    .add_columns(
        Listing.state,
        Listing.version,
        Listing.harvest_from,
        Listing.harvest_until,
        Listing.updated_at,
        Photo.id.label("picture_id"),
        Photo.width,
        Photo.height,
    )
    .outerjoin(Photo, Photo.subject_id == Listing.id)
    .where(Listing.id == bindparam("id"))
    .order_by(Photo.position, Photo.id)
)
_LIVE = _FULL.where(Listing.state == ListingState.LIVE)
_OWN = _FULL.where(Listing.seller_id.in_(bindparam("sellers", expanding=True)))
_LOTS = (
    select(Lot.code, Lot.harvest_day, FREE.label("left"))
    .select_from(ListingLot)
    .join(Lot, Lot.id == ListingLot.lot_id)
    .join(Cell, (Cell.resource_id == ListingLot.lot_id) & (Cell.bucket == 0))
    .where(ListingLot.listing_id == bindparam("id"))
    .order_by(Lot.harvest_day, Lot.id)
)


@dataclass(frozen=True, slots=True)
class Page:
    """One listing in full: its row, its photos (rows with `picture_id`), its lots."""

    row: Row[Any]
    photos: Sequence[Any]
    lots: Sequence[Any]


def shelf(
    connection: Connection, narrowed: Narrowed, *, lang: str, limit: int, now: datetime
) -> Sequence[Any]:
    """Live listings, newest first, up to one more than the limit; rows as the driver gives them."""
    statement = _shelf(narrowed.category, frozenset(narrowed.given), limit)
    return portable.fast_rows(connection, statement, {**narrowed.given, "lang": lang, "now": now})


def one(
    connection: Connection, *, listing_id: UUID, actor: Actor, lang: str, now: datetime
) -> Page:
    """A live listing for everybody, and one's own at any stage."""
    given = {"id": listing_id, "lang": lang, "now": now}
    rows = connection.execute(_LIVE, given).all()
    if not rows and actor.seller_ids:
        rows = connection.execute(_OWN, {**given, "sellers": list(actor.seller_ids)}).all()
    if not rows and actor.oversees:
        rows = connection.execute(_FULL, given).all()
    if not rows:
        raise NotFound(what="listing")
    photos = [row for row in rows if row.picture_id is not None]
    return Page(rows[0], photos, connection.execute(_LOTS, given).all())


@lru_cache(maxsize=256)
def _shelf(category: str | None, names: frozenset[str], limit: int) -> Select[Any]:
    return ordered(_CARD, Listing, category, names, limit)

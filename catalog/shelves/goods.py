"""Goods on the shelf, newest first, and one listing in full."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, select

from catalog.models import Listing, ListingLot
from catalog.shelves.cards import FREE, InFull, carded, left_of, standing, versions
from catalog.shelves.ordering import Shelf
from market.accounts import Actor
from market.inventory.models import Cell
from market.traceability.models import Lot

_CARD = carded(
    Listing,
    Listing.unit,
    Listing.scale,
    Listing.increment,
    Listing.minimum,
    *versions(Listing),
    left_of(Listing.id).label("left"),
)
_FULL = InFull(_CARD, Listing, Listing.harvest_from, Listing.harvest_until)
_LOTS = (
    select(Lot.code, Lot.harvest_day, FREE.label("left"))
    .select_from(ListingLot)
    .join(Lot, Lot.id == ListingLot.lot_id)
    .join(Cell, (Cell.resource_id == ListingLot.lot_id) & (Cell.bucket == 0))
    .where(ListingLot.listing_id == bindparam("id"))
    .order_by(Lot.harvest_day, Lot.id)
)
SHELF = Shelf(Listing, _CARD, standing(Listing, left_of(Listing.id).label("left")))


@dataclass(frozen=True, slots=True)
class Page:
    """One listing in full: its row, its photos (rows with `picture_id`), its lots."""

    row: Row[Any]
    photos: Sequence[Any]
    lots: Sequence[Any]


def one(
    connection: Connection, *, listing_id: UUID, actor: Actor, lang: str, now: datetime
) -> Page:
    """A live listing for everybody, and one's own at any stage."""
    rows = _FULL.rows(connection, actor, id=listing_id, lang=lang, now=now)
    photos = [row for row in rows if row.picture_id is not None]
    return Page(rows[0], photos, connection.execute(_LOTS, {"id": listing_id, "now": now}).all())

"""Goods on the shelf, newest first, and one listing in full."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, select

from catalog import harvests
from catalog.harvests import Harvest
from catalog.models import Listing, ListingLot
from catalog.shelves.cards import InFull, carded, left_of, standing, versions
from catalog.shelves.ordering import Shelf
from market.accounts import Actor
from market.db import table_of
from market.inventory.models import Cell
from market.inventory.stocking import FREE
from market.traceability.models import Lot

_CARD = carded(
    Listing,
    *table_of(Listing).c["unit", "scale", "increment", "minimum", "grade", "piece_grams"],
    Listing.tolerance_basis_points,
    Listing.price_minor.label("kilo_minor"),
    *versions(Listing),
    left_of(Listing.id).label("left"),
    price=Listing.unit_minor,
)
_TOLD = table_of(Listing).c["harvest_from", "harvest_until", "cold_chain", "shelf_hours"]
_COMING = select(Harvest.id).where(Harvest.listing_id == Listing.id, harvests.STANDS)
_FULL = InFull(
    _CARD, Listing, *_TOLD, _COMING.correlate(Listing).scalar_subquery().label("coming_id")
)
_LOTS = (
    select(Lot.code, Lot.harvest_day, FREE.label("left"))
    .select_from(ListingLot)
    .join(Lot)
    .join(Cell, (Cell.resource_id == ListingLot.lot_id) & (Cell.bucket == 0))
    .where(ListingLot.listing_id == bindparam("id"))
    .order_by(Lot.harvest_day, Lot.id)
)
SHELF = Shelf(Listing, _CARD, standing(Listing, left_of(Listing.id).label("left")))


class Page(NamedTuple):
    """One listing in full: its row, its photos (rows with `picture_id`), its lots."""

    row: Row[Any]
    photos: Sequence[Any]
    lots: Sequence[Any]
    coming: Any = None  # the harvest that is expected


def one(
    connection: Connection, *, listing_id: UUID, actor: Actor, lang: str, now: datetime
) -> Page:
    """A live listing for everybody, and one's own at any stage."""
    row, photos = _FULL.rows(connection, actor, id=listing_id, lang=lang, now=now)
    lots = connection.execute(_LOTS, {"id": listing_id, "now": now}).all()
    if row.coming_id is None:
        return Page(row, photos, lots)
    coming = harvests.standing(connection, listing_ids=[listing_id], now=now)
    return Page(row, photos, lots, coming.get(listing_id))

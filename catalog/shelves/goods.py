"""Goods on the shelf, newest first, and one listing in full."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, select
from sqlalchemy.orm import Session

from catalog import harvests
from catalog.harvests import Harvest
from catalog.models import Listing, ListingLot
from catalog.shelves.cards import InFull, Shelf, carded, left_of, standing, versions
from market import Actor, table_of
from market.inventory.models import Cell
from market.inventory.stocking import FREE
from market.traceability.models import Lot

_LEFT = left_of(Listing.id).label("left")
_CARD = carded(
    Listing,
    *table_of(Listing).c["unit", "scale", "increment", "minimum", "grade", "piece_grams"],
    Listing.tolerance_basis_points,
    Listing.price_minor.label("kilo_minor"),
    *versions(Listing),
    _LEFT,
)
_TOLD = table_of(Listing).c["harvest_from", "harvest_until", "cold_chain", "shelf_hours"]
_COMING = select(Harvest.id).where(Harvest.listing_id == Listing.id, harvests.STANDS)
_COMING_ID = _COMING.correlate(Listing).scalar_subquery().label("coming_id")
_FULL = InFull(_CARD, Listing, *_TOLD, _COMING_ID)
_LOTS = (
    select(ListingLot.lot_id, Lot.code, Lot.harvest_day, FREE.label("left"))
    .join(Lot)
    .join(Cell, (Cell.resource_id == Lot.id) & (Cell.bucket == 0))
    .where(ListingLot.listing_id == bindparam("id"))
    .order_by(Lot.harvest_day, Lot.id)
)
_CODES = select(Lot.code).join(ListingLot).where(ListingLot.listing_id == Listing.id)
_NEWEST = _CODES.order_by(Lot.harvest_day.desc(), Lot.id.desc()).limit(1)
_OWN = _CARD.add_columns(Listing.state, _NEWEST.scalar_subquery().label("lot_code"))
SHELF = Shelf(Listing, _CARD, standing(Listing, _LEFT), _OWN)


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
    lots = lots_of(connection, listing_id=listing_id, now=now)
    if row.coming_id is None:
        return Page(row, photos, lots)
    coming = harvests.standing(connection, listing_ids=[listing_id], now=now)
    return Page(row, photos, lots, coming.get(listing_id))


def lots_of(asked: Session | Connection, *, listing_id: UUID, now: datetime) -> Sequence[Any]:
    """The lots a listing is sold from in the order they are sold, with what is `left` of each."""
    return asked.execute(_LOTS, {"id": listing_id, "now": now}).all()

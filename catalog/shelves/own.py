"""A seller's own goods and visits at every stage, and who leaves when: rows for their pages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, bindparam, select

from catalog.models import Departure, Experience, Listing, ListingLot
from catalog.shelves.cards import carded, left_of, worded
from catalog.shelves.visits import SEATS, WITHIN, next_departure
from market.db import table_of
from market.inventory.models import Cell
from market.inventory.stocking import FREE
from market.traceability.models import Lot

SHOWN_MAX = 200

_LOTS = select(Lot.code).join(ListingLot).where(ListingLot.listing_id == Listing.id)
_NEWEST_LOT = _LOTS.order_by(Lot.harvest_day.desc(), Lot.id.desc()).limit(1)
_SEATS_LEFT = next_departure(FREE).label("left")


def _of_seller(table: Any, *columns: Any, price: Any = None) -> Select[Any]:
    """The cards of a seller's offers, newest first."""
    cards = carded(table, *columns, price=price).where(table.seller_id == bindparam("seller_id"))
    return cards.order_by(table.id.desc()).limit(SHOWN_MAX)


_GOODS = _of_seller(
    Listing,
    *table_of(Listing).c["unit", "scale", "state", "piece_grams"],
    left_of(Listing.id).label("left"),
    _NEWEST_LOT.correlate(Listing).scalar_subquery().label("lot_code"),
)
_VISITS = _of_seller(Experience, Experience.state, _SEATS_LEFT, price=Experience.adult_minor)
_STARTS: Any = select(Departure.id, Departure.starts_at, Cell.capacity).select_from(Departure)
_STARTS = _STARTS.join(Experience).join(Cell, SEATS)
_OWN = Experience.seller_id.in_(bindparam("seller_ids", expanding=True))
_DEPARTURES = worded(_STARTS, Experience.id, "title").where(_OWN, *WITHIN)
_DEPARTURES = _DEPARTURES.order_by(Departure.starts_at, Departure.id)


def goods(connection: Connection, *, seller_id: UUID, lang: str, now: datetime) -> Sequence[Any]:
    """A seller's listings, newest first, with what is left and the code of the newest lot."""
    return connection.execute(_GOODS, {"seller_id": seller_id, "lang": lang, "now": now}).all()


def visits(connection: Connection, *, seller_id: UUID, lang: str, now: datetime) -> Sequence[Any]:
    """A host's visits, newest first, with the seats left on the next departure."""
    return connection.execute(_VISITS, {"seller_id": seller_id, "lang": lang, "now": now}).all()


def departures(
    connection: Connection, *, seller_ids: frozenset[UUID], lang: str, **period: datetime
) -> Sequence[Any]:
    """What starts from `since` on and before `until`, soonest first, with the seats there are."""
    given = {"seller_ids": list(seller_ids), "lang": lang, **period}
    return connection.execute(_DEPARTURES, given).all()

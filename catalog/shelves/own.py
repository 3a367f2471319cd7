"""A seller's own goods and visits at every stage, and who leaves when: rows for their pages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection, Select, bindparam, select

from catalog.models import Departure, Experience, Listing, ListingLot
from catalog.shelves.cards import carded, left_of, worded
from market.db import UtcDateTime, table_of
from market.inventory.models import Cell
from market.inventory.stocking import FREE, NOW
from market.traceability.models import Lot

SHOWN_MAX = 200

_NEWEST_LOT = (
    select(Lot.code)
    .join(ListingLot, ListingLot.lot_id == Lot.id)
    .where(ListingLot.listing_id == Listing.id)
    .order_by(Lot.harvest_day.desc(), Lot.id.desc())
    .limit(1)
    .correlate(Listing)
    .scalar_subquery()
)
_SEATS_NEXT = (
    select(FREE)
    .select_from(Departure)
    .join(Cell, (Cell.resource_id == Experience.resource_id) & (Cell.bucket == Departure.bucket))
    .where(Departure.experience_id == Experience.id)
    .where(Departure.cutoff_at > NOW, Cell.closed.is_(False))
    .order_by(Departure.starts_at)
    .limit(1)
    .correlate(Experience)
    .scalar_subquery()
)
_GOODS = (
    carded(
        Listing,
        *table_of(Listing).c["unit", "scale", "state"],
        left_of(Listing.id).label("left"),
        _NEWEST_LOT.label("lot_code"),
    )
    .where(Listing.seller_id == bindparam("seller_id"))
    .order_by(Listing.id.desc())
    .limit(SHOWN_MAX)
)
_VISITS = (
    carded(Experience, Experience.state, _SEATS_NEXT.label("left"), price=Experience.adult_minor)
    .where(Experience.seller_id == bindparam("seller_id"))
    .order_by(Experience.id.desc())
    .limit(SHOWN_MAX)
)

_STARTS = (
    select(Departure.id, Departure.starts_at, Cell.capacity)
    .select_from(Departure)
    .join(Experience, Experience.id == Departure.experience_id)
    .join(Cell, (Cell.resource_id == Experience.resource_id) & (Cell.bucket == Departure.bucket))
)
_DEPARTURES = (
    worded(cast("Select[Any]", _STARTS), Experience.id, "title")
    .where(Experience.seller_id.in_(bindparam("seller_ids", expanding=True)))
    .where(Departure.starts_at >= bindparam("since", type_=UtcDateTime()))
    .where(Departure.starts_at < bindparam("until", type_=UtcDateTime()))
    .order_by(Departure.starts_at, Departure.id)
)


def goods(connection: Connection, *, seller_id: UUID, lang: str, now: datetime) -> Sequence[Any]:
    """A seller's listings, newest first, with what is left and the code of the newest lot."""
    return connection.execute(_GOODS, {"seller_id": seller_id, "lang": lang, "now": now}).all()


def visits(connection: Connection, *, seller_id: UUID, lang: str, now: datetime) -> Sequence[Any]:
    """A host's visits, newest first, with the seats left on the next departure."""
    return connection.execute(_VISITS, {"seller_id": seller_id, "lang": lang, "now": now}).all()


def departures(
    connection: Connection,
    *,
    seller_ids: frozenset[UUID],
    since: datetime,
    until: datetime,
    lang: str,
) -> Sequence[Any]:
    """What starts in the half-open period, soonest first, with the seats there are."""
    given = {"seller_ids": list(seller_ids), "since": since, "until": until, "lang": lang}
    return connection.execute(_DEPARTURES, given).all()

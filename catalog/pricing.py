"""Basket lines looked up in the catalogue: live, priced, in the buyer's words, with their stock."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.baskets import NotForSale
from catalog.models import (
    BasketLine,
    Departure,
    Experience,
    Listing,
    ListingLot,
    ListingState,
    SeatUnit,
)
from market import inventory, texts
from market.accounts.models import Organisation
from market.inventory import Want
from market.money import Money
from market.orders import Line, LineKind
from market.quantity import Quantity, cost, require_step
from market.traceability.models import Lot

SEAT = "C62"  # UN/CEFACT: one

Titles = dict[UUID, dict[str, texts.Passage]]
Stock = dict[UUID, list[tuple[Any, int]]]


def priced(
    session: Session, *, lines: Sequence[BasketLine], languages: Sequence[str], now: datetime
) -> Iterator[tuple[UUID, Line]]:
    """Each line with its seller; refuses what is not live, off the increment or too much."""
    goods = [line for line in lines if line.kind == LineKind.GOODS]
    seats = [line for line in lines if line.kind == LineKind.SEATS]
    listings = _listings(session, [line.subject_id for line in goods])
    departures = _departures(session, [line.subject_id for line in seats])
    titles = texts.read(
        session,
        subject_ids=[*listings, *(row.Experience.id for row in departures.values())],
        languages=languages,
    )
    lots = _lots(session, list(listings), now)
    for line in goods:
        yield _goods(line, listings.get(line.subject_id), titles, lots)
    for line in seats:
        yield _seats(line, departures.get(line.subject_id), titles, now)


def _goods(line: BasketLine, row: Any, titles: Titles, lots: Stock) -> tuple[UUID, Line]:
    if row is None or row.Listing.state != ListingState.LIVE:
        raise NotForSale(listing_id=str(line.subject_id))
    listing: Listing = row.Listing
    quantity = Quantity(line.quantity, listing.scale, listing.unit)
    require_step(quantity, minimum=listing.minimum, increment=listing.increment)
    price = Money(listing.price_minor, listing.currency)
    taken = _allocate(listing.id, line.quantity, lots.get(listing.id, []))
    return listing.seller_id, Line(
        kind=LineKind.GOODS,
        listing_id=listing.id,
        category_code=listing.category_code,
        title=titles[listing.id]["title"].body,
        quantity=quantity,
        price=price,
        amount=cost(price, quantity),
        wants=tuple(Want(resource_id=lot.id, qty=qty) for lot, qty in taken),
        snapshot={
            "seller": row.seller_name,
            "commune": listing.unit_code,
            "lots": [{"code": lot.code, "harvest_day": str(lot.harvest_day)} for lot, _ in taken],
        },
    )


def _allocate(listing_id: UUID, wanted: int, lots: list[tuple[Any, int]]) -> list[tuple[Any, int]]:
    """From one lot where one has enough, else from the oldest harvest on."""
    whole = [lot for lot, left in lots if left >= wanted]
    if whole:
        return [(whole[0], wanted)]
    taken: list[tuple[Any, int]] = []
    missing = wanted
    for lot, left in lots:
        part = min(left, missing)
        if part > 0:
            taken.append((lot, part))
            missing -= part
    if missing:
        raise inventory.OutOfStock(listing_id=str(listing_id), wanted=wanted, left=wanted - missing)
    return taken


def _seats(line: BasketLine, row: Any, titles: Titles, now: datetime) -> tuple[UUID, Line]:
    if row is None or row.Experience.state != ListingState.LIVE:
        raise NotForSale(listing_id=str(line.subject_id))
    visit: Experience = row.Experience
    departure: Departure = row.Departure
    minor = visit.adult_minor if line.unit == SeatUnit.ADULT else visit.child_minor
    if minor is None or departure.cutoff_at <= now:
        raise NotForSale(listing_id=str(visit.id))
    price = Money(minor, visit.currency)
    return visit.seller_id, Line(
        kind=LineKind.SEATS,
        listing_id=visit.id,
        departure_id=departure.id,
        category_code=visit.category_code,
        title=titles[visit.id]["title"].body,
        quantity=Quantity(line.quantity, 0, SEAT),
        price=price,
        amount=price * line.quantity,
        wants=(Want(resource_id=visit.resource_id, bucket=departure.bucket, qty=line.quantity),),
        snapshot={
            "seller": row.seller_name,
            "commune": visit.unit_code,
            "unit": line.unit,
            "minutes": visit.duration_minutes,
            "starts_at": departure.starts_at.isoformat(),
            "cutoff_at": departure.cutoff_at.isoformat(),
        },
    )


def _listings(session: Session, ids: list[UUID]) -> dict[UUID, Any]:
    rows = session.execute(
        select(Listing, Organisation.name.label("seller_name"))
        .join(Organisation, Organisation.id == Listing.seller_id)
        .where(Listing.id.in_(ids))
    )
    return {row.Listing.id: row for row in rows}


def _departures(session: Session, ids: list[UUID]) -> dict[UUID, Any]:
    rows = session.execute(
        select(Departure, Experience, Organisation.name.label("seller_name"))
        .join(Experience, Experience.id == Departure.experience_id)
        .join(Organisation, Organisation.id == Experience.seller_id)
        .where(Departure.id.in_(ids))
    )
    return {row.Departure.id: row for row in rows}


def _lots(session: Session, listing_ids: list[UUID], now: datetime) -> Stock:
    """Each listing's lots, the oldest harvest first, with what is left of them."""
    rows = session.execute(
        select(ListingLot.listing_id, Lot.id, Lot.code, Lot.harvest_day)
        .join(Lot, Lot.id == ListingLot.lot_id)
        .where(ListingLot.listing_id.in_(listing_ids))
        .order_by(Lot.harvest_day, Lot.id)
    ).all()
    left = inventory.free(session, cells=[(row.id, 0) for row in rows], now=now)
    found: Stock = {}
    for row in rows:
        found.setdefault(row.listing_id, []).append((row, left[row.id, 0]))
    return found

"""What a listing is sold from: lots, the oldest harvest first, each with its own stock."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import offers
from catalog.harvests import Harvest
from catalog.models import Listing, ListingLot
from market import audit, inventory, orders, portable, traceability
from market.accounts import Actor
from market.db import changed
from market.errors import Kind, MarketError, NotFound
from market.quantity import Quantity
from market.traceability.models import Lot


class LotDiffers(MarketError, code="listing.lot_differs", kind=Kind.CONFLICT):
    """The lot is of another category, unit or scale than the listing."""


class Reason(StrEnum):
    """Why a lot's stock changed by hand."""

    COUNTED = "counted"
    ADDED = "added"
    SPOILED = "spoiled"
    SOLD_ELSEWHERE = "sold-elsewhere"


class LotStock(NamedTuple):
    """A lot of a listing and what is free of it, in 10^-scale of the unit."""

    lot_id: UUID
    code: str
    harvest_day: date
    free: int


def harvest(
    session: Session,
    *,
    actor: Actor,
    listing_id: UUID,
    quantity: Quantity,
    harvest_day: date,
    plot_id: UUID | None = None,
    now: datetime,
) -> Lot:
    """A new lot for the listing, with a code for its boxes and its stock for sale."""
    listing = offers.own(session, actor=actor, kind=Listing, offer_id=listing_id)
    if (quantity.unit, quantity.scale) != (listing.unit, listing.scale):
        raise LotDiffers(unit=listing.unit, scale=listing.scale)
    listing.stepped(quantity.value)
    what = {"category_code": listing.category_code, "unit_code": listing.unit_code}
    whence = {"producer_id": listing.seller_id, "harvest_day": harvest_day, "plot_id": plot_id}
    picked = Lot(**what, **whence)
    lot = traceability.open_lot(session, actor=actor, lot=picked, quantity=quantity, now=now)
    _attach(session, actor=actor, listing=listing, lot=lot, now=now)
    _serve_ahead(session, actor=actor, listing=listing, lot=lot, now=now)
    return lot


def add_lot(session: Session, *, actor: Actor, listing_id: UUID, code: str, now: datetime) -> Lot:
    """Sell one of the seller's lots in this listing too; adding it again does nothing."""
    listing = offers.own(session, actor=actor, kind=Listing, offer_id=listing_id)
    lot = traceability.own_lot(session, actor=actor, code=code)
    if lot.producer_id != listing.seller_id:
        raise NotFound(what="lot")
    same = (lot.category_code, lot.unit, lot.scale)
    if same != (listing.category_code, listing.unit, listing.scale):
        raise LotDiffers(unit=listing.unit, scale=listing.scale)
    _attach(session, actor=actor, listing=listing, lot=lot, now=now)
    return lot


def restock(
    session: Session,
    *,
    actor: Actor,
    listing_id: UUID,
    change: int,
    reason: Reason,
    code: str | None = None,
    now: datetime,
) -> list[LotStock]:
    """Put more into a lot (else the newest) or take out what is not promised, in 10^-scale."""
    listing = offers.own(session, actor=actor, kind=Listing, offer_id=listing_id)
    listing.stepped(abs(change))
    lots = lots_of(session, listing_id=listing_id, now=now)
    chosen = [lot for lot in lots if code in (None, lot.code)]
    if not chosen:
        raise NotFound(what="lot")
    lot_id = chosen[-1].lot_id
    inventory.change(session, resource_id=lot_id, delta=change, reason=reason, actor=actor, now=now)
    facts = {"lot": chosen[-1].code, "change": change, "reason": reason}
    audit.note(session, actor, "listing.restocked", listing_id, now=now, **facts)
    return lots_of(session, listing_id=listing_id, now=now)


def lots_of(session: Session, *, listing_id: UUID, now: datetime) -> list[LotStock]:
    """The lots a listing is sold from in the order they are sold, with what is free of each."""
    its = select(Lot.id, Lot.code, Lot.harvest_day).join(ListingLot)
    mine = its.where(ListingLot.listing_id == listing_id)
    rows = session.execute(mine.order_by(Lot.harvest_day, Lot.id)).all()
    free = inventory.free(session, cells=[(row.id, 0) for row in rows], now=now)
    return [LotStock(*row, free[row.id, 0]) for row in rows]


def _attach(session: Session, *, actor: Actor, listing: Listing, lot: Lot, now: datetime) -> None:
    if not portable.insert_new(session, ListingLot, listing_id=listing.id, lot_id=lot.id):
        return
    changed(session, listing, updated_at=now)
    audit.note(session, actor, "listing.lot_added", listing.id, now=now, lot=lot.code)


def _serve_ahead(
    session: Session, *, actor: Actor, listing: Listing, lot: Lot, now: datetime
) -> None:
    """What was ordered ahead is taken from what is picked, the oldest order first.

    The harvest's limit falls by what it has given, so that it is not promised twice.
    """
    harvests = select(Harvest.id).where(Harvest.listing_id == listing.id)
    ahead = inventory.claiming.standing(session, resources=harvests, now=now, lock=True)
    lines = orders.queries.lines(session, order_ids=[claim.owner_id for claim in ahead])
    picked = {"lots": [{"code": lot.code, "harvest_day": str(lot.harvest_day)}]}
    left = lot.declared  # nobody else knows of it yet
    for claim in ahead:
        if claim.qty <= left:
            left -= claim.qty
            wants = [inventory.Want(resource_id=lot.id, qty=claim.qty)]
            inventory.change_claims(session, owner_id=claim.owner_id, wants=wants, now=now)
            given: dict[str, Any] = {"delta": -claim.qty, "reason": "picked", "actor": actor}
            inventory.change(session, resource_id=claim.resource_id, **given, now=now)
            for line in lines[claim.owner_id]:
                line.snapshot = line.snapshot | picked

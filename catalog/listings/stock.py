"""What a listing is sold from: lots, the oldest harvest first, each with its own stock."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import offers
from catalog.baskets import BasketChanged
from catalog.harvests import STANDS, Harvest
from catalog.models import Listing, ListingLot
from catalog.shelves.goods import lots_of
from market import Kind, MarketError, NotFound, audit, inventory, orders, portable, traceability
from market.accounts import Actor
from market.db import changed
from market.inventory import Want
from market.orders import Part
from market.portable import uuid_of
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
    _attach(session, actor, listing, lot, now)
    _serve_ahead(session, actor, listing, lot, now)
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
    _attach(session, actor, listing, lot, now)
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
) -> Sequence[Any]:
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


def drawn(
    line: Any, lots: Sequence[Any], promised: Counter[Any], coming: Callable[[], Mapping[UUID, Any]]
) -> tuple[tuple[Want, ...], dict[str, Any]]:
    """What the line claims, of lots or of its harvest to come, never both, and its snapshot of it.

    What it takes of lots is promised from then on; where they have too little, it is looked up
    what is `coming`. Raises OutOfStock.
    """
    left = [(lot, lot.left - promised[lot.lot_id]) for lot in lots if lot.lot_id]
    try:
        taken = _allocate(line.subject_id, line.quantity, left)
    except inventory.OutOfStock as short:
        ahead = coming().get(line.subject_id)
        if ahead is None:
            raise
        if ahead.left < line.quantity:
            short.facts["left"] = max(short.facts["left"], ahead.left)
            raise
        promise = {"harvest_id": str(ahead.id), "day": str(ahead.promised_day)}
        want = Want(resource_id=ahead.id, qty=line.quantity)
        return (want,), {"lots": [], "promise": promise}
    promised.update({lot.lot_id: qty for lot, qty in taken})
    wants = tuple(Want(resource_id=uuid_of(lot.lot_id), qty=qty) for lot, qty in taken)
    said = [{"code": lot.code, "harvest_day": str(lot.harvest_day)} for lot, _ in taken]
    return wants, {"lots": said}


def require_promised(session: Session, *, parts: Iterable[Part]) -> None:
    """From here on the harvests keep what the parts promise until we are done, or BasketChanged.

    A harvest comes before its cell, for whoever locks both.
    """
    ahead = [part for part in parts if part.promised_day]
    days = {want.resource_id: part.promised_day for part in ahead for want in part.wants}
    if days:
        its = select(Harvest.id, Harvest.promised_day).where(Harvest.id.in_(days), STANDS)
        rows = session.execute(its.order_by(Harvest.id).with_for_update(read=True))
        if {row[0]: row[1] for row in rows} != days:
            raise BasketChanged


def _attach(session: Session, actor: Actor, listing: Listing, lot: Lot, now: datetime) -> None:
    if not portable.insert_new(session, ListingLot, listing_id=listing.id, lot_id=lot.id):
        return
    changed(session, listing, updated_at=now)
    audit.note(session, actor, "listing.lot_added", listing.id, now=now, lot=lot.code)


def _serve_ahead(session: Session, actor: Actor, listing: Listing, lot: Lot, now: datetime) -> None:
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
            wants = [Want(resource_id=lot.id, qty=claim.qty)]
            inventory.change_claims(session, owner_id=claim.owner_id, wants=wants, now=now)
            given: dict[str, Any] = {"delta": -claim.qty, "reason": "picked", "actor": actor}
            inventory.change(session, resource_id=claim.resource_id, **given, now=now)
            for line in lines[claim.owner_id]:
                line.snapshot = line.snapshot | picked


def _allocate(
    listing_id: UUID, wanted: int, lots: Sequence[tuple[Any, int]]
) -> list[tuple[Any, int]]:
    """From one lot where one has enough, else from the oldest harvest on."""
    whole = [each for each in lots if each[1] >= wanted][:1]
    taken: list[tuple[Any, int]] = []
    missing = wanted
    for lot, left in whole or lots:
        part = min(left, missing)
        if part > 0:
            taken.append((lot, part))
            missing -= part
    if missing:
        raise inventory.OutOfStock(listing_id=str(listing_id), wanted=wanted, left=wanted - missing)
    return taken

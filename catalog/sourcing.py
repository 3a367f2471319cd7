"""What a line of goods is taken from: lots that lie there, or else the harvest to come."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.baskets import BasketChanged
from catalog.harvests import STANDS, Harvest
from market import inventory
from market.inventory import Want
from market.orders import Part
from market.portable import uuid_of


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

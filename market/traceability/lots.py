"""A lot is one harvest of one producer, with a code for its boxes and a cell for its stock."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market import audit, clock, geography, inventory
from market.accounts import Actor, require_scope
from market.accounts.models import Scope
from market.errors import MarketError, NotFound
from market.ids import new_code
from market.inventory.models import Cell, ResourceKind
from market.quantity import Quantity
from market.traceability.models import Lot, Plot
from market.units import require_unit

HARVEST_AHEAD_MAX = timedelta(days=366)  # a season may be promised, two may not


class HarvestTooFar(MarketError):
    """The day of harvest is more than a season ahead; facts: `latest`."""

    code = "lot.harvest_too_far"


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """What a producer declares of a harvest, picked already or still to be picked."""

    producer_id: UUID
    category_code: str
    unit_code: str
    harvest_day: date
    quantity: Quantity
    plot_id: UUID | None = None


def open_lot(session: Session, *, actor: Actor, harvest: Harvest, now: datetime) -> Lot:
    """A lot with a printed code whose declared quantity is its stock."""
    require_scope(actor, Scope.LOTS)
    if harvest.producer_id not in actor.seller_ids:
        raise NotFound(what="organisation")
    require_unit(harvest.quantity.unit, harvest.quantity.scale)
    _require_plot(session, harvest)
    latest = clock.day_of(now) + HARVEST_AHEAD_MAX
    if harvest.harvest_day > latest:
        raise HarvestTooFar(latest=latest)
    lot_id = inventory.open_resource(
        session, kind=ResourceKind.PRODUCE, owner_id=harvest.producer_id
    )
    inventory.change(
        session,
        resource_id=lot_id,
        delta=harvest.quantity.value,
        reason="declared",
        actor=actor,
        now=now,
    )
    lot = Lot(
        id=lot_id,
        code=new_code(),
        producer_id=harvest.producer_id,
        plot_id=harvest.plot_id,
        category_code=harvest.category_code,
        unit_code=geography.unit(harvest.unit_code).code,
        harvest_day=harvest.harvest_day,
        unit=harvest.quantity.unit,
        scale=harvest.quantity.scale,
        declared=harvest.quantity.value,
        created_at=now,
    )
    session.add(lot)
    session.flush()  # what hangs on a lot is written by statements that the session does not order
    audit.note(session, actor=actor, verb="lot.opened", subject_id=lot.id, now=now, code=lot.code)
    return lot


def weigh(session: Session, *, actor: Actor, lot: Lot, value: int, now: datetime) -> None:
    """The scale's word: the stock follows it, but what is already promised stays promised."""
    change = value - lot.weight
    if change < 0:
        left = session.scalar(
            select(Cell.capacity - Cell.held - Cell.sold)
            .where(Cell.resource_id == lot.id, Cell.bucket == 0)
            .with_for_update()
        )
        change = -min(-change, left or 0)
    if change:
        inventory.change(
            session, resource_id=lot.id, delta=change, reason="weighed", actor=actor, now=now
        )
    session.execute(
        update(Lot).where(Lot.id == lot.id).values(accepted=value, version=Lot.version + 1)
    )


def _require_plot(session: Session, harvest: Harvest) -> None:
    if harvest.plot_id is None:
        return
    plot = session.scalar(
        select(Plot.id).where(Plot.id == harvest.plot_id, Plot.producer_id == harvest.producer_id)
    )
    if plot is None:
        raise NotFound(what="plot")

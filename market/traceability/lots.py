"""A producer's plots, and lots: each one harvest, with a code for its boxes and its own stock."""

from datetime import datetime, timedelta
from typing import Unpack

from sqlalchemy import Select, or_, select, true
from sqlalchemy.orm import Session

from market import audit, clock, geography, inventory
from market.accounts import Actor, Role, Scope, require_scope
from market.cooperatives import members_of
from market.db import Paged, changed, newest_first
from market.errors import MarketError, NotFound, existing
from market.ids import new_code, uuid7
from market.inventory.models import Cell, ResourceKind
from market.quantity import Quantity, require_unit
from market.traceability.models import Lot, Plot

HARVEST_AHEAD_MAX = timedelta(days=366)  # a season may be promised, two may not


class HarvestTooFar(MarketError, code="lot.harvest_too_far"):
    """The day of harvest is more than a season ahead; facts: `latest`."""


def register_plot(session: Session, *, actor: Actor, plot: Plot, now: datetime) -> Plot:
    """A plot of one of the actor's farms, from which lots may be harvested.

    Its exact outline is nobody else's business.
    """
    require_scope(actor, Scope.LOTS)
    if plot.producer_id not in actor.seller_ids:
        raise NotFound(what="organisation")
    geography.unit(plot.unit_code)
    plot.id, plot.created_at = uuid7(), now
    session.add(plot)
    audit.note(session, actor, "plot.registered", plot.id, now=now)
    return plot


def open_lot(session: Session, *, actor: Actor, lot: Lot, quantity: Quantity, now: datetime) -> Lot:
    """A harvest, picked or still to be, with a printed code; what is declared is its stock."""
    require_scope(actor, Scope.LOTS)
    if lot.producer_id not in actor.seller_ids:
        raise NotFound(what="organisation")
    geography.unit(lot.unit_code)
    require_unit(quantity.unit, quantity.scale)
    if lot.plot_id is not None:
        own = select(Plot.id).filter_by(id=lot.plot_id, producer_id=lot.producer_id)
        existing(session.scalar(own), "plot")
    latest = clock.day_of(now) + HARVEST_AHEAD_MAX
    if lot.harvest_day > latest:
        raise HarvestTooFar(latest=latest)
    kind, why = ResourceKind.PRODUCE, "declared"
    lot.id = inventory.open_resource(session, kind=kind, owner_id=lot.producer_id)
    inventory.change(
        session, resource_id=lot.id, delta=quantity.value, reason=why, actor=actor, now=now
    )
    lot.declared, lot.scale, lot.unit = quantity.value, quantity.scale, quantity.unit
    lot.code, lot.created_at = new_code(), now
    session.add(lot)
    audit.note(session, actor, "lot.opened", lot.id, now=now, code=lot.code)
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
    changed(session, lot, accepted=value)


def visible_to(actor: Actor) -> Select[Lot]:
    """Whoever weighs sees the members' lots, a moderator all, everybody else their own."""
    if actor.oversees:
        return select(Lot)
    own = Lot.producer_id.in_(actor.seller_ids)
    if not actor.has(Role.WEIGH_MASTER):
        return select(Lot).where(own)
    return select(Lot).where(or_(own, Lot.producer_id.in_(members_of(actor.cooperative_ids))))


def own_lot(session: Session, *, actor: Actor, code: str) -> Lot:
    """The lot with this printed code, if the actor may work with it."""
    return existing(session.scalar(visible_to(actor).where(Lot.code == code)), "lot")


def lots(session: Session, *, actor: Actor, **page: Unpack[Paged]) -> list[Lot]:
    """The lots the actor may work with, newest first, up to one more than the limit."""
    return newest_first(session, visible_to(actor), Lot.id, **page)


def plots(session: Session, *, actor: Actor, **page: Unpack[Paged]) -> list[Plot]:
    """The plots of the actor's own farms, newest first, up to one more than the limit."""
    own = true() if actor.oversees else Plot.producer_id.in_(actor.seller_ids)
    return newest_first(session, select(Plot).where(own), Plot.id, **page)

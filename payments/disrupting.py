"""A closed sea, a landslide, a late harvest: what falls into it is called off or moved, once."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from catalog import options
from catalog.booking_models import RoomNight
from catalog.models import Departure, Experience
from market import audit, bookings, geography, inventory, notifications, orders, outbox, portable
from market.accounts import SYSTEM, Actor, Organisation, Scope, require_scope
from market.db import by_id, changed, newest_first
from market.errors import FieldInvalid, Forbidden, Kind, MarketError, existing
from market.ids import uuid7
from market.orders import Fulfilment, Order, OrderGroup, State, news, note_step
from payments import collecting, disruptions, remedying
from payments.disruptions import BOUND, Cause, DisruptedOrder, Disruption, Remedy

BATCH = 25  # orders in one transaction, and the later parts of their trips
LASTS_MAX, AHEAD_MAX = timedelta(days=92), timedelta(days=366)
DECIDE_DAYS, DECIDE_DAYS_MAX = 3, 14


class AlreadyApplied(MarketError, code="disruption.applied", kind=Kind.CONFLICT):
    """It was applied before; facts: `applied_at`."""


class Applied(outbox.Event, name="disruption.applied"):
    """What a disruption touches is to be handled, order by order."""

    disruption_id: UUID


def declare(
    session: Session, *, actor: Actor, new: Disruption, days: int = DECIDE_DAYS, now: datetime
) -> Disruption:
    """Write it down with so many days to decide; nothing happens to anybody before it is applied.

    An overseer says where, or which departure; a host means what is their own, and a departure has
    its own time. Raises NotFound, UnknownPlace, or FieldInvalid for a time that is over, reversed,
    too long or too far ahead.
    """
    mine = actor.sells_for(Scope.LISTINGS)
    if new.departure_id is not None:
        its = select(Experience.seller_id, Departure.starts_at, Departure.ends_at)
        its = its.join(Departure).where(Departure.id == new.departure_id)
        allowed = its if actor.oversees else its.where(Experience.seller_id.in_(mine))
        found = existing(session.execute(allowed).first(), "departure")
        new.seller_id, new.from_at, new.until_at = found
    elif not actor.oversees:
        if len(mine) != 1:
            raise Forbidden(what="disruption")  # who sells for several acts for one of them
        (new.seller_id,) = mine
    elif not new.unit_codes:
        raise FieldInvalid(field="unit_codes", reason="field.required")
    begin, end = new.from_at or now, new.until_at or now
    if not max(begin, now) < end <= begin + LASTS_MAX or begin > now + AHEAD_MAX:
        raise FieldInvalid(field="until", reason="field.bad_period")
    new.unit_codes = sorted({geography.unit(code).code for code in new.unit_codes})
    new.from_at, new.until_at = begin, end
    new.id, new.declared_by, new.created_at = uuid7(), actor.person_id, now
    new.decide_by = now + timedelta(days=days)
    session.add(new)
    session.flush()
    audit.note(session, actor, "disruption.declared", new.id, now=now, cause=new.cause)
    return new


def visible_to(actor: Actor) -> Select[Disruption]:
    """All for overseers, for a host those of their own visits and stays."""
    mine = Disruption.seller_id.in_(actor.sells_for(Scope.LISTINGS))
    return select(Disruption) if actor.oversees else select(Disruption).where(mine)


def get(session: Session, *, actor: Actor, disruption_id: UUID) -> Disruption:
    """The disruption, or NotFound."""
    its = visible_to(actor).where(Disruption.id == disruption_id)
    return existing(session.scalar(its), "disruption")


def page(session: Session, *, actor: Actor, **page: Any) -> list[Disruption]:
    """The newest first."""
    return newest_first(session, visible_to(actor), Disruption.id, **page)


def apply(session: Session, *, actor: Actor, disruption_id: UUID, now: datetime) -> Disruption:
    """Sell nothing more of what it touches, tell its hosts, and let its orders be handled; once.

    Guests have as long as was declared from now on. Raises AlreadyApplied or OutOfScope.
    """
    require_scope(actor, Scope.ORDERS)
    found = get(session, actor=actor, disruption_id=disruption_id)
    said = {"applied_at": now, "decide_by": now + (found.decide_by - found.created_at)}
    if not changed(session, found, Disruption.applied_at.is_(None), **said):
        raise AlreadyApplied(applied_at=str(found.applied_at))
    it = disruptions.touched(session, found, now=now)
    for resource_id, bucket in it.cells:
        inventory.close(session, resource_id=resource_id, bucket=bucket)
    counts = Counter(order.seller_id for order in it.orders)
    for shop in by_id(session, Organisation, counts).values():
        its: Any = {"count": str(counts[shop.id]), "source": found.source or "–", "now": now}
        notifications.tell_deciders(session, shop, "notice.disruption", link="/host/today", **its)
    audit.note(session, actor, "disruption.applied", found.id, now=now, orders=len(it.orders))
    outbox.record(session, Applied(disruption_id=found.id))
    return found


def call_off_departure(
    session: Session, *, actor: Actor, departure_id: UUID, cause: Cause, source: str = "", now: Any
) -> Disruption:
    """Have one departure not take place: declared and applied at once."""
    new = Disruption(departure_id=departure_id, cause=cause, source=source, unit_codes=[])
    made = declare(session, actor=actor, new=new, now=now)
    return apply(session, actor=actor, disruption_id=made.id, now=now)


def call_off_too_few(session: Session, *, now: datetime) -> None:
    """Call off what has fewer guests than it needs when nobody can join any more."""
    doing: Any = {"actor": SYSTEM, "cause": Cause.TOO_FEW, "now": now}
    found = options.too_few(session, now=now)
    its = select(Disruption.departure_id).where(Disruption.departure_id.in_(found))
    for departure_id in sorted({*found} - {*session.scalars(its)}):
        call_off_departure(session, departure_id=departure_id, **doing)


def handle_all(context: Any, event: Applied) -> None:
    """Handle every order that it touches, a batch in a transaction; called again, it goes on."""
    while context.database.run(_batch, event=event, now=context.now()):
        pass


def progress(session: Session, *, disruption_id: UUID) -> Counter[str]:
    """How many orders were `told`, and how many of them came to which remedy."""
    its = select(DisruptedOrder.choice, Order.state).join_from(DisruptedOrder, Order)
    counts: Counter[str] = Counter()
    for choice, state in session.execute(its.where(DisruptedOrder.disruption_id == disruption_id)):
        is_off = choice != Remedy.REBOOK and state in orders.OFF
        counts.update(["told", Remedy.REFUND if is_off else choice or "open"])
    return counts


def _batch(session: Session, event: Applied, now: datetime) -> bool:
    """Handle some orders that were not; whether there were any. All locks come first."""
    disruption = session.get_one(Disruption, event.disruption_id, with_for_update=True)
    waiting = disruptions.waiting(session, disruption, now=now)
    direct = collecting.lock_some(session, waiting, BATCH)
    if direct is None:
        return False
    later = disruptions.behind(session, disruption, orders=direct, now=now)
    found = [*direct, *by_id(session, Order, later).values()]
    visits = [it.id for it in found if it.fulfilment == Fulfilment.VISIT]
    extras = orders.queries.supplements(session, order_ids=visits)
    asked = [it for its in extras.values() for it in its]  # a dearer change is not made any more
    found += [it for it in asked if orders.state_at(it, now) == State.AWAITING_PAYMENT]
    # Places are free at once; goods lie there until their buyer has chosen.
    gone = [it.id for it in found if it.fulfilment == Fulfilment.VISIT or it.state not in BOUND]
    inventory.release(session, owner_ids=gone)
    tickets = select(bookings.Ticket.id).where(bookings.Ticket.order_id.in_(gone))
    session.execute(delete(RoomNight).where(RoomNight.ticket_id.in_(tickets)))
    _known = [by_id(session, OrderGroup, {it.group_id for it in found})]  # asked for once
    for order in found:
        key: Any = {"disruption_id": disruption.id, "order_id": order.id, "told_at": now}
        because_of = later[order.id].order_id if order.id in later else None
        if portable.insert_new(session, DisruptedOrder, **key, because_of=because_of):
            _handle(session, disruption, order, now)
    return True


def _handle(session: Session, why: Disruption, order: Order, now: datetime) -> None:
    """Call off what nobody promised; else the guest may choose, and no ticket lets in meanwhile."""
    if order.state not in BOUND:
        remedying.end(session, actor=SYSTEM, order=order, why=why, now=now)
        return
    changed(session, order, deadline=why.decide_by)
    bookings.suspend(session, order_id=order.id)
    reasons: Any = remedying.reasons(why)
    note_step(session, order, "order.disrupted", actor=SYSTEM, now=now, **reasons)
    news.tell_of_disruption(session, order, reasons, now, why.decide_by)

"""What guests get for what cannot take place: another date, a credit, or all their money back.

Until they have chosen, their order has a deadline though its seller's word was given.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from catalog.models import Departure
from catalog.shelves.visits import SEATS
from market import Actor, FieldInvalid, Kind, MarketError, NotFound, bookings, inventory, orders
from market.db import changed, took_effect
from market.inventory.models import Cell
from market.inventory.stocking import FREE
from market.orders import Fulfilment, Line, LineKind, Order, Rail
from payments import cancelling, capturing, collecting, rebooking, rescheduling
from payments.disruptions import BOUND, IS_OPEN, DisruptedOrder, Disruption, Remedy, party
from payments.withdrawing import price_of

CREDIT_LASTS = timedelta(days=365)
SHOWN_MAX = 4
To = UUID | str | None


class NothingToChoose(MarketError, code="disruption.nothing_to_choose", kind=Kind.CONFLICT):
    """The booking is as it was, the choice was made, or its time is over."""


class CostsMore(MarketError, code="disruption.costs_more", kind=Kind.CONFLICT):
    """A credit pays for no more than was paid; facts: `amount`, `paid`, in đồng."""


class Awaited(NamedTuple):
    """What waits for a guest's word: why, what was chosen so far, and until when."""

    why: Disruption
    row: DisruptedOrder
    until: datetime


def awaited(session: Session, *, order_ids: Sequence[UUID], now: datetime) -> dict[UUID, Awaited]:
    """The orders about which their guests may still choose: at first, or about a credit."""
    its = select(Disruption, DisruptedOrder, Order.deadline).select_from(DisruptedOrder)
    its = its.join(Disruption).join(Order, Order.id == DisruptedOrder.order_id)
    live = its.where(IS_OPEN, Order.state.in_(BOUND), Order.deadline > now)
    rows = session.execute(live.where(Order.id.in_(order_ids)))
    return {row.order_id: Awaited(why, row, until) for why, row, until in rows if until}


def choose(
    session: Session, *, actor: Actor, order: Order, choice: Remedy, to: To = None, now: datetime
) -> Order:
    """The guest takes another departure or other nights, keeps a credit, or wants the money; once.

    A credit may be turned into one of the others later; goods are fetched later, on no set day.
    Raises NothingToChoose, CostsMore, NotFound, OutOfStock, or what `pricing.priced` does.
    """
    collecting.lock_anew(session, order)
    asked = awaited(session, order_ids=[order.id], now=now).get(order.id)
    if asked is None:
        raise NothingToChoose
    is_visit, was = order.fulfilment == Fulfilment.VISIT, asked.row.choice
    owed = order.rail in {Rail.CASH, Rail.RESELLER}
    if choice is Remedy.CREDIT and (was or not is_visit or owed):
        raise FieldInvalid(field="choice", reason="field.not_allowed")
    row = {"disruption_id": asked.why.id, "order_id": order.id, "choice": was}
    choosing = update(DisruptedOrder).filter_by(**row)
    if not took_effect(session, choosing.values(choice=choice, chosen_at=now)):
        raise NothingToChoose
    if choice is Remedy.REFUND:
        end(session, actor=actor, order=order, why=asked.why, now=now)
        return order
    if choice is Remedy.CREDIT:  # a card's promise does not last as long
        capturing.take(session, payment=collecting.of_order(session, order_id=order.id))
    elif is_visit:
        paid = sum(each.left_minor for each in collecting.together(session, order, now=now))
        _rebook(session, actor, order, to, most=paid if was else None, now=now)
    deadline = now + CREDIT_LASTS if choice is Remedy.CREDIT else None
    changed(session, order, deadline=deadline)
    said: Any = {"disruption": str(asked.why.id), "to": to and str(to), "now": now}
    orders.note_step(session, order, f"order.{choice}", actor=actor, **said)
    return order


def others(session: Session, *, order_id: UUID, now: datetime) -> Sequence[Any]:
    """The next departures of the same option with room for the party: `id` and `starts_at`."""
    lines = orders.queries.lines(session, order_ids=[order_id])[order_id]
    its = select(Departure.id, Departure.starts_at).join(Cell, SEATS)
    option_id, coming = UUID(lines[0].snapshot["option"]), party(session, {order_id: lines})
    same = its.where(Departure.option_id == option_id, Departure.cutoff_at > now)
    free = same.where(coming <= FREE).order_by(Departure.bucket).limit(SHOWN_MAX)
    return session.execute(free, {"now": now}).all()


def end(session: Session, *, actor: Actor, order: Order, why: Disruption, now: datetime) -> None:
    """Call it off under its checkout's lock: all that was paid goes back, nobody is to blame."""
    said: Any = reasons(why) | {"by": "disruption", "actor": actor}
    cancelling.call_off_all(session, order, now=now, **said)


def reasons(why: Disruption) -> dict[str, str]:
    """What an order's events say of it."""
    return {"disruption": str(why.id), "cause": why.cause, "source": why.source}


def _rebook(
    session: Session, actor: Actor, order: Order, to: To, *, most: int | None, now: datetime
) -> None:
    """Claim the other time and turn lines and tickets to it; what was paid stays the price."""
    found = orders.queries.lines(session, order_ids=[order.id])[order.id]
    lines = {line.position: line for line in found}
    new = _moved(session, order, lines, to, now)
    amount = sum(line.amount.minor for line in new.values())
    if most is not None and amount > most:
        raise CostsMore(amount=amount, paid=most)
    wants = [want for line in new.values() for want in line.wants]
    inventory.claim_anew(session, owner_id=order.id, wants=wants, now=now)
    turned = {
        str(at): (str(it.departure_id), {**it.snapshot, "now_minor": price_of(lines[at])})
        for at, it in new.items()
    }
    rebooking.turn(session, order, turned, actor=actor, now=now)
    bookings.validate(session, order_id=order.id)


def _moved(
    session: Session, order: Order, lines: rescheduling.Lines, to: To, now: datetime
) -> dict[int, Line]:
    """The lines as they would be sold at the other time; of the same visit, or as many nights."""
    field = "nights" if lines[0].kind == LineKind.NIGHTS else "departure_id"
    if not isinstance(to, str if field == "nights" else UUID):
        raise FieldInvalid(field=field, reason="field.required")
    there: Any = {field: to}
    new = rescheduling.moved(session, order, lines, rescheduling.To(**there), now=now)
    first = next(iter(new.values()))
    if first.snapshot["option"] != lines[0].snapshot["option"]:
        raise NotFound(what="departure")
    if len(first.snapshot.get("prices", ())) != len(lines[0].snapshot.get("prices", ())):
        raise FieldInvalid(field="nights", reason="field.bad_period")
    return new

"""The state table of an order, the one guarded step from state to state, and those of goods."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import insert, or_
from sqlalchemy.orm import Session

from market import audit, bookings, inventory, outbox
from market.accounts.actors import Actor
from market.db import changed
from market.errors import Kind, MarketError
from market.ids import uuid7
from market.orders import queries
from market.orders.models import Order, OrderEvent, Rail, State
from market.outbox import Event

MOVES: Mapping[State, frozenset[State]] = {
    State.AWAITING_PAYMENT: frozenset({State.PLACED, State.EXPIRED, State.CANCELLED}),
    State.PLACED: frozenset({State.CONFIRMED, State.EXPIRED, State.CANCELLED}),
    State.CONFIRMED: frozenset({State.PACKED, State.HANDED_OVER, State.CANCELLED}),
    State.PACKED: frozenset({State.HANDED_OVER, State.CANCELLED}),
    State.HANDED_OVER: frozenset({State.DELIVERED, State.RETURNED}),
    State.DELIVERED: frozenset(),
    State.RETURNED: frozenset(),
    State.CANCELLED: frozenset(),
    State.EXPIRED: frozenset(),
}
CLOSED = frozenset(state for state, onward in MOVES.items() if not onward)


class WrongState(MarketError):
    """The order is not where this step starts; facts: `state` and `wanted`."""

    code, kind = "order.wrong_state", Kind.CONFLICT


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMoved(Event):
    """An order has come to a new state."""

    name: ClassVar[str] = "order.moved"
    order_id: UUID
    state: str


def move(
    session: Session,
    *,
    actor: Actor,
    order: Order,
    to: State,
    now: datetime,
    deadline: datetime | None = None,
    since: Collection[State] | None = None,
    **facts: Any,
) -> None:
    """Take the order one step along the table, once, whoever else tries; or refuse.

    `since` narrows the states from which this step may be taken.
    """
    timely = or_(Order.deadline.is_(None), Order.deadline > now)
    in_time = Order.deadline <= now if to is State.EXPIRED else timely
    before = Order.state.in_(since or _before(to))
    closed_at = now if to in CLOSED else None
    values = {"state": to, "deadline": deadline, "closed_at": closed_at}
    if not changed(session, order, before, in_time, **values):
        raise WrongState(state=state_at(order, now), wanted=to.value)
    _tell(session, actor, order.id, to, now, facts)


def confirm(session: Session, *, actor: Actor, order_id: UUID, now: datetime) -> Order:
    """The seller promises to deliver; what a cash order holds is sold with that word."""
    order = queries.sold_by(session, actor=actor, order_id=order_id)
    move(session, actor=actor, order=order, to=State.CONFIRMED, now=now)
    if order.rail == Rail.CASH:
        inventory.sell(session, owner_ids=[order.id], now=now)
    bookings.validate(session, order_id=order.id)
    return order


def pack(session: Session, *, actor: Actor, order_id: UUID, now: datetime) -> Order:
    """The goods stand ready in their boxes."""
    order = queries.sold_by(session, actor=actor, order_id=order_id)
    move(session, actor=actor, order=order, to=State.PACKED, now=now)
    return order


def state_at(order: Any, now: datetime) -> State:
    """The order's state as it counts now: past its deadline it has expired, swept or not."""
    if order.deadline is not None and order.deadline <= now and order.state not in CLOSED:
        return State.EXPIRED
    return State(order.state)


def _before(to: State) -> list[State]:
    return [state for state, onward in MOVES.items() if to in onward]


def _tell(
    session: Session, actor: Actor, order_id: UUID, to: State, now: datetime, facts: dict[str, Any]
) -> None:
    by = {"actor_id": actor.person_id, "mandate_id": actor.mandate_id}
    step = {"id": uuid7(), "order_id": order_id, "state": to, "at": now, "facts": facts, **by}
    session.execute(insert(OrderEvent).values(step))
    verb = f"order.{to.value}"
    audit.note(session, actor=actor, verb=verb, subject_id=order_id, now=now, **facts)
    outbox.record(session, OrderMoved(order_id=order_id, state=to.value))

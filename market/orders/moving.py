"""The state table of an order, and the one guarded step from state to state."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, or_, update
from sqlalchemy.orm import Session

from market import audit, outbox
from market.accounts.actors import Actor
from market.db import took_effect
from market.errors import Kind, MarketError
from market.ids import uuid7
from market.orders.events import OrderMoved
from market.orders.models import Order, OrderEvent, State

MOVES: Mapping[State, frozenset[State]] = {
    State.AWAITING_PAYMENT: frozenset({State.PLACED, State.EXPIRED, State.CANCELLED}),
    State.PLACED: frozenset({State.CONFIRMED, State.EXPIRED, State.CANCELLED}),
    State.CONFIRMED: frozenset({State.PACKED, State.HANDED_OVER, State.CANCELLED}),
    State.PACKED: frozenset({State.HANDED_OVER, State.CANCELLED}),
    State.HANDED_OVER: frozenset({State.DELIVERED}),
    State.DELIVERED: frozenset(),
    State.CANCELLED: frozenset(),
    State.EXPIRED: frozenset(),
}
CLOSED = frozenset(state for state, onward in MOVES.items() if not onward)


class WrongState(MarketError):
    """The order is not where this step starts; facts: `state` and `wanted`."""

    code, kind = "order.wrong_state", Kind.CONFLICT


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
    moving = (
        update(Order)
        .where(Order.id == order.id, Order.state.in_(since or _before(to)))
        .where(Order.deadline <= now if to is State.EXPIRED else timely)
        .values(
            state=to,
            deadline=deadline,
            version=Order.version + 1,
            closed_at=now if to in CLOSED else None,
        )
        .execution_options(synchronize_session=False)
    )
    moved = took_effect(session, moving)
    session.refresh(order)
    if not moved:
        raise WrongState(state=state_at(order, now), wanted=to.value)
    _tell(session, actor, order.id, to, now, facts)


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
    session.execute(
        insert(OrderEvent).values(
            id=uuid7(),
            order_id=order_id,
            state=to,
            at=now,
            actor_id=actor.person_id,
            mandate_id=actor.mandate_id,
            facts=facts,
        )
    )
    audit.note(
        session, actor=actor, verb=f"order.{to.value}", subject_id=order_id, now=now, **facts
    )
    outbox.record(session, OrderMoved(order_id=order_id, state=to.value))

"""The state table of an order, the one guarded step, those of goods, and complaints of them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import Session

from market import audit, bookings, cases, inventory, outbox
from market.accounts.actors import Actor
from market.cases.models import Case, CaseKind
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
COMPLAINABLE = frozenset({State.HANDED_OVER, State.DELIVERED})


class WrongState(MarketError, code="order.wrong_state", kind=Kind.CONFLICT):
    """The order is not where this step starts; facts: `state` and `wanted`."""


class OrderMoved(Event, name="order.moved"):
    """An order has come to a new state."""

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
    """Take the order one step along the table, only from `since` if given, once; or refuse."""
    timely = or_(Order.deadline.is_(None), Order.deadline > now)
    in_time = Order.deadline <= now if to is State.EXPIRED else timely
    before = Order.state.in_(since or [state for state, onward in MOVES.items() if to in onward])
    closed_at = now if to in CLOSED else None
    values = {"state": to, "deadline": deadline, "closed_at": closed_at}
    theirs = Order.seller_id == order.seller_id  # it may be another's since it was read
    if not changed(session, order, before, in_time, theirs, **values):
        raise WrongState(state=state_at(order, now), wanted=to.value)
    its: dict[str, Any] = {"order_id": order.id, "state": to.value}
    note_step(session, actor=actor, **its, verb=f"order.{to}", now=now, **facts)
    outbox.record(session, OrderMoved(**its))


def confirm(session: Session, *, actor: Actor, order_id: UUID, now: datetime) -> Order:
    """The seller promises to deliver; what a cash order holds is sold with that word."""
    order = queries.sold_by(session, actor=actor, order_id=order_id)
    move(session, actor=actor, order=order, to=State.CONFIRMED, now=now)
    if order.rail == Rail.CASH:
        inventory.sell(session, owner_ids=[order.id], now=now)
    bookings.validate(session, order_id=order.id)
    return order


def state_at(order: Any, now: datetime) -> State:
    """The order's state as it counts now: past its deadline it has expired, swept or not."""
    if order.deadline is not None and order.deadline <= now and order.state not in CLOSED:
        return State.EXPIRED
    return State(order.state)


class NothingSaid(MarketError, code="complaint.nothing_said"):
    """A complaint without a word."""


def complaints(session: Session, *, order_ids: Sequence[UUID]) -> dict[UUID, Case]:
    """The last complaint about each of the orders, for those who may see these."""
    found = session.scalars(
        select(Case)
        .where(Case.kind == CaseKind.COMPLAINT, Case.subject_id.in_(order_ids))
        .order_by(Case.opened_at)
    )
    return {case.subject_id: case for case in found}


def complain(
    session: Session,
    *,
    actor: Actor,
    order: Order,
    statement: str,
    photos: Sequence[str],
    now: datetime,
) -> Case:
    """Open a case about goods that came; `photos` are files kept already."""
    if order.state not in COMPLAINABLE:
        raise WrongState(state=order.state, wanted=State.DELIVERED.value)
    if not statement.strip():
        raise NothingSaid
    papers = [{"name": f"{number}.webp", "file": name} for number, name in enumerate(photos)]
    about: dict[str, Any] = {"subject_id": order.id, "organisation_id": order.seller_id}
    said: dict[str, Any] = {"statement": statement.strip(), "documents": papers}
    return cases.open_case(session, actor=actor, kind=CaseKind.COMPLAINT, **about, **said, now=now)


def note_step(
    session: Session,
    *,
    actor: Actor,
    order_id: UUID,
    state: str,
    verb: str,
    now: datetime,
    **facts: Any,
) -> None:
    """Write down what happened to an order, and who did it."""
    by = {"actor_id": actor.person_id, "mandate_id": actor.mandate_id}
    step = {"id": uuid7(), "order_id": order_id, "state": state, "at": now, "facts": facts, **by}
    session.execute(insert(OrderEvent).values(step))
    audit.note(session, actor=actor, verb=verb, subject_id=order_id, now=now, **facts)

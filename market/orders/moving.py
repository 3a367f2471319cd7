"""The state table of an order, the one guarded step, those of goods, and complaints of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from market import audit, bookings, cases, inventory, outbox
from market.actors import Actor
from market.cases.models import Case, CaseKind
from market.db import changed
from market.errors import Kind, MarketError
from market.ids import uuid7
from market.orders import queries
from market.orders.models import LineKind, Order, OrderEvent, Rail, State
from market.outbox import Event

MOVES: Mapping[State, frozenset[State]] = {
    State.AWAITING_PAYMENT: frozenset({State.PLACED, State.EXPIRED, State.CANCELLED}),
    State.PLACED: frozenset({State.CONFIRMED, State.EXPIRED, State.CANCELLED}),
    # What its guest is asked about (a closed sea) expires as well.
    State.CONFIRMED: frozenset({State.PACKED, State.HANDED_OVER, State.CANCELLED, State.EXPIRED}),
    State.PACKED: frozenset({State.HANDED_OVER, State.CANCELLED, State.EXPIRED}),
    State.HANDED_OVER: frozenset({State.DELIVERED, State.RETURNED}),
    State.DELIVERED: frozenset(),
    State.RETURNED: frozenset(),
    State.CANCELLED: frozenset(),
    State.EXPIRED: frozenset({State.PLACED}),  # by money that came late, for what is still there
}
CLOSED = frozenset({State.DELIVERED, State.RETURNED, State.CANCELLED, State.EXPIRED})
OFF = CLOSED - {State.DELIVERED}  # it came to nothing
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
    in_time = Order.deadline <= now if to is State.EXPIRED else queries.in_time(now)
    before = Order.state.in_(since or [state for state, onward in MOVES.items() if to in onward])
    closed_at = now if to in CLOSED else None
    until = Order.deadline if to is State.PACKED else deadline  # packed goods may be asked about
    values = {"state": to, "deadline": until, "closed_at": closed_at}
    theirs = Order.seller_id == order.seller_id  # it may be another's since it was read
    if not changed(session, order, before, in_time, theirs, **values):
        raise WrongState(state=state_at(order, now), wanted=to.value)
    note_step(session, order, f"order.{to}", actor=actor, now=now, **facts)
    outbox.record(session, OrderMoved(order_id=order.id, state=to.value))


def confirm(session: Session, *, actor: Actor, order_id: UUID, now: datetime) -> Order:
    """The seller promises to deliver; what a cash order holds is sold with that word."""
    order = queries.sold_by(session, actor=actor, order_id=order_id)
    make_sure(session, actor=actor, order=order, now=now)
    if order.rail == Rail.CASH:
        inventory.sell(session, owner_ids=[order.id], now=now)
    return order


def make_sure(session: Session, *, actor: Actor, order: Order, now: datetime) -> None:
    """Confirm the order; from here on its tickets open the gate."""
    move(session, actor=actor, order=order, to=State.CONFIRMED, now=now)
    bookings.validate(session, order_id=order.id)


def state_at(order: Any, now: datetime) -> State:
    """The order's state as it counts now: past its deadline it has expired, swept or not."""
    if order.deadline is not None and order.deadline <= now and order.state not in CLOSED:
        return State.EXPIRED
    return State(order.state)


def cutoffs(lines: Iterable[Any]) -> list[datetime]:
    """When what is booked among the lines can be had no more; of goods there is no such time."""
    booked = (line.snapshot for line in lines if line.kind != LineKind.GOODS)
    return [datetime.fromisoformat(each["cutoff_at"]) for each in booked]


def is_suspended(order: Any) -> bool:
    """Whether it cannot take place as it was promised, and its buyer has something to choose."""
    return order.state in {State.CONFIRMED, State.PACKED} and order.deadline is not None


class NothingSaid(MarketError, code="complaint.nothing_said"):
    """A complaint without a word."""


def complaints(session: Session, *, order_ids: Sequence[UUID]) -> dict[UUID, Case]:
    """The last complaint about each of the orders, for those who may see these."""
    its = select(Case).filter_by(kind=CaseKind.COMPLAINT).where(Case.subject_id.in_(order_ids))
    return {case.subject_id: case for case in session.scalars(its.order_by(Case.opened_at))}


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
    session: Session, order: Order, verb: str, *, actor: Actor, now: datetime, **facts: Any
) -> None:
    """Write down what happened to an order, and who did it."""
    by = {"actor_id": actor.person_id, "mandate_id": actor.mandate_id}
    step = {"id": uuid7(), "order_id": order.id, "state": order.state, "at": now, **by}
    session.execute(insert(OrderEvent).values(facts=facts, **step))
    audit.note(session, actor, verb, order.id, now=now, **facts)

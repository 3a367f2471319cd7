"""Cancelling and expiring: stock goes back, money already here is to be refunded."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import rooms
from market import Kind, MarketError, bookings, db, holidays, inventory, orders, portable
from market.actors import SYSTEM, Actor
from market.orders import Fulfilment, Order, OrderGroup, State
from payments import asking, capturing, collecting, reassigning, refunding, taking
from payments.models import Payment, PaymentState

BATCH = 100
Back = Mapping[Order, int]
ALL: Back = {}
TAKEN = (PaymentState.AUTHORIZED, PaymentState.PAID)
BY_BUYER = frozenset({State.AWAITING_PAYMENT, State.PLACED})
MAY_EXPIRE = [state for state, onward in orders.moving.MOVES.items() if State.EXPIRED in onward]


class TooLateToCancel(MarketError, code="order.too_late_to_cancel", kind=Kind.CONFLICT):
    """The seller has promised and prepared it; only the seller can still cancel."""


def cancel(
    session: Session, *, actor: Actor, order: Order, by_buyer: bool, reason: str, now: datetime
) -> Order:
    """Call the order off: what it held is free again, what was paid for it is owed back."""
    collecting.lock_anew(session, order)
    if by_buyer and order.state not in BY_BUYER and order.state != State.CANCELLED:
        raise TooLateToCancel(state=orders.state_at(order, now))
    said: Any = {"by": "buyer", "since": BY_BUYER} if by_buyer else {"by": "seller"}
    call_off_all(session, order, actor=actor, reason=reason, now=now, **said)
    return order


def call_off_all(
    session: Session, order: Order, back: Back = ALL, *, now: Any, **said: Any
) -> None:
    """Cancel an order and what is beside it as `call_off` does, with so much `back` of each.

    What is awaited from the checkout's other sellers is asked for anew, at the smaller sum.
    """
    payment = collecting.of_order(session, order_id=order.id)
    both = collecting.together(session, order, now=now)
    inventory.lock(session, owner_ids=[each.id for each in both])
    for each in both:
        call_off(session, order=each, back_minor=back.get(each), now=now, **said)
    shares = collecting.shares(session, payment=payment)
    awaited = select(Order).where(Order.id.in_(shares), Order.state == State.AWAITING_PAYMENT)
    others = session.scalars(awaited.where(Order.id != order.id)).all()
    if others:
        batch = portable.Batch(session)
        asking.ask_like(batch, payment, orders=others, now=now)
        batch.write(session)


def call_off(
    session: Session,
    *,
    actor: Actor,
    order: Order,
    back_minor: int | None = None,
    now: datetime,
    **facts: Any,
) -> None:
    """Cancel under the checkout's lock.

    All that is left of its price goes back, or so much: then the rest is kept for its seller.
    """
    orders.move(session, actor=actor, order=order, to=State.CANCELLED, now=now, **facts)
    _give_back(session, [order])
    payment = collecting.of_order(session, order_id=order.id)
    kept = 0 if back_minor is None else order.left_minor - back_minor
    if kept and payment.state in TAKEN:
        give_back(session, actor=actor, order=order, minor=order.left_minor - kept, now=now)
        db.changed(session, order, kept_minor=kept)
        capturing.take(session, payment=payment)
    else:
        let_go(session, actor=actor, order=order, now=now)


def give_back(
    session: Session, *, actor: Actor, order: Order, minor: int, reason: str = "", now: datetime
) -> None:
    """Owe back a part of the price where it was taken, else never take it; nothing is fine."""
    if not minor:
        return
    payment = collecting.of_order(session, order_id=order.id)
    if payment.state == PaymentState.PAID:
        its: Any = {"amount_minor": minor, "reason": reason}
        refunding.request(session, actor=actor, order=order, **its, now=now)
        return
    taking.count(session, order=order, amount_minor=minor)
    if payment.state == PaymentState.AWAITING:  # cash: less is due at the door
        db.changed(session, payment, Payment.state == payment.state, state=PaymentState.CANCELLED)
        batch = portable.Batch(session)
        if order.left_minor:
            asking.ask_like(batch, payment, orders=[order], now=now)
        batch.write(session)


def let_go(session: Session, *, actor: Actor, order: Order, now: datetime) -> None:
    """Owe back what was paid for an order that came to nothing, or await it no more."""
    payment = collecting.of_order(session, order_id=order.id)
    if payment.state == PaymentState.PAID:
        refunding.request_rest(session, actor=actor, order=order, now=now)
    elif payment.state == PaymentState.AUTHORIZED:
        if not collecting.live_shares(session, payment_id=payment.id):
            capturing.let_go(session, payment=payment)
    else:
        expired = order.state == State.EXPIRED
        to = PaymentState.EXPIRED if expired else PaymentState.CANCELLED
        db.changed(session, payment, Payment.state == PaymentState.AWAITING, state=to)
        capturing.let_go(session, payment=payment)


def expire_due(session: Session, *, now: datetime) -> int:
    """Close a batch of orders that nobody paid, answered or, asked anew, chose about; how many.

    What others of a cooperative could serve is offered to them first. What was paid for goes back.
    """
    holidays.postpone(session, now=now)
    over = select(Order).where(Order.state.in_(MAY_EXPIRE), Order.deadline <= now)
    first = over.join(OrderGroup).order_by(Order.deadline, Order.id).limit(BATCH)
    due = session.scalars(collecting.unlocked(first)).all()
    offered = [order for order in due if reassigning.offer(session, order=order, now=now)]
    expired = [order for order in due if order not in offered and _expire(session, order, now)]
    _give_back(session, expired)
    ids = [order.id for order in offered]
    inventory.claiming.prolong(session, owner_ids=ids, until=now + collecting.SIBLINGS)
    return len(due)


def _expire(session: Session, order: Order, now: datetime) -> bool:
    was_sure = order.state not in BY_BUYER
    try:
        orders.move(session, actor=SYSTEM, order=order, to=State.EXPIRED, now=now)
    except orders.WrongState:
        return False  # the seller's word or the buyer's money came first
    let_go(session, actor=SYSTEM, order=order, now=now)
    for extra in collecting.beside(session, order, now=now) if was_sure else ():
        call_off(session, actor=SYSTEM, order=extra, now=now)
    return True


def _give_back(session: Session, given_up: Sequence[Order]) -> None:
    inventory.release(session, owner_ids=[order.id for order in given_up])
    for order in given_up:
        bookings.void(session, order_id=order.id)
        if order.fulfilment == Fulfilment.VISIT:
            rooms.let_go(session, order_id=order.id)

"""Cancelling and expiring: stock goes back, money already here is to be refunded."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from market import bookings, db, holidays, inventory, orders, portable
from market.accounts.actors import SYSTEM, Actor
from market.errors import Kind, MarketError
from market.orders import Order, OrderGroup, State
from payments import asking, capturing, collecting, reassigning, refunding
from payments.models import Payment, PaymentState

BATCH = 100
BY_BUYER = frozenset({State.AWAITING_PAYMENT, State.PLACED})


class TooLateToCancel(MarketError, code="order.too_late_to_cancel", kind=Kind.CONFLICT):
    """The seller has promised and prepared it; only the seller can still cancel."""


def cancel(
    session: Session,
    *,
    actor: Actor,
    order: Order,
    by_buyer: bool,
    reason: str,
    custody: asking.BankAccount,
    until: frozenset[State] = BY_BUYER,
    now: datetime,
) -> Order:
    """Call the order off: what it held is free again, what was paid for it is owed back.

    Its buyer may `until` it leaves these states.
    """
    collecting.lock_anew(session, order)
    if by_buyer and order.state not in until and order.state != State.CANCELLED:
        raise TooLateToCancel(state=orders.state_at(order, now))
    since = until if by_buyer else None
    facts = {"reason": reason, "by": "buyer" if by_buyer else "seller"}
    payment = call_off(session, actor=actor, order=order, now=now, since=since, **facts)
    for extra in collecting.beside(session, order, now=now):
        call_off(session, actor=actor, order=extra, now=now, **facts)
    _ask_again(session, order, payment, custody, now)
    return order


def call_off(
    session: Session, *, actor: Actor, order: Order, now: datetime, **facts: Any
) -> Payment:
    """Cancel under the checkout's lock; the payment that the order counted on."""
    orders.move(session, actor=actor, order=order, to=State.CANCELLED, now=now, **facts)
    _give_back(session, [order])
    return let_go(session, actor=actor, order=order, now=now)


def let_go(session: Session, *, actor: Actor, order: Order, now: datetime) -> Payment:
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
    return payment


def expire_due(session: Session, *, now: datetime) -> int:
    """Close a batch of orders that nobody paid, or whose seller did not answer; how many.

    What others of a cooperative could serve is offered to them first. What was paid for goes back.
    """
    holidays.postpone(session, now=now)
    due: Sequence[Order] = session.scalars(
        select(Order)
        .join(OrderGroup, OrderGroup.id == Order.group_id)
        .where(Order.state.in_(BY_BUYER), Order.deadline <= now)
        .order_by(Order.deadline, Order.id)
        .limit(BATCH)
        .with_for_update(of=OrderGroup, key_share=True, skip_locked=True)
    ).all()
    offered = [order for order in due if reassigning.offer(session, order=order, now=now)]
    expired = [order for order in due if order not in offered and _expire(session, order, now)]
    _give_back(session, expired)
    until, ids = now + collecting.SIBLINGS, [order.id for order in offered]
    inventory.prolong(session, owner_ids=ids, until=until)
    return len(due)


def _expire(session: Session, order: Order, now: datetime) -> bool:
    try:
        orders.move(session, actor=SYSTEM, order=order, to=State.EXPIRED, now=now)
    except orders.WrongState:
        return False  # the seller's word or the buyer's money came first
    let_go(session, actor=SYSTEM, order=order, now=now)
    return True


def _give_back(session: Session, given_up: Sequence[Order]) -> None:
    inventory.release(session, owner_ids=[order.id for order in given_up])
    for order in given_up:
        bookings.void(session, order_id=order.id)


def _ask_again(
    session: Session, order: Order, payment: Payment, custody: asking.BankAccount, now: datetime
) -> None:
    """What is awaited from the checkout's other sellers is asked for anew, at the smaller sum."""
    shares = collecting.shares(session, payment=payment)
    awaited = select(Order).where(Order.id.in_(shares), Order.state == State.AWAITING_PAYMENT)
    others = session.scalars(awaited.where(Order.id != order.id)).all()
    if others:
        seller_ids = {order.seller_id for order in others}
        accounts = asking.accounts_of(session, seller_ids=seller_ids, custody=custody)
        batch = portable.Batch(session)
        asking.ask(batch, orders=others, accounts=accounts, now=now)
        batch.write(session)

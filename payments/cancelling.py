"""Cancelling and expiring: stock goes back, money already here is to be refunded."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market import bookings, inventory, orders, portable
from market.accounts.actors import SYSTEM, Actor
from market.db import changed
from market.errors import Kind, MarketError
from market.orders import Order, OrderGroup, State
from payments import asking, capturing, collecting, refunding
from payments.asking import BankAccount
from payments.models import Payment, PaymentState

BATCH = 100
BY_BUYER = frozenset({State.AWAITING_PAYMENT, State.PLACED})


class TooLateToCancel(MarketError):
    """The seller has promised and prepared it; only the seller can still cancel."""

    code, kind = "order.too_late_to_cancel", Kind.CONFLICT


def cancel(
    session: Session,
    *,
    actor: Actor,
    order: Order,
    by_buyer: bool,
    reason: str,
    custody: BankAccount,
    now: datetime,
) -> Order:
    """Call the order off: what it held is free again, what was paid for it is owed back."""
    collecting.lock(session, group_id=order.group_id)
    session.refresh(order)
    if by_buyer and order.state not in BY_BUYER and order.state != State.CANCELLED:
        raise TooLateToCancel(state=orders.state_at(order, now))
    by, since = ("buyer", BY_BUYER) if by_buyer else ("seller", None)
    to = State.CANCELLED
    orders.move(
        session, actor=actor, order=order, to=to, now=now, since=since, reason=reason, by=by
    )
    _give_back(session, [order])
    payment = let_go(session, actor=actor, order=order, now=now)
    _ask_again(session, order, payment, custody, now)
    return order


def let_go(session: Session, *, actor: Actor, order: Order, now: datetime) -> Payment:
    """Owe back what was paid for an order that came to nothing, or await it no more."""
    payment = collecting.of_order(session, order_id=order.id)
    if payment.state == PaymentState.PAID:
        refunding.request_rest(session, actor=actor, order=order, now=now)
    elif payment.state == PaymentState.AUTHORIZED:
        if not collecting.live_shares(session, payment_id=payment.id):
            capturing.let_go(session, payment=payment)
    else:
        _close(session, payment, PaymentState.CANCELLED)
    return payment


def expire_due(session: Session, *, now: datetime) -> int:
    """Close a batch of orders that nobody paid, or whose seller did not answer; how many.

    What was paid for goes back.
    """
    due: Sequence[Order] = session.scalars(
        select(Order)
        .join(OrderGroup, OrderGroup.id == Order.group_id)
        .where(Order.state.in_(BY_BUYER), Order.deadline <= now)
        .order_by(Order.deadline, Order.id)
        .limit(BATCH)
        .with_for_update(of=OrderGroup, key_share=True, skip_locked=True)
    ).all()
    expired = [order for order in due if _expire(session, order, now)]
    _give_back(session, expired)
    return len(due)


def _expire(session: Session, order: Order, now: datetime) -> bool:
    try:
        orders.move(session, actor=SYSTEM, order=order, to=State.EXPIRED, now=now)
    except orders.WrongState:
        return False  # the seller's word or the buyer's money came first
    payment = collecting.of_order(session, order_id=order.id)
    if payment.state in {PaymentState.PAID, PaymentState.AUTHORIZED}:
        let_go(session, actor=SYSTEM, order=order, now=now)
    else:
        _close(session, payment, PaymentState.EXPIRED)
    return True


def _give_back(session: Session, given_up: Sequence[Order]) -> None:
    inventory.release(session, owner_ids=[order.id for order in given_up])
    for order in given_up:
        bookings.void(session, order_id=order.id)


def _ask_again(
    session: Session, order: Order, payment: Payment, custody: BankAccount, now: datetime
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


def _close(session: Session, payment: Payment, state: PaymentState) -> None:
    changed(session, payment, Payment.state == PaymentState.AWAITING, state=state)
    capturing.let_go(session, payment=payment)

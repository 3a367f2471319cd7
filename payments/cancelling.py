"""Cancelling and expiring: stock goes back, money already here is to be refunded."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market import bookings, inventory, ledger, orders, portable
from market.accounts.actors import SYSTEM, Actor
from market.errors import Kind, MarketError
from market.ledger import chart
from market.orders import Rail, State
from market.orders.models import Order
from payments import asking, collecting
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
    if by_buyer and order.state not in BY_BUYER and order.state != State.CANCELLED:
        raise TooLateToCancel(state=orders.state_at(order, now))
    payment = collecting.of_order(session, order_id=order.id)
    orders.move(
        session,
        actor=actor,
        order=order,
        to=State.CANCELLED,
        now=now,
        reason=reason,
        by="buyer" if by_buyer else "seller",
    )
    _give_back(session, order)
    if payment.state == PaymentState.PAID:
        _owe_back(session, actor, order, payment, now)
    else:
        _ask_again(session, order, payment, custody, now)
    return order


def expire_due(session: Session, *, now: datetime) -> int:
    """Close a batch of orders whose time ran out; how many."""
    due: Sequence[Order] = session.scalars(
        select(Order)
        .where(Order.state.in_(BY_BUYER), Order.deadline <= now)
        .order_by(Order.deadline, Order.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for order in due:
        orders.move(session, actor=SYSTEM, order=order, to=State.EXPIRED, now=now)
        _give_back(session, order)
        payment = collecting.of_order(session, order_id=order.id)
        _close(session, payment, PaymentState.EXPIRED)
    return len(due)


def _give_back(session: Session, order: Order) -> None:
    inventory.release(session, owner_ids=[order.id])
    bookings.void(session, order_id=order.id)


def _owe_back(
    session: Session, actor: Actor, order: Order, payment: Payment, now: datetime
) -> None:
    if payment.beneficiary_id is not None:
        return  # the seller holds the buyer's money, and gives it back himself
    ledger.post(
        session,
        key=f"refund:{order.id}",
        kind="refund.owed",
        amounts={
            chart.held(order.id): order.total_minor,
            chart.refund(order.id): -order.total_minor,
        },
        order_id=order.id,
        actor=actor,
        now=now,
    )


def _ask_again(
    session: Session, order: Order, payment: Payment, custody: BankAccount, now: datetime
) -> None:
    """The other orders of an unpaid transfer are asked for anew, at the smaller sum."""
    _close(session, payment, PaymentState.CANCELLED)
    shares = collecting.shares(session, payment=payment)
    others = session.scalars(
        select(Order).where(
            Order.id.in_(shares), Order.id != order.id, Order.state == State.AWAITING_PAYMENT
        )
    ).all()
    if others and order.rail == Rail.BANK_TRANSFER:
        accounts = asking.accounts_of(
            session, seller_ids={order.seller_id for order in others}, custody=custody
        )
        batch = portable.Batch(session)
        asking.ask_transfers(batch, orders=others, accounts=accounts, now=now)
        batch.write(session)


def _close(session: Session, payment: Payment, state: PaymentState) -> None:
    session.execute(
        update(Payment)
        .where(Payment.id == payment.id, Payment.state == PaymentState.AWAITING)
        .values(state=state)
    )

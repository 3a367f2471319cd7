"""Money that has come: orders it pays go on, the ledger says where it is."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from market import bookings, inventory, ledger, orders
from market.accounts.actors import SYSTEM, Actor
from market.db import took_effect
from market.errors import NotFound, existing
from market.ledger import chart
from market.ledger.models import Account
from market.orders import Fulfilment, State
from market.orders.models import Order, OrderGroup
from payments.models import Payment, PaymentOrder, PaymentState


def settle_transfer(session: Session, *, payment: Payment, now: datetime) -> bool:
    """Mark an awaited transfer as paid and let its orders go on; False where it came too late."""
    lock(session, group_id=payment.group_id)
    if not _mark_paid(session, payment, SYSTEM, now):
        return False
    paid = _orders_of(session, payment)
    inventory.sell(session, owner_ids=[order.id for order in paid], now=now)
    for order in paid:
        orders.move(session, actor=SYSTEM, order=order, to=State.PLACED, now=now)
        if order.fulfilment == Fulfilment.VISIT:  # seats are confirmed at once (OCTO instant)
            orders.move(session, actor=SYSTEM, order=order, to=State.CONFIRMED, now=now)
            bookings.validate(session, order_id=order.id)
    return True


def collect_cash(session: Session, *, actor: Actor, order: Order, now: datetime) -> bool:
    """The seller took the buyer's cash: it is in their custody, and held for the order."""
    payment = of_order(session, order_id=order.id)
    if payment.rail != order.rail or not _mark_paid(session, payment, actor, now):
        return False
    ledger.post(
        session,
        key=f"cash:{payment.id}",
        kind="cash.collected",
        amounts={
            chart.cash(order.seller_id): payment.amount_minor,
            chart.held(order.id): -payment.amount_minor,
        },
        order_id=order.id,
        actor=actor,
        now=now,
    )
    return True


def lock(session: Session, *, group_id: UUID) -> None:
    """From here on nobody else pays, cancels or expires the checkout's orders meanwhile.

    The group comes before its payments, orders and stock, so that nobody waits crosswise.
    """
    session.execute(
        select(OrderGroup.id).where(OrderGroup.id == group_id).with_for_update(key_share=True)
    )


def stuck(session: Session) -> list[str]:
    """Orders that are closed while the ledger still holds money for them, a line each."""
    holding = session.scalars(
        select(Account.code).where(Account.code.like("order:%:held"), Account.balance != 0)
    )
    closed = session.execute(
        select(Order.code, Order.state).where(
            Order.id.in_([UUID(code.split(":")[1]) for code in holding]),
            Order.state.in_(orders.CLOSED),
        )
    )
    return [f"order {code} is {state} and its money is still held" for code, state in closed]


def of_order(session: Session, *, order_id: UUID) -> Payment:
    """The payment that the order counts on now."""
    payment = session.scalar(
        select(Payment)
        .join(PaymentOrder, PaymentOrder.payment_id == Payment.id)
        .where(PaymentOrder.order_id == order_id)
        .order_by(Payment.created_at.desc(), Payment.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    return existing(payment, "payment")


def claim(session: Session, *, group_id: UUID, payment_id: UUID, now: datetime) -> Payment:
    """The buyer says that the transfer was made; the first time counts."""
    payment = session.get(Payment, payment_id)
    if payment is None or payment.group_id != group_id:
        raise NotFound(what="payment")
    session.execute(
        update(Payment)
        .where(Payment.id == payment_id, Payment.state == PaymentState.AWAITING)
        .where(Payment.claimed_at.is_(None))
        .values(claimed_at=now)
    )
    return payment


def of_group(session: Session, *, group_id: UUID) -> list[Payment]:
    """The payments of a checkout that are awaited or made."""
    return list(
        session.scalars(
            select(Payment)
            .where(Payment.group_id == group_id, Payment.state != PaymentState.CANCELLED)
            .order_by(Payment.created_at, Payment.id)
        )
    )


def shares(session: Session, *, payment: Payment) -> dict[UUID, int]:
    """How much of the payment is for which order."""
    rows = session.execute(
        select(PaymentOrder.order_id, PaymentOrder.amount_minor)
        .where(PaymentOrder.payment_id == payment.id)
        .order_by(PaymentOrder.order_id)
    )
    return {row[0]: row[1] for row in rows}


def _mark_paid(session: Session, payment: Payment, actor: Actor, now: datetime) -> bool:
    paying = (
        update(Payment)
        .where(Payment.id == payment.id, Payment.state == PaymentState.AWAITING)
        .where(or_(Payment.expires_at.is_(None), Payment.expires_at > now))
        .values(state=PaymentState.PAID, settled_at=now, settled_by=actor.person_id)
        .execution_options(synchronize_session=False)
    )
    done = took_effect(session, paying)
    session.refresh(payment)
    return done


def _orders_of(session: Session, payment: Payment) -> list[Order]:
    return list(
        session.scalars(
            select(Order)
            .join(PaymentOrder, PaymentOrder.order_id == Order.id)
            .where(PaymentOrder.payment_id == payment.id)
            .order_by(Order.id)
        )
    )

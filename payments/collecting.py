"""Money that has come: orders it pays go on, the ledger says where it is."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from market import bookings, inventory, orders
from market.accounts.actors import SYSTEM, Actor
from market.db import changed
from market.errors import NotFound, existing
from market.ledger.models import Account
from market.orders import Fulfilment, Order, OrderGroup, State
from market.portable import Batch, fast_rows, flushed, uuid_of
from payments.models import Payment, PaymentOrder, PaymentState

ANSWER = timedelta(hours=24)  # in which a seller accepts what was paid, or it goes back
CALLED_OFF = (State.CANCELLED, State.EXPIRED, State.RETURNED)
_LIVE_SHARES: Any = (
    select(PaymentOrder.order_id, PaymentOrder.amount_minor - Order.given_back_minor)
    .join(Order, Order.id == PaymentOrder.order_id)
    .where(PaymentOrder.payment_id == bindparam("payment"), Order.state.not_in(CALLED_OFF))
    .order_by(PaymentOrder.order_id)
)
_CAPTURED = (
    update(Payment)
    .where(Payment.id == bindparam("payment"), Payment.state == PaymentState.AUTHORIZED)
    .values(state=PaymentState.PAID, settled_at=bindparam("now"))
)


def settle_transfer(
    session: Session, *, payment: Payment, now: datetime, actor: Actor = SYSTEM
) -> bool:
    """Mark an awaited payment as paid and let its orders go on; False where it came too late."""
    return _settle(session, payment, PaymentState.PAID, actor, now)


def authorize(session: Session, *, payment: Payment, now: datetime) -> bool:
    """The same for a card's promise: its orders go on, the money is taken at the hand-over."""
    return _settle(session, payment, PaymentState.AUTHORIZED, SYSTEM, now)


def capture(batch: Batch, *, payment_id: UUID, now: datetime) -> None:
    """What was promised was taken; a payment that is not promised stays as it is."""
    batch.run(_CAPTURED, {"payment": payment_id, "now": now})


def _settle(
    session: Session, payment: Payment, to: PaymentState, actor: Actor, now: datetime
) -> bool:
    lock(session, group_id=payment.group_id)
    if not _mark(session, payment, to, actor, now):
        return False
    paid = orders_of(session, payment=payment)
    inventory.sell(session, owner_ids=[order.id for order in paid], now=now)
    for order in paid:
        deadline = now + ANSWER
        orders.move(session, actor=SYSTEM, order=order, to=State.PLACED, now=now, deadline=deadline)
        if order.fulfilment == Fulfilment.VISIT:  # seats are confirmed at once (OCTO instant)
            orders.move(session, actor=SYSTEM, order=order, to=State.CONFIRMED, now=now)
            bookings.validate(session, order_id=order.id)
    return True


def mark_paid(session: Session, *, payment: Payment, actor: Actor, now: datetime) -> bool:
    """Mark an awaited payment as made; False where it is not awaited, or not any more."""
    return _mark(session, payment, PaymentState.PAID, actor, now)


def is_awaited(payment: Payment, *, now: datetime) -> bool:
    """Whether the payment may still be made; certain under the checkout's lock."""
    return payment.state == PaymentState.AWAITING and not is_late(payment, now=now)


def is_late(payment: Payment, *, now: datetime) -> bool:
    """Whether the time to make it is over."""
    return payment.expires_at is not None and payment.expires_at <= now


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
        select(Order.code, Order.state)
        .where(Order.id.in_([UUID(code.split(":")[1]) for code in holding]))
        .where(Order.state.in_(orders.CLOSED))
        .where(or_(Order.state != State.DELIVERED, Order.earned_at.is_not(None)))
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
    unclaimed = Payment.claimed_at.is_(None)
    changed(session, payment, Payment.state == PaymentState.AWAITING, unclaimed, claimed_at=now)
    return payment


def of_group(session: Session, *, group_id: UUID) -> list[Payment]:
    """The payments of a checkout that are awaited or made."""
    its = select(Payment).where(Payment.group_id == group_id)
    counting = its.where(Payment.state != PaymentState.CANCELLED)
    return list(session.scalars(counting.order_by(Payment.created_at, Payment.id)))


def shares(session: Session, *, payment: Payment) -> dict[UUID, int]:
    """How much of the payment is for which order."""
    rows = session.execute(
        select(PaymentOrder.order_id, PaymentOrder.amount_minor)
        .where(PaymentOrder.payment_id == payment.id)
        .order_by(PaymentOrder.order_id)
    )
    return {row[0]: row[1] for row in rows}


def orders_of(session: Session, *, payment: Payment) -> list[Order]:
    """The orders that a payment is for."""
    its = select(Order).join(PaymentOrder, PaymentOrder.order_id == Order.id).order_by(Order.id)
    paid = its.where(PaymentOrder.payment_id == payment.id)
    return list(session.scalars(paid.execution_options(populate_existing=True)))


def live_shares(session: Session, *, payment_id: UUID) -> dict[UUID, int]:
    """How much is to be taken for which order, of those that were not called off."""
    rows = fast_rows(flushed(session), _LIVE_SHARES, {"payment": payment_id})
    return {uuid_of(order_id): amount for order_id, amount in rows}


def _mark(
    session: Session, payment: Payment, to: PaymentState, actor: Actor, now: datetime
) -> bool:
    in_time = or_(Payment.expires_at.is_(None), Payment.expires_at > now)
    said = {"state": to, "settled_at": now, "settled_by": actor.person_id}
    return changed(session, payment, Payment.state == PaymentState.AWAITING, in_time, **said)

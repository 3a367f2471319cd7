"""Money that has come: orders it pays go on, the ledger says where it is."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from market import bookings, db, inventory, orders
from market.accounts.actors import SYSTEM, Actor
from market.errors import NotFound, existing
from market.ledger import Account, AccountName, chart
from market.orders import Fulfilment, Order, OrderGroup, State
from market.portable import fast_rows, flushed, uuid_of
from payments.models import Payment, PaymentOrder, PaymentState

ANSWER = timedelta(hours=24)  # in which a seller accepts what was paid, or it goes back
SIBLINGS = timedelta(hours=12)  # in which others of the cooperative may, after that
CALLED_OFF = (State.CANCELLED, State.EXPIRED, State.RETURNED)
_LIVE_SHARES: Any = (
    select(PaymentOrder.order_id, PaymentOrder.amount_minor - Order.given_back_minor)
    .join(Order, Order.id == PaymentOrder.order_id)
    .where(PaymentOrder.payment_id == bindparam("payment"), Order.state.not_in(CALLED_OFF))
    .order_by(PaymentOrder.order_id)
)
# What was promised was taken; a payment that is not promised stays as it is.
CAPTURED = (
    update(Payment)
    .where(Payment.id == bindparam("payment"), Payment.state == PaymentState.AUTHORIZED)
    .values(state=PaymentState.PAID, settled_at=bindparam("now"))
)


def settle(
    session: Session, payment: Payment, to: PaymentState, *, actor: Actor = SYSTEM, now: datetime
) -> bool:
    """Mark an awaited payment as paid and let its orders go on; False where it came too late.

    With a card's promise they go on as well, and the money is taken at the hand-over.
    """
    lock(session, group_id=payment.group_id)
    if not mark(session, payment, to, actor=actor, now=now):
        return False
    paid = orders_of(session, payment=payment)
    inventory.sell(session, owner_ids=[order.id for order in paid], now=now)
    for order in paid:
        deadline = now + ANSWER
        orders.move(session, actor=SYSTEM, order=order, to=State.PLACED, now=now, deadline=deadline)
        # Seats are confirmed at once (OCTO instant), and so is what the seller himself asked for.
        if order.fulfilment == Fulfilment.VISIT or order.supplements_id:
            orders.move(session, actor=SYSTEM, order=order, to=State.CONFIRMED, now=now)
            bookings.validate(session, order_id=order.id)
    return True


def mark(
    session: Session, payment: Payment, to: PaymentState, *, actor: Actor, now: datetime
) -> bool:
    """Mark an awaited payment as made; False where it is not awaited, or not any more."""
    in_time = or_(Payment.expires_at.is_(None), Payment.expires_at > now)
    said = {"state": to, "settled_at": now, "settled_by": actor.person_id}
    return db.changed(session, payment, Payment.state == PaymentState.AWAITING, in_time, **said)


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


def lock_anew(session: Session, row: Order | Payment) -> None:
    """The same for the checkout of an order or a payment, which is read anew then."""
    lock(session, group_id=row.group_id)
    session.refresh(row)


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


def beside(session: Session, order: Order, *, now: datetime) -> list[Order]:
    """What goes with the order and still counts, because its goods weigh more than was held."""
    extras = orders.queries.supplements(session, order_ids=[order.id])[order.id]
    return [extra for extra in extras if orders.state_at(extra, now) not in orders.CLOSED]


def of_order(session: Session, *, order_id: UUID) -> Payment:
    """The payment that the order counts on now."""
    return existing(of_orders(session, order_ids=[order_id]).get(order_id), "payment")


def of_orders(session: Session, *, order_ids: Collection[UUID]) -> dict[UUID, Payment]:
    """The payment that each of the orders counts on now: the last that was asked for."""
    rows = session.execute(
        select(PaymentOrder.order_id, Payment)
        .join(Payment, Payment.id == PaymentOrder.payment_id)
        .where(PaymentOrder.order_id.in_(order_ids))
        .order_by(Payment.created_at, Payment.id)
        .execution_options(populate_existing=True)
    )
    return {row[0]: row[1] for row in rows}


def claim(session: Session, *, group_id: UUID, payment_id: UUID, now: datetime) -> Payment:
    """The buyer says that the transfer was made; the first time counts."""
    payment = session.get(Payment, payment_id)
    if payment is None or payment.group_id != group_id:
        raise NotFound(what="payment")
    unclaimed = Payment.claimed_at.is_(None)
    db.changed(session, payment, Payment.state == PaymentState.AWAITING, unclaimed, claimed_at=now)
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


def holding(shares: Mapping[UUID, int]) -> dict[AccountName, int]:
    """What is held for each order once its share of the money came."""
    return {chart.held(order_id): -share for order_id, share in shares.items()}


def orders_of(session: Session, *, payment: Payment) -> list[Order]:
    """The orders that a payment is for."""
    its = select(Order).join(PaymentOrder, PaymentOrder.order_id == Order.id).order_by(Order.id)
    paid = its.where(PaymentOrder.payment_id == payment.id)
    return list(session.scalars(paid.execution_options(populate_existing=True)))


def live_shares(session: Session, *, payment_id: UUID) -> dict[UUID, int]:
    """How much is to be taken for which order, of those that were not called off."""
    rows = fast_rows(flushed(session), _LIVE_SHARES, {"payment": payment_id})
    return {uuid_of(order_id): amount for order_id, amount in rows}

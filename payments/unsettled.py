"""Money that is here and waits for a person: not matched to a payment, or owed back to a buyer."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market import ledger
from market.db import newest_first
from market.ledger import chart
from market.ledger.models import Account
from market.orders.models import Order, OrderGroup, State
from payments.models import BankLine, BankLineState, Payment, PaymentOrder, PaymentState

LineCursor = tuple[datetime, UUID]
REFUNDS_MAX = 500


def lines(session: Session, *, after: LineCursor | None = None, limit: int) -> list[BankLine]:
    """Credits that do not pay just what was asked for, newest first, one more than the limit."""
    waiting = select(BankLine).where(BankLine.state != BankLineState.MATCHED)
    key = (BankLine.recorded_at, BankLine.id)
    return newest_first(session, waiting, *key, after=after, limit=limit)


def refunds(session: Session) -> list[tuple[Order, OrderGroup, int]]:
    """Orders whose buyers are to get money back from custody, the oldest first, and how much."""
    owed = select(Account.code, Account.balance).where(
        Account.code.like("order:%:refund"), Account.balance > 0
    )
    amounts = {UUID(code.split(":")[1]): balance for code, balance in session.execute(owed)}
    found = session.execute(
        select(Order, OrderGroup)
        .join(OrderGroup, OrderGroup.id == Order.group_id)
        .where(Order.id.in_(amounts))
        .order_by(Order.closed_at, Order.id)
        .limit(REFUNDS_MAX)
    )
    return [(order, group, amounts[order.id]) for order, group in found]


def owed_back(session: Session, *, group_id: UUID) -> dict[UUID, int]:
    """What a checkout's buyer is to get back, by order: from custody, or from a direct seller."""
    paid = session.execute(
        select(Order.id, Order.total_minor, Payment.beneficiary_id)
        .join(PaymentOrder, PaymentOrder.order_id == Order.id)
        .join(Payment, Payment.id == PaymentOrder.payment_id)
        .where(Order.group_id == group_id, Order.state == State.CANCELLED)
        .where(Payment.state == PaymentState.PAID)
    ).all()
    refund = ledger.balances(session, [chart.refund(row[0]) for row in paid])
    owed = {row[0]: row[1] if row[2] else refund[chart.refund(row[0]).code] for row in paid}
    return {order_id: amount for order_id, amount in owed.items() if amount}


def unapplied(session: Session, *, group_id: UUID) -> dict[UUID, int]:
    """What came for a checkout's payments and pays none of them, by payment."""
    left = func.sum(BankLine.amount_minor - BankLine.applied_minor)
    rows = session.execute(
        select(BankLine.payment_id, left)
        .join(Payment, Payment.id == BankLine.payment_id)
        .where(Payment.group_id == group_id, BankLine.state != BankLineState.FOREIGN)
        .group_by(BankLine.payment_id)
        .having(left > 0)
    )
    return {payment_id: int(amount) for payment_id, amount in rows if payment_id}

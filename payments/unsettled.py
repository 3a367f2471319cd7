"""Money that is here and waits for a person: not matched to a payment, or owed back to a buyer."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Unpack
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from market.db import Paged, grouped, newest_first
from payments import bank_lines, returning
from payments.models import BankLine, BankLineState, Payment, PaymentState, Refund, RefundState

REFUNDS_MAX = 500
FAILED_SHOWN = timedelta(days=30)
TO_SEND = (*returning.SENDABLE, RefundState.PENDING)


def lines(session: Session, **page: Unpack[Paged]) -> list[BankLine]:
    """Lines of which something is nobody's, newest first, one more than the limit."""
    waiting = select(BankLine).where(bank_lines.is_left())
    key = (BankLine.recorded_at, BankLine.id)
    return newest_first(session, waiting, *key, **page)


def refunds(session: Session, *, now: datetime) -> list[Refund]:
    """Money back that waits for a person or its bank, and what failed of late; the oldest first."""
    here = and_(Refund.memo.is_not(None), Refund.state.in_(TO_SEND))
    failed = and_(Refund.state == RefundState.FAILED, Refund.changed_at > now - FAILED_SHOWN)
    waiting = or_(Refund.state == RefundState.REQUESTED, here, failed)
    rows = select(Refund).where(waiting).order_by(Refund.created_at, Refund.id)
    return list(session.scalars(rows.limit(REFUNDS_MAX)))


def unapplied(session: Session, *, group_id: UUID) -> dict[UUID, int]:
    """What came for a checkout's payments and pays none of them, by payment."""
    left = func.sum(BankLine.amount_minor - BankLine.applied_minor)
    its = Payment.group_id == group_id, BankLine.state != BankLineState.FOREIGN
    asked = select(BankLine.payment_id, left).join_from(BankLine, Payment).where(*its)
    rows = session.execute(asked.where(bank_lines.is_left()).group_by(BankLine.payment_id))
    return {payment_id: int(amount) for payment_id, amount in rows if payment_id}


def came(session: Session, *, payments: Sequence[Payment]) -> dict[UUID, int]:
    """What is kept for payments still awaited, by payment: they ask for the rest only."""
    awaited = [payment.id for payment in payments if payment.state == PaymentState.AWAITING]
    sums: Counter[Any] = Counter()
    for each in bank_lines.kept(session, payment_ids=awaited):
        sums[each.payment_id, each.holder_id] += each.left_minor
    most = dict.fromkeys((payment.id for payment in payments), 0)
    for (payment_id, _), amount in sums.items():  # two who tell of one account tell the same money
        most[payment_id] = max(most[payment_id], amount)
    return most


def of_orders(session: Session, *, order_ids: Collection[UUID]) -> dict[UUID, list[Refund]]:
    """The refunds of several orders, the oldest first."""
    rows = select(Refund).order_by(Refund.created_at, Refund.id)
    return grouped(session, rows, Refund.order_id, order_ids)


def of_group(session: Session, *, group_id: UUID) -> list[Refund]:
    """All refunds of a checkout, the oldest first; with no order: of what paid nothing."""
    payments = select(Payment.id).where(Payment.group_id == group_id)
    rows = select(Refund).where(Refund.payment_id.in_(payments))
    return list(session.scalars(rows.order_by(Refund.created_at, Refund.id)))

"""Releasing: what was delivered, and not complained of in time, is its seller's."""

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from market.cases.models import Case, CaseKind, CaseState
from market.db import changed
from market.orders import Order, OrderGroup, State
from payments import collecting, disputing, taking
from payments.models import Attempt, Dispute, Payment, PaymentOrder, PaymentState

BATCH = 100


def release_due(session: Session, *, wait: timedelta, now: datetime) -> int:
    """Let a batch of delivered orders earn, those first that waited longest; how many.

    An open complaint or dispute holds an order back.
    """
    complained = exists().where(
        Case.subject_id == Order.id, Case.kind == CaseKind.COMPLAINT, Case.state == CaseState.OPEN
    )
    paid = (
        select(PaymentOrder.order_id)
        .join(Payment, Payment.id == PaymentOrder.payment_id)
        .where(PaymentOrder.order_id == Order.id, Payment.state == PaymentState.PAID)
    )
    disputed = (
        select(Dispute.id)
        .join(Attempt, Attempt.id == Dispute.attempt_id)
        .join(PaymentOrder, PaymentOrder.payment_id == Attempt.payment_id)
        .where(PaymentOrder.order_id == Order.id, Dispute.state.in_(disputing.OPEN))
    )
    due = session.scalars(
        select(Order)
        .join(OrderGroup, OrderGroup.id == Order.group_id)
        .where(Order.state == State.DELIVERED, Order.earned_at.is_(None))
        .where(Order.closed_at <= now - wait)
        .where(paid.exists(), ~disputed.exists(), ~complained)
        .order_by(Order.closed_at, Order.id)
        .limit(BATCH)
        .with_for_update(of=OrderGroup, key_share=True, skip_locked=True)
    ).all()
    for order in due:
        if changed(session, order, Order.earned_at.is_(None), earned_at=now):
            payment = collecting.of_order(session, order_id=order.id)
            taking.earn(session, order=order, payment=payment, now=now)
            session.refresh(order)
    return len(due)

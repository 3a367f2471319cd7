"""What becomes of a card's promise: taken at the hand-over, let go when all is called off."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from market import outbox
from market.db import took_effect
from payments import collecting
from payments.events import AttemptDecided
from payments.models import LIVE, Attempt, AttemptState, Payment, PaymentState

BATCH = 100
LAPSING = timedelta(days=1)
HELD = timedelta(days=6)  # where the provider does not say until when


def take(session: Session, *, payment: Payment) -> None:
    """Have the money of all that is not called off taken now; once, and for all orders at once.

    A card's promise can be taken a single time, so the first hand-over takes it for its siblings.
    """
    if payment.state == PaymentState.AUTHORIZED:
        amount = sum(collecting.live_shares(session, payment_id=payment.id).values())
        _decide(session, payment, amount)


def let_go(session: Session, *, payment: Payment) -> None:
    """Have a try called off at the provider, whatever it has come to."""
    _decide(session, payment, 0)


def take_lapsing(session: Session, *, now: datetime) -> int:
    """Have promises taken that would end within a day, so that no seller delivers for nothing."""
    lapsing = session.scalars(
        select(Payment)
        .join(Attempt, Attempt.payment_id == Payment.id)
        .where(Attempt.state == AttemptState.AUTHORIZED, Attempt.capture_minor.is_(None))
        .where(or_(Attempt.capturable_until < now + LAPSING, Attempt.created_at < now - HELD))
        .order_by(Attempt.id)
        .limit(BATCH)
    ).all()
    for payment in lapsing:
        collecting.lock(session, group_id=payment.group_id)
        session.refresh(payment)
        take(session, payment=payment)
    return len(lapsing)


def _decide(session: Session, payment: Payment, amount_minor: int) -> None:
    running = select(Attempt.id).where(Attempt.payment_id == payment.id, Attempt.state.in_(LIVE))
    for attempt_id in session.scalars(running).all():
        decide(session, attempt_id=attempt_id, amount_minor=amount_minor)


def decide(session: Session, *, attempt_id: UUID, amount_minor: int) -> None:
    """Say once how much of a try is to be taken (0: it is called off); the worker tells it."""
    deciding = (
        update(Attempt)
        .where(Attempt.id == attempt_id, Attempt.capture_minor.is_(None))
        .values(capture_minor=amount_minor, version=Attempt.version + 1)
        .execution_options(synchronize_session=False)
    )
    if took_effect(session, deciding):
        outbox.record(session, AttemptDecided(attempt_id=attempt_id))

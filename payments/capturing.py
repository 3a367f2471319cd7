"""What becomes of a card's promise: taken at the hand-over, let go when all is called off."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from market import outbox
from payments import collecting, hearing
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
        decide(session, _running(payment), amount)


def let_go(session: Session, *, payment: Payment) -> None:
    """Have a try called off at the provider, whatever it has come to."""
    decide(session, _running(payment), 0)


def take_lapsing(session: Session, *, now: datetime) -> int:
    """Have promises taken that would end within a day, so that no seller delivers for nothing."""
    soon = or_(Attempt.capturable_until < now + LAPSING, Attempt.created_at < now - HELD)
    undecided = (Attempt.state == AttemptState.AUTHORIZED) & Attempt.capture_minor.is_(None)
    its = select(Payment).join_from(Payment, Attempt).where(undecided, soon)
    lapsing = session.scalars(its.order_by(Attempt.id).limit(BATCH)).all()
    for payment in lapsing:
        collecting.lock_anew(session, payment)
        take(session, payment=payment)
    return len(lapsing)


def decide(session: Session, which: ColumnElement[bool], amount_minor: int) -> None:
    """Say once how much of a try is to be taken (0: it is called off); the worker tells it."""
    undecided = update(Attempt).where(which, Attempt.capture_minor.is_(None)).returning(Attempt.id)
    deciding = undecided.values(capture_minor=amount_minor, version=Attempt.version + 1)
    decided = session.scalars(deciding, execution_options={"synchronize_session": False}).all()
    outbox.record(session, *(hearing.AttemptDecided(attempt_id=each) for each in decided))


def _running(payment: Payment) -> ColumnElement[bool]:
    return and_(Attempt.payment_id == payment.id, Attempt.state.in_(LIVE))

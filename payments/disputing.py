"""Disputes: the payer's bank has the money back, the sellers' parts wait until it has decided."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from market import audit, ledger
from market.accounts.actors import SYSTEM
from market.db import changed
from market.ledger import Account, AccountName, Entry, Posting, chart
from market.orders import Order, State
from payments import collecting, differences, refunding, taking
from payments.gateway import Contested
from payments.models import Attempt, Payment, PaymentOrder
from payments.refund_models import Dispute, DisputeState

OPEN = (DisputeState.NEEDS_RESPONSE, DisputeState.UNDER_REVIEW)
CALLED_OFF = (State.CANCELLED, State.RETURNED)


def hear(
    session: Session, *, attempt: Attempt, payment: Payment, told: Contested, now: datetime
) -> None:
    """Take in how a dispute stands; the first word of it reserves what the sellers have."""
    dispute = session.scalar(select(Dispute).where(Dispute.reference == told.reference))
    if dispute is None:
        dispute = _open(session, attempt, payment, told, now)
    to = DisputeState(told.state)
    news = Dispute.state.in_(OPEN) & (Dispute.state != to)
    closed_at = None if to in OPEN else now
    moved = changed(session, dispute, news, state=to, due_at=told.due_at, closed_at=closed_at)
    if moved and to not in OPEN:
        close = _lost if to is DisputeState.LOST else _won
        close(session, dispute, attempt, now)
    if moved:
        verb = f"dispute.{to.value}"
        audit.note(session, actor=SYSTEM, verb=verb, subject_id=dispute.id, now=now)


def of_orders(session: Session, *, order_ids: Collection[UUID]) -> dict[UUID, Dispute]:
    """The last dispute about each of the orders."""
    rows = session.execute(_about(order_ids).order_by(Dispute.opened_at, Dispute.id))
    return {row[0]: row[1] for row in rows}


def _about(order_ids: Collection[UUID]) -> Select[UUID, Dispute]:
    return (
        select(PaymentOrder.order_id, Dispute)
        .join(Attempt, Attempt.payment_id == PaymentOrder.payment_id)
        .join(Dispute, Dispute.attempt_id == Attempt.id)
        .where(PaymentOrder.order_id.in_(order_ids))
    )


def _open(
    session: Session, attempt: Attempt, payment: Payment, told: Contested, now: datetime
) -> Dispute:
    dispute = Dispute(
        id=uuid5(attempt.id, told.reference),
        attempt_id=attempt.id,
        reference=told.reference,
        amount_minor=told.amount.minor,
        currency=told.amount.currency,
        state=DisputeState.NEEDS_RESPONSE,
        due_at=told.due_at,
        opened_at=now,
    )
    session.add(dispute)
    session.flush()
    audit.note(session, actor=SYSTEM, verb="dispute.opened", subject_id=dispute.id, now=now)
    taken_back = chart.disputed(attempt.provider), chart.clearing(attempt.provider)
    _post(session, f"dispute.opened:{dispute.id}", *taken_back, dispute.amount_minor, now)
    orders = collecting.orders_of(session, payment=payment)
    for order, part in taking.spread(session, orders, dispute.amount_minor):
        parts = taking.take_back(session, order=order, payment=payment, amount_minor=part)
        amounts = {**parts, chart.reserve(order.seller_id): -part}
        key, kind = _key(dispute, order), "dispute.reserved"
        ledger.post(session, key=key, kind=kind, amounts=amounts, order_id=order.id, now=now)
    differences.report(
        session,
        what="dispute",
        reference=dispute.reference,
        subject_id=dispute.id,
        amount_minor=dispute.amount_minor,
        now=now,
    )
    return dispute


def _won(session: Session, dispute: Dispute, attempt: Attempt, now: datetime) -> None:
    """The money is back, and everybody has again what he had."""
    back = chart.clearing(attempt.provider), chart.disputed(attempt.provider)
    _post(session, f"dispute.won:{dispute.id}", *back, dispute.amount_minor, now)
    for order, amount in _reserved(session, dispute, attempt):
        kind, of, key = "dispute.released", _key(dispute, order), str(dispute.id)
        taking.undo(session, key=f"{kind}:{key}:{order.id}", kind=kind, of=of, now=now)
        taking.put_back(session, order=order, amount_minor=amount, key=key, now=now)
        if order.state in CALLED_OFF:
            refunding.request_rest(session, actor=SYSTEM, order=order, now=now)


def _lost(session: Session, dispute: Dispute, attempt: Attempt, now: datetime) -> None:
    """What waited goes to the buyer's bank; what nobody had any more is the market's loss."""
    key, gone = f"dispute.lost:{dispute.id}", chart.disputed(attempt.provider)
    uncovered = dispute.amount_minor
    for order, amount in _reserved(session, dispute, attempt):
        reserve = chart.reserve(order.seller_id)
        _post(session, f"{key}:{order.id}", reserve, gone, amount, now, order_id=order.id)
        uncovered -= amount
    _post(session, key, chart.LOSS, gone, uncovered, now)


def _key(dispute: Dispute, order: Order) -> str:
    return f"dispute.reserved:{dispute.id}:{order.id}"


def _reserved(session: Session, dispute: Dispute, attempt: Attempt) -> list[tuple[Order, int]]:
    """The orders whose sellers' money waits for the dispute, and how much of it."""
    payment = session.get_one(Payment, attempt.payment_id)
    orders = collecting.orders_of(session, payment=payment)
    rows = session.execute(
        select(Posting.key, -Entry.amount)
        .join(Entry, Entry.tx == Posting.tx)
        .join(Account, Account.id == Entry.account_id)
        .where(Posting.key.in_([_key(dispute, order) for order in orders]))
        .where(Account.code.like("seller:%:reserve"))
    )
    amounts = {key: int(amount) for key, amount in rows}
    found = [(order, amounts.get(_key(dispute, order), 0)) for order in orders]
    return [(order, amount) for order, amount in found if amount]


def _post(
    session: Session,
    key: str,
    debit: AccountName,
    credit: AccountName,
    amount_minor: int,
    now: datetime,
    order_id: UUID | None = None,
) -> None:
    amounts, kind = {debit: amount_minor, credit: -amount_minor}, key.partition(":")[0]
    ledger.post(session, key=key, kind=kind, amounts=amounts, order_id=order_id, now=now)

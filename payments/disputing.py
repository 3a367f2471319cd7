"""Disputes: the payer's bank has the money back, the sellers' parts wait until it has decided.

And what a person's decision about a difference of money brings about.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from market import SYSTEM, audit, db, ledger
from market.cases.models import Case
from market.ledger import chart
from market.orders import Order, State
from payments import collecting, differences, gateway, refunding, remitting, taking
from payments.models import (
    Attempt,
    Dispute,
    DisputeState,
    Payment,
    PaymentOrder,
    Refund,
    RefundState,
)

OPEN = (DisputeState.NEEDS_RESPONSE, DisputeState.UNDER_REVIEW)
CALLED_OFF = (State.CANCELLED, State.RETURNED)


def hear(
    session: Session, *, attempt: Attempt, payment: Payment, told: gateway.Contested, now: datetime
) -> None:
    """Take in how a dispute stands; the first word of it reserves what the sellers have."""
    dispute = session.scalar(select(Dispute).where(Dispute.reference == told.reference))
    if dispute is None:
        dispute = _open(session, attempt, payment, told, now)
    to = DisputeState(told.state)
    news = Dispute.state.in_(OPEN) & (Dispute.state != to)
    closed_at = None if to in OPEN else now
    moved = db.changed(session, dispute, news, state=to, due_at=told.due_at, closed_at=closed_at)
    if moved and to not in OPEN:
        close = _lost if to is DisputeState.LOST else _won
        close(session, dispute, attempt, now)
    if moved:
        audit.note(session, SYSTEM, f"dispute.{to.value}", dispute.id, now=now)


def of_orders(session: Session, *, order_ids: Collection[UUID]) -> dict[UUID, Dispute]:
    """The last dispute about each of the orders."""
    tried = Attempt.payment_id == PaymentOrder.payment_id
    asked = select(PaymentOrder.order_id, Dispute).join_from(Dispute, Attempt)
    its = asked.join(PaymentOrder, tried).where(PaymentOrder.order_id.in_(order_ids))
    rows = session.execute(its.order_by(Dispute.opened_at, Dispute.id))
    return {row[0]: row[1] for row in rows}


def money_decided(session: Session, *, case: Case, approved: bool, now: datetime) -> None:
    """A refund that was made past us is taken from its sellers; declined, the market bears it.

    What fell short of a remittance its custodian owes. Late money whose refund failed goes anew.
    """
    remitting.short_decided(session, case=case, approved=approved, now=now)
    refund = session.get(Refund, case.subject_id)
    if refund is not None and refund.external:
        _bear(session, refund, by_sellers=approved, now=now)
    elif refund is not None and approved and refund.attempt_id and refund.order_id is None:
        attempt, amount = session.get_one(Attempt, refund.attempt_id), refund.amount_minor
        if refund.state == RefundState.FAILED:
            refunding.give_back_unapplied(session, attempt=attempt, amount_minor=amount, now=now)


def _bear(session: Session, refund: Refund, *, by_sellers: bool, now: datetime) -> None:
    payment = session.get_one(Payment, refund.payment_id)
    collecting.lock(session, group_id=payment.group_id)
    session.refresh(refund)
    if refund.state == RefundState.FAILED:
        return  # it bounced before anybody decided: nobody has to bear it
    orders = collecting.orders_of(session, payment=payment)
    rest, key, kind = refund.amount_minor, f"external:{refund.id}", "refund.external"
    for order, part in taking.spread(session, orders, rest) if by_sellers else ():
        parts = taking.take_back(session, order=order, payment=payment, amount_minor=part)
        rest -= part
        amounts = {**parts, chart.SUSPENSE: -part}
        ledger.post(session, f"{key}:{order.id}", kind, amounts, order_id=order.id, now=now)
    ledger.post(session, key, kind, {chart.LOSS: rest, chart.SUSPENSE: -rest}, now=now)


def _open(
    session: Session, attempt: Attempt, payment: Payment, told: gateway.Contested, now: datetime
) -> Dispute:
    its, key = told.reference, uuid5(attempt.id, told.reference)
    about = {"attempt_id": attempt.id, "reference": its, "due_at": told.due_at, "opened_at": now}
    asked = {"amount_minor": told.amount.minor, "currency": told.amount.currency}
    dispute = Dispute(id=key, state=DisputeState.NEEDS_RESPONSE, **about, **asked)
    session.add(dispute)
    session.flush()
    audit.note(session, SYSTEM, "dispute.opened", dispute.id, now=now)
    gone, minor = chart.disputed(attempt.provider), dispute.amount_minor
    amounts = {gone: minor, chart.clearing(attempt.provider): -minor}
    _post(session, f"dispute.opened:{dispute.id}", amounts, now)
    orders = collecting.orders_of(session, payment=payment)
    for order, part in taking.spread(session, orders, dispute.amount_minor):
        parts = taking.take_back(session, order=order, payment=payment, amount_minor=part)
        amounts = {**parts, chart.reserve(order.seller_id): -part}
        _post(session, _key(dispute, order), amounts, now, order.id)
    differences.report(session, what="dispute", reference=its, about=dispute, now=now)
    return dispute


def _won(session: Session, dispute: Dispute, attempt: Attempt, now: datetime) -> None:
    """The money is back, and everybody has again what he had."""
    gone, minor = chart.disputed(attempt.provider), dispute.amount_minor
    amounts = {chart.clearing(attempt.provider): minor, gone: -minor}
    _post(session, f"dispute.won:{dispute.id}", amounts, now)
    for order, amount in _reserved(session, dispute, attempt):
        kind, key = "dispute.released", str(dispute.id)
        taking.undo(session, f"{kind}:{key}:{order.id}", kind, of=_key(dispute, order), now=now)
        taking.put_back(session, order=order, amount_minor=amount, key=key, now=now)
        if order.state in CALLED_OFF:
            refunding.request_rest(session, actor=SYSTEM, order=order, now=now)


def _lost(session: Session, dispute: Dispute, attempt: Attempt, now: datetime) -> None:
    """What waited goes to the buyer's bank; what nobody had any more is the market's loss."""
    key, gone = f"dispute.lost:{dispute.id}", chart.disputed(attempt.provider)
    uncovered = dispute.amount_minor
    for order, amount in _reserved(session, dispute, attempt):
        amounts = {chart.reserve(order.seller_id): amount, gone: -amount}
        _post(session, f"{key}:{order.id}", amounts, now, order.id)
        uncovered -= amount
    _post(session, key, {chart.LOSS: uncovered, gone: -uncovered}, now)


def _key(dispute: Dispute, order: Order) -> str:
    return f"dispute.reserved:{dispute.id}:{order.id}"


def _reserved(session: Session, dispute: Dispute, attempt: Attempt) -> list[tuple[Order, int]]:
    """The orders whose sellers' money waits for the dispute, and how much of it."""
    payment = session.get_one(Payment, attempt.payment_id)
    orders = collecting.orders_of(session, payment=payment)
    keys = [_key(dispute, order) for order in orders]
    amounts = taking.taken(session, keys=keys, account="seller:%:reserve")
    found = [(order, amounts.get(_key(dispute, order), 0)) for order in orders]
    return [(order, amount) for order, amount in found if amount]


def _post(
    session: Session, key: str, amounts: taking.Parts, now: datetime, order_id: UUID | None = None
) -> None:
    ledger.post(session, key, key.partition(":")[0], amounts, order_id=order_id, now=now)

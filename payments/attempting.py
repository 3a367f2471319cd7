"""Collecting by a provider: our row, the call, its outcome; what it says is believed once.

Whatever a provider tells (an answer, a notification, a list) comes to `hear` as the whole truth of
one payment, so that the order, the number and the loss of its messages change nothing.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from market.db import Database, changed
from market.errors import Kind, MarketError, NotFound, existing
from market.ids import uuid7
from market.ledger import chart, post
from market.money import Money
from market.orders import Fulfilment, OrderGroup, OrderLine, Rail
from payments import capturing, collecting, differences, disputing, refunding, returning
from payments.gateway import Charge, Gateway, GatewayRefused, GatewayUnsure, PaidIn, Standing
from payments.models import LIVE, RANK, Attempt, AttemptState, Payment, PaymentState

KEYS_KEPT = timedelta(hours=23)  # Stripe forgets an idempotency key after 24
ARRIVAL_MAX = timedelta(minutes=10)  # after that a call that left no trace never arrived
AUTHORISATION = timedelta(days=5)  # most cards hold a promise for seven days


class NotPayable(MarketError):
    """The payment is not awaited by this rail, or not any more; facts: `state`."""

    code, kind = "payment.not_payable", Kind.CONFLICT


class PaymentUnsure(MarketError):
    """The provider did not answer: it is being asked, and nobody should pay again."""

    code, kind = "payment.unsure", Kind.UNAVAILABLE


class PaymentRefused(MarketError):
    """The provider said no; facts: `reason`."""

    code, kind = "payment.refused", Kind.CONFLICT


def start(
    database: Database,
    gateway: Gateway,
    *,
    group_id: UUID,
    payment_id: UUID,
    return_url: str | None = None,
    now: datetime,
) -> PaidIn:
    """Ask the payer for the money, or go on with the try that runs; safe to be called again.

    Raises NotFound, NotPayable, PaymentUnsure or PaymentRefused.
    """
    with database.transaction() as session:
        attempt = _open(session, group_id, payment_id, gateway.provider, now)
        group = session.get_one(OrderGroup, group_id)
        attempt_id, reference, since = attempt.id, attempt.reference, attempt.created_at
        charge = Charge(
            id=attempt.id,
            amount=Money(attempt.amount_minor, attempt.currency),
            group=group.code,
            manual=attempt.manual,
            return_url=return_url,
        )
    try:
        told = _ask(gateway, charge, reference, since=since, now=now)
    except GatewayUnsure as unsure:
        with database.transaction() as session:
            _doubt(session, attempt_id, now)
        raise PaymentUnsure from unsure
    except GatewayRefused as refused:
        with database.transaction() as session:
            give_up(session, attempt_id=attempt_id, error=refused.code, now=now)
        raise PaymentRefused(reason=refused.code) from refused
    with database.transaction() as session:
        hear(session, provider=gateway.provider, told=told, now=now)
    return told


def hear(session: Session, *, provider: str, told: PaidIn, now: datetime) -> bool:
    """Take in how a payment stands at its provider; False where it is none of ours.

    Whatever is new is booked, once; what it told before changes nothing.
    """
    found = _locked(session, provider, told)
    if found is None:
        return False
    attempt, payment = found
    if told.amount != Money(attempt.amount_minor, attempt.currency):
        differences.report(session, what="amount", reference=told.reference, now=now)
        return True
    came_further = _advance(session, attempt, told, now)
    if came_further and told.standing is Standing.AUTHORIZED:
        _authorized(session, payment, now)
    if came_further and told.standing is Standing.CAPTURED:
        _captured(session, payment, attempt, now)
    if came_further and told.standing is Standing.CANCELLED:
        _called_off(session, payment, attempt, now)
    if attempt.state == AttemptState.FAILED and told.standing is not Standing.CANCELLED:
        capturing.decide(session, attempt_id=attempt.id, amount_minor=0)  # given up, and there
    for refund in told.refunds:
        returning.hear(session, attempt=attempt, payment=payment, told=refund, now=now)
    for dispute in told.disputes:
        disputing.hear(session, attempt=attempt, payment=payment, told=dispute, now=now)
    return True


def give_up(session: Session, *, attempt_id: UUID, error: str, now: datetime) -> None:
    """Close a try that never came to anything; the payment can be tried anew."""
    session.execute(
        update(Attempt)
        .where(Attempt.id == attempt_id, Attempt.state.in_(LIVE))
        .values(state=AttemptState.FAILED, error=error, changed_at=now)
        .values(version=Attempt.version + 1)
    )


def of_payments(session: Session, *, payment_ids: Collection[UUID]) -> dict[UUID, Attempt]:
    """The last try to collect each of the payments; none where none was made."""
    if not payment_ids:
        return {}
    tries = select(Attempt).where(Attempt.payment_id.in_(payment_ids)).order_by(Attempt.id)
    return {each.payment_id: each for each in session.scalars(tries)}


def _open(
    session: Session, group_id: UUID, payment_id: UUID, provider: str, now: datetime
) -> Attempt:
    collecting.lock(session, group_id=group_id)
    payment = existing(session.get(Payment, payment_id, populate_existing=True), "payment")
    if payment.group_id != group_id:
        raise NotFound(what="payment")
    live = select(Attempt).where(Attempt.payment_id == payment_id, Attempt.state.in_(LIVE))
    running = session.scalar(live)
    is_late = payment.expires_at is not None and payment.expires_at <= now
    if running is not None and not is_late:
        return running
    if payment.rail != Rail.CARD or payment.state != PaymentState.AWAITING or is_late:
        raise NotPayable(state=PaymentState.EXPIRED if is_late else payment.state)
    attempt = Attempt(
        id=uuid7(),
        payment_id=payment_id,
        provider=provider,
        state=AttemptState.SUBMITTING,
        manual=_may_wait(session, payment, now),
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        created_at=now,
        changed_at=now,
    )
    session.add(attempt)
    session.flush()
    return attempt


def _may_wait(session: Session, payment: Payment, now: datetime) -> bool:
    """Whether all of it will be handed over while a card's promise holds; else it is taken now."""
    orders = collecting.orders_of(session, payment=payment)
    visits = [order.id for order in orders if order.fulfilment == Fulfilment.VISIT]
    lines = session.scalars(select(OrderLine).where(OrderLine.order_id.in_(visits)))
    starts = [datetime.fromisoformat(line.snapshot["starts_at"]) for line in lines]
    return all(start <= now + AUTHORISATION for start in starts)


def _ask(
    gateway: Gateway, charge: Charge, reference: str | None, *, since: datetime, now: datetime
) -> PaidIn:
    if reference is not None:
        return gateway.look(reference)
    if now - since > KEYS_KEPT:
        return gateway.find(charge.id, since=since) or gateway.ask(charge)
    return gateway.ask(charge)


def _doubt(session: Session, attempt_id: UUID, now: datetime) -> None:
    session.execute(
        update(Attempt)
        .where(Attempt.id == attempt_id, Attempt.state == AttemptState.SUBMITTING)
        .values(state=AttemptState.UNKNOWN, changed_at=now, version=Attempt.version + 1)
    )


def _locked(session: Session, provider: str, told: PaidIn) -> tuple[Attempt, Payment] | None:
    """The try that is told of and its payment, as they are while nobody else changes them."""
    ours = (
        select(Attempt, Payment)
        .join(Payment, Payment.id == Attempt.payment_id)
        .where(Attempt.provider == provider)
        .where(or_(Attempt.id == told.charge_id, Attempt.reference == told.reference))
        .execution_options(populate_existing=True)
    )
    group = ours.with_only_columns(Payment.group_id).scalar_subquery()
    locked = select(OrderGroup.id).where(OrderGroup.id == group)
    if session.scalar(locked.with_for_update(key_share=True)) is None:
        return None
    row = session.execute(ours).first()
    return row and (row[0], row[1])


def _advance(session: Session, attempt: Attempt, told: PaidIn, now: datetime) -> bool:
    """One step along the ranks, whoever else hears the same; False where it stands there."""
    to, at = AttemptState(told.standing.value), AttemptState(attempt.state)
    forward = at in LIVE and RANK[at] < RANK.get(to, len(RANK))
    if to is AttemptState.CAPTURED:
        forward = at is not AttemptState.CAPTURED
    noted: dict[str, Any] = {"reference": told.reference, "error": told.error, "changed_at": now}
    if forward:
        noted |= {"state": to, "captured_minor": told.captured.minor}
        noted |= {"capturable_until": told.capturable_until}
    if changed(session, attempt, Attempt.state == at, **noted):
        return forward
    return _advance(session, attempt, told, now)  # given up, or in doubt, at this very moment


def _authorized(session: Session, payment: Payment, now: datetime) -> None:
    if not collecting.authorize(session, payment=payment, now=now):
        capturing.let_go(session, payment=payment)


def _called_off(session: Session, payment: Payment, attempt: Attempt, now: datetime) -> None:
    """A promise that was let go; if goods still count on it a person has to look."""
    promised = Payment.state == PaymentState.AUTHORIZED
    dropped = changed(session, payment, promised, state=PaymentState.CANCELLED)
    if dropped and collecting.live_shares(session, payment=payment):
        differences.report(session, what="promise_lost", reference=attempt.reference, now=now)


def _captured(session: Session, payment: Payment, attempt: Attempt, now: datetime) -> None:
    """The money is at the provider: held for the orders it pays, the rest to be given back."""
    was_promised = payment.state == PaymentState.AUTHORIZED
    settle = collecting.capture if was_promised else collecting.settle_transfer
    shares: dict[UUID, int] = {}
    if settle(session, payment=payment, now=now):
        shares = collecting.live_shares(session, payment=payment)
    short = sum(shares.values()) > attempt.captured_minor
    if short:  # somebody captured less at the provider's desk: a person has to say for whom
        differences.report(session, what="short_capture", reference=attempt.reference, now=now)
        shares = {}
    left = attempt.captured_minor - sum(shares.values())
    amounts = {chart.held(order_id): -share for order_id, share in shares.items()}
    amounts |= {chart.clearing(attempt.provider): attempt.captured_minor, chart.UNAPPLIED: -left}
    post(session, key=f"capture:{attempt.id}", kind="card.captured", amounts=amounts, now=now)
    if left and not short:
        refunding.give_back_unapplied(session, attempt=attempt, amount_minor=left, now=now)

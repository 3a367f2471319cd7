"""Collecting by a provider: our row, the call, its outcome; what it says is believed once.

Whatever a provider tells (an answer, a notification, a list) comes to `hear` as the whole truth of
one payment, so that the order, the number and the loss of its messages change nothing.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from market import Database, Kind, MarketError, Money, changed, existing, table_of, uuid7
from market.ledger import chart, post
from market.orders import Fulfilment, OrderGroup, OrderLine, Rail
from market.portable import Batch, fast_rows, flushed, uuid_of
from payments import capturing, collecting, differences, disputing, refunding, returning
from payments.gateway import Charge, Gateway, GatewayRefused, GatewayUnsure, PaidIn, Standing
from payments.models import LIVE, RANK, Attempt, AttemptState, Payment, PaymentState

KEYS_KEPT = timedelta(hours=23)  # Stripe forgets an idempotency key after 24
ARRIVAL_MAX = timedelta(minutes=10)  # after that a call that left no trace never arrived
AUTHORISATION = timedelta(days=5)  # most cards hold a promise for seven days

_tries = table_of(Attempt)
# The checkout's lock is had first; try and payment are then as they stand, and stay so.
_TRY = Attempt.id, Attempt.payment_id, Attempt.state, Attempt.amount_minor, Attempt.currency
_MEANT = or_(Attempt.id == bindparam("charge"), Attempt.reference == bindparam("told"))
_OURS: Any = select(*_TRY, Attempt.provider, Payment.state.label("payment_state"))
_OURS = _OURS.join(Payment, Payment.id == Attempt.payment_id).join(OrderGroup)
_OURS = _OURS.where(Attempt.provider == bindparam("provider"), _MEANT)
_OURS = _OURS.with_for_update(key_share=True, of=(OrderGroup, Payment, Attempt))
_SAID: Any = {"reference": bindparam("told"), "error": bindparam("its_error")}
_NOTED = update(_tries).where(_tries.c.id == bindparam("attempt")).values(**_SAID)
_NOTED = _NOTED.values(changed_at=bindparam("now"), version=_tries.c.version + 1)
_TAKEN: Any = {"captured_minor": bindparam("captured"), "capturable_until": bindparam("until")}
_ADVANCED = _NOTED.values(state=bindparam("to"), **_TAKEN)


class NotPayable(MarketError, code="payment.not_payable", kind=Kind.CONFLICT):
    """The payment is not awaited by this rail, or not any more; facts: `state`."""


class PaymentUnsure(MarketError, code="payment.unsure", kind=Kind.UNAVAILABLE):
    """The provider did not answer: it is being asked, and nobody should pay again."""


class PaymentRefused(MarketError, code="payment.refused", kind=Kind.CONFLICT):
    """The provider said no; facts: `reason`."""


def start(
    database: Database, gateway: Gateway, *, group_id: UUID, payment_id: UUID, now: datetime
) -> PaidIn:
    """Ask the payer for the money, or go on with the try that runs; safe to be called again.

    Raises NotFound, NotPayable, PaymentUnsure or PaymentRefused.
    """
    with database.transaction() as session:
        attempt = _open(session, group_id, payment_id, gateway.provider, now)
        group = session.get_one(OrderGroup, group_id)
        attempt_id, reference, since = attempt.id, attempt.reference, attempt.created_at
        amount = Money(attempt.amount_minor, attempt.currency)
        charge = Charge(attempt.id, amount, group=group.code, manual=attempt.manual)
    try:
        told = _ask(gateway, charge, reference, since=since, now=now)
    except GatewayUnsure as unsure:
        database.run(doubt, attempt_id=attempt_id, now=now)
        raise PaymentUnsure from unsure
    except GatewayRefused as refused:
        database.run(give_up, attempt_id=attempt_id, error=refused.code, now=now)
        raise PaymentRefused(reason=refused.code) from refused
    database.run(hear, provider=gateway.provider, told=told, now=now)
    return told


def hear(session: Session, *, provider: str, told: PaidIn, now: datetime) -> bool:
    """Take in how a payment stands at its provider; False where it is none of ours.

    Whatever is new is booked, once; what it told before changes nothing.
    """
    asked = {"provider": provider, "charge": told.charge_id, "told": told.reference}
    found = fast_rows(flushed(session), _OURS, asked)
    if not found:
        return False
    ours = found[0]
    if told.amount != Money(ours.amount_minor, ours.currency):
        differences.report(session, what="amount", reference=told.reference, now=now)
        return True
    news = told.standing if _advance(session, ours, told, now) else None
    if news is Standing.CAPTURED:
        _captured(session, ours, told, now)
    if news is not Standing.CAPTURED or told.refunds or told.disputes:
        _follow(session, ours, told, news, now)
    return True


def look(database: Database, gateway: Gateway, reference: str, *, now: datetime) -> PaidIn:
    """Ask how a payment stands and take that in; raises GatewayUnsure, GatewayRefused."""
    told = gateway.look(reference)
    database.run(hear, provider=gateway.provider, told=told, now=now)
    return told


def doubt(session: Session, *, attempt_id: UUID, now: datetime) -> None:
    """The provider did not answer; what was on its way to it is not known."""
    attempt = session.get_one(Attempt, attempt_id)
    submitting = Attempt.state == AttemptState.SUBMITTING
    if not changed(session, attempt, submitting, state=AttemptState.UNKNOWN, changed_at=now):
        changed(session, attempt, changed_at=now)


def give_up(session: Session, *, attempt_id: UUID, error: str, now: datetime) -> None:
    """Close a try that never came to anything; the payment can be tried anew.

    Where the payer's word was heard meanwhile it goes on.
    """
    failed = {"state": AttemptState.FAILED, "error": error, "changed_at": now}
    changed(session, session.get_one(Attempt, attempt_id), Attempt.state.in_(LIVE[:3]), **failed)


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
    its = select(Payment).filter_by(id=payment_id, group_id=group_id)
    found = session.scalar(its.execution_options(populate_existing=True))
    payment = existing(found, "payment")
    live = select(Attempt).where(Attempt.payment_id == payment_id, Attempt.state.in_(LIVE))
    running = session.scalar(live)
    is_late = collecting.is_late(payment, now=now)
    if running is not None and not is_late:
        return running
    if payment.rail != Rail.CARD or not collecting.is_awaited(payment, now=now):
        raise NotPayable(state=PaymentState.EXPIRED if is_late else payment.state)
    key = {"payment_id": payment_id, "provider": provider, "state": AttemptState.SUBMITTING}
    asked = {"amount_minor": payment.amount_minor, "currency": payment.currency}
    manual = _may_wait(session, payment, now)
    attempt = Attempt(id=uuid7(), **key, **asked, manual=manual, created_at=now, changed_at=now)
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


def _advance(session: Session, ours: Any, told: PaidIn, now: datetime) -> bool:
    """One step along the ranks, a promised payment with it; False where it stands there."""
    to, at = AttemptState(told.standing.value), AttemptState(ours.state)
    forward = at in LIVE and RANK[at] < RANK.get(to, len(RANK))
    if to is AttemptState.CAPTURED:
        forward = at is not AttemptState.CAPTURED
    noted = {"attempt": uuid_of(ours.id), "told": told.reference, "its_error": told.error}
    if forward:
        noted |= {"to": to, "captured": told.captured.minor, "until": told.capturable_until}
    batch = Batch(session)
    batch.run(_ADVANCED if forward else _NOTED, noted | {"now": now})
    if forward and to is AttemptState.CAPTURED:
        batch.run(collecting.CAPTURED, {"payment": uuid_of(ours.payment_id), "now": now})
    batch.write(session)
    return forward


def _follow(
    session: Session, ours: Any, told: PaidIn, news: Standing | None, now: datetime
) -> None:
    """What a step means for the payment, and all that came of it since."""
    attempt = session.get_one(Attempt, uuid_of(ours.id), populate_existing=True)
    payment = session.get_one(Payment, uuid_of(ours.payment_id), populate_existing=True)
    promised = PaymentState.AUTHORIZED
    if news is Standing.AUTHORIZED and not collecting.settle(session, payment, promised, now=now):
        capturing.let_go(session, payment=payment)
    if news is Standing.CANCELLED:
        _called_off(session, payment, attempt, now)
    if attempt.state == AttemptState.FAILED and told.standing is not Standing.CANCELLED:
        capturing.decide(session, Attempt.id == attempt.id, 0)  # given up, and there
    for refund in told.refunds:
        returning.hear(session, attempt=attempt, payment=payment, told=refund, now=now)
    for dispute in told.disputes:
        disputing.hear(session, attempt=attempt, payment=payment, told=dispute, now=now)


def _called_off(session: Session, payment: Payment, attempt: Attempt, now: datetime) -> None:
    """A promise that was let go; if goods still count on it a person has to look."""
    promised = Payment.state == PaymentState.AUTHORIZED
    dropped = changed(session, payment, promised, state=PaymentState.CANCELLED)
    if dropped and collecting.live_shares(session, payment_id=payment.id):
        differences.report(session, what="promise_lost", reference=attempt.reference, now=now)


def _captured(session: Session, ours: Any, told: PaidIn, now: datetime) -> None:
    """The money is at the provider: held for the orders it pays, the rest to be given back."""
    attempt_id, payment_id = uuid_of(ours.id), uuid_of(ours.payment_id)
    counted_on = ours.payment_state == PaymentState.AUTHORIZED
    if not counted_on:
        payment = session.get_one(Payment, payment_id)
        counted_on = collecting.settle(session, payment, PaymentState.PAID, now=now)
    shares = collecting.live_shares(session, payment_id=payment_id) if counted_on else {}
    captured = told.captured.minor
    short = sum(shares.values()) > captured
    if short:  # somebody captured less at the provider's desk: a person has to say for whom
        differences.report(session, what="short_capture", reference=told.reference, now=now)
        shares = {}
    left = captured - sum(shares.values())
    amounts = collecting.holding(shares)
    amounts |= {chart.clearing(ours.provider): captured, chart.UNAPPLIED: -left}
    post(session, f"capture:{attempt_id}", "card.captured", amounts, now=now)
    if left and not short:
        attempt = session.get_one(Attempt, attempt_id)
        refunding.give_back_unapplied(session, attempt=attempt, amount_minor=left, now=now)

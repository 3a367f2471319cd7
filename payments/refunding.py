"""Money back to buyers: asked for, reserved at once, and let go by whoever may."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from market import Kind, MarketError, NotFound, audit, existing, ledger, orders, outbox
from market.actors import SYSTEM, Actor
from market.cases.models import Case
from market.ledger import chart
from market.orders import Order, Rail
from payments import asking, bank_lines, collecting, hearing, models, returning, taking, unsettled
from payments.models import Attempt, BankLine, Payment, PaymentState, Refund, RefundState


class NotRefundable(MarketError, code="refund.not_refundable", kind=Kind.CONFLICT):
    """The order was not paid, or there is nothing left to give back; facts: `state`."""


class LineGivenBack(MarketError, code="refund.line_given_back", kind=Kind.CONFLICT):
    """The price of one of the lines went back already, or is on its way."""


class SamePerson(MarketError, code="refund.same_person", kind=Kind.FORBIDDEN):
    """Money to a typed account needs a second person."""


class AccountMissing(MarketError, code="refund.account_missing", kind=Kind.CONFLICT):
    """Nobody knows to which bank account the buyer's money is to go."""


def request(
    session: Session,
    *,
    actor: Actor,
    order: Order,
    amount_minor: int | None = None,
    positions: Collection[int] = (),
    reason: str,
    case_id: UUID | None = None,
    now: datetime,
) -> Refund:
    """Give back an amount, the price of some lines, or (with neither) all that is left.

    The amount is reserved from here on. A card's refund is sent by itself, a transfer waits for a
    second person, cash and direct money for the seller who has it.
    Raises NotFound, NotRefundable, LineGivenBack or taking.RefundTooMuch.
    """
    collecting.lock_anew(session, order)
    payment = collecting.of_order(session, order_id=order.id)
    if payment.state != PaymentState.PAID:
        raise NotRefundable(state=payment.state)
    about = select(Case.subject_id).where(Case.id == case_id)
    if case_id is not None and session.scalar(about) != order.id:
        raise NotFound(what="case")
    amount = _amount(session, order, amount_minor, frozenset(positions))
    if amount <= 0:
        raise NotRefundable(state=payment.state)
    facts = {"order_id": order.id, "reason": reason, "case_id": case_id}
    refund = _new(session, payment, amount, actor, now, positions=sorted(set(positions)), **facts)
    refund.attempt_id = taking.captured_by(session, order=order, payment=payment)
    parts = taking.take_back(session, order=order, payment=payment, amount_minor=amount)
    _reserve(session, refund, parts, actor, now)
    if payment.rail == Rail.RESELLER:
        returning.credit(session, actor=actor, refund=refund, order=order, now=now)
    elif payment.rail == Rail.BANK_TRANSFER and payment.beneficiary_id is None:
        _to_payer(session, refund, payment)
    else:
        _approve(session, refund, actor)
    session.flush()
    return refund


def request_rest(session: Session, *, actor: Actor, order: Order, now: datetime) -> None:
    """Give back whatever is left of what was paid for an order that is off; nothing is fine."""
    collecting.lock(session, group_id=order.group_id)
    payment = collecting.of_order(session, order_id=order.id)
    if payment.state == PaymentState.PAID and order.left_minor:
        request(session, actor=actor, order=order, reason="", now=now)


def give_back_unapplied(
    session: Session, *, attempt: Attempt, amount_minor: int, now: datetime
) -> None:
    """Send back what a card paid for nothing: it came too late, or for what was called off."""
    payment = session.get_one(Payment, attempt.payment_id)
    refund = _new(session, payment, amount_minor, SYSTEM, now)
    refund.attempt_id = attempt.id
    _reserve(session, refund, {chart.UNAPPLIED: amount_minor}, SYSTEM, now)
    _approve(session, refund, SYSTEM)
    session.flush()


def give_back_line(session: Session, *, actor: Actor, line_id: UUID, now: datetime) -> Refund:
    """Have what is nobody's of a credit on the custody account sent back; raises LineSpent.

    What the market itself sends to the account that it came from waits for no second person.
    """
    line = existing(session.get(BankLine, line_id), "bank_line")
    payment = session.get(Payment, line.payment_id) if line.payment_id else None
    if payment is not None:
        collecting.lock(session, group_id=payment.group_id)
    line = bank_lines.lock_left(session, line_id=line_id)
    left = line.left_minor
    if left <= 0 or line.holder_id is not None:
        raise NotRefundable(state=line.state)
    refund = _new(session, payment, left, actor, now, line_id=line_id)
    _reserve(session, refund, {chart.UNAPPLIED: left}, actor, now)
    _name(refund, line.payer_bin, line.payer_account, line.payer_name)
    if actor.person_id is None and refund.bank_account and refund.bank_bin:
        _approve(session, refund, actor)
    session.flush()
    return refund


def approve(session: Session, *, actor: Actor, refund_id: UUID, now: datetime) -> Refund:
    """A second person lets a transfer go to the account that stands there.

    Raises SamePerson, AccountMissing or returning.RefundWrongState.
    """
    refund = _locked(session, refund_id)
    if actor.person_id is not None and actor.person_id == refund.requested_by:
        raise SamePerson
    if not refund.bank_account:
        raise AccountMissing
    _approve(session, refund, actor)
    _note(session, refund, actor, now)
    session.flush()
    return refund


def reject(
    session: Session, *, actor: Actor, refund_id: UUID, reason: str, now: datetime
) -> Refund:
    """The money stays where it was; also where it is not given by hand after all."""
    refund = _locked(session, refund_id, RefundState.PENDING)
    returning.undo(session, refund=refund, to=RefundState.REJECTED, error=reason, now=now)
    _note(session, refund, actor, now)
    return refund


def name_account(
    session: Session, *, actor: Actor, group_id: UUID, to: asking.BankAccount, now: datetime
) -> list[Refund]:
    """The buyer says where transfers are to be sent back; those that waited for that.

    Whoever is signed in and types an account asks for the money, and does not let it go.
    """
    collecting.lock(session, group_id=group_id)
    payments = select(Payment.id).where(Payment.group_id == group_id)
    unnamed = or_(Refund.bank_account.is_(None), Refund.bank_bin.is_(None))
    asked = select(Refund).where(Refund.payment_id.in_(payments), unnamed)
    waiting = asked.where(Refund.state == RefundState.REQUESTED).order_by(Refund.id)
    named = session.scalars(waiting.execution_options(populate_existing=True)).all()
    for refund in named:
        _name_typed(refund, actor, to, now)
        _note(session, refund, actor, now)
    session.flush()
    return list(named)


def name_account_of(
    session: Session, *, actor: Actor, refund_id: UUID, to: asking.BankAccount, now: datetime
) -> Refund:
    """The desk says it where nobody knows, and asks from then on; raises RefundWrongState."""
    refund = _locked(session, refund_id)
    if refund.bank_account:
        raise returning.RefundWrongState(state=refund.state)
    _name_typed(refund, actor, to, now)
    audit.note(session, actor, "refund.account_named", refund.id, now=now)
    return refund


def _amount(
    session: Session, order: Order, amount_minor: int | None, positions: frozenset[int]
) -> int:
    """The amount, all that is left, or the price of lines of which none went back before."""
    if not positions:
        return order.left_minor if amount_minor is None else amount_minor
    lines = orders.queries.lines(session, order_ids=[order.id])[order.id]
    weighed = orders.queries.weighings(session, order_ids=[order.id])[order.id]
    prices = {line.position: line.amount_minor for line in lines}
    prices |= {each.position: each.amount_minor for each in weighed}
    chosen = [price for position, price in prices.items() if position in positions]
    if len(chosen) != len(positions):
        raise NotFound(what="line")
    for refund in unsettled.of_orders(session, order_ids=[order.id])[order.id]:
        if refund.state not in bank_lines.ENDED and positions.intersection(refund.positions):
            raise LineGivenBack
    return sum(chosen)


def _new(
    session: Session, payment: Payment | None, minor: int, actor: Actor, now: datetime, **facts: Any
) -> Refund:
    asked = {"state": RefundState.REQUESTED, "requested_by": actor.person_id, **facts}
    refund = returning.made(session, payment, amount_minor=minor, now=now, **asked)
    _note(session, refund, actor, now)
    return refund


def _reserve(
    session: Session, refund: Refund, parts: taking.Parts, actor: Actor, now: datetime
) -> None:
    """Put the money where nobody else takes it; of a direct sale the fees alone are here."""
    amounts = {**parts, returning.waiting(refund): -sum(parts.values())}
    key, its = f"refund:{refund.id}", refund.order_id
    ledger.post(session, key, "refund.reserved", amounts, order_id=its, actor=actor, now=now)


def _approve(session: Session, refund: Refund, actor: Actor) -> None:
    """A provider's own rail sends by itself; what people hold, people give back."""
    by_hand = returning.is_by_hand(refund)
    refund.state = RefundState.PENDING if by_hand else RefundState.APPROVED
    refund.approved_by = actor.person_id
    if not by_hand:
        outbox.record(session, hearing.RefundApproved(refund_id=refund.id))


def _to_payer(session: Session, refund: Refund, payment: Payment) -> None:
    """To the account that the applied money came from, where the bank told it; not to others."""
    allotted = exists().where(models.BankAllocation.line_id == BankLine.id)
    came = (
        select(BankLine)
        .where(BankLine.payment_id == payment.id, BankLine.payer_account.is_not(None))
        .where(BankLine.holder_id.is_(None), or_(BankLine.applied_minor > 0, allotted))
    )
    if line := session.scalars(came.order_by(BankLine.id.desc()).limit(1)).one_or_none():
        _name(refund, line.payer_bin, line.payer_account, line.payer_name)


def _name(refund: Refund, *to: str | None) -> None:
    refund.bank_bin, refund.bank_account, refund.bank_holder = to


def _name_typed(refund: Refund, actor: Actor, to: asking.BankAccount, now: datetime) -> None:
    _name(refund, to.bank_bin, to.account, to.holder)
    refund.requested_by, refund.changed_at = actor.person_id or refund.requested_by, now


def _locked(
    session: Session, refund_id: UUID, by_hand: RefundState = RefundState.REQUESTED
) -> Refund:
    """The refund that waits for a person, and its checkout, until the end of the transaction."""
    group = select(Payment.group_id).join(Refund, Refund.payment_id == Payment.id)
    group_id = session.scalar(group.where(Refund.id == refund_id))
    if group_id is not None:
        collecting.lock(session, group_id=group_id)
    asked = select(Refund).where(Refund.id == refund_id).with_for_update()
    refund = existing(session.scalar(asked.execution_options(populate_existing=True)), "refund")
    open_state = by_hand if returning.is_by_hand(refund) else RefundState.REQUESTED
    if refund.state not in {RefundState.REQUESTED, open_state}:
        raise returning.RefundWrongState(state=refund.state)
    return refund


def _note(session: Session, refund: Refund, actor: Actor, now: datetime) -> None:
    amount = refund.amount_minor
    audit.note(session, actor, f"refund.{refund.state}", refund.id, now=now, amount_minor=amount)

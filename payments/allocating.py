"""Allotting by hand: a person says which payment a credit that fitted nothing pays after all."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from market import audit, ids, ledger, money
from market.accounts.actors import Actor, Role
from market.errors import Forbidden, Kind, MarketError, existing
from market.ledger import chart
from payments import bank_lines, collecting, memos
from payments.models import BankLine, Payment, PaymentState


class NotAwaited(MarketError, code="payment.not_awaited", kind=Kind.CONFLICT):
    """The payment is made already, or nobody waits for it any more."""


class WrongAccount(MarketError, code="bank_line.wrong_account", kind=Kind.CONFLICT):
    """The line is no credit on the account to which this payment was asked."""


class WrongAmount(MarketError, code="bank_line.wrong_amount", kind=Kind.CONFLICT):
    """What is left of the line is not just what the payment lacks; facts: `left`, `missing`."""


def payment_named(session: Session, *, typed: str) -> Payment:
    """The payment whose memo was typed, with or without its first letters; raises NotFound."""
    code = ids.normal_code(typed)
    memo = memos.memo_for(code) if code else memos.only_memo(typed)
    return existing(session.scalar(select(Payment).where(Payment.memo == (memo or ""))), "payment")


def allocate(
    session: Session, *, actor: Actor, line_id: UUID, payment_id: UUID, now: datetime
) -> Payment:
    """Let what is left of a credit on the custody account pay an awaited payment, to the đồng.

    The administrator's alone. Raises NotAwaited, LineSpent, WrongAccount or WrongAmount.
    """
    if not actor.has(Role.ADMINISTRATOR):
        raise Forbidden(what="bank_line")
    payment = existing(session.get(Payment, payment_id), "payment")
    collecting.lock_anew(session, payment)
    line = bank_lines.lock_left(session, line_id=line_id)
    if not collecting.is_awaited(payment, now=now):
        raise NotAwaited
    spent = _together(session, line, payment)
    collecting.settle(session, payment, PaymentState.PAID, actor=actor, now=now)
    bank_lines.spend(session, line_ids=spent, payment=payment, actor=actor, now=now)
    amounts = collecting.holding(collecting.shares(session, payment=payment))
    amounts[chart.UNAPPLIED] = payment.amount_minor
    key = f"allocation:{line.id}"
    ledger.post(session, key, "bank.allocated", amounts, actor=actor, now=now)
    audit.note(session, actor, "bank_line.allocated", line.id, now=now, payment=str(payment.id))
    return payment


def _together(session: Session, line: BankLine, payment: Payment) -> list[UUID]:
    """The line and those kept for the payment, which together are just its amount."""
    is_asked_there = payment.beneficiary_id is None and line.account == payment.bank_account
    if not is_asked_there or line.holder_id is not None or line.amount_minor < 0:
        raise WrongAccount
    kept = bank_lines.lock_kept(session, payment=payment)
    kept = [each for each in kept if each.id != line.id]
    missing = payment.amount_minor - sum(each.left_minor for each in kept)
    if line.left_minor != missing:
        raise WrongAmount(left=money.Money(line.left_minor), missing=money.Money(missing))
    return [line.id, *(each.id for each in kept)]

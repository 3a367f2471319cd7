"""Bank lines taken in: each kept whatever it is, and credited only where it surely belongs.

A person may say which payment a credit that fitted nothing pays after all.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from market import audit, errors, ids, ledger, money, portable
from market.accounts import SYSTEM, Actor, Organisation, Role
from market.accounts.models import PaymentMode
from market.ledger import chart
from payments import bank_lines, collecting, differences, matching, memos, refunding, returning
from payments.bank_lines import StatementLine, Told
from payments.matching import Teller, Verdict
from payments.models import BankLine, BankLineState, Payment, PaymentState


class NotAwaited(errors.MarketError, code="payment.not_awaited", kind=errors.Kind.CONFLICT):
    """The payment is made already, or nobody waits for it any more."""


class WrongAccount(errors.MarketError, code="bank_line.wrong_account", kind=errors.Kind.CONFLICT):
    """The line is no credit on the account to which this payment was asked."""


class WrongAmount(errors.MarketError, code="bank_line.wrong_amount", kind=errors.Kind.CONFLICT):
    """What is left of the line is not just what the payment lacks; facts: `left`, `missing`."""


class Received(NamedTuple):
    """A line and what became of it; a `duplicate` had come before."""

    line: StatementLine
    state: BankLineState
    duplicate: bool = False


def teller_of(session: Session, *, actor: Actor, account: str, custody_account: str) -> Teller:
    """For whom the actor may tell what came on the account: for somebody, or the market itself.

    The custody account is the administrator's. A seller's own is one to which buyers pay him
    directly, now or in a transfer that is still awaited; others' accounts are not found.
    """
    if account == custody_account:
        if not actor.has(Role.ADMINISTRATOR):
            raise errors.NotFound(what="account")
        return Teller(None, custody_account)
    here: Any = {"bank_account": account}
    direct = select(Organisation.id).filter_by(**here, payment_mode=PaymentMode.DIRECT)
    verified = direct.where(Organisation.verified_at.is_not(None))
    mine = verified.where(Organisation.id.in_(actor.managed_ids))
    awaited = select(Payment.beneficiary_id).filter_by(**here, state=PaymentState.AWAITING)
    due = awaited.where(Payment.beneficiary_id.in_(actor.managed_ids))
    found = frozenset(session.scalars(mine.union(due)))
    if not found:
        raise errors.NotFound(what="account")
    return Teller(found, custody_account)


def receive(
    session: Session, *, lines: Sequence[StatementLine], teller: Teller, actor: Actor, now: datetime
) -> list[Received]:
    """Take in lines of one or many accounts, oldest first; what fits nothing is unapplied.

    Whoever tells lines can pay only what is owed to those they are `told_for`, and what he sends
    from his own account is nobody's business; the bank's own word and the administrator's, None,
    count for everybody.
    """
    lines = [line for line in lines if teller.told_for is None or line.amount_minor > 0]
    told = list(bank_lines.told(lines, teller.holder_id))
    named = matching.lock_named(session, lines)
    known = _known(session, [each.digest for each in told])  # under the locks: nobody adds to them
    received = []
    for each in told:
        if each.digest not in known:
            verdict = matching.judge(session, told=each, named=named, teller=teller, now=now)
            if _take(session, each, verdict, teller, actor=actor, now=now):
                received.append(Received(each.line, verdict.state))
                continue
            known |= _known(session, [each.digest])  # of no subject, and somebody was quicker
        received.append(Received(each.line, known[each.digest], duplicate=True))
    return received


def payment_named(session: Session, *, typed: str) -> Payment:
    """The payment whose memo was typed, with or without its first letters; raises NotFound."""
    code = ids.normal_code(typed)
    memo = memos.memo_for(code) if code else memos.only_memo(typed)
    found = session.scalar(select(Payment).where(Payment.memo == (memo or "")))
    return errors.existing(found, "payment")


def allocate(
    session: Session, *, actor: Actor, line_id: UUID, payment_id: UUID, now: datetime
) -> Payment:
    """Let what is left of a credit on the custody account pay an awaited payment, to the đồng.

    The administrator's alone. Raises NotAwaited, LineSpent, WrongAccount or WrongAmount.
    """
    if not actor.has(Role.ADMINISTRATOR):
        raise errors.Forbidden(what="bank_line")
    payment = errors.existing(session.get(Payment, payment_id), "payment")
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


def _known(session: Session, digests: Sequence[str]) -> dict[str, BankLineState]:
    known = select(BankLine.digest, BankLine.state).where(BankLine.digest.in_(digests))
    return {digest: BankLineState(state) for digest, state in session.execute(known)}


def _take(
    session: Session, told: Told, verdict: Verdict, teller: Teller, *, actor: Actor, now: datetime
) -> bool:
    """Keep the line and book what it is; False where it was kept at the same moment."""
    line_id, paid = ids.uuid7(), verdict.payment
    said: dict[str, Any] = {name: getattr(told.line, name) for name in bank_lines.KEPT}
    said |= {"digest": told.digest, "holder_id": teller.holder_id, "recorded_at": now}
    said |= {"state": verdict.state, "applied_minor": verdict.applied_minor}
    if not portable.insert_new(session, BankLine, id=line_id, payment_id=paid and paid.id, **said):
        return False
    line = session.get_one(BankLine, line_id)
    audit.note(session, actor, "bank_line.received", line_id, now=now, state=verdict.state)
    if verdict.refund is not None:
        returning.settled_by_bank(session, refund=verdict.refund, line=line, now=now)
    elif line.account == teller.custody_account:
        kind = "bank.received" if line.amount_minor > 0 else "bank.sent"
        amounts = {chart.bank(line.account): line.amount_minor, **verdict.amounts}
        ledger.post(session, f"bank:{told.digest}", kind, amounts, actor=actor, now=now)
    if paid is not None:
        bank_lines.spend(session, line_ids=verdict.spent, payment=paid, actor=actor, now=now)
    if verdict.goes_back:
        refunding.give_back_line(session, actor=SYSTEM, line_id=line_id, now=now)
    elif teller.told_for is None and line.amount_minor > 0:
        _question(session, line, now)
    return True


def _question(session: Session, line: BankLine, now: datetime) -> None:
    """Have a person look where two lines may be one transfer, told by two messengers."""
    of_late = BankLine.recorded_at > line.recorded_at - bank_lines.WEEK
    its = BankLine.payment_id == line.payment_id
    among = its if line.payment_id else and_(BankLine.state == line.state, of_late)
    before = bank_lines.alike(session, line=line, among=and_(among, BankLine.id != line.id))
    if before is not None:
        both = f"{before.reference or '–'}, {line.reference or '–'}"
        differences.report(session, what="possible_duplicate", reference=both, about=line, now=now)


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

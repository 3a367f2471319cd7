"""Bank lines taken in: each kept whatever it is, and credited only where it surely belongs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from market import audit, errors, ids, ledger, portable
from market.accounts import Actor, Organisation, PaymentMode, Role
from market.ledger import chart
from payments import bank_lines, differences, matching, returning
from payments.bank_lines import StatementLine, Told
from payments.matching import Teller, Verdict
from payments.models import BankLine, BankLineState, Payment, PaymentState


@dataclass(frozen=True, slots=True)
class Received:
    """A line and what became of it; a `duplicate` had come before."""

    line: StatementLine
    state: BankLineState
    duplicate: bool = False


def holders(
    session: Session, *, actor: Actor, account: str, custody_account: str
) -> frozenset[UUID] | None:
    """For whom the actor may tell what came on the account; None is the market itself.

    The custody account is the administrator's. A seller's own is one to which buyers pay him
    directly, now or in a transfer that is still awaited; others' accounts are not found.
    """
    if account == custody_account:
        if not actor.has(Role.ADMINISTRATOR):
            raise errors.NotFound(what="account")
        return None
    direct = select(Organisation.id).where(
        Organisation.id.in_(actor.managed_ids),
        Organisation.bank_account == account,
        Organisation.payment_mode == PaymentMode.DIRECT,
        Organisation.verified_at.is_not(None),
    )
    awaited = select(Payment.beneficiary_id).where(
        Payment.beneficiary_id.in_(actor.managed_ids),
        Payment.bank_account == account,
        Payment.state == PaymentState.AWAITING,
    )
    found = frozenset(session.scalars(direct.union(awaited)))
    if not found:
        raise errors.NotFound(what="account")
    return found


def receive(
    session: Session,
    *,
    lines: Sequence[StatementLine],
    told_for: frozenset[UUID] | None = None,
    custody_account: str,
    actor: Actor,
    now: datetime,
) -> list[Received]:
    """Take in lines of one or many accounts, oldest first; what fits nothing is unapplied.

    Whoever tells lines can pay only what is owed to those they are `told_for`, and what he sends
    from his own account is nobody's business; the bank's own word and the administrator's, None,
    count for everybody.
    """
    lines = [line for line in lines if told_for is None or line.amount_minor > 0]
    teller = Teller(told_for=told_for, custody_account=custody_account)
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
    if teller.told_for is None and line.amount_minor > 0:
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

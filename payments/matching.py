"""What a bank line is for: judged by memo, account and amount, never guessed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from market.ledger import AccountName, chart
from payments import bank_lines, collecting, memos, models, remitting, returning
from payments.bank_lines import StatementLine, Told
from payments.models import BankLine, BankLineState, Payment, Refund, Remittance

Subject: TypeAlias = Payment | Refund | Remittance
TO_BE_SENT = frozenset({*returning.SENDABLE, models.RefundState.PENDING})


class Teller(NamedTuple):
    """Who tells: a seller with his own account, or (for nobody) the bank and the administrator."""

    told_for: frozenset[UUID] | None
    custody_account: str

    @property
    def holder_id(self) -> UUID | None:
        """Under whom the lines are kept."""
        return min(self.told_for) if self.told_for else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a line is, how much of it is applied, and the accounts that its money came from.

    `spent` are the earlier lines which it completes. What came too late `goes_back` by itself.
    """

    state: BankLineState
    payment: Payment | None = None
    refund: Refund | None = None
    applied_minor: int = 0
    spent: tuple[UUID, ...] = ()
    goes_back: bool = False
    amounts: Mapping[AccountName, int] = field(default_factory=dict)


def lock_named(session: Session, lines: Sequence[StatementLine]) -> dict[str, Subject]:
    """What the lines name by memo, locked in order: nobody else judges a line about it meanwhile.

    Checkouts come before refunds, and these before the custodians of cash.
    """
    named = {memo for line in lines for memo in memos.find_memos(line.text)}
    groups = select(Payment.group_id).where(Payment.memo.in_(named)).distinct()
    for group_id in sorted(session.scalars(groups)):
        collecting.lock(session, group_id=group_id)
    refunds = select(Refund).where(Refund.memo.in_(named)).order_by(Refund.id)
    holders = select(Remittance.holder_id).where(Remittance.memo.in_(named)).distinct()
    fresh = {"populate_existing": True}
    found: list[Subject] = [
        *session.scalars(refunds.with_for_update().execution_options(**fresh)),
        *session.scalars(select(Payment).where(Payment.memo.in_(named)).execution_options(**fresh)),
    ]
    for holder_id in sorted(session.scalars(holders)):
        remitting.lock(session, holder_id=holder_id)
    remittances = select(Remittance).where(Remittance.memo.in_(named))
    found += session.scalars(remittances.execution_options(**fresh))
    return {str(each.memo): each for each in found}


def judge(
    session: Session, *, told: Told, named: Mapping[str, Subject], teller: Teller, now: datetime
) -> Verdict:
    """Say what the line is, and let what it pays go on; two memos are nobody's."""
    line = told.line
    subject = named.get(memos.only_memo(line.text) or "")
    if isinstance(subject, Refund) and _settles(subject, line, teller):
        return Verdict(state=BankLineState.REFUND, refund=subject, applied_minor=line.amount_minor)
    if line.amount_minor > 0 and isinstance(subject, Remittance):
        return _remitted(session, subject, line, teller, now)
    if line.amount_minor > 0 and isinstance(subject, Payment):
        return _pays(session, subject, told, teller, now)
    return _unapplied(BankLineState.UNMATCHED, line)


def _settles(refund: Refund, line: StatementLine, teller: Teller) -> bool:
    is_sent = refund.state in TO_BE_SENT and line.amount_minor == -refund.amount_minor
    return is_sent and line.account == teller.custody_account


def _unapplied(state: BankLineState, line: StatementLine, of: Payment | None = None) -> Verdict:
    account = chart.UNAPPLIED if line.amount_minor > 0 else chart.SUSPENSE
    return Verdict(state=state, payment=of, amounts={account: -line.amount_minor})


def _remitted(
    session: Session, remittance: Remittance, line: StatementLine, teller: Teller, now: datetime
) -> Verdict:
    if line.account != teller.custody_account:
        return _unapplied(BankLineState.FOREIGN, line)
    came = line.amount_minor
    applied = remitting.settle(session, remittance=remittance, amount_minor=came, now=now)
    if not applied:
        return _unapplied(BankLineState.LATE, line)
    amounts = {chart.cash(remittance.holder_id): -applied, chart.UNAPPLIED: applied - came}
    return Verdict(state=BankLineState.REMITTED, applied_minor=applied, amounts=amounts)


def _pays(session: Session, payment: Payment, told: Told, teller: Teller, now: datetime) -> Verdict:
    """Short transfers told by the same teller add up, but for one that stands twice in a file.

    One that looks like another told under a second reference waits for a person.
    """
    line, is_awaited = told.line, collecting.is_awaited(payment, now=now)
    if not _is_for(payment, line, teller):
        return _unapplied(BankLineState.FOREIGN, line, payment)
    if is_awaited and told.repeated:
        return _unapplied(BankLineState.UNMATCHED, line)
    its = BankLine.payment_id == payment.id
    if is_awaited and teller.told_for is None and bank_lines.alike(session, line=line, among=its):
        return _unapplied(BankLineState.UNMATCHED, line, payment)
    missing, spent = payment.amount_minor, []
    for each in bank_lines.lock_kept(session, payment=payment):
        if each.holder_id == teller.holder_id and each.left_minor < missing:
            missing -= each.left_minor
            spent.append(each.id)
    if is_awaited and line.amount_minor < missing:
        return _unapplied(BankLineState.PARTIAL, line, payment)
    fits = is_awaited or _may_come_late(session, payment, told, missing, its)
    if not (fits and collecting.settle(session, payment, models.PaymentState.PAID, now=now)):
        late = _unapplied(BankLineState.LATE, line, payment)
        return replace(late, goes_back=fits and teller.told_for is None)
    amounts = collecting.holding(collecting.shares(session, payment=payment))
    amounts[chart.UNAPPLIED] = payment.amount_minor - line.amount_minor
    state = BankLineState.MATCHED if line.amount_minor == missing else BankLineState.OVER
    return Verdict(
        state=state, payment=payment, applied_minor=missing, spent=tuple(spent), amounts=amounts
    )


def _may_come_late(
    session: Session, payment: Payment, told: Told, missing: int, its: ColumnElement[bool]
) -> bool:
    """Whether it is all of what nobody paid in time, and surely no second telling of a line."""
    if payment.state not in collecting.UNPAID or told.line.amount_minor < missing or told.repeated:
        return False
    return bank_lines.alike(session, line=told.line, among=its) is None


def _is_for(payment: Payment, line: StatementLine, teller: Teller) -> bool:
    """Whether the line is on the account that was asked to be paid, told by who may tell it."""
    to, on_custody = payment.beneficiary_id, line.account == teller.custody_account
    is_there = payment.bank_account == line.account and on_custody == (to is None)
    return is_there and (teller.told_for is None or to in teller.told_for)

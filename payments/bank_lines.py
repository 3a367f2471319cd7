"""What a bank tells, line by line, and what of the lines kept is still nobody's."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from market import Actor, Kind, MarketError, clock, existing, ids, portable
from payments import memos
from payments.models import BankAllocation, BankLine, BankLineState, Payment, Refund, RefundState

DAY, WEEK = timedelta(days=1), timedelta(days=7)
ENDED = (RefundState.FAILED, RefundState.REJECTED)


class LineSpent(MarketError, code="bank_line.spent", kind=Kind.CONFLICT):
    """Nothing of the line is unapplied: it paid, was allotted or goes back already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """A line of an account as the bank tells it: whole đồng, below zero where money went out.

    `payer_*` is the other side, where the bank says who that is, and `balance_minor` what the
    account held after it; that is no part of the line.
    """

    account: str
    reference: str
    booked_at: datetime
    amount_minor: int
    text: str
    payer_bin: str | None = None
    payer_account: str | None = None
    payer_name: str | None = None
    balance_minor: int | None = field(default=None, compare=False)

    @property
    def identity(self) -> str:
        """The same for the same line, whichever way and in whichever time zone it is told.

        Banks cut and dress texts differently, but for the memo; without a reference the whole
        text has to agree. What is doubtful is another line: kept twice is seen, dropped is lost.
        """
        words = _words(self.text) if self.reference else ids.without_gaps(self.text).upper()
        day = clock.day_of(self.booked_at).isoformat()
        return "|".join((self.account, self.reference, day, str(self.amount_minor), words))


KEPT = [each.name for each in fields(StatementLine) if each.compare]


class Told(NamedTuple):
    """A line by its digest; `repeated`: an equal one stands before it in the same telling."""

    line: StatementLine
    digest: str
    repeated: bool


def told(lines: Sequence[StatementLine], holder_id: UUID | None) -> Iterator[Told]:
    """Equal lines in one file are so many; what a seller tells hides nobody else's."""
    seen: Counter[str] = Counter()
    for line in lines:
        seen[line.identity] += 1
        facts = f"{holder_id or ''}|{line.identity}|{seen[line.identity]}"
        digest = hashlib.sha256(facts.encode()).hexdigest()
        yield Told(line=line, digest=digest, repeated=seen[line.identity] > 1)


def _words(text: str) -> str:
    return " ".join(memos.find_memos(text)) or ids.without_gaps(text).upper()


def alike(
    session: Session, *, line: StatementLine | BankLine, among: ColumnElement[bool]
) -> BankLine | None:
    """Another credit that may be the same money told anew: near in time, of one sum and memo.

    Its payer is the same, or not said of both.
    """
    same = {"account": line.account, "amount_minor": line.amount_minor, "holder_id": None}
    near = BankLine.booked_at.between(line.booked_at - DAY, line.booked_at + DAY)
    those = select(BankLine).filter_by(**same).where(among, near)
    for each in session.scalars(those.order_by(BankLine.id)):
        payers = {each.payer_account, line.payer_account} - {None}
        if len(payers) <= 1 and _words(each.text) == _words(line.text):
            return each
    return None


def is_left() -> ColumnElement[bool]:
    """Of which lines something is neither applied nor allotted, nor goes back to its payer."""
    allotted = exists().where(BankAllocation.line_id == BankLine.id)
    goes_back = exists().where(Refund.line_id == BankLine.id, Refund.state.not_in(ENDED))
    return and_(BankLine.amount_minor != BankLine.applied_minor, ~allotted, ~goes_back)


def lock_left(session: Session, *, line_id: UUID) -> BankLine:
    """The line, of which something is left, and which nobody else can use up meanwhile.

    Raises NotFound, LineSpent. Who also locks the checkout does so before.
    """
    line = existing(session.get(BankLine, line_id, with_for_update=True), "bank_line")
    if session.scalar(select(BankLine.id).where(BankLine.id == line_id, is_left())) is None:
        raise LineSpent
    return line


def lock_kept(session: Session, *, payment: Payment) -> list[BankLine]:
    """The short transfers kept for the payment, which nobody else can use up meanwhile."""
    its = select(BankLine.id).where(BankLine.payment_id == payment.id)
    session.execute(its.order_by(BankLine.id).with_for_update())
    return kept(session, payment_ids=[payment.id])


def kept(session: Session, *, payment_ids: Collection[UUID]) -> list[BankLine]:
    """The short transfers that are kept for the payments, oldest first."""
    short = select(BankLine).where(BankLine.payment_id.in_(payment_ids), is_left())
    short = short.where(BankLine.state == BankLineState.PARTIAL)
    return list(session.scalars(short.order_by(BankLine.recorded_at, BankLine.id)))


def spend(
    session: Session, *, line_ids: Sequence[UUID], payment: Payment, actor: Actor, now: datetime
) -> None:
    """Let the lines pay the payment, each once; raises LineSpent."""
    for line_id in line_ids:
        said = {"allocated_by": actor.person_id, "allocated_at": now}
        key = {"line_id": line_id, "payment_id": payment.id}
        if not portable.insert_new(session, BankAllocation, **key, **said):
            raise LineSpent

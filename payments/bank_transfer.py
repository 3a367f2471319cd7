"""Bank lines: each kept whatever it is, and credited only where memo, account and amount agree."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market import audit, ledger, portable
from market.accounts.actors import Actor
from market.ids import uuid7
from market.ledger import chart
from payments import collecting, memos
from payments.models import BankLine, BankLineState, Payment


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """A credit on an account as the bank tells it; amounts in whole đồng."""

    account: str
    reference: str
    booked_at: datetime
    amount_minor: int
    text: str

    @property
    def digest(self) -> str:
        """The same line twice has the same digest, whichever way it came."""
        facts = f"{self.account}|{self.reference}|{self.booked_at.isoformat()}|{self.amount_minor}"
        return hashlib.sha256(facts.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Received:
    """A line and what became of it; `duplicate` when it had come before."""

    line: StatementLine
    state: BankLineState
    duplicate: bool = False


def receive(
    session: Session,
    *,
    lines: Sequence[StatementLine],
    custody_account: str,
    actor: Actor,
    now: datetime,
) -> list[Received]:
    """Take in credits of one or many accounts; money that fits nothing is kept as unapplied."""
    known = _known(session, lines)
    received = []
    for line in lines:
        state = known.get(line.digest)
        duplicate = state is not None
        if state is None:
            state = _take_in(session, line, custody_account, actor, now)
            known[line.digest] = state
        received.append(Received(line, state, duplicate))
    return received


def _known(session: Session, lines: Sequence[StatementLine]) -> dict[str, BankLineState]:
    rows = session.execute(
        select(BankLine.digest, BankLine.state).where(
            BankLine.digest.in_([line.digest for line in lines])
        )
    )
    return {digest: BankLineState(state) for digest, state in rows}


def _take_in(
    session: Session, line: StatementLine, custody_account: str, actor: Actor, now: datetime
) -> BankLineState:
    payment = _asked_for(session, line)
    state, applied = _judge(session, line, payment, now)
    line_id = uuid7()
    portable.insert_new(
        session,
        BankLine,
        id=line_id,
        digest=line.digest,
        account=line.account,
        reference=line.reference,
        booked_at=line.booked_at,
        amount_minor=line.amount_minor,
        text=line.text,
        state=state,
        payment_id=payment.id if payment else None,
        applied_minor=applied,
        recorded_at=now,
    )
    if line.account == custody_account:
        _book(session, line, payment if applied else None, actor, now)
    audit.note(
        session, actor=actor, verb="bank_line.received", subject_id=line_id, now=now, state=state
    )
    return state


def _asked_for(session: Session, line: StatementLine) -> Payment | None:
    """The one payment whose memo stands in the line's text; two memos are nobody's."""
    found = memos.find_memos(line.text)
    if len(set(found)) != 1:
        return None
    return session.scalar(select(Payment).where(Payment.memo == found[0]))


def _judge(
    session: Session, line: StatementLine, payment: Payment | None, now: datetime
) -> tuple[BankLineState, int]:
    if payment is None:
        return BankLineState.UNMATCHED, 0
    if payment.bank_account != line.account:
        return BankLineState.FOREIGN, 0
    if line.amount_minor < payment.amount_minor:
        return BankLineState.PARTIAL, 0
    if not collecting.settle_transfer(session, payment=payment, now=now):
        return BankLineState.LATE, 0
    exact = line.amount_minor == payment.amount_minor
    return BankLineState.MATCHED if exact else BankLineState.OVER, payment.amount_minor


def _book(
    session: Session, line: StatementLine, payment: Payment | None, actor: Actor, now: datetime
) -> None:
    amounts = {chart.bank(line.account): line.amount_minor}
    left = line.amount_minor
    if payment is not None:
        for order_id, share in collecting.shares(session, payment=payment).items():
            amounts[chart.held(order_id)] = -share
            left -= share
    amounts[chart.UNAPPLIED] = -left
    ledger.post(
        session,
        key=f"bank:{line.digest}",
        kind="bank.received",
        amounts=amounts,
        order_id=None,
        actor=actor,
        now=now,
    )

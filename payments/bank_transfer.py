"""Bank lines: each kept whatever it is, and credited only where memo, account and amount agree."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from market import audit, clock, ids, ledger, portable
from market.accounts.actors import Actor, Role
from market.accounts.models import Organisation, PaymentMode
from market.errors import NotFound
from market.ids import uuid7
from market.ledger import chart
from payments import collecting, memos
from payments.models import BankLine, BankLineState, Payment, PaymentState


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """A credit on an account as the bank tells it; amounts in whole đồng."""

    account: str
    reference: str
    booked_at: datetime
    amount_minor: int
    text: str

    @property
    def identity(self) -> str:
        """The same for the same credit, whichever way and in whichever time zone it is told.

        Banks cut and dress texts differently, but for the memo; without a reference the whole
        text has to agree. What is doubtful is another line: kept twice is seen, dropped is lost.
        """
        words = ids.without_gaps(self.text).upper()
        if self.reference:
            words = " ".join(memos.find_memos(self.text)) or words
        day = clock.day_of(self.booked_at).isoformat()
        return "|".join((self.account, self.reference, day, str(self.amount_minor), words))


@dataclass(frozen=True, slots=True)
class Received:
    """A line, what became of it, and how much of it pays the payment that it names."""

    line: StatementLine
    state: BankLineState
    payment: Payment | None = None
    applied_minor: int = 0
    duplicate: bool = False  # it had come before


def holders(
    session: Session, *, actor: Actor, account: str, custody_account: str
) -> frozenset[UUID] | None:
    """For whom the actor may tell what came on the account; None is the market itself.

    The custody account is the administrator's. A seller's own is one to which buyers pay him
    directly, now or in a transfer that is still awaited; others' accounts are not found.
    """
    if account == custody_account:
        if not actor.has(Role.ADMINISTRATOR):
            raise NotFound(what="account")
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
        raise NotFound(what="account")
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
    """Take in credits of one or many accounts; money that fits nothing is kept as unapplied.

    Whoever tells lines can pay only what is owed to those they are `told_for`; the bank's own
    word and the administrator's, None, count for everybody.
    """
    digests = list(_digests(lines, told_for))
    known = _known(session, digests)
    received = []
    for line, digest in zip(lines, digests, strict=True):
        if digest in known:
            received.append(Received(line, known[digest], duplicate=True))
            continue
        payment = _asked_for(session, line)
        if payment is not None and not _is_for(payment, line, told_for, custody_account):
            taken = Received(line, BankLineState.FOREIGN, payment)
        else:
            taken = _judge(session, line, payment, now)
        holder_id = min(told_for) if told_for else None
        if _keep(session, taken, digest, holder_id=holder_id, actor=actor, now=now):
            if line.account == custody_account:
                _book(session, taken, digest, actor, now)
            received.append(taken)
        else:  # told at the same moment by somebody else, who was quicker
            received.append(Received(line, _known(session, [digest])[digest], duplicate=True))
    return received


def _digests(lines: Sequence[StatementLine], told_for: frozenset[UUID] | None) -> Iterator[str]:
    """Equal lines in one file are so many credits; what a seller tells hides nobody else's."""
    teller = min(told_for) if told_for else ""
    seen: Counter[str] = Counter()
    for line in lines:
        seen[line.identity] += 1
        facts = f"{teller}|{line.identity}|{seen[line.identity]}"
        yield hashlib.sha256(facts.encode()).hexdigest()


def _known(session: Session, digests: Sequence[str]) -> dict[str, BankLineState]:
    rows = session.execute(
        select(BankLine.digest, BankLine.state).where(BankLine.digest.in_(digests))
    )
    return {digest: BankLineState(state) for digest, state in rows}


def _asked_for(session: Session, line: StatementLine) -> Payment | None:
    """The one payment whose memo stands in the line's text; two memos are nobody's."""
    found = memos.find_memos(line.text)
    if len(set(found)) != 1:
        return None
    return session.scalar(select(Payment).where(Payment.memo == found[0]))


def _is_for(
    payment: Payment, line: StatementLine, told_for: frozenset[UUID] | None, custody_account: str
) -> bool:
    """Whether the line is on the account that was asked to be paid, told by who may tell it."""
    on_custody = line.account == custody_account
    return (
        payment.bank_account == line.account
        and on_custody == (payment.beneficiary_id is None)
        and (told_for is None or payment.beneficiary_id in told_for)
    )


def _judge(
    session: Session, line: StatementLine, payment: Payment | None, now: datetime
) -> Received:
    if payment is None:
        return Received(line, BankLineState.UNMATCHED)
    if line.amount_minor < payment.amount_minor:
        return Received(line, BankLineState.PARTIAL, payment)
    if not collecting.settle_transfer(session, payment=payment, now=now):
        return Received(line, BankLineState.LATE, payment)
    exact = line.amount_minor == payment.amount_minor
    state = BankLineState.MATCHED if exact else BankLineState.OVER
    return Received(line, state, payment, payment.amount_minor)


def _keep(
    session: Session,
    taken: Received,
    digest: str,
    *,
    holder_id: UUID | None,
    actor: Actor,
    now: datetime,
) -> bool:
    line, line_id = taken.line, uuid7()
    is_new = portable.insert_new(
        session,
        BankLine,
        id=line_id,
        digest=digest,
        account=line.account,
        holder_id=holder_id,
        reference=line.reference,
        booked_at=line.booked_at,
        amount_minor=line.amount_minor,
        text=line.text,
        state=taken.state,
        payment_id=taken.payment.id if taken.payment else None,
        applied_minor=taken.applied_minor,
        recorded_at=now,
    )
    if is_new:
        verb = "bank_line.received"
        audit.note(session, actor=actor, verb=verb, subject_id=line_id, now=now, state=taken.state)
    return is_new


def _book(session: Session, taken: Received, digest: str, actor: Actor, now: datetime) -> None:
    amounts = {chart.bank(taken.line.account): taken.line.amount_minor}
    if taken.payment is not None and taken.applied_minor:
        shares = collecting.shares(session, payment=taken.payment)
        amounts |= {chart.held(order_id): -share for order_id, share in shares.items()}
    amounts[chart.UNAPPLIED] = taken.applied_minor - taken.line.amount_minor
    ledger.post(
        session,
        key=f"bank:{digest}",
        kind="bank.received",
        amounts=amounts,
        order_id=None,
        actor=actor,
        now=now,
    )

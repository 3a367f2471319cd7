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
    """A line and what became of it; `duplicate` when it had come before."""

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
            taken = _Taken(digest, BankLineState.FOREIGN, payment)
        else:
            taken = _judge(session, digest, line, payment, now)
        holder_id = min(told_for) if told_for else None
        if _keep(session, line, taken, holder_id=holder_id, actor=actor, now=now):
            if line.account == custody_account:
                _book(session, line, taken, actor, now)
            received.append(Received(line, taken.state))
        else:  # told at the same moment by somebody else, who was quicker
            received.append(Received(line, _known(session, [digest])[digest], duplicate=True))
    return received


@dataclass(frozen=True, slots=True)
class _Taken:
    """What a new line is judged to be, and how much of it pays the payment it names."""

    digest: str
    state: BankLineState
    payment: Payment | None = None
    applied_minor: int = 0


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
    session: Session, digest: str, line: StatementLine, payment: Payment | None, now: datetime
) -> _Taken:
    if payment is None:
        return _Taken(digest, BankLineState.UNMATCHED)
    if line.amount_minor < payment.amount_minor:
        return _Taken(digest, BankLineState.PARTIAL, payment)
    if not collecting.settle_transfer(session, payment=payment, now=now):
        return _Taken(digest, BankLineState.LATE, payment)
    exact = line.amount_minor == payment.amount_minor
    state = BankLineState.MATCHED if exact else BankLineState.OVER
    return _Taken(digest, state, payment, payment.amount_minor)


def _keep(
    session: Session,
    line: StatementLine,
    taken: _Taken,
    *,
    holder_id: UUID | None,
    actor: Actor,
    now: datetime,
) -> bool:
    line_id = uuid7()
    is_new = portable.insert_new(
        session,
        BankLine,
        id=line_id,
        digest=taken.digest,
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


def _book(
    session: Session, line: StatementLine, taken: _Taken, actor: Actor, now: datetime
) -> None:
    amounts = {chart.bank(line.account): line.amount_minor}
    left = line.amount_minor
    if taken.payment is not None and taken.applied_minor:
        for order_id, share in collecting.shares(session, payment=taken.payment).items():
            amounts[chart.held(order_id)] = -share
            left -= share
    amounts[chart.UNAPPLIED] = -left
    ledger.post(
        session,
        key=f"bank:{taken.digest}",
        kind="bank.received",
        amounts=amounts,
        order_id=None,
        actor=actor,
        now=now,
    )

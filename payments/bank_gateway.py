"""Bank transfer as a rail: what the bank tells of an account is the truth about it.

It is asked for what it has not told us, and whether its balance is the ledger's. The same lines
twice change nothing; balances are as of the last line that tells one.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Protocol
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from market import SYSTEM, Database, MarketError, Money, clock
from market.ledger import Account, Entry, chart
from payments import bank_lines, bank_transfer, differences, memos, reconciling
from payments.bank_lines import KEPT, StatementLine
from payments.gateway import BackStanding, GatewayRefused, Movement, MovementKind, PaidBack
from payments.local_gateway import LocalGateway
from payments.matching import Teller
from payments.models import BankLine, Payment, PaymentState, Refund


class BankFeed(Protocol):
    """A bank, or who reads its accounts for us."""

    def lines(self, since: datetime) -> Sequence[StatementLine]:
        """What was booked since then, oldest first, each line once; raises GatewayUnsure."""


class ToldLines:
    """What banks told us of an account, where no bank can be asked."""

    def __init__(self, database: Database, account: str) -> None:
        self._database, self._account = database, account

    def lines(self, since: datetime) -> list[StatementLine]:
        """What was booked since then, oldest first."""
        told = select(BankLine).filter_by(account=self._account).where(BankLine.booked_at >= since)
        with self._database.reading() as session:
            lines = session.scalars(told.order_by(BankLine.booked_at, BankLine.id))
            return [StatementLine(**{name: getattr(it, name) for name in KEPT}) for it in lines]


class Sender(Protocol):
    """A bank that transfers by itself; where there is none, a person does."""

    def send(self, *, to: str, amount_minor: int, memo: str, key: str) -> object:
        """Transfer once per `key`; raises MarketError where the bank says no."""


class BankGateway(LocalGateway):
    """A transfer's reference is its memo; a refund goes out under a memo of its own."""

    provider = "bank"

    def __init__(self, database: Database, feed: BankFeed, sender: Sender | None = None) -> None:
        super().__init__(database)
        self._feed, self._sender = feed, sender

    def refund(
        self, reference: str, amount: Money, *, refund_id: UUID, key: str | None = None
    ) -> PaidBack:
        """Have it given back, once; a line that paid nothing has no payment to be looked at."""
        with self._database.reading() as session:
            refund = session.get(Refund, refund_id)
        if refund is None or refund.line_id is None:
            return super().refund(reference, amount, refund_id=refund_id, key=key)
        return self._sent(refund_id, amount)

    def movements(self, *, since: datetime) -> Iterator[Movement]:
        """Each line of the account."""
        lines = self._feed.lines(since)
        with self._database.reading() as session:
            named = {memo for line in lines for memo in memos.find_memos(line.text)}
            payments = set(session.scalars(select(Payment.memo).where(Payment.memo.in_(named))))
            paid = Payment.id == Refund.payment_id
            asked = select(Refund.memo, Payment.memo).outerjoin(Payment, paid)
            rows = session.execute(asked.where(Refund.memo.in_(named)))
            refunds = {row[0]: row[1] for row in rows}
        for line in lines:
            yield _movement(line, payments, refunds)

    def _payment(self, session: Session, reference: str) -> Payment | None:
        return session.scalar(select(Payment).where(Payment.memo == reference))

    def _reference(self, payment: Payment) -> str | None:
        return payment.memo

    def _give_back(self, refund_id: UUID, amount: Money) -> str:
        with self._database.reading() as session:
            refund = session.get(Refund, refund_id)
        if refund is None or refund.memo is None:
            raise GatewayRefused("unknown_refund")
        to, memo = refund.bank_account, refund.memo
        if self._sender is not None and to is not None:
            try:
                self._sender.send(to=to, amount_minor=amount.minor, memo=memo, key=str(refund_id))
            except MarketError as refusal:
                raise GatewayRefused(refusal.code) from refusal
        return memo

    def _came(self, session: Session, payment: Payment) -> tuple[int, Sequence[PaidBack]]:
        its = select(Refund).where(Refund.payment_id == payment.id, Refund.memo.is_not(None))
        refunds = {str(refund.memo): refund for refund in session.scalars(its)}
        came, gone = 0, Counter[str]()
        since = clock.start_of(clock.day_of(payment.created_at))  # statements tell days only
        for line in self._feed.lines(since):
            memo = memos.only_memo(line.text) or ""
            if memo == payment.memo and line.amount_minor > 0:
                came += line.amount_minor
            elif memo in refunds and line.amount_minor < 0:
                gone[memo] -= line.amount_minor
        if payment.state == PaymentState.PAID:  # perhaps by a line that a person allotted
            late = sum(amount for memo, amount in gone.items() if refunds[memo].line_id)
            came = max(came, payment.amount_minor + late)
        done = BackStanding.SUCCEEDED
        back = [PaidBack(memo, refunds[memo].id, Money(some), done) for memo, some in gone.items()]
        return came, back


def _movement(
    line: StatementLine, payments: Collection[str | None], refunds: Mapping[str | None, str | None]
) -> Movement:
    kind, payment, memo = MovementKind.OTHER, None, memos.only_memo(line.text)
    if memo in payments and line.amount_minor > 0:
        kind, payment = MovementKind.PAYMENT, memo
    elif memo in refunds and line.amount_minor < 0:
        kind, payment = MovementKind.REFUND, refunds[memo]
    name, amount = line.reference or line.identity, Money(line.amount_minor)
    return Movement(name, kind, amount, source=memo or "", payment=payment, at=line.booked_at)


BANK, AGREED, POLLED = "bank", "bank:agreed", "bank:polled"


def poll(context: Any, *, say: Callable[[str], object] = lambda _: None) -> int:
    """Take in what the bank lists since the last time; how many lines were new.

    Where there is no bank to ask, none are. `say` is told so. Raises GatewayUnsure.
    """
    feed: BankFeed | None = context.ports["bank"]
    if feed is None:
        say("bank: none can be asked; notifications and statements alone say what moved")
        return 0
    account, now, new = context.settings.custody_account, context.now(), 0
    with context.database.reading() as session:
        # A day before the last line listed; at first, before anybody was asked to pay.
        first = select(Payment.created_at).order_by(Payment.id).limit(1)
        since = reconciling.cursor(session, provider=POLLED) or session.scalar(first) or now
        since -= reconciling.OVERLAP
    lines, teller = feed.lines(since), Teller(None, account)
    for _, its in groupby(lines, lambda line: clock.day_of(line.booked_at)):
        page, doing = list(its), {"actor": SYSTEM, "now": now}  # equal lines are counted by the day
        with context.database.transaction() as session:
            received = bank_transfer.receive(session, lines=page, teller=teller, **doing)
            new += sum(not each.duplicate for each in received)
    with context.database.transaction() as session:
        off = compare(session, lines=lines, account=account, now=now)
        if lines:
            reconciling.keep_cursor(session, provider=POLLED, until=min(lines[-1].booked_at, now))
    say(f"bank: {len(lines)} lines listed since {since.isoformat()}, {new} of them new")
    said = "told no balance" if off is None else f"balance less the ledger's: {off}"
    say(f"bank {account}: {said}")
    return new


def compare(
    session: Session, *, lines: Sequence[StatementLine], account: str, now: datetime
) -> int | None:
    """How much more than the ledger the account held after its last line; None: nothing said so.

    Lines come as a bank lists them, oldest first, and are kept already. Each difference is put to
    a person once, whatever moves while it stays the same; anew, if they agreed in between.
    """
    here = [line for line in lines if line.account == account]
    if here:
        _keep_until(session, BANK, min(here[-1].booked_at, now))
    while here and here[-1].balance_minor is None:
        here.pop()
    if not here:
        return None
    last = here[-1]
    off, beside = (
        (last.balance_minor or 0) - _booked(session, here, account, later_on)
        for later_on in (BankLine.booked_at > last.booked_at, BankLine.booked_at >= last.booked_at)
    )
    if 0 in {off, beside}:  # others of the last moment stand before it, or behind it
        _keep_until(session, AGREED, last.booked_at)
        return 0
    agreed = reconciling.cursor(session, provider=AGREED)
    subject = f"bank:{account}:{off}:{agreed and agreed.isoformat()}"
    gap = differences.Gap(uuid5(differences.SPACE, subject), off)
    reference = f"{account}, {clock.day_of(last.booked_at):%d/%m/%Y}"
    differences.report(session, what="bank", reference=reference, about=gap, now=now)
    return off


def until(session: Session) -> datetime | None:
    """How new the last line is that a bank itself listed; None: there was none."""
    return reconciling.cursor(session, provider=BANK)


def _keep_until(session: Session, what: str, last: datetime) -> None:
    """An older statement takes nothing back."""
    known = reconciling.cursor(session, provider=what)
    if known is None or known < last:
        reconciling.keep_cursor(session, provider=what, until=last)


def _booked(
    session: Session, here: Sequence[StatementLine], account: str, later_on: ColumnElement[bool]
) -> int:
    """What the ledger has on the account but for later lines, in one look at both.

    Some banks tell days only, so that of the last day all counts that is told here.
    """
    last = here[-1].booked_at
    today = [line for line in here if clock.day_of(line.booked_at) == clock.day_of(last)]
    digests = [each.digest for each in bank_lines.told(today, None)]
    others = BankLine.account == account, later_on, BankLine.digest.not_in(digests)
    later: Any = select(func.coalesce(func.sum(BankLine.amount_minor), 0)).where(*others)
    sums: Any = select(func.coalesce(func.sum(Entry.amount), 0)).join_from(Entry, Account)
    booked = sums.where(Account.code == chart.bank(account).code)
    return int(session.scalar(select(booked.scalar_subquery() - later.scalar_subquery())) or 0)

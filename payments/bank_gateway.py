"""Bank transfer as a rail: what the bank tells of an account is the truth about it."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from market import clock
from market.db import Database
from market.errors import MarketError
from market.money import Money
from payments import memos
from payments.bank_lines import KEPT, StatementLine
from payments.gateway import BackStanding, GatewayRefused, Movement, MovementKind, PaidBack
from payments.local_gateway import LocalGateway
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
        return came, [
            PaidBack(memo, refunds[memo].id, Money(some), done) for memo, some in gone.items()
        ]


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

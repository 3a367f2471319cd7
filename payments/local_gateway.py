"""What bank transfer and cash have in common as rails: our own rows say what was asked for.

Of cash they say all: its custodian's word in our own books is the truth about it.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import null, select
from sqlalchemy.orm import Session

from market import Database, Money
from market.orders import Rail
from payments import gateway as port
from payments.models import Payment, PaymentState, Refund, RefundState, Remittance, RemittanceState

EVER = datetime(2000, 1, 1, tzinfo=UTC)
GIVEN_UP = (PaymentState.CANCELLED, PaymentState.EXPIRED)


class LocalGateway(ABC):
    """Nothing is asked of anybody outside: what came is ours, and what is awaited we say."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, charge: port.Charge) -> port.PaidIn:
        """The payment as its buyer is asked for it, which our own books have already."""
        if charge.manual:
            raise port.GatewayRefused("manual")
        found = self.find(charge.id, since=EVER)
        if found is None:
            raise port.GatewayRefused("unknown_payment")
        if found.amount != charge.amount:
            raise port.GatewayRefused("wrong_amount")
        return found

    def look(self, reference: str) -> port.PaidIn:
        """What came, and what went back."""
        with self._database.reading() as session:
            payment = self._payment(session, reference)
            if payment is None:
                raise port.GatewayRefused("unknown_payment")
            return self._paid_in(session, payment)

    def find(self, charge_id: UUID, *, since: datetime) -> port.PaidIn | None:
        """The payment, if it is one of this rail and was asked for since then."""
        with self._database.reading() as session:
            payment = session.get(Payment, charge_id)
            if payment is None or not self._reference(payment) or payment.created_at < since:
                return None
            return self._paid_in(session, payment)

    def capture(self, reference: str, amount: Money, *, key: str) -> port.PaidIn:  # noqa: ARG002
        """Refused: nothing is promised, what has come is ours already."""
        raise port.GatewayRefused("manual")

    def cancel(self, reference: str, *, key: str) -> port.PaidIn:  # noqa: ARG002
        """Tell what our own books await no more; of all else it is refused."""
        found = self.look(reference)
        if found.standing is not port.Standing.CANCELLED:
            raise port.GatewayRefused("not_cancellable")
        return found

    def refund(
        self,
        reference: str,
        amount: Money,
        *,
        refund_id: UUID,
        key: str | None = None,  # noqa: ARG002
    ) -> port.PaidBack:
        """Have one of our refunds given back, once; whoever does so confirms it later."""
        found = self.look(reference)
        for known in found.refunds:
            if known.refund_id == refund_id and known.amount != amount:
                raise port.GatewayUnsure("wrong_amount")  # something was given under it
            if known.refund_id == refund_id:
                return known
        if sum(each.amount.minor for each in found.refunds) + amount.minor > found.captured.minor:
            raise port.GatewayRefused("above_captured")
        return self._sent(refund_id, amount)

    def _sent(self, refund_id: UUID, amount: Money) -> port.PaidBack:
        back = self._give_back(refund_id, amount)
        return port.PaidBack(back, refund_id, amount, port.BackStanding.PENDING)

    def _paid_in(self, session: Session, payment: Payment) -> port.PaidIn:
        came, refunds = self._came(session, payment)
        standing = port.Standing.AWAITING_PAYER
        if came >= payment.amount_minor:
            standing = port.Standing.CAPTURED
        elif payment.state in GIVEN_UP:
            standing = port.Standing.CANCELLED
        amount, captured = (Money(it, payment.currency) for it in (payment.amount_minor, came))
        its = self._reference(payment) or "", payment.id, standing, amount, captured
        return port.PaidIn(*its, refunds=tuple(refunds))

    @abstractmethod
    def _payment(self, session: Session, reference: str) -> Payment | None:
        """The payment of this rail with the reference."""

    @abstractmethod
    def _reference(self, payment: Payment) -> str | None:
        """The payment's reference; None for one of another rail."""

    @abstractmethod
    def _came(self, session: Session, payment: Payment) -> tuple[int, Sequence[port.PaidBack]]:
        """How much of it came, and what went back."""

    @abstractmethod
    def _give_back(self, refund_id: UUID, amount: Money) -> str:
        """See to it that one of our refunds is sent; its reference."""


GIVEN_BACK = (RefundState.PENDING, RefundState.SUCCEEDED)
# Of each kind of movement: its id, how much, when, and of which payment.
MOVED: dict[port.MovementKind, Any] = {
    port.MovementKind.PAYMENT: select(
        Payment.id, Payment.amount_minor, Payment.settled_at.label("at"), Payment.id
    ).where(Payment.rail == Rail.CASH, Payment.state == PaymentState.PAID),
    port.MovementKind.REFUND: select(
        Refund.id, -Refund.amount_minor, Refund.changed_at.label("at"), Refund.payment_id
    ).where(Refund.rail == Rail.CASH, Refund.state == RefundState.SUCCEEDED),
    port.MovementKind.PAYOUT: select(
        Remittance.id, -Remittance.received_minor, Remittance.settled_at.label("at"), null()
    ).where(Remittance.state != RemittanceState.ANNOUNCED),
}


class CashGateway(LocalGateway):
    """A collection's reference is the id of its payment; a person takes the money and gives it."""

    provider = "cash"

    def movements(self, *, since: datetime) -> Iterator[port.Movement]:
        """Cash taken from buyers, given back to them by who took it, and handed in."""
        with self._database.reading() as session:
            found = [
                _movement(kind, *row)
                for kind, rows in MOVED.items()
                for row in session.execute(rows.where(rows.selected_columns.at >= since))
            ]
        yield from sorted(found, key=lambda moved: (moved.at, moved.reference))

    def _payment(self, session: Session, reference: str) -> Payment | None:
        with suppress(ValueError):
            payment = session.get(Payment, UUID(reference))
            return payment if payment and self._reference(payment) == reference else None
        return None

    def _reference(self, payment: Payment) -> str | None:
        return str(payment.id) if payment.rail == Rail.CASH else None

    def _give_back(self, refund_id: UUID, amount: Money) -> str:  # noqa: ARG002
        raise port.GatewayRefused("unknown_refund")  # a person gives what our books have already

    def _came(self, session: Session, payment: Payment) -> tuple[int, Sequence[port.PaidBack]]:
        its = select(Refund).where(Refund.payment_id == payment.id, Refund.state.in_(GIVEN_BACK))
        came = payment.amount_minor if payment.state == PaymentState.PAID else 0
        return came, [_paid_back(it) for it in session.scalars(its.order_by(Refund.id))]


def _paid_back(it: Refund) -> port.PaidBack:
    amount, standing = Money(it.amount_minor, it.currency), port.BackStanding(it.state)
    return port.PaidBack(str(it.id), it.id, amount, standing)


def _movement(
    kind: port.MovementKind, its_id: UUID, amount_minor: int, at: datetime, payment_id: UUID | None
) -> port.Movement:
    name, payment = str(its_id), str(payment_id) if payment_id else None
    return port.Movement(name, kind, Money(amount_minor), source=name, payment=payment, at=at)

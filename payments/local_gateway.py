"""What bank transfer and cash have in common as rails: our own rows say what was asked for."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from market.db import Database
from market.money import Money
from payments import gateway as port
from payments.models import Payment, PaymentState

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
        back, pending = self._give_back(refund_id, amount), port.BackStanding.PENDING
        return port.PaidBack(reference=back, refund_id=refund_id, amount=amount, standing=pending)

    def _paid_in(self, session: Session, payment: Payment) -> port.PaidIn:
        came, refunds = self._came(session, payment)
        standing = port.Standing.AWAITING_PAYER
        if came >= payment.amount_minor:
            standing = port.Standing.CAPTURED
        elif payment.state in GIVEN_UP:
            standing = port.Standing.CANCELLED
        return port.PaidIn(
            reference=self._reference(payment) or "",
            charge_id=payment.id,
            standing=standing,
            amount=Money(payment.amount_minor, payment.currency),
            captured=Money(came, payment.currency),
            refunds=tuple(refunds),
        )

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

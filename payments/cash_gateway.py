"""Cash as a rail: its custodian's word in our own books is the truth about it."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import null, select
from sqlalchemy.orm import Session

from market.money import Money
from market.orders import Rail
from payments.gateway import BackStanding, GatewayRefused, Movement, MovementKind, PaidBack
from payments.local_gateway import LocalGateway
from payments.models import Payment, PaymentState, Refund, RefundState, Remittance, RemittanceState

GIVEN_BACK = (RefundState.PENDING, RefundState.SUCCEEDED)
# Of each kind of movement: its id, how much, when, and of which payment.
MOVED: dict[MovementKind, Any] = {
    MovementKind.PAYMENT: select(
        Payment.id, Payment.amount_minor, Payment.settled_at.label("at"), Payment.id
    ).where(Payment.rail == Rail.CASH, Payment.state == PaymentState.PAID),
    MovementKind.REFUND: select(
        Refund.id, -Refund.amount_minor, Refund.changed_at.label("at"), Refund.payment_id
    ).where(Refund.rail == Rail.CASH, Refund.state == RefundState.SUCCEEDED),
    MovementKind.PAYOUT: select(
        Remittance.id, -Remittance.received_minor, Remittance.settled_at.label("at"), null()
    ).where(Remittance.state != RemittanceState.ANNOUNCED),
}


class CashGateway(LocalGateway):
    """A collection's reference is the id of its payment; a person takes the money and gives it."""

    provider = "cash"

    def movements(self, *, since: datetime) -> Iterator[Movement]:
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
        raise GatewayRefused("unknown_refund")  # a person gives what our books have already

    def _came(self, session: Session, payment: Payment) -> tuple[int, Sequence[PaidBack]]:
        its = select(Refund).where(Refund.payment_id == payment.id, Refund.state.in_(GIVEN_BACK))
        came = payment.amount_minor if payment.state == PaymentState.PAID else 0
        return came, [
            PaidBack(
                reference=str(refund.id),
                refund_id=refund.id,
                amount=Money(refund.amount_minor, refund.currency),
                standing=BackStanding(refund.state),
            )
            for refund in session.scalars(its.order_by(Refund.id))
        ]


def _movement(
    kind: MovementKind, its_id: UUID, amount_minor: int, at: datetime, payment_id: UUID | None
) -> Movement:
    named: Any = {"reference": str(its_id), "source": str(its_id)}
    payment = str(payment_id) if payment_id else None
    return Movement(kind=kind, amount=Money(amount_minor), payment=payment, at=at, **named)

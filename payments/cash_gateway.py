"""Cash as a rail: its custodian's word in our own books is the truth about it."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.money import Money
from market.orders import Rail
from payments.gateway import BackStanding, Movement, MovementKind, PaidBack
from payments.local_gateway import LocalGateway
from payments.models import Payment, PaymentState, Remittance, RemittanceState
from payments.refund_models import Refund, RefundState

GIVEN_BACK = (RefundState.PENDING, RefundState.SUCCEEDED)


class CashGateway(LocalGateway):
    """A collection's reference is the id of its payment; a person takes the money and gives it."""

    provider = "cash"

    def movements(self, *, since: datetime) -> Iterator[Movement]:
        """Cash taken from buyers, and cash handed in."""
        with self._database.reading() as session:
            taken = session.scalars(
                select(Payment)
                .where(Payment.rail == Rail.CASH)
                .where(Payment.state == PaymentState.PAID, Payment.settled_at >= since)
            )
            handed_in = session.scalars(
                select(Remittance).where(
                    Remittance.state != RemittanceState.ANNOUNCED, Remittance.settled_at >= since
                )
            )
            found = [
                *(_moved(MovementKind.PAYMENT, each, each.amount_minor) for each in taken),
                *(_moved(MovementKind.PAYOUT, each, -each.received_minor) for each in handed_in),
            ]
        yield from sorted(found, key=lambda movement: (movement.at, movement.reference))

    def _payment(self, session: Session, reference: str) -> Payment | None:
        payment = session.get(Payment, UUID(reference)) if _ID.fullmatch(reference) else None
        return payment if payment is not None and self._reference(payment) else None

    def _reference(self, payment: Payment) -> str | None:
        return str(payment.id) if payment.rail == Rail.CASH else None

    def _give_back(self, refund_id: UUID, amount: Money) -> str:  # noqa: ARG002
        return str(refund_id)  # a person hands it over

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


def _moved(kind: MovementKind, source: Payment | Remittance, amount_minor: int) -> Movement:
    if source.settled_at is None:
        raise ValueError("money without a moment")
    return Movement(
        reference=str(source.id),
        kind=kind,
        amount=Money(amount_minor, source.currency),
        fee=Money(0, source.currency),
        source=str(source.id),
        payment=str(source.id) if kind is MovementKind.PAYMENT else None,
        at=source.settled_at,
    )


_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

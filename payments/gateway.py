"""The port to whoever moves the money: plain values in and out, amounts in our own minor units.

Adapters convert units and statuses at their edge; nothing of a provider's own passes through.
Each call carries an idempotency key of ours, and may be made again with it. What a rail cannot do
it refuses: nobody but a card promises money, and nobody stops a transfer or a buyer with cash.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol
from uuid import UUID

from market.money import Money

NOTHING = Money(0)


class GatewayUnsure(Exception):
    """The provider did not answer, or not in time: whether the money moved is not known."""


class GatewayRefused(Exception):
    """The provider said no and nothing moved; `code` is its reason, safe to show."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Standing(StrEnum):
    """How a payment stands at its provider."""

    AWAITING_PAYER = "awaiting-payer"
    PROCESSING = "processing"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    CANCELLED = "cancelled"


class BackStanding(StrEnum):
    """How a refund stands at its provider."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class MovementKind(StrEnum):
    """What moved a provider's balance."""

    PAYMENT = "payment"
    REFUND = "refund"
    REFUND_FAILED = "refund-failed"
    DISPUTE = "dispute"
    DISPUTE_WON = "dispute-won"
    PAYOUT = "payout"
    OTHER = "other"


class Charge(NamedTuple):
    """What is to be collected: our id, how much, for which checkout, at once or in two steps."""

    id: UUID
    amount: Money
    group: str
    manual: bool = False


class PaidBack(NamedTuple):
    """One refund as its provider tells it; `refund_id` is ours, None where we never asked."""

    reference: str
    refund_id: UUID | None
    amount: Money
    standing: BackStanding
    error: str | None = None


class Contested(NamedTuple):
    """One dispute as its provider tells it; `state` is a DisputeState's value."""

    reference: str
    amount: Money
    state: str
    due_at: datetime | None = None


class PaidIn(NamedTuple):
    """One payment as its provider tells it now, with all that came of it."""

    reference: str
    charge_id: UUID | None
    standing: Standing
    amount: Money
    captured: Money
    capturable_until: datetime | None = None
    error: str | None = None
    client_secret: str | None = None
    refunds: tuple[PaidBack, ...] = ()
    disputes: tuple[Contested, ...] = ()


class Movement(NamedTuple):
    """One change of a provider's balance: `amount` signed and before the `fee` it cost us.

    `payment` is the provider's reference of the payment behind it, where there is one.
    """

    reference: str
    kind: MovementKind
    amount: Money
    source: str
    payment: str | None
    at: datetime
    fee: Money = NOTHING


class Gateway(Protocol):
    """A rail; every verb raises GatewayUnsure or GatewayRefused, and nothing else."""

    provider: str

    def ask(self, charge: Charge) -> PaidIn:
        """Ask the payer for money, once per charge; in two steps by cards only, else `manual`."""

    def look(self, reference: str) -> PaidIn:
        """How the payment stands now."""

    def find(self, charge_id: UUID, *, since: datetime) -> PaidIn | None:
        """The payment that we asked for under our id, since then; None: it never arrived there."""

    def capture(self, reference: str, amount: Money, *, key: str) -> PaidIn:
        """Take that much of an authorisation; the rest is let go. By cards only, else `manual`."""

    def cancel(self, reference: str, *, key: str) -> PaidIn:
        """Ask for the money no more, or let an authorisation go; refused where the money came.

        A transfer and cash are asked for by our own books: while these await it, it is refused.
        """

    def refund(
        self, reference: str, amount: Money, *, refund_id: UUID, key: str | None = None
    ) -> PaidBack:
        """Give that much back, once per `key`, which is the refund's id if not said.

        Refused for more than is left; another amount under the same key is never given.
        """

    def movements(self, *, since: datetime) -> Iterator[Movement]:
        """What moved the balance since then, the oldest first."""

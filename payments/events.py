"""What the worker hears of payments, to call the provider for."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from market.outbox import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptDecided(Event):
    """It is decided how much of an authorisation to take, or to let it go."""

    name: ClassVar[str] = "payment.attempt_decided"
    attempt_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundApproved(Event):
    """Money is to go back to a buyer."""

    name: ClassVar[str] = "payment.refund_approved"
    refund_id: UUID

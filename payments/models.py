"""Payments asked for, tries to collect them, what banks and providers told, and money back."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Identified, Json, Versioned, partial_index


class PaymentState(StrEnum):
    """Money awaited, promised by a card, arrived, or no longer awaited (late money is unapplied).

    Cash that is refused at the door ends `cancelled`.
    """

    AWAITING = "awaiting"
    AUTHORIZED = "authorized"
    PAID = "paid"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class AttemptState(StrEnum):
    """How far one try to collect by a provider has come; `unknown` until we have asked."""

    SUBMITTING = "submitting"
    UNKNOWN = "unknown"
    AWAITING_PAYER = "awaiting-payer"
    PROCESSING = "processing"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


# Nothing leads back along this line; the ends never overwrite `captured`, which comes from any.
RANK = {state: rank for rank, state in enumerate(list(AttemptState)[:6])}
LIVE = tuple(list(AttemptState)[:5])
_IS_LIVE = f"state IN ({', '.join(repr(str(state)) for state in LIVE)})"


class BankLineState(StrEnum):
    """What a line on a bank statement turned out to be."""

    MATCHED = "matched"
    PARTIAL = "partial"
    OVER = "over"
    LATE = "late"
    UNMATCHED = "unmatched"
    FOREIGN = "foreign"
    REFUND = "refund"
    REMITTED = "remitted"


class RemittanceState(StrEnum):
    """Cash on its way from who collected it to the market's account."""

    ANNOUNCED = "announced"
    RECEIVED = "received"
    SHORT = "short"


class Amounted:
    """A sum in the smallest unit of its currency (ISO 4217)."""

    amount_minor: Mapped[int]
    currency: Mapped[str]


class ToAccount:
    """The bank account that a transfer goes to, if it is one and that is known."""

    bank_bin: Mapped[str | None]
    bank_account: Mapped[str | None]
    bank_holder: Mapped[str | None]


class Payment(Identified, Amounted, ToAccount, Base):
    """One amount that a buyer owes to one beneficiary (none: the custody account)."""

    __table_args__ = (CheckConstraint("amount_minor > 0", name="positive"),)

    group_id: Mapped[UUID] = mapped_column(ForeignKey("order_group.id"), index=True)
    beneficiary_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    rail: Mapped[str]
    state: Mapped[str]
    memo: Mapped[str | None] = mapped_column(unique=True)
    expires_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]


class PaymentOrder(Base):
    """Which orders a payment pays, and how much of it is whose."""

    __table_args__ = (CheckConstraint("amount_minor > 0", name="positive"),)

    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payment.id"), primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("order_.id"), primary_key=True, index=True)
    amount_minor: Mapped[int]


class Attempt(Identified, Versioned, Amounted, Base):
    """One try to collect a payment by a provider; its id is the idempotency key of all calls.

    `capture_minor` is what is to be captured of an authorisation, as soon as that is decided.
    """

    __tablename__ = "payment_attempt"
    __table_args__ = (
        UniqueConstraint("provider", "reference"),
        CheckConstraint("captured_minor <= amount_minor", name="captured"),
        Index("ix_payment_attempt_changed_at", "state", "changed_at"),
        partial_index("uq_payment_attempt_live", "payment_id", where=_IS_LIVE),
    )

    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payment.id"))
    provider: Mapped[str]
    reference: Mapped[str | None]
    state: Mapped[str]
    manual: Mapped[bool]
    capture_minor: Mapped[int | None]
    captured_minor: Mapped[int] = mapped_column(default=0)
    capturable_until: Mapped[datetime | None]
    error: Mapped[str | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class ProviderEvent(Identified, Base):
    """The inbox: which notification of a provider came, whatever becomes of it; each once."""

    __table_args__ = (UniqueConstraint("provider", "event_id"),)

    provider: Mapped[str]
    event_id: Mapped[str]
    kind: Mapped[str]
    reference: Mapped[str | None]
    received_at: Mapped[datetime]


class ProviderCursor(Base):
    """Until when a provider's movements have been compared with the ledger."""

    provider: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime]


class BankLine(Identified, Base):
    """A line of a bank statement, kept whatever it turned out to be; `holder_id` told his own.

    A line below zero went out. `payer_*` is who sent it, where the bank says so.
    """

    __table_args__ = (Index("ix_bank_line_state", "state", "recorded_at", "id"),)

    digest: Mapped[str] = mapped_column(unique=True)
    account: Mapped[str]
    holder_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    reference: Mapped[str]
    booked_at: Mapped[datetime]
    amount_minor: Mapped[int]
    text: Mapped[str]
    state: Mapped[str]
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment.id"), index=True)
    applied_minor: Mapped[int]
    payer_bin: Mapped[str | None]
    payer_account: Mapped[str | None]
    payer_name: Mapped[str | None]
    recorded_at: Mapped[datetime]

    @property
    def left_minor(self) -> int:
        """How much of it was not applied when it came."""
        return self.amount_minor - self.applied_minor


class BankAllocation(Base):
    """What a person decided of a line that fitted nothing: which payment it pays after all."""

    line_id: Mapped[UUID] = mapped_column(ForeignKey("bank_line.id"), primary_key=True)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payment.id"))
    allocated_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    allocated_at: Mapped[datetime]


class Remittance(Identified, Amounted, Base):
    """Cash that its custodian sends to the custody account, under a memo of its own."""

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="positive"),
        Index("ix_remittance_holder_id", "holder_id", "state", "created_at"),
    )

    holder_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    memo: Mapped[str] = mapped_column(unique=True)
    received_minor: Mapped[int] = mapped_column(default=0)
    state: Mapped[str]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class RefundState(StrEnum):
    """Money on its way back: its amount is reserved from the first state on."""

    REQUESTED = "requested"
    APPROVED = "approved"
    SUBMITTING = "submitting"
    UNKNOWN = "unknown"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REJECTED = "rejected"


class DisputeState(StrEnum):
    """A payer's bank asks for the money back; the last three are its word."""

    NEEDS_RESPONSE = "needs-response"
    UNDER_REVIEW = "under-review"
    WON = "won"
    LOST = "lost"
    PREVENTED = "prevented"


_GOING = "state NOT IN ('failed', 'rejected')"


class Refund(Identified, Versioned, Amounted, ToAccount, Base):
    """Money back to a buyer, of an order or (with none) of what was never applied.

    `positions` are the order's lines whose price it is, if it was asked for by lines.
    """

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="positive"),
        UniqueConstraint("rail", "reference"),
        Index("ix_refund_changed_at", "state", "changed_at"),
        partial_index("uq_refund_line_id", "line_id", where=_GOING),
    )

    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment.id"))
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("order_.id"), index=True)
    attempt_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment_attempt.id"))
    line_id: Mapped[UUID | None] = mapped_column(ForeignKey("bank_line.id"))
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"))
    positions: Mapped[list[int]] = mapped_column(Json, default=list)
    rail: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str]
    reference: Mapped[str | None]
    memo: Mapped[str | None] = mapped_column(unique=True)
    error: Mapped[str | None]
    external: Mapped[bool] = mapped_column(default=False)
    requested_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class Dispute(Identified, Amounted, Base):
    """A payment that the payer's bank asks back; the sellers' parts wait in reserve meanwhile."""

    __table_args__ = (CheckConstraint("amount_minor > 0", name="positive"),)

    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("payment_attempt.id"), index=True)
    reference: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    due_at: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

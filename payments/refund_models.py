"""Money back to buyers, and payments that their banks ask back."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Json


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


_GOING = text("state NOT IN ('failed', 'rejected')")


class Refund(Base):
    """Money back to a buyer, of an order or (with none) of what was never applied.

    `positions` are the order's lines whose price it is, if it was asked for by lines.
    """

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="positive"),
        UniqueConstraint("rail", "reference"),
        Index("ix_refund_order_id", "order_id"),
        Index("ix_refund_changed_at", "state", "changed_at"),
        Index(
            "uq_refund_line_id",
            "line_id",
            unique=True,
            sqlite_where=_GOING,
            postgresql_where=_GOING,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment.id"))
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("order_.id"))
    attempt_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment_attempt.id"))
    line_id: Mapped[UUID | None] = mapped_column(ForeignKey("bank_line.id"))
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case_file.id"))
    positions: Mapped[list[int]] = mapped_column(Json, default=list)
    rail: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str]
    reference: Mapped[str | None]
    memo: Mapped[str | None] = mapped_column(unique=True)
    bank_bin: Mapped[str | None]
    bank_account: Mapped[str | None]
    bank_holder: Mapped[str | None]
    error: Mapped[str | None]
    external: Mapped[bool] = mapped_column(default=False)
    requested_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class Dispute(Base):
    """A payment that the payer's bank asks back; the sellers' parts wait in reserve meanwhile."""

    __tablename__ = "dispute"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="positive"),
        Index("ix_dispute_attempt_id", "attempt_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("payment_attempt.id"))
    reference: Mapped[str] = mapped_column(unique=True)
    amount_minor: Mapped[int]
    currency: Mapped[str]
    state: Mapped[str]
    due_at: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

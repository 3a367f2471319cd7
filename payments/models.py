"""Payments asked for, and the bank lines that answered them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base


class PaymentState(StrEnum):
    """Money awaited, arrived, or no longer awaited (late money is kept unapplied)."""

    AWAITING = "awaiting"
    PAID = "paid"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class BankLineState(StrEnum):
    """What a line on a bank statement turned out to be."""

    MATCHED = "matched"
    PARTIAL = "partial"
    OVER = "over"
    LATE = "late"
    UNMATCHED = "unmatched"
    FOREIGN = "foreign"


class Payment(Base):
    """One amount that a buyer owes to one beneficiary (none: the custody account)."""

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="positive"),
        Index("ix_payment_group_id", "group_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    group_id: Mapped[UUID] = mapped_column(ForeignKey("order_group.id"))
    beneficiary_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    rail: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    state: Mapped[str]
    memo: Mapped[str | None] = mapped_column(unique=True)
    bank_bin: Mapped[str | None]
    bank_account: Mapped[str | None]
    bank_holder: Mapped[str | None]
    expires_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]


class PaymentOrder(Base):
    """Which orders a payment pays, and how much of it is whose."""

    __tablename__ = "payment_order"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="positive"),
        Index("ix_payment_order_order_id", "order_id"),
    )

    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payment.id"), primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("order_.id"), primary_key=True)
    amount_minor: Mapped[int]


class BankLine(Base):
    """A line of a bank statement, kept whatever it turned out to be; `holder_id` told his own."""

    __tablename__ = "bank_line"
    __table_args__ = (Index("ix_bank_line_state", "state", "recorded_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    account: Mapped[str]
    holder_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    reference: Mapped[str]
    booked_at: Mapped[datetime]
    amount_minor: Mapped[int]
    text: Mapped[str]
    state: Mapped[str]
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment.id"))
    applied_minor: Mapped[int]
    recorded_at: Mapped[datetime]

"""Double entry that the database itself keeps: entries first, then the posting that seals them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Serial


class Account(Base):
    """A ledger account. `normal` is 1 where debits make it grow (assets, expenses), else -1.

    Where there is a floor, a trigger keeps `balance` in the normal direction and never below it;
    elsewhere the balance is the sum of the entries, so that every sale does not queue for one row.
    """

    __tablename__ = "ledger_account"
    __table_args__ = (
        UniqueConstraint("code", "currency"),
        CheckConstraint("normal IN (1, -1)", name="normal"),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    code: Mapped[str]
    currency: Mapped[str]
    normal: Mapped[int]
    balance: Mapped[int] = mapped_column(default=0)
    floor: Mapped[int | None]


class Posting(Base):
    """The seal of one transaction of the ledger; the database refuses one that does not add up.

    One that `reverses` another undoes it, at most once.
    """

    __tablename__ = "ledger_posting"
    __table_args__ = (
        Index("ix_ledger_posting_order_id", "order_id"),
        Index("uq_ledger_posting_reverses", "reverses", unique=True),
    )

    tx: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    effective_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("order_.id"))
    actor_id: Mapped[UUID | None]
    reverses: Mapped[UUID | None]


class Entry(Base):
    """One account's part of a transaction: positive is debit, negative is credit."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="not_zero"),
        # The seal asks by transaction and account; with less SQLite would walk the whole account.
        Index("ix_ledger_entry_tx", "tx", "account_id", "amount"),
        Index("ix_ledger_entry_account_id", "account_id", "id"),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    tx: Mapped[UUID] = mapped_column(
        ForeignKey("ledger_posting.tx", deferrable=True, initially="DEFERRED")
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    amount: Mapped[int]

"""Rates as dated rows: what is taken of a sale, on which ground, from when to when."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base


class Purpose(StrEnum):
    """What a rate is for."""

    COMMISSION = "commission"
    COOPERATIVE = "cooperative"
    VAT = "vat"
    PIT = "pit"


AGREED = frozenset({Purpose.COMMISSION, Purpose.COOPERATIVE})  # the others are the law's


class RateRule(Base):
    """One rule; of those in force that fit a line the one with the lowest position counts.

    What is None fits everything; a category fits with all below it. A rule is never changed: it
    ends, and another begins. It counts from `valid_from` until before `valid_to`. Those of taxes
    are kept and not applied yet.
    """

    __tablename__ = "rate_rule"
    __table_args__ = (
        CheckConstraint("basis_points BETWEEN 0 AND 10000", name="basis_points"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="valid"),
        Index("ix_rate_rule_purpose", "purpose", "position"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    position: Mapped[int]
    category_code: Mapped[str | None]
    seller_kind: Mapped[str | None]
    seller_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    cooperative_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    basis_points: Mapped[int]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    law: Mapped[str]
    article: Mapped[str]
    note: Mapped[str]
    entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]

    @property
    def used_in(self) -> str:
        """Where it is used: in each of the `order-lines` as they are placed, or `none-yet`."""
        return "order-lines" if self.purpose in AGREED else "none-yet"

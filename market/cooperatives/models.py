"""Which farms, boats and hosts belong to which cooperative, and for which fee."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, partial_index

FEE_BASIS_POINTS_MAX = 5_000


class CooperativeMember(Base):
    """A seller's membership of a cooperative; at most one at a time."""

    __tablename__ = "cooperative_member"
    __table_args__ = (
        CheckConstraint(f"fee_basis_points BETWEEN 0 AND {FEE_BASIS_POINTS_MAX}", name="fee"),
        partial_index(
            "uq_cooperative_member_current",
            "organisation_id",
            where="ended_at IS NULL",
            unique=True,
        ),
        Index("ix_cooperative_member_cooperative_id", "cooperative_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    cooperative_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    fee_basis_points: Mapped[int]
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    requested_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

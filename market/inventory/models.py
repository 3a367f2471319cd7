"""Cells of capacity and the claims on them: produce, seats and later rooms and boats alike."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Identified, Serial

FITS = "held >= 0 AND sold >= 0 AND held + sold <= capacity"


class ResourceKind(StrEnum):
    """What is counted."""

    PRODUCE = "produce"
    SEATS = "seats"
    ROOM_TYPE = "room-type"
    VEHICLE = "vehicle"
    GUIDE = "guide"


class ClaimState(StrEnum):
    """Held until a moment, sold for good, or given back."""

    HELD = "held"
    SOLD = "sold"
    RELEASED = "released"


class Resource(Identified, Base):
    """Something of which there is a limited amount, in one or many buckets.

    A vehicle or a guide has a name, takes so many guests at once, and needs so many minutes between
    two uses; its buckets are half hours. The links to its calendar are those of the feed's number.
    """

    kind: Mapped[str]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str | None]
    places: Mapped[int | None]
    turnaround_minutes: Mapped[int | None]
    feed_number: Mapped[int] = mapped_column(default=0, server_default="0")

    @property
    def by_night(self) -> bool:
        """Whether its buckets are nights."""
        return self.kind == ResourceKind.ROOM_TYPE


class Cell(Base):
    """How much of one bucket there is, is held and is sold; the database refuses to oversell.

    What serves one use at a time (a boat) is claimed for it: while anything is, for no other.
    """

    __table_args__ = (CheckConstraint(FITS, name="never_oversold"),)

    resource_id: Mapped[UUID] = mapped_column(ForeignKey("resource.id"), primary_key=True)
    bucket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    capacity: Mapped[int]
    held: Mapped[int] = mapped_column(default=0)
    sold: Mapped[int] = mapped_column(default=0)
    closed: Mapped[bool] = mapped_column(default=False)
    next_expiry: Mapped[datetime | None]
    used_for: Mapped[UUID | None]


class Claim(Base):
    """An owner's part of one cell."""

    __table_args__ = (
        ForeignKeyConstraint(["resource_id", "bucket"], ["cell.resource_id", "cell.bucket"]),
        CheckConstraint("qty > 0", name="positive"),
        CheckConstraint("(state = 'held') = (expires_at IS NOT NULL)", name="only_holds_expire"),
        Index("ix_claim_cell", "resource_id", "bucket", "state"),
    )

    owner_id: Mapped[UUID] = mapped_column(primary_key=True)
    resource_id: Mapped[UUID] = mapped_column(primary_key=True)
    bucket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    qty: Mapped[int]
    state: Mapped[str]
    expires_at: Mapped[datetime | None]


class Movement(Base):
    """A change of a cell's capacity, with its reason: the stock book, append-only."""

    __tablename__ = "stock_movement"
    __table_args__ = (Index("ix_stock_movement_cell", "resource_id", "bucket", "number"),)

    number: Mapped[int] = mapped_column(Serial, primary_key=True)
    resource_id: Mapped[UUID] = mapped_column(ForeignKey("resource.id"))
    bucket: Mapped[int]
    delta: Mapped[int]
    reason: Mapped[str]
    actor_id: Mapped[UUID | None]
    at: Mapped[datetime]

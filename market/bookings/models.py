"""Tickets: one per guest, shown at the gate, redeemed once."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base


class TicketState(StrEnum):
    """A ticket waits for its order to be sure, is valid, used or void."""

    PENDING = "pending"
    VALID = "valid"
    REDEEMED = "redeemed"
    VOID = "void"


class Ticket(Base):
    """One guest's seat on one departure."""

    __tablename__ = "ticket"
    __table_args__ = (
        ForeignKeyConstraint(
            ["order_id", "position"], ["order_line.order_id", "order_line.position"]
        ),
        Index("ix_ticket_order_id", "order_id"),
        Index("ix_ticket_departure_id", "departure_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    order_id: Mapped[UUID]
    position: Mapped[int]  # of the order's line
    departure_id: Mapped[UUID]
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    unit: Mapped[str]
    starts_at: Mapped[datetime]
    state: Mapped[str]
    redeemed_at: Mapped[datetime | None]
    redeemed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))

"""Plots, lots and what happened to each lot, told only forward."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Identified, Json, Versioned


class Step(StrEnum):
    """What can be said of a lot; each has its counterpart among the business steps of EPCIS."""

    SOWN = "sown"
    TREATED = "treated"
    HARVESTED = "harvested"
    WEIGHED = "weighed"
    PACKED = "packed"
    HANDED_OVER = "handed-over"


class Voice(StrEnum):
    """Who says that a thing happened: the grower, an agent on their word, or the scale."""

    PRODUCER = "producer"
    AGENT = "agent"
    WEIGH_MASTER = "weigh-master"


class Plot(Identified, Base):
    """A piece of land (or a boat's ground) where a producer grows one crop."""

    producer_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str]
    unit_code: Mapped[str]
    category_code: Mapped[str]
    area_m2: Mapped[int]
    created_at: Mapped[datetime]


class Lot(Versioned, Base):
    """One harvest of one producer, by the code on its boxes; itself the resource of its stock."""

    __table_args__ = (
        CheckConstraint("declared > 0 AND (accepted IS NULL OR accepted >= 0)", name="weights"),
    )

    id: Mapped[UUID] = mapped_column(ForeignKey("resource.id"), primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    producer_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    plot_id: Mapped[UUID | None] = mapped_column(ForeignKey("plot.id"))
    category_code: Mapped[str]
    unit_code: Mapped[str]
    harvest_day: Mapped[date]
    unit: Mapped[str]
    scale: Mapped[int]
    declared: Mapped[int]
    accepted: Mapped[int | None]
    created_at: Mapped[datetime]

    @property
    def weight(self) -> int:
        """What there is of it: as the scale said, or else as declared."""
        return self.declared if self.accepted is None else self.accepted


class LotEvent(Identified, Base):
    """One thing that happened to a lot, and who says so; never changed, never deleted."""

    __table_args__ = (Index("ix_lot_event_lot_id", "lot_id", "occurred_at", "id"),)

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"))
    step: Mapped[str]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    voice: Mapped[str]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    mandate_id: Mapped[UUID | None] = mapped_column(ForeignKey("mandate.id"))
    facts: Mapped[dict[str, Any]] = mapped_column(Json)

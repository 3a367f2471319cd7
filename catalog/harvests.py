"""Harvests to come: when, how surely, and how much of them may be ordered ahead."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Connection, ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from market import clock
from market.db import Base, Created, Versioned, partial_index, table_of
from market.inventory.models import Cell
from market.inventory.stocking import FREE


class Confidence(StrEnum):
    """How sure a grower is of the days."""

    SURE = "sure"
    LIKELY = "likely"
    UNSURE = "unsure"


class HarvestState(StrEnum):
    """Expected and ordered ahead, being picked, over."""

    EXPECTED = "expected"
    OPEN = "open"
    CLOSED = "closed"


class Harvest(Created, Versioned, Base):
    """A harvest of a listing; itself the resource whose one cell counts what is ordered ahead.

    `slips` counts how often its promise was moved.
    """

    __table_args__ = (
        CheckConstraint("expected_until >= expected_from", name="window"),
        CheckConstraint("promised_day >= expected_from", name="promise"),
        partial_index("uq_harvest_standing", "listing_id", where="state <> 'closed'"),
    )

    id: Mapped[UUID] = mapped_column(ForeignKey("resource.id"), primary_key=True)
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id"), index=True)
    expected_from: Mapped[date]
    expected_until: Mapped[date]
    confidence: Mapped[str]
    promised_day: Mapped[date | None]
    state: Mapped[str]
    slips: Mapped[int] = mapped_column(default=0)


def standing(
    asked: Session | Connection, *, listing_ids: Iterable[UUID], now: datetime
) -> dict[UUID, Any]:
    """The harvest of each listing that expects one: its row, its `capacity` and what is `left`."""
    its = _COUNTED.where(Harvest.listing_id.in_(listing_ids), STANDS)
    return {row.listing_id: row for row in asked.execute(its, {"now": now})}


def orderable(harvest: Any, *, now: datetime) -> bool:
    """Whether goods of the harvest, if there is one, are promised for a day to come."""
    day = harvest and harvest.promised_day
    return bool(day and day > clock.day_of(now))


STANDS = Harvest.state != HarvestState.CLOSED
_COUNTED = select(*table_of(Harvest).c, Cell.capacity, FREE.label("left")).join(
    Cell, Cell.resource_id == Harvest.id
)

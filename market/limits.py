"""Counted limits that live in the database: codes sent, tries made, holds opened."""

import math
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from market import portable
from market.db import Base
from market.errors import Kind, MarketError

DAY = timedelta(days=1)


class TooMany(MarketError, code="too_many", kind=Kind.TOO_MANY, keeps=True):
    """Asked too often; facts: `retry_after_seconds`. The count itself is kept."""


class LimitCounter(Base):
    """How often something was done in one window of time."""

    key: Mapped[str] = mapped_column(primary_key=True)
    window_start: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int]


def counted(session: Session, key: str, since: datetime) -> int:
    """Count one use of the key in the window that began then; how many that are."""
    row = {"key": key, "window_start": since}
    return portable.add_up(session, LimitCounter, row, "count", by=1)


def take(session: Session, key: str, most: int, *, window: timedelta = DAY, now: datetime) -> None:
    """Count one use of `key` in the window now running; refuse the one after `most`."""
    span = int(window.total_seconds())
    start = datetime.fromtimestamp(int(now.timestamp()) // span * span, tz=now.tzinfo)
    if counted(session, key, start) > most:
        raise TooMany(retry_after_seconds=math.ceil((start + window - now).total_seconds()))


def forget(session: Session, *, before: datetime) -> None:
    """Drop the windows of long ago."""
    session.execute(delete(LimitCounter).where(LimitCounter.window_start < before))

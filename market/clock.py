"""The one clock: aware UTC instants, and days as they are counted in Việt Nam."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
YEARS = range(2000, 2101)  # in which this market buys and sells; others are slips of the hand


def now() -> datetime:
    """The present instant, in UTC; only the edges of the program call it."""
    return datetime.now(UTC)


def day_of(moment: datetime) -> date:
    """The day in Việt Nam on which the instant falls."""
    return moment.astimezone(VIETNAM).date()


def start_of(day: date) -> datetime:
    """The instant at which the day begins in Việt Nam."""
    return datetime.combine(day, time.min, VIETNAM).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The first instant of the day after (periods are half-open)."""
    return start_of(day + timedelta(days=1))

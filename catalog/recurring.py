"""Rules of recurrence (RFC 5545) walked through as far as a day, and no further."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time, tzinfo
from itertools import takewhile
from typing import Any

from dateutil.rrule import rrulestr

PERIOD_DAYS = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 28, "YEARLY": 365}
LATEST = datetime(2200, 1, 1)  # noqa: DTZ001  in any zone


def parts_of(rule: Any) -> dict[str, str]:
    """The parts of a rule by their names; raises ValueError where it has none."""
    return dict(part.split("=", 1) for part in rule.to_ical().decode().split(";"))


def starts(rule: Any, first: datetime, last: datetime, zone: tzinfo) -> Iterator[datetime]:
    """The starts of a rule (`icalendar.vRecur`) up to a moment, all on the clocks of its zone.

    A last day counts as a whole. Raises ValueError or LookupError for what is no rule.
    """
    parts = parts_of(rule)
    if parts.pop("UNTIL", None):
        last = min(last, _on_clocks(rule["UNTIL"][0], zone))
    step = _Step(parts.get("INTERVAL", 1))
    step.left = (last - first).days // (step * PERIOD_DAYS[parts["FREQ"]]) + 2
    found: Any = rrulestr(";".join(map("=".join, parts.items())), dtstart=first)
    with suppress(_Enough):
        yield from takewhile(lambda it: it <= last, found.replace(interval=step))


def _on_clocks(until: date, zone: tzinfo) -> datetime:
    if not isinstance(until, datetime):
        return datetime.combine(until, time.max)
    until = min(until, LATEST.replace(tzinfo=until.tzinfo))
    return (until.astimezone(zone) if until.tzinfo else until).replace(tzinfo=None)


class _Enough(Exception):
    """The next period lies behind the last day."""


class _Step(int):
    """An interval that ends the library's walk, which may else find nothing until the year 9999."""

    left = 10

    def __radd__(self, other: int) -> int:
        return other + self * 1

    def __mul__(self, other: int) -> int:
        self.left -= 1
        if self.left < 0:
            raise _Enough
        return int(self) * other

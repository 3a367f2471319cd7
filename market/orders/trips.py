"""A trip: the visits, stays and pick-ups of one checkout in time order, with the way between."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from market import clock
from market.geography.units import Way, travelled
from market.orders.models import LineKind

DAY = timedelta(days=1)
TO_BED, FROM_BED = time(22), time(5)  # by when one arrives at a house, and leaves it again


class Tight(NamedTuple):
    """Too little time to get from one part to the next, or none: so many minutes, by this way."""

    minutes: int
    way: Way
    after: str


class Leg(NamedTuple):
    """A part of a trip; times are instants. `tight` is what is wrong with the way to it."""

    line: Any
    starts_at: datetime
    ends_at: datetime
    meets_in: str
    goes_to: str
    tight: Tight | None = None


class _Stop(NamedTuple):
    """Where one has to be by a moment, and from when on one may leave."""

    by: datetime
    from_: datetime
    meets_in: str
    ends_in: str
    leg: int


def legs(lines: Iterable[Any]) -> list[Leg]:
    """The parts of a trip, soonest first, of lines with `kind`, `title` and `snapshot`.

    Warned of are parts that begin before one can be there from the part before (estimates). A stay
    is reached by ten in the evening, and left from five in the morning on.
    """
    parts: dict[Any, Leg] = {}
    for line in lines:
        if line.kind != LineKind.GOODS and "change" not in line.snapshot:
            said = line.snapshot
            times = [datetime.fromisoformat(said[name]) for name in ("starts_at", "ends_at")]
            leg = Leg(line, times[0], times[1], said["meeting"]["commune"], said["commune"])
            parts.setdefault((line.departure_id, times[0]), leg)
    found = sorted(parts.values(), key=lambda leg: (leg.starts_at, leg.ends_at))
    stops = sorted(stop for number, leg in enumerate(found) for stop in _stops(number, leg))
    for before, after in pairwise(stops):
        tight = _tight(found, before, after)
        if tight and found[after.leg].tight is None:
            found[after.leg] = found[after.leg]._replace(tight=tight)
    return found


def _stops(number: int, leg: Leg) -> list[_Stop]:
    if leg.line.kind != LineKind.NIGHTS:
        return [_Stop(leg.starts_at, leg.ends_at, leg.meets_in, leg.goes_to, number)]
    first, last = clock.day_of(leg.starts_at), clock.day_of(leg.ends_at)
    nights = [first + timedelta(days=it) for it in range((last - first).days)]
    there = leg.goes_to, leg.goes_to, number
    return [_Stop(_at(night, TO_BED), _at(night + DAY, FROM_BED), *there) for night in nights]


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, clock.VIETNAM)


def _tight(found: Sequence[Leg], before: _Stop, after: _Stop) -> Tight | None:
    if before.leg == after.leg:
        return None
    way = travelled(before.ends_in, after.meets_in)
    minutes = (after.by - before.from_) // timedelta(minutes=1)
    title = found[before.leg].line.title
    return Tight(minutes, way, title) if minutes < way.minutes else None

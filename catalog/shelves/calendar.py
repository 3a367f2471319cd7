"""The days of an experience: on which an option can be booked, for how many, and for how much."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, Connection, Uuid, and_, bindparam, case, cast, func, select

from catalog.booking_models import ExperienceOption
from catalog.models import Departure, Experience
from catalog.options import in_force, price_of
from catalog.shelves.visits import IS_SEEN, SEATS, with_assets
from market import Actor, clock, table_of
from market.inventory.models import Cell
from market.inventory.stocking import FREE, NOW
from market.portable import fast_rows, uuid_of

DAYS_MAX = 62
Counts = dict[Any, dict[int, Any]]  # of an option, by day: what is left, and of how many
DAY_SECONDS, AHEAD_SECONDS = 86_400, 7 * 3_600  # Vietnam has no summer time


class Day(NamedTuple):
    """What is left of an option on a day, of all its starts; `closed` where there is none."""

    day: date
    status: str
    left: int
    prices: dict[str, int]


def of_experience(
    connection: Connection,
    *,
    experience_id: UUID,
    actor: Actor,
    first: date,
    days: int,
    now: datetime,
) -> dict[UUID, list[Day]]:
    """The days from the first on of each option of a visit that one may see, in their order.

    Prices are in đồng by kind of guest, the lowest that somebody pays on the day.
    """
    own = {"id": experience_id, "sellers": list(actor.seller_ids)}
    options = connection.execute(_OPTIONS, own).all()
    since = int(clock.start_of(first).timestamp())
    given = {"experience": experience_id, "since": since, "now": now}
    given |= {"until": since + days * DAY_SECONDS - 1}
    found: Counts = defaultdict(dict)
    for option_id, number, left, capacity in fast_rows(connection, _DAYS, given):
        found[option_id][number] = (left, capacity)
    counted = {uuid_of(option_id): its for option_id, its in found.items()}
    if any(option.asset_ids for option in options):
        counted |= _with_assets(connection, given)
    start = (since + AHEAD_SECONDS) // DAY_SECONDS
    each = [(start + at, first + timedelta(days=at)) for at in range(days)]
    numbered = [(number, day, day.isoformat(), day.weekday()) for number, day in each]
    return {it.id: _days(it, numbered, counted.get(it.id, {})) for it in options}


def _with_assets(connection: Connection, given: dict[str, Any]) -> Counts:
    """The same of the options whose boats and guides may serve another."""
    found: Counts = defaultdict(dict)
    rows = connection.execute(_STARTS, given).all()
    for row in with_assets(connection, rows, now=given["now"]):
        left, capacity = found[row.option_id].get(row.day, (0, 0))
        found[row.option_id][row.day] = (left + max(row.left, 0), capacity + row.capacity)
    return found


def _days(
    option: Any, days: list[tuple[int, date, str, int]], counted: dict[int, Any]
) -> list[Day]:
    said, priced = [], dict[tuple[int, ...], dict[str, int]]()  # by the seasons in force
    for number, day, iso, weekday in days:
        left, capacity = counted.get(number, (0, 0))
        status = "available" if left * 2 >= capacity else "limited" if left > 0 else "sold-out"
        its = option.seasons and in_force(option.seasons, iso, weekday)
        key = tuple(map(id, its))
        if key not in priced:
            priced[key] = {unit["type"]: price_of(unit, its, day) for unit in option.units}
        said.append(Day(day, status if capacity else "closed", left, priced[key]))
    return said


_OPTIONS = (
    select(*table_of(ExperienceOption).c["id", "units", "seasons", "asset_ids"])
    .join(Experience)
    .where(Experience.id == bindparam("id"), ExperienceOption.closed_at.is_(None), IS_SEEN)
    .order_by(ExperienceOption.position)
)
_NUMBER = ((Departure.bucket + AHEAD_SECONDS) // DAY_SECONDS).label("day")
_IS_OPEN = and_(Cell.closed.is_(False), Departure.cutoff_at > NOW)
_OF_VISIT = Departure.experience_id == bindparam("experience", type_=Uuid())
_WITHIN = _OF_VISIT & Departure.bucket.between(bindparam("since"), bindparam("until"))
_SUMS = (
    cast(func.sum(case((_IS_OPEN, counted), else_=0)), BigInteger).label(name)
    for name, counted in (("left", FREE), ("capacity", Cell.capacity))
)
_DAYS: Any = select(Departure.option_id, _NUMBER, *_SUMS).join(Cell, SEATS)
_DAYS = _DAYS.where(_WITHIN).group_by(Departure.option_id, _NUMBER)
_STARTS = (
    select(*table_of(Departure).c["id", "option_id", "starts_at", "ends_at"], _NUMBER)
    .add_columns(FREE.label("left"), Cell.capacity, ExperienceOption.asset_ids)
    .join(Cell, SEATS)
    .join(ExperienceOption)
    .where(_WITHIN, _IS_OPEN, ExperienceOption.asset_ids != [])
)

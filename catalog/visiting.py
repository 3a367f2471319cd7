"""Lines of visits: seats on a departure and rooms by the night, with all that they would claim."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from catalog import options, rooms
from catalog.baskets import NotForSale
from catalog.booking_models import ExperienceOption
from catalog.models import SeatUnit
from catalog.shelves.cards import called
from market import FieldInvalid, Kind, MarketError, Money, by_id, clock, inventory
from market.inventory import Want
from market.orders import Line, LineKind, Terms
from market.orders.placing import Rate
from market.portable import instant_of, uuid_of
from market.quantity import Quantity

ONE = "C62"  # UN/CEFACT
NIGHTS_MAX = 60
UNAGREED = Terms(Rate(0), Rate(0))


class TooShort(MarketError, code="stay.too_short", kind=Kind.CONFLICT):
    """Fewer nights than the room is let for; facts: `least`."""


class WrongArrival(MarketError, code="stay.arrival_day", kind=Kind.CONFLICT):
    """Nobody arrives on that weekday; facts: `days`, Monday 0."""


def interval(said: str) -> tuple[date, date]:
    """The days of arrival and departure in `2026-12-24/2026-12-26`; raises FieldInvalid."""
    try:
        first, last = map(date.fromisoformat, said.split("/"))
    except ValueError:
        raise FieldInvalid(field="until", reason="field.bad_day") from None
    if first.year not in clock.YEARS or not 1 <= (last - first).days <= NIGHTS_MAX:
        raise FieldInvalid(field="until", reason="field.bad_period")
    return first, last


def period(arrival: date, departure: date, *, now: datetime) -> str:
    """What `interval` reads, for nights that are still to come; raises FieldInvalid."""
    if arrival < clock.day_of(now):
        raise FieldInvalid(field="arrival", reason="field.past")
    if not 1 <= (departure - arrival).days <= NIGHTS_MAX:
        raise FieldInvalid(field="departure", reason="field.bad_period")
    return f"{arrival}/{departure}"


def seats(
    session: Session, line: Any, rows: Sequence[Any], taken: Counter[Any], now: datetime
) -> Line:
    """Seats of one kind on a departure; `taken` counts those of the lines before."""
    visit = rows[0]
    starts_at, ends_at = instant_of(visit.starts_at), instant_of(visit.ends_at)
    cutoff_at, units = instant_of(visit.cutoff_at), orjson.loads(visit.units)
    unit = options.unit_of(units, line.unit)
    if unit is None or cutoff_at <= now:
        raise NotForSale(listing_id=str(uuid_of(visit.experience_id)))
    count = line.quantity * unit["pax"]
    taken[line.subject_id] += count
    _require_left(visit, taken[line.subject_id])
    price = options.price_of(unit, orjson.loads(visit.seasons), clock.day_of(starts_at))
    wants = [Want(resource_id=uuid_of(visit.resource_id), bucket=visit.bucket, qty=count)]
    if visit.asset_ids != "[]":
        ids = [UUID(each) for each in orjson.loads(visit.asset_ids)]
        use: Any = {"use": line.subject_id, "qty": count}
        wants += inventory.slices(session, asset_ids=ids, period=(starts_at, ends_at), **use)
    said = _snapshot(visit, starts_at, ends_at, cutoff_at) | {"unit": line.unit, "pax": unit["pax"]}
    return _line(line, visit, price, wants, said)


def nights(
    session: Session, line: Any, rows: Sequence[Any], taken: Counter[Any], now: datetime
) -> Line:
    """Rooms of a type, one row for each night."""
    first, last = interval(line.unit)
    room, slept = rows[0], range(first.toordinal(), last.toordinal())
    starts_at, ends_at = options.checked_in(first), options.checked_out(last)
    cutoff_at = starts_at - timedelta(minutes=room.cutoff_minutes)
    if cutoff_at <= now or len(rows) < len(slept):
        raise NotForSale(listing_id=str(uuid_of(room.experience_id)))
    if len(slept) < room.minimum_nights:
        raise TooShort(least=room.minimum_nights)
    if not room.arrival_days >> first.weekday() & 1:
        raise WrongArrival(days=[day for day in range(7) if room.arrival_days >> day & 1])
    for night in rows:
        taken[line.subject_id, night.bucket] += line.quantity
        _require_left(night, taken[line.subject_id, night.bucket])
    if room.rooms != "[]":
        rooms.require_whole(session, room=room, wanted=[slept] * line.quantity, but=line.id)
    (unit,), seasons = orjson.loads(room.units), orjson.loads(room.seasons)
    prices = [options.price_of(unit, seasons, date.fromordinal(night)) for night in slept]
    its: Any = {"resource_id": uuid_of(room.resource_id), "qty": line.quantity}
    said = {"unit": SeatUnit.ROOM, "from": str(first), "until": str(last), "prices": prices}
    said = _snapshot(room, starts_at, ends_at, cutoff_at) | said
    return _line(line, room, sum(prices), [Want(bucket=night, **its) for night in slept], said)


def require_parties(session: Session, *, parts: Iterable[Sequence[Line]]) -> None:
    """Refuse guests who may not come so, or not without others: see `options.require_party`."""
    visits = [lines for lines in parts if lines[0].kind is LineKind.SEATS]
    ids = [UUID(lines[0].snapshot["option"]) for lines in visits]
    found = by_id(session, ExperienceOption, ids)
    for option_id, lines in zip(ids, visits, strict=True):
        option = found[option_id]
        counts = {line.snapshot["unit"]: line.quantity.value for line in lines}
        options.require_party(option.units, counts, option.least_units, option.most_units)


def _require_left(row: Any, wanted: int) -> None:
    if wanted > row.left:
        listing_id = str(uuid_of(row.experience_id))
        raise inventory.OutOfStock(listing_id=listing_id, wanted=wanted, left=max(row.left, 0))


def _line(line: Any, row: Any, minor: int, wants: Iterable[Want], said: dict[str, Any]) -> Line:
    price = Money(minor, row.currency)
    return Line(
        kind=LineKind(line.kind),
        listing_id=uuid_of(row.experience_id),
        departure_id=line.subject_id,
        category_code=row.category_code,
        title=called(row),
        quantity=Quantity(line.quantity, 0, ONE),
        price=price,
        amount=price * line.quantity,
        wants=tuple(wants),
        terms=UNAGREED,
        snapshot=said,
    )


def _snapshot(
    row: Any, starts_at: datetime, ends_at: datetime, cutoff_at: datetime
) -> dict[str, Any]:
    landmark = {"landmark": row.meeting_landmark} if row.meeting_landmark else {}
    return {
        "seller": row.seller_name,
        "commune": row.unit_code,
        "meeting": {"commune": row.meeting_unit_code or row.unit_code, **landmark},
        "option": str(uuid_of(row.option_id)),
        "minutes": (ends_at - starts_at) // timedelta(minutes=1),
        "starts_at": starts_at.isoformat(),
        "ends_at": ends_at.isoformat(),
        "cutoff_at": cutoff_at.isoformat(),
        "tiers": orjson.loads(row.tiers),
        **({"approves": True} if row.approves else {}),
        **row.marks,
    }

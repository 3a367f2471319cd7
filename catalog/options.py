"""What a unit of an option costs on a day, who may come together, what is refunded when."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.booking_models import ExperienceOption
from catalog.models import SEATS, Availability, Departure, Experience, SeatUnit
from market import Kind, MarketError, clock, uuid7
from market.bookings import Ticket
from market.inventory.models import Cell
from market.orders.models import OrderEvent, State

CHECK_IN, CHECK_OUT = time(14), time(12)  # of a stay, in Vietnam
LATE_MAX = timedelta(hours=6)  # after the cut-off, to find that too few guests come
_PAX: dict[Any, int] = {SeatUnit.ROOM: 2}  # who sleeps in a room until its host says more
Unit = Mapping[str, Any]


class BadParty(MarketError, code="party.not_taken", kind=Kind.CONFLICT):
    """So many do not come together; facts: `unit`, `least` and `most`, each where it is limited."""


class Unaccompanied(MarketError, code="party.unaccompanied", kind=Kind.CONFLICT):
    """Who comes with somebody only, comes alone; facts: `unit`, `accompanied_by`."""


def unit_of(units: Sequence[Unit], kind: str) -> Unit | None:
    """What an option says of a kind of guest; None where it takes none."""
    return next((each for each in units if each["type"] == kind), None)


def price_of(unit: Unit, seasons: Sequence[Mapping[str, Any]], day: date) -> int:
    """What the unit costs on a day of Vietnam, in đồng: by the last season that has it."""
    price: int = unit["price"]
    for season in in_force(seasons, day.isoformat(), day.weekday()):
        price = season["prices"].get(unit["type"], price)
    return price


def in_force(
    seasons: Sequence[Mapping[str, Any]], day: str, weekday: int
) -> list[Mapping[str, Any]]:
    """The seasons that a day (ISO 8601) falls into, in their order."""
    within = [each for each in seasons if each["from"] <= day <= each["until"]]
    return [each for each in within if weekday in (each.get("weekdays") or range(7))]


def require_party(
    units: Sequence[Unit], counts: Mapping[str, int], least: int | None, most: int | None
) -> None:
    """Refuse a party of a departure that may not come so: BadParty or Unaccompanied.

    `least` and `most` are of all units together (OCTO: minUnits and maxUnits of an option).
    """
    _require_count("", sum(counts.values()), least, most)
    for kind, count in counts.items():
        unit = unit_of(units, kind) or {}
        _require_count(kind, count, unit.get("least"), unit.get("most"))
        along = unit.get("accompanied_by") or ()
        if along and not any(counts.get(each) for each in along):
            raise Unaccompanied(unit=kind, accompanied_by=list(along))


def _require_count(unit: str, count: int, least: int | None, most: int | None) -> None:
    if count < (least or 0) or count > (most or count):
        raise BadParty(unit=unit, least=least, most=most)


def percent_back(
    tiers: Sequence[Mapping[str, int]], *, starts_at: datetime, cutoff_at: datetime, now: datetime
) -> int:
    """How much of the price goes back to who cancels now, in percent.

    By the first tier whose hours are left; without tiers all until the cut-off.
    """
    if not tiers:
        return 100 if now < cutoff_at else 0
    left = starts_at - now
    fits = (tier["percent"] for tier in tiers if left >= timedelta(hours=tier["hours"]))
    return next(fits, 0)


def checked_in(day: date) -> datetime:
    """When a stay that begins on the day does."""
    return datetime.combine(day, CHECK_IN, clock.VIETNAM)


def checked_out(day: date) -> datetime:
    """When a stay that ends on the day does."""
    return datetime.combine(day, CHECK_OUT, clock.VIETNAM)


def first_of(experience: Experience) -> ExperienceOption:
    """The option that an experience has from the start, with its id."""
    names = ("resource_id", "availability", "duration_minutes", "cutoff_minutes")
    its: dict[str, Any] = {name: getattr(experience, name) for name in names}
    its |= {"id": experience.id, "experience_id": experience.id}
    return ExperienceOption(position=0, units=_priced(experience, []), **its)


def follow(session: Session, *, experience: Experience) -> None:
    """Sell the first option as the experience says now: its prices, minutes and cut-off."""
    first = session.get_one(ExperienceOption, experience.id)
    first.units = _priced(experience, first.units)
    first.duration_minutes = experience.duration_minutes
    first.cutoff_minutes = experience.cutoff_minutes
    session.flush()


def of_experience(session: Session, *, experience_id: UUID) -> list[ExperienceOption]:
    """What of an experience may be booked, the first first."""
    its = select(ExperienceOption).where(ExperienceOption.experience_id == experience_id)
    standing = its.where(ExperienceOption.closed_at.is_(None))
    return list(session.scalars(standing.order_by(ExperienceOption.position)))


def _priced(experience: Experience, units: Sequence[Unit]) -> list[dict[str, Any]]:
    """The units with the prices of the experience; those that are missing are added."""
    lead = SeatUnit.ROOM if experience.availability == Availability.NIGHTS else SeatUnit.ADULT
    if units and not unit_of(units, lead):  # the first stands for the card's price
        lead = SeatUnit(units[0]["type"])
    prices: dict[str, int] = {lead: experience.adult_minor}
    if lead is SeatUnit.ADULT and experience.child_minor is not None:
        prices[SeatUnit.CHILD] = experience.child_minor
    known = [{**each, "price": prices.pop(each["type"], each["price"])} for each in units]
    new = ({"type": str(kind), "price": it} for kind, it in prices.items())
    return known + [each | {"pax": _PAX.get(each["type"], 1)} for each in new]


def departure(option: ExperienceOption, start: datetime) -> dict[str, Any]:
    """The row of a new start of the option, without its end and its cut-off."""
    return {
        "id": uuid7(),
        "experience_id": option.experience_id,
        "option_id": option.id,
        "resource_id": option.resource_id,
        "bucket": int(start.timestamp()),
        "starts_at": start,
    }


def too_few(session: Session, *, now: datetime) -> list[UUID]:
    """The departures that nobody can join any more, with guests but fewer than they need.

    Not where somebody cancelled since, so that who is left cannot have all back for that.
    """
    late = Departure.cutoff_at.between(now - LATE_MAX, now)
    few = Cell.sold.between(1, ExperienceOption.minimum_guests - 1)
    its = select(Departure.id).join(ExperienceOption).join(Cell, SEATS).order_by(Departure.id)
    steps = select(OrderEvent.id).join(Ticket, Ticket.order_id == OrderEvent.order_id)
    since = steps.where(OrderEvent.at >= Departure.cutoff_at, OrderEvent.state != State.EXPIRED)
    left = since.where(Ticket.departure_id == Departure.id).exists()
    due = its.where(late, few, Departure.ends_at > now, ~left)
    return list(session.scalars(due))

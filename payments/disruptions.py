"""What keeps visits from taking place: its tables, and which cells and orders it touches."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, ForeignKey, Select, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from catalog.booking_models import ExperienceOption
from catalog.models import Availability, Departure, Experience
from market import bookings, clock
from market.accounts import Organisation
from market.db import Base, Identified, Json, by_id
from market.inventory.models import Cell, Claim, ClaimState
from market.orders import Fulfilment, LineKind, Order, OrderLine, Rail, State, queries

BOUND = frozenset({State.CONFIRMED, State.PACKED})  # the seller's word was given
OPEN = BOUND | {State.AWAITING_PAYMENT, State.PLACED}
AFTERWARDS = timedelta(days=3)  # so long after it a trip is still out of step
MORNING = timedelta(hours=12)  # after midnight, when a night is over


class Cause(StrEnum):
    """Why it cannot take place."""

    SEA = "sea"
    WEATHER = "weather"
    ROAD = "road"
    HARVEST = "harvest"
    TOO_FEW = "too-few"
    COMMUNITY = "community"
    OTHER = "other"


class Remedy(StrEnum):
    """What a guest gets instead: another date now, another date later, or the money."""

    REBOOK = "rebook"
    CREDIT = "credit"
    REFUND = "refund"


class Disruption(Identified, Base):
    """What happened where and when (half open), who says so, and until when guests may choose.

    By an overseer for `unit_codes`, or by a host (`seller_id`) for what is its own; without units
    it is everywhere, with a `departure_id` that departure alone.
    """

    __table_args__ = (sa.CheckConstraint("until_at > from_at", name="window"),)

    seller_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    departure_id: Mapped[UUID | None] = mapped_column(ForeignKey("departure.id"))
    unit_codes: Mapped[list[str]] = mapped_column(Json)
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    cause: Mapped[str]
    source: Mapped[str]
    decide_by: Mapped[datetime]
    declared_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]


class DisruptedOrder(Base):
    """One order that a disruption touches: itself, or because of another part of its trip.

    The key makes a disruption that was interrupted go on where it stopped, each order once.
    """

    __table_args__ = (sa.Index("ix_disrupted_order_open", "order_id", "choice"),)

    disruption_id: Mapped[UUID] = mapped_column(ForeignKey("disruption.id"), primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("order_.id"), primary_key=True)
    because_of: Mapped[UUID | None]
    told_at: Mapped[datetime]
    choice: Mapped[str | None]
    chosen_at: Mapped[datetime | None]


class Touched(NamedTuple):
    """What a disruption touches that was not handled: counted, and `behind` with its cause.

    `sum_minor` would go back if everybody wanted their money.
    """

    cells: list[tuple[UUID, int]]
    nights: int
    orders: list[Order]
    guests: int
    sum_minor: int
    behind: dict[UUID, OrderLine]


def touched(session: Session, disruption: Disruption, *, now: datetime) -> Touched:
    """All that it touches now; seats and rooms sorted as they are to be closed."""
    cells = _cells(disruption, now)
    starts, nights = ([tuple(row) for row in session.execute(its)] for its in cells)
    direct = session.scalars(waiting(session, disruption, now=now)).all()
    later = behind(session, disruption, orders=direct, now=now)
    found = [*direct, *by_id(session, Order, later).values()]
    lines = queries.lines(session, order_ids=[order.id for order in found])
    unpaid = {Rail.CASH, State.AWAITING_PAYMENT}
    sums = (it.left_minor for it in found if unpaid.isdisjoint({it.rail, it.state}))
    guests = party(session, lines)
    return Touched(sorted(starts + nights), len(nights), found, guests, sum(sums), later)


def party(session: Session, lines: Mapping[UUID, Sequence[OrderLine]]) -> int:
    """The seats or rooms of those who still come with these orders; none of goods."""
    found = bookings.of_orders(session, order_ids=list(lines))
    live = (it for its in found.values() for it in its if it.state in bookings.LIVE)
    return sum(lines[it.order_id][it.position].snapshot.get("pax", 1) for it in live)


def waiting(session: Session, disruption: Disruption, *, now: datetime) -> Select[Order]:
    """The orders that it touches themselves and that wait for nothing of the kind already."""
    places = sa.union_all(*_cells(disruption, now)).subquery()
    at = (Claim.resource_id == places.c[0]) & (Claim.bucket == places.c[1])
    claimed = select(Claim.owner_id).join(places, at).where(Claim.state != ClaimState.RELEASED)
    its = Order.id.in_(claimed) | Order.id.in_(_fetched(session, disruption, now))
    return _handleable(disruption, now).where(its).order_by(Order.group_id, Order.id)


def behind(
    session: Session, disruption: Disruption, *, orders: Sequence[Order], now: datetime
) -> dict[UUID, OrderLine]:
    """Later parts of the same trips, there where a touched departure would have brought the guest.

    Each with that departure's line. Who goes where they meet needs nobody to get there.
    """
    lines = queries.lines(session, order_ids=[order.id for order in orders])
    crossings: dict[UUID, list[OrderLine]] = {}
    for order in orders:
        line = lines[order.id][0]
        if line.kind == LineKind.SEATS and len(_units(line)) > 1:
            crossings.setdefault(order.group_id, []).append(line)
    others = _handleable(disruption, now).where(Order.group_id.in_(crossings))
    rows = others.where(Order.id.not_in(lines)).join(Organisation, IS_SELLER)
    found = session.execute(rows.add_columns(Organisation.unit_code)).all()
    parts = queries.lines(session, order_ids=[order.id for order, _ in found])
    return {
        order.id: crossing
        for order, home in found
        for crossing in crossings[order.group_id]
        if crossing.snapshot["commune"] in (_units(parts[order.id][0]) or {_place(order, home)})
        and _is_later(order, parts[order.id][0], crossing, disruption.until_at)
    }


def _handleable(disruption: Disruption, now: datetime) -> Select[Order]:
    """Orders that still count; what pays for more of another is handled with that one."""
    done = select(DisruptedOrder.order_id).where(DisruptedOrder.order_id == Order.id)
    done = done.where((DisruptedOrder.disruption_id == disruption.id) | IS_OPEN)
    alone = Order.supplements_id.is_(None) | (Order.state == State.AWAITING_PAYMENT)
    return select(Order).where(Order.state.in_(OPEN), queries.in_time(now), alone, ~done.exists())


def _cells(disruption: Disruption, now: datetime) -> tuple[Select[Any], Select[Any]]:
    """The seats of its one departure or of those that start in its time, and rooms of its days.

    Nothing that is over by now.
    """
    units = (Experience.unit_code, Experience.meeting_unit_code)
    offers = select(Experience.id).where(*_there(Experience, disruption, *units))
    starts: Any = select(Departure.resource_id, Departure.bucket).where(Departure.ends_at > now)
    nights: Any = select(Cell.resource_id, Cell.bucket)
    if disruption.departure_id is not None:
        return starts.where(Departure.id == disruption.departure_id), nights.where(sa.false())
    times = (Departure.starts_at >= disruption.from_at, Departure.starts_at < disruption.until_at)
    rooms = select(ExperienceOption.resource_id).filter_by(availability=Availability.NIGHTS)
    rooms = rooms.where(ExperienceOption.experience_id.in_(offers))
    first, last = _days(disruption)
    first = max(first, clock.day_of(now - MORNING))
    its_days = Cell.bucket.between(first.toordinal(), last.toordinal())
    nights = nights.where(Cell.resource_id.in_(rooms), its_days)
    return starts.where(Departure.experience_id.in_(offers), *times), nights


def _fetched(session: Session, disruption: Disruption, now: datetime) -> Sequence[UUID]:
    """Orders, not handled yet, that are fetched there on a promised day in its time."""
    if disruption.departure_id is not None:
        return ()
    its = _handleable(disruption, now).join(Organisation, IS_SELLER)
    its = its.where(Order.fulfilment == Fulfilment.PICK_UP, *_there(Order, disruption))
    its = its.where(Order.promised_day.between(*_days(disruption)))
    rows = session.execute(its.with_only_columns(Order.id, Order.address, Organisation.unit_code))
    codes = disruption.unit_codes
    return [row.id for row in rows if not codes or _place(row, row.unit_code) in codes]


def _there(table: Any, disruption: Disruption, *units: Any) -> Iterator[ColumnElement[bool]]:
    """That it is of the seller, where a seller declared it, and in its units, where it has some."""
    if disruption.seller_id is not None:
        yield table.seller_id == disruption.seller_id
    if units and disruption.unit_codes:
        yield or_(*(column.in_(disruption.unit_codes) for column in units))


def _days(disruption: Disruption) -> tuple[date, date]:
    """The first and the last day in Vietnam on which it lasts."""
    last = disruption.until_at - timedelta(microseconds=1)
    return clock.day_of(disruption.from_at), clock.day_of(last)


def _place(order: Any, home: str) -> str:
    """The unit where goods are fetched: of the point, else of their seller."""
    return str(order.address["unit_code"] if order.address else home)


def _units(line: OrderLine) -> set[str]:
    """Where guests meet and where they go; nowhere of goods."""
    its = line.snapshot
    return {its["commune"], its["meeting"]["commune"]} if line.departure_id else set()


def _is_later(order: Order, line: OrderLine, crossing: OrderLine, until: datetime) -> bool:
    left_at = datetime.fromisoformat(crossing.snapshot["starts_at"])
    first, last = clock.day_of(left_at), clock.day_of(until + AFTERWARDS)
    if line.departure_id is None:
        is_due = order.promised_day is None or first <= order.promised_day <= last
        return is_due and order.fulfilment == Fulfilment.PICK_UP
    starts_at = datetime.fromisoformat(line.snapshot["starts_at"])
    if line.kind == LineKind.NIGHTS:
        return clock.day_of(starts_at) >= first
    return left_at <= starts_at < until + AFTERWARDS


IS_SELLER = Organisation.id == Order.seller_id
# Of an order its guest has not chosen yet, or keeps a credit.
IS_OPEN = or_(DisruptedOrder.choice.is_(None), DisruptedOrder.choice == Remedy.CREDIT)

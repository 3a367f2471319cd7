"""Named rooms of a stay: told by the host or given on the day of arrival, one party a night."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from catalog.booking_models import ExperienceOption, RoomNight
from catalog.models import Availability, Experience, SeatUnit
from market import FieldInvalid, Kind, MarketError, audit, bookings, clock, existing, portable
from market.accounts import Actor, Scope
from market.bookings import Ticket, TicketState
from market.orders import Order, OrderLine, State
from market.portable import uuid_of

LONGEST = timedelta(days=61)  # a stay has 60 nights at most
GOOD = (TicketState.VALID, TicketState.REDEEMED)
OFF = (TicketState.VOID, TicketState.NO_SHOW)
# It does not take place, and its guest has not chosen yet.
IS_SUSPENDED = Order.state.in_((State.CONFIRMED, State.PACKED)) & Order.deadline.is_not(None)
Room = tuple[UUID, str]  # of a type, by its name
Taken = dict[Room, set[int]]  # the nights in which somebody sleeps there, ordinals of days


class RoomTaken(MarketError, code="room.taken", kind=Kind.CONFLICT):
    """Another party sleeps in the room; facts: `room` and the first such `night`."""


class Fragmented(MarketError, code="stay.fragmented", kind=Kind.CONFLICT):
    """A room is free each night, but none throughout; facts: the `nights` that need a move."""


class Stay(NamedTuple):
    """A party's ticket and nights, the room that it has, and those that are free for it.

    None are where the rooms of its type have no names.
    """

    ticket: Ticket
    line: OrderLine
    nights: range
    room: str | None = None
    free: Sequence[str] | None = None


def name(session: Session, *, actor: Actor, code: str, room: str | None, now: datetime) -> None:
    """Give the ticket of one's guest a room, or none, which then stays.

    Raises RoomTaken, TicketVoid, NotFound, or FieldInvalid for a name that there is not.
    """
    mine = Ticket.seller_id.in_(actor.sells_for(Scope.ORDERS)), Ticket.unit == SeatUnit.ROOM
    ticket = existing(session.scalar(select(Ticket).where(Ticket.code == code, *mine)), "ticket")
    option, stays = _locked(session, ticket.departure_id), _stays(session, Ticket.id == ticket.id)
    if not stays:
        raise bookings.TicketVoid(state=ticket.state)
    if room not in {None, *option.rooms}:
        raise FieldInvalid(field="room", reason="field.not_allowed", choices=option.rooms)
    session.execute(delete(RoomNight).filter_by(ticket_id=ticket.id))
    if room is not None:
        _give(session, stays[0], room)
    audit.note(session, actor, "ticket.room", ticket.id, now=now, room=room)


def let_go(session: Session, *, order_id: UUID, codes: Collection[str] | None = None) -> None:
    """The order's guests, or those with these tickets, do not come then: their rooms are free."""
    theirs = select(Ticket.id).where(Ticket.order_id == order_id)
    if codes is not None:
        theirs = theirs.where(Ticket.code.in_(codes))
    session.execute(delete(RoomNight).where(RoomNight.ticket_id.in_(theirs)))


def assign(session: Session, *, option_id: UUID, now: datetime) -> None:
    """Give those who arrive today, or came already, a room each, where there is one.

    By arrival, so that those who come later still find one; what the host named stays.
    """
    option, today = _locked(session, option_id), clock.day_of(now).toordinal()
    stays, taken = _around(session, {option.id: option.rooms}, clock.day_of(now))
    unnamed = [stay for stay in stays if stay.room is None and stay.nights.stop > today]
    due = [it for it in unnamed if it.nights.start <= today and it.ticket.state in GOOD]
    until = max((stay.nights.stop for stay in due), default=0)
    waiting = due + [it for it in unnamed if today < it.nights.start < until]
    for place, (_, room) in placed([stay.nights for stay in waiting], taken).items():
        if place < len(due):
            _give(session, waiting[place], room)


def assign_all(session: Session, *, now: datetime, actor: Actor | None = None) -> None:
    """Do that for each room type with names, or for the actor's, where somebody arrives today."""
    today = clock.day_of(now)
    coming = Ticket.starts_at >= clock.start_of(today), Ticket.starts_at < clock.end_of(today)
    its = select(ExperienceOption.id).join(Ticket, Ticket.departure_id == ExperienceOption.id)
    named = its.where(*coming, ExperienceOption.rooms != [])
    if actor is not None:
        named = named.where(Ticket.seller_id.in_(actor.sells_for(Scope.ORDERS)))
    for option_id in session.scalars(named.distinct().order_by(ExperienceOption.id)).all():
        assign(session, option_id=option_id, now=now)


def on_day(session: Session, *, actor: Actor, day: date) -> list[Stay]:
    """Who arrives, stays or leaves on a day at one's houses, by arrival."""
    its = select(ExperienceOption.id, ExperienceOption.rooms).join(Experience)
    mine = its.where(Experience.seller_id.in_(actor.sells_for(Scope.ORDERS)))
    by_night = mine.where(ExperienceOption.availability == Availability.NIGHTS)
    rooms = dict(session.execute(by_night).all())
    stays, taken = _around(session, rooms, day)
    here = [it for it in stays if it.nights.start <= day.toordinal() <= it.nights.stop]
    return [it._replace(free=_free(rooms[it.ticket.departure_id], taken, it)) for it in here]


def require_whole(session: Session, *, room: Any, wanted: Sequence[range], but: UUID) -> None:
    """Refuse rooms of a type whose named rooms leave none free throughout; raises Fragmented.

    `room` is a row of it with `option_id`, `rooms` and the `capacity` of a night; what the order
    `but` has, it leaves.
    """
    option_id, names, nights = uuid_of(room.option_id), orjson.loads(room.rooms), wanted[0]
    day = date.fromordinal(nights.start)
    stays, taken = _around(session, {option_id: names}, day, but)
    if all(its.isdisjoint(nights) for its in taken.values()):
        return
    moves = min((its.intersection(nights) for its in taken.values()), key=len) or nights
    taken |= {(option_id, str(it)): set() for it in range(len(names), room.capacity)}
    others = [it.nights for it in stays if it.room is None]
    beside = [it for it in others if it.start < nights.stop and nights.start < it.stop]
    if len(placed([*beside, *wanted], taken)) < len(placed(beside, taken)) + len(wanted):
        raise Fragmented(nights=[str(date.fromordinal(it)) for it in sorted(moves)])


def placed(wanted: Sequence[range], taken: Taken) -> dict[int, Room]:
    """A room for as many of the stays as find one free throughout, by the place of the stay.

    Each gets the room that is taken soonest afterwards, the first to arrive or the longest first.
    """
    tries = []
    for order in (lambda it: (wanted[it].start, -len(wanted[it])), lambda it: -len(wanted[it])):
        free, given = {room: set(nights) for room, nights in taken.items()}, {}
        for place in sorted(range(len(wanted)), key=order):
            nights = wanted[place]
            fitting = [room for room, its in free.items() if its.isdisjoint(nights)]
            if fitting:
                given[place] = min(fitting, key=lambda it: _next(free[it], nights))
                free[given[place]].update(nights)
        tries.append(given)
    return max(tries, key=len)


def _next(taken: set[int], nights: range) -> int:
    return min((it for it in taken if it >= nights.stop), default=date.max.toordinal())


def _free(names: Sequence[str], taken: Taken, stay: Stay) -> list[str] | None:
    its = stay.ticket.departure_id
    free = [name for name in names if taken[its, name].isdisjoint(stay.nights)]
    return free if names else None


def _locked(session: Session, option_id: UUID) -> ExperienceOption:
    fresh: Any = {"with_for_update": True, "populate_existing": True}
    return session.get_one(ExperienceOption, option_id, **fresh)


def _give(session: Session, stay: Stay, room: str) -> None:
    for night in map(date.fromordinal, stay.nights):
        its: Any = {"option_id": stay.ticket.departure_id, "room": room, "night": night}
        if not portable.insert_new(session, RoomNight, **its, ticket_id=stay.ticket.id):
            raise RoomTaken(room=room, night=str(night))


def _around(
    session: Session, rooms: Mapping[UUID, Sequence[str]], day: date, but: UUID | None = None
) -> tuple[list[Stay], Taken]:
    """The stays around a day in these room types, and when their named rooms are taken.

    Without those of the order `but`.
    """
    others = Ticket.order_id != but
    since, until = day - LONGEST, day + LONGEST
    starts = Ticket.starts_at.between(clock.start_of(since), clock.start_of(until))
    taken: Taken = {(option_id, room): set() for option_id in rooms for room in rooms[option_id]}
    has: dict[UUID, str] = {}
    its = RoomNight.option_id.in_(rooms), RoomNight.night.between(since, until + LONGEST)
    for given in session.scalars(select(RoomNight).join(Ticket).where(*its, others)):
        taken.get((given.option_id, given.room), set()).add(given.night.toordinal())
        has[given.ticket_id] = given.room
    stays = _stays(session, Ticket.departure_id.in_(rooms), starts, others)
    return [stay._replace(room=has.get(stay.ticket.id)) for stay in stays], taken


def _stays(session: Session, *which: ColumnElement[bool]) -> list[Stay]:
    of_line = (OrderLine.order_id == Ticket.order_id) & (OrderLine.position == Ticket.position)
    its = (
        select(Ticket, OrderLine).join(OrderLine, of_line).join(Order, Order.id == Ticket.order_id)
    )
    its = its.where(*which, Ticket.state.not_in(OFF), ~IS_SUSPENDED)
    found = session.execute(its.order_by(Ticket.starts_at, Ticket.id))
    return [Stay(ticket, line, _nights(line.snapshot)) for ticket, line in found]


def _nights(said: Mapping[str, Any]) -> range:
    return range(*(date.fromisoformat(said[end]).toordinal() for end in ("from", "until")))

"""Rooms by name: pinned by the host, given on the day, never to two parties, kept whole."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from catalog import rooms
from catalog.booking_models import ExperienceOption, RoomNight
from market import bookings
from market.bookings import TicketState, TicketVoid
from market.errors import FieldInvalid, NotFound
from market.ids import uuid7
from payments import cancelling
from tests import makers
from tests.stays import House

NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)
NAMES = ("Đồi", "Suối", "Thông")
OTHERS = iter(f"+849{number:08}" for number in range(10_000))


def house_of(session, *names, rooms=0) -> House:
    """A house whose rooms have names."""
    house = House(session, NOW, rooms=rooms or len(names))
    session.get_one(ExperienceOption, house.id).rooms = list(names)
    session.flush()
    return house


def booked(session, house, first, last, **more):
    """The ticket of somebody else each time."""
    order = house.books(session, first, last, phone=next(OTHERS), **more)
    return house.tickets(session, order)[0]


def pin(session, house, ticket, room, *, actor=None):
    who = actor or house.host
    rooms.name(session, actor=who, code=ticket.code, room=room, now=house.now)


def has(session, house, number=0):
    """Who has which room on a day, by the ticket's code."""
    found = rooms.on_day(session, actor=house.host, day=house.night(number))
    return {stay.ticket.code: stay.room for stay in found}


def on(house, number):
    return house.now + timedelta(days=number)


class TestNaming:
    """What the host says."""

    def test_a_room_is_taken_for_all_the_nights(self, session):
        house = house_of(session, *NAMES)
        ticket = booked(session, house, 1, 3)

        pin(session, house, ticket, "Suối")

        nights = session.scalars(select(RoomNight.night).order_by(RoomNight.night)).all()
        assert nights == [house.night(1), house.night(2)]
        assert has(session, house, 1) == {ticket.code: "Suối"}

    def test_a_guest_moves_to_another_room_or_out(self, session):
        house = house_of(session, *NAMES)
        ticket = booked(session, house, 1, 3)

        for room in ("Suối", "Thông", None):
            pin(session, house, ticket, room)
            assert has(session, house, 2) == {ticket.code: room}

    def test_two_parties_never_share_a_room(self, session):
        house = house_of(session, *NAMES)
        early, late = booked(session, house, 1, 3), booked(session, house, 2, 4)
        after = booked(session, house, 3, 5)
        pin(session, house, early, "Suối")

        with pytest.raises(rooms.RoomTaken) as refused, session.begin_nested():
            pin(session, house, late, "Suối")
        pin(session, house, after, "Suối")

        assert refused.value.facts == {"room": "Suối", "night": str(house.night(2))}
        assert has(session, house, 3)[after.code] == "Suối"

    def test_offers_the_rooms_that_are_free_throughout(self, session):
        house = house_of(session, *NAMES)
        early, late = booked(session, house, 1, 3), booked(session, house, 2, 4)
        pin(session, house, early, "Suối")

        found = rooms.on_day(session, actor=house.host, day=house.night(2))

        assert {stay.ticket.code: stay.free for stay in found}[late.code] == ["Đồi", "Thông"]

    def test_a_cancelled_guest_leaves_the_room(self, session):
        house = house_of(session, "Đồi")
        order = house.books(session, 1, 3)
        pin(session, house, house.tickets(session, order)[0], "Đồi")

        its = {"order": order, "by_buyer": False, "reason": ""}
        cancelling.cancel(session, actor=house.host, **its, now=NOW)

        pin(session, house, booked(session, house, 1, 3), "Đồi")
        assert len(has(session, house, 1)) == 1

    def test_refuses_a_room_that_there_is_not(self, session):
        house = house_of(session, *NAMES)

        with pytest.raises(FieldInvalid):
            pin(session, house, booked(session, house, 1, 3), "Biển")

    def test_refuses_a_ticket_that_is_void(self, session):
        house = house_of(session, *NAMES)
        ticket = booked(session, house, 1, 3)
        bookings.void(session, order_id=ticket.order_id)

        with pytest.raises(TicketVoid):
            pin(session, house, ticket, "Suối")

    def test_is_for_the_host_alone(self, session):
        house = house_of(session, *NAMES)
        ticket = booked(session, house, 1, 3)

        with pytest.raises(NotFound):
            pin(session, house, ticket, "Suối", actor=makers.seller(session, NOW))

    def test_gives_no_room_to_a_seat(self, session):
        host = makers.seller(session, NOW)
        _, departure = makers.tour(session, NOW, of=host)
        makers.bought(session, NOW, (departure, 1))
        code = session.scalar(select(bookings.Ticket.code))

        with pytest.raises(NotFound):
            rooms.name(session, actor=host, code=code, room="1", now=NOW)


class TestAssigning:
    """On the day of arrival those without a room get one."""

    def test_gives_each_party_of_the_day_a_room(self, session):
        house = house_of(session, *NAMES)
        codes = {booked(session, house, 1, last).code for last in (2, 3, 5)}

        rooms.assign_all(session, now=on(house, 1))

        given = has(session, house, 1)
        assert given.keys() == codes
        assert sorted(given.values()) == sorted(NAMES)

    def test_what_the_host_named_stays(self, session):
        house = house_of(session, *NAMES)
        first, pinned = booked(session, house, 1, 3), booked(session, house, 1, 3)
        pin(session, house, pinned, "Đồi")

        rooms.assign_all(session, now=on(house, 1))
        rooms.assign_all(session, now=on(house, 1))

        given = has(session, house, 1)
        assert given[pinned.code] == "Đồi"
        assert given[first.code] in {"Suối", "Thông"}

    def test_keeps_the_room_that_somebody_needs_later(self, session):
        house = house_of(session, "Đồi", "Suối")
        short, later = booked(session, house, 1, 2), booked(session, house, 3, 9)
        pin(session, house, later, "Đồi")
        long = booked(session, house, 1, 6)

        rooms.assign_all(session, now=on(house, 1))

        assert has(session, house, 1) == {short.code: "Đồi", long.code: "Suối"}

    def test_waits_for_the_day_and_for_the_money(self, session):
        house = house_of(session, *NAMES)
        tomorrow = booked(session, house, 2, 3)
        unpaid = booked(session, house, 1, 3)
        unpaid.state = TicketState.PENDING
        session.flush()

        rooms.assign_all(session, now=on(house, 1))

        assert has(session, house, 2) == {tomorrow.code: None, unpaid.code: None}

    def test_a_party_too_many_stays_without_and_is_seen(self, session):
        house = house_of(session, "Đồi", rooms=2)
        booked(session, house, 1, 3)
        booked(session, house, 1, 3)

        rooms.assign_all(session, now=on(house, 1))

        stays = rooms.on_day(session, actor=house.host, day=house.night(1))
        assert sorted((stay.room or "", stay.free) for stay in stays) == [("", []), ("Đồi", [])]

    def test_rooms_without_names_are_nobodys_worry(self, session):
        house = House(session, NOW)
        ticket = booked(session, house, 1, 3)

        rooms.assign_all(session, now=on(house, 1))

        (stay,) = rooms.on_day(session, actor=house.host, day=house.night(1))
        assert (stay.ticket.code, stay.room, stay.free) == (ticket.code, None, None)

    def test_is_of_the_actors_own_houses_where_one_asks(self, session):
        house = house_of(session, *NAMES)
        ticket = booked(session, house, 1, 3)

        rooms.assign_all(session, now=on(house, 1), actor=makers.seller(session, NOW))

        assert has(session, house, 1) == {ticket.code: None}


class TestWhole:
    """A type is not sold where no room is free throughout."""

    def two_pinned(self, session):
        """One room is taken on the second night, the other on the third."""
        house = house_of(session, "Đồi", "Suối")
        pin(session, house, booked(session, house, 2, 3), "Đồi")
        pin(session, house, booked(session, house, 3, 4), "Suối")
        return house

    def test_refuses_a_stay_that_would_have_to_move(self, session):
        house = self.two_pinned(session)

        with pytest.raises(rooms.Fragmented) as refused:
            booked(session, house, 2, 4)

        assert refused.value.facts["nights"] in ([str(house.night(2))], [str(house.night(3))])

    def test_sells_what_fits_in_one_room(self, session):
        house = self.two_pinned(session)

        assert booked(session, house, 3, 6)
        assert booked(session, house, 1, 3)
        assert booked(session, house, 10, 14)

    def test_sells_where_a_room_without_a_name_is_left(self, session):
        house = house_of(session, "Đồi", "Suối", rooms=3)
        pin(session, house, booked(session, house, 2, 3), "Đồi")
        pin(session, house, booked(session, house, 3, 4), "Suối")

        assert booked(session, house, 2, 4)
        with pytest.raises(rooms.Fragmented):
            booked(session, house, 2, 4)

    def test_who_has_no_name_yet_is_counted(self, session):
        house = house_of(session, *NAMES)
        pin(session, house, booked(session, house, 2, 3), "Đồi")
        pin(session, house, booked(session, house, 3, 4), "Suối")
        booked(session, house, 1, 5)  # needs the third room

        with pytest.raises(rooms.Fragmented):
            booked(session, house, 2, 4)

    def test_asks_nothing_where_no_room_has_a_name(self, session, queries):
        plain, named = House(session, NOW), house_of(session, *NAMES)
        baskets = [house.basket(session, 2, 4) for house in (plain, named)]
        costs = []
        for basket in baskets:
            with queries.at_most(99) as sent:
                makers.prepared(session, NOW, basket.id)
            costs.append(len(sent))

        assert costs[1] - costs[0] == 2  # its stays and its rooms


@pytest.mark.parametrize("seed", range(20))
def test_rooms_are_found_for_what_fits(seed):
    """Stays cut out of full rooms fit back into as many rooms, by arrival."""
    chance = random.Random(seed)
    names = [(uuid7(), str(number)) for number in range(6)]
    stays = []
    for _ in names:
        day = 0
        while day < 30:
            length = chance.randint(1, 6)
            stays.append(range(day, day + length))
            day += length + chance.choice((0, 0, 1))
    chance.shuffle(stays)

    found = rooms.placed(stays, {name: set() for name in names})

    assert len(found) == len(stays)
    for name in names:
        nights = [night for at, its in found.items() if its == name for night in stays[at]]
        assert len(nights) == len(set(nights))

"""Many hands on a few rooms at the same moment, with real commits."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import select

from catalog import rooms
from catalog.booking_models import ExperienceOption, RoomNight
from market import inventory
from market.inventory.models import Cell
from market.orders import Order
from tests import makers
from tests.payments.test_season_races import at_once
from tests.stays import House

NIGHTS = 8


@pytest.fixture
def house(real_database, now):
    with real_database.transaction() as session:
        return House(session, now, rooms=3, nights=NIGHTS)


def stays(seed):
    """Nights of thirty parties, most of them crossing."""
    chance = random.Random(seed)
    for number in range(30):
        first = chance.randint(0, NIGHTS - 2)
        yield f"+8491{number:07}", first, chance.randint(first + 1, NIGHTS)


def audits(database):
    with database.reading() as session:
        assert inventory.drift(session) == []


@pytest.mark.parametrize("seed", [3, 11])
def test_no_night_has_more_guests_than_rooms(real_database, house, seed):
    """Whoever was refused would not have fitted beside those who came in."""

    def books(phone, first, last):
        def deed():
            with real_database.transaction() as session:
                basket = house.basket(session, first, last)
                makers.check_out(session, house.now, basket, phone=phone)

        return deed

    parties = list(stays(seed))
    ends = at_once(*(books(*party) for party in parties))

    sold = [0] * NIGHTS
    for (_, first, last), end in zip(parties, ends, strict=True):
        for night in range(first, last) if end == "ok" else ():
            sold[night] += 1
    assert set(ends) == {"ok", "stock.too_little"}
    assert max(sold) == 3
    for (_, first, last), end in zip(parties, ends, strict=True):
        assert end == "ok" or max(sold[first:last]) == 3
    with real_database.reading() as session:
        cells = session.execute(select(Cell.held, Cell.capacity).order_by(Cell.bucket)).all()
    assert [tuple(cell) for cell in cells] == [(count, 3) for count in sold]
    audits(real_database)


def test_one_of_two_hosts_names_the_last_room(real_database, house):
    with real_database.transaction() as session:
        session.get_one(ExperienceOption, house.id).rooms = ["Đồi"]
        orders = [house.books(session, 1, 4, phone=f"+8491{it:07}") for it in range(3)]
        codes = [ticket.code for order in orders for ticket in house.tickets(session, order)]

    def names(code):
        def deed():
            with real_database.transaction() as session:
                its = {"actor": house.host, "code": code, "room": "Đồi"}
                rooms.name(session, **its, now=house.now)

        return deed

    ends = at_once(*map(names, codes))

    assert sorted(ends) == ["ok", "room.taken", "room.taken"]
    with real_database.reading() as session:
        nights = session.execute(select(RoomNight.night, RoomNight.ticket_id)).all()
    assert len(nights) == 3
    assert len({ticket_id for _, ticket_id in nights}) == 1


def test_the_database_itself_refuses_two_parties_in_a_room(real_database, house):
    """Past the lock of the room type, by whatever comes later."""
    with real_database.transaction() as session:
        orders = [house.books(session, 1, 4, phone=f"+8491{it:07}").id for it in range(2)]

    def gives(order_id):
        def deed():
            with real_database.transaction() as session:
                order = session.get_one(Order, order_id)
                (ticket,) = house.tickets(session, order)
                (stay,) = rooms._stays(session, rooms.Ticket.id == ticket.id)
                rooms._give(session, stay, "Đồi")

        return deed

    assert sorted(at_once(*map(gives, orders))) == ["ok", "room.taken"]


def test_naming_and_assigning_at_once_leave_one_party_a_room(real_database, house):
    with real_database.transaction() as session:
        session.get_one(ExperienceOption, house.id).rooms = ["Đồi", "Suối", "Thông"]
        orders = [house.books(session, 1, 4, phone=f"+8491{it:07}") for it in range(3)]
        codes = [ticket.code for order in orders for ticket in house.tickets(session, order)]

    def assigns():
        with real_database.transaction() as session:
            rooms.assign_all(session, now=house.now + timedelta(days=1))

    def names():
        with real_database.transaction() as session:
            its = {"actor": house.host, "code": codes[2], "room": "Đồi"}
            rooms.name(session, **its, now=house.now)

    ends = at_once(assigns, names, assigns)

    assert set(ends) <= {"ok", "room.taken"}
    with real_database.reading() as session:
        day = rooms.on_day(session, actor=house.host, day=house.night(2))
        assert sorted(stay.room or "" for stay in day) == ["Suối", "Thông", "Đồi"]

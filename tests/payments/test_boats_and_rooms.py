"""Boats, rooms and tickets where they meet the life of a booking."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from catalog import experiences, offering, rooms
from catalog.booking_models import RoomNight
from market import bookings, clock, inventory, orders
from market.orders import State
from market.orders import trips as journeys
from payments import fulfilling, weighing
from tests import makers
from tests.databases import settings_for
from tests.payments.trips import Trips
from tests.visits import at_sea, basket_of_nights, boat, guesthouse


@pytest.fixture
def trips(real_url, real_database, tmp_path, now) -> Trips:
    return Trips(real_database, settings_for(real_url, tmp_path), now)


class TestABoat:
    def test_that_needs_longer_now_is_still_sold(self, trips, now):
        with trips.database.transaction() as session:
            boat_id = boat(session, trips.host, minutes=30)
            (first,) = at_sea(session, now, trips.host, boat_id, 1)
            said = {"turnaround_minutes": 90}
            offering.revise_asset(session, actor=trips.host, asset_id=boat_id, said=said, now=now)
            session.expunge_all()

        trips.books(first, 2)

        assert trips.taken(first) == (0, 2)

    def test_that_an_option_needs_from_now_on_is_kept_for_who_booked_before(self, trips, now):
        with trips.database.transaction() as session:
            boat_id = boat(session, trips.host)
            (other,) = at_sea(session, now, trips.host, boat_id, 1)
            tour, _ = makers.tour(session, now, of=trips.host)
            (booked,) = experiences.open_departures(
                session, actor=trips.host, experience_id=tour.id,
                starts=[now + timedelta(days=2, hours=1)], seats=10, now=now,
            )  # fmt: skip
            session.expunge_all()
        trips.books(booked, 2)
        with trips.database.transaction() as session:
            offering.revise(
                session, actor=trips.host, option_id=tour.id,
                said={"asset_ids": [boat_id]}, now=now,
            )  # fmt: skip

        with pytest.raises(inventory.OutOfStock):
            trips.books(other, 2)

    def test_is_not_sold_twice_after_a_dearer_change_on_it(self, trips, now):
        with trips.database.transaction() as session:
            boat_id = boat(session, trips.host)
            first, second = at_sea(session, now, trips.host, boat_id, 1, 2)
            session.expunge_all()
        order_id = trips.books(first, 2)
        trips.goes(order_id, second)
        assert trips.taken(second) == (0, 2)
        with pytest.raises(inventory.OutOfStock):
            trips.books(first, 2)
        trips.withdraws(order_id)
        trips.books(first, 2)


class TestRoomsOfAParty:
    def test_stay_with_those_who_come(self, trips, now):
        with trips.database.transaction() as session:
            option = guesthouse(session, now, rooms=2, of=trips.host)
            option.rooms = ["Thông", "Đào"]
            session.flush()
            day = clock.day_of(now) + timedelta(days=5)
            basket = basket_of_nights(session, now, option, f"{day}/{day + timedelta(days=2)}", 2)
            group = makers.check_out(session, now, basket)
            (order,) = orders.queries.of_group(session, group_id=group.id)
            order_id = order.id
        trips.transfers(order_id)
        trips.bank_tells()
        first, second = trips.tickets(order_id)
        with trips.database.transaction() as session:
            for ticket, room in ((first, "Thông"), (second, "Đào")):
                rooms.name(session, actor=trips.host, code=ticket.code, room=room, now=now)

        trips.withdraws(order_id, second.code)

        with trips.database.reading() as session:
            assert set(session.scalars(select(RoomNight.room))) == {"Thông"}


class TestAOneRoomHouse:
    def test_lets_its_guest_shift_by_a_night(self, trips, now):
        with trips.database.transaction() as session:
            option = guesthouse(session, now, rooms=1, of=trips.host)
            option.rooms = ["Thông"]
            session.flush()
            day = clock.day_of(now) + timedelta(days=5)
            basket = basket_of_nights(session, now, option, f"{day}/{day + timedelta(days=2)}", 1)
            group = makers.check_out(session, now, basket)
            (order,) = orders.queries.of_group(session, group_id=group.id)
            order_id = order.id
        trips.transfers(order_id)
        trips.bank_tells()
        (ticket,) = trips.tickets(order_id)
        with trips.database.transaction() as session:
            rooms.name(session, actor=trips.host, code=ticket.code, room="Thông", now=now)

        trips.goes(order_id, nights=f"{day + timedelta(days=1)}/{day + timedelta(days=3)}")


class TestATrip:
    def test_shows_a_visit_that_was_changed_once(self, trips):
        order_id = trips.books(trips.soon, 2)
        trips.changes(units=[{"type": "adult", "price": 180_000, "pax": 1}])
        extra = trips.goes(order_id, trips.later)
        trips.transfers(extra)
        trips.bank_tells()

        with trips.database.reading() as session:
            its = orders.queries.lines(session, order_ids=[order_id, extra])
            legs = journeys.legs(line for lines in its.values() for line in lines)
            assert [leg.tight for leg in legs] == [None]


class TestAVisit:
    def test_is_never_packed_and_can_be_cancelled_by_its_guest(self, trips):
        order_id = trips.books(trips.later, 2)
        with pytest.raises(orders.WrongState), trips.database.transaction() as session:
            weighing.pack(session, actor=trips.host, order_id=order_id, now=trips.now)

        trips.withdraws(order_id)

        assert trips.order(order_id).state == State.CANCELLED


class TestATicket:
    def test_is_not_taken_days_before_its_visit(self, trips):
        order_id = trips.books(trips.later, 2)
        (ticket, _) = trips.tickets(order_id)

        with pytest.raises(bookings.TooEarly), trips.database.transaction() as session:
            fulfilling.redeem(session, actor=trips.host, code=ticket.code, now=trips.now)

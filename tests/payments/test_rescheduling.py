"""Guests who come another day: only the difference is paid, and nothing is lost on the way."""

from datetime import date, timedelta

import pytest

from catalog import baskets
from market import clock, inventory
from market.accounts import NOBODY
from market.errors import MarketError
from market.ids import secret
from market.ledger import chart
from market.orders import Rail, State
from payments.collecting import HeldLongest
from payments.rescheduling import NotChangeable, PriceChanged
from payments.supplementing import AlreadyAsked
from tests import makers
from tests.databases import settings_for
from tests.payments.trips import Trips
from tests.visits import guesthouse

SEAT = 150_000


@pytest.fixture
def trips(database, tmp_path, now) -> Trips:
    return Trips(database, settings_for("sqlite:///unused", tmp_path), now)


def season(trips, departure, price):
    """What a seat costs on the day of the departure."""
    day = clock.day_of(departure.starts_at).isoformat()
    trips.changes(seasons=[{"from": day, "until": day, "prices": {"adult": price}}])


class TestAnotherDay:
    def test_of_the_same_price_is_changed_at_once(self, trips):
        order_id = trips.books(trips.soon, 2)
        codes = [ticket.code for ticket in trips.tickets(order_id)]

        assert trips.goes(order_id, trips.later) == order_id

        assert (trips.taken(trips.soon), trips.taken(trips.later)) == ((0, 0), (0, 2))
        moved = trips.tickets(order_id)
        assert [ticket.code for ticket in moved] == codes
        assert {ticket.starts_at for ticket in moved} == {trips.later.starts_at}
        assert trips.line(order_id).departure_id == trips.later.id
        assert trips.order(order_id).left_minor == 2 * SEAT
        assert "notice.order.rebooked" in trips.told()

    def test_that_is_cheaper_gives_the_difference_back(self, trips):
        order_id = trips.books(trips.soon, 2)
        season(trips, trips.later, 100_000)
        assert trips.difference(order_id, trips.later) == -100_000

        trips.goes(order_id, trips.later)

        assert trips.balance(chart.refund(order_id)) == 100_000
        assert trips.order(order_id).left_minor == 200_000
        assert trips.terms(order_id).price.minor == 200_000
        trips.audits()

    @pytest.mark.parametrize("rail", [Rail.BANK_TRANSFER, Rail.CARD])
    def test_that_is_dearer_is_held_until_it_is_paid(self, trips, rail):
        order_id = trips.books(trips.soon, 2, rail=rail)
        season(trips, trips.later, 180_000)

        extra = trips.goes(order_id, trips.later)

        assert trips.order(extra).total_minor == 60_000
        assert (trips.taken(trips.soon), trips.taken(trips.later)) == ((0, 2), (2, 0))
        if rail is Rail.CARD:
            trips.pays(extra)
            trips.hears()
        else:
            trips.transfers(extra)
            trips.bank_tells()
        assert (trips.taken(trips.soon), trips.taken(trips.later)) == ((0, 0), (0, 2))
        assert {it.starts_at for it in trips.tickets(order_id)} == {trips.later.starts_at}
        assert trips.terms(order_id).price.minor == 360_000
        trips.audits()

    def test_that_is_not_paid_in_time_changes_nothing(self, trips):
        order_id = trips.books(trips.soon, 2)
        season(trips, trips.later, 180_000)
        extra = trips.goes(order_id, trips.later)

        trips.pass_time(hours=25)
        trips.expires()
        trips.transfers(extra)
        trips.bank_tells()

        assert trips.order(extra).state == State.EXPIRED
        assert (trips.taken(trips.soon), trips.taken(trips.later)) == ((0, 2), (0, 0))
        assert {it.starts_at for it in trips.tickets(order_id)} == {trips.soon.starts_at}

    def test_that_is_dearer_is_paid_there_where_the_rest_is(self, trips):
        order_id = trips.books(trips.soon, 2, rail=Rail.CASH)
        trips.confirms(order_id)
        season(trips, trips.later, 180_000)

        trips.goes(order_id, trips.later)

        assert trips.taken(trips.later) == (0, 2)
        trips.pass_time(days=4)
        trips.hands_over(order_id)
        assert trips.balance(chart.cash(makers.only(trips.host.seller_ids))) == 360_000
        trips.audits()

    def test_that_was_dearer_goes_back_with_the_rest(self, trips):
        order_id = trips.books(trips.departs(days=4), 2)
        season(trips, trips.later, 180_000)
        trips.transfers(trips.goes(order_id, trips.later))
        trips.bank_tells()

        trips.withdraws(order_id, expected=360_000)

        assert trips.taken(trips.later) == (0, 0)
        assert trips.order(order_id).left_minor == 0
        trips.audits()

    def test_is_asked_for_once_at_a_time(self, trips):
        order_id = trips.books(trips.soon, 2)
        season(trips, trips.later, 180_000)
        trips.goes(order_id, trips.later)

        with pytest.raises(AlreadyAsked):
            trips.goes(order_id, trips.later)

    def test_is_off_when_the_guest_cancels_meanwhile(self, trips):
        order_id = trips.books(trips.soon, 2)
        season(trips, trips.later, 180_000)
        extra = trips.goes(order_id, trips.later)

        trips.withdraws(order_id, expected=SEAT)

        assert trips.order(extra).state == State.CANCELLED
        assert trips.taken(trips.later) == (0, 0)
        trips.audits()

    def test_for_another_sum_than_expected_is_refused(self, trips):
        order_id = trips.books(trips.soon, 2)

        with pytest.raises(PriceChanged):
            trips.goes(order_id, trips.later, expected=makers.Money(5))

    def test_that_is_full_changes_nothing(self, trips):
        trips.books(trips.later, 9)
        order_id = trips.books(trips.soon, 2)

        with pytest.raises(inventory.OutOfStock):
            trips.goes(order_id, trips.later)

        assert (trips.taken(trips.soon), trips.taken(trips.later)) == ((0, 2), (0, 9))

    def test_after_the_cut_off_is_too_late(self, trips):
        order_id = trips.books(trips.soon, 2)
        trips.pass_time(hours=47, minutes=1)

        with pytest.raises(NotChangeable):
            trips.goes(order_id, trips.later)

    def test_brings_nobody_more_back_than_on_the_day_of_the_change(self, trips):
        order_id = trips.books(trips.soon, 2)

        trips.goes(order_id, trips.later)

        assert trips.terms(order_id).percent == 50

    def test_is_of_the_same_visit(self, trips, now):
        order_id = trips.books(trips.soon, 2)
        with trips.database.transaction() as session:
            _, other = makers.tour(session, now, of=trips.host)
            session.expunge_all()

        with pytest.raises(NotChangeable):
            trips.goes(order_id, other)
        with pytest.raises(MarketError):
            trips.goes(order_id, nights="2026-12-24/2026-12-26")

    def test_is_held_no_longer_than_the_booking_may_be_changed(self, trips):
        near = trips.departs(hours=3)
        order_id = trips.books(near, 2)
        season(trips, trips.later, 180_000)
        trips.pass_time(hours=1, minutes=50)
        extra = trips.goes(order_id, trips.later)
        assert trips.order(extra).deadline == near.cutoff_at

        trips.pass_time(minutes=5)
        with pytest.raises(HeldLongest):
            trips.extends(extra)


class TestAStay:
    """Two rooms a night; the guests have both of two nights."""

    @pytest.fixture
    def booked(self, trips):
        with trips.database.transaction() as session:
            self.option = guesthouse(session, trips.now, rooms=2)
            session.flush()
            self.resource_id = self.option.resource_id
            basket = baskets.open_basket(session, actor=NOBODY, secret=secret(16), now=trips.now)
            its = {"option_id": self.option.id, "nights": "2026-12-01/2026-12-03", "quantity": 2}
            baskets.put_nights(session, basket=basket, **its, now=trips.now)
            group = makers.check_out(session, trips.now, basket)
            from market import orders

            (order,) = orders.queries.of_group(session, group_id=group.id)
            order_id = order.id
        trips.transfers(order_id)
        trips.bank_tells()
        return order_id

    def nights(self, trips):
        first = date(2026, 12, 1)
        days = [first + timedelta(days=number) for number in range(4)]
        return [trips.counted(self.resource_id, day.toordinal())[1] for day in days]

    def test_moves_by_a_night_that_it_has_half_already(self, trips, booked):
        trips.goes(booked, nights="2026-12-02/2026-12-04")

        assert self.nights(trips) == [0, 2, 2, 0]

    def test_that_is_longer_is_paid_first(self, trips, booked):
        extra = trips.goes(booked, nights="2026-12-01/2026-12-04")

        assert trips.order(extra).total_minor == 800_000
        trips.transfers(extra)
        trips.bank_tells()
        assert self.nights(trips) == [2, 2, 2, 0]
        trips.audits()

    def test_that_is_shorter_gives_a_night_back(self, trips, booked):
        trips.goes(booked, nights="2026-12-01/2026-12-02")

        assert self.nights(trips) == [2, 0, 0, 0]
        assert trips.balance(chart.refund(booked)) == 800_000

    @pytest.mark.parametrize(
        "nights", ["2026-12-04/2026-12-01", "9999-12-30/9999-12-31", "x", "2026-02-29/2026-03-01"]
    )
    def test_of_impossible_days_is_refused(self, trips, booked, nights):
        with pytest.raises(MarketError):
            trips.goes(booked, nights=nights)

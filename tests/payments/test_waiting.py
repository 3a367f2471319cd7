"""Parties that wait for a full departure: all of them come, or nobody."""

import pytest

from market.errors import MarketError
from market.orders import Rail, State
from payments import disrupting, waiting
from payments.disruptions import Cause
from payments.waiting import AlreadyWaiting, NotFull, OfferOver
from tests.databases import settings_for
from tests.payments.trips import Trips


@pytest.fixture
def trips(database, tmp_path, now) -> Trips:
    return Trips(database, settings_for("sqlite:///unused", tmp_path), now)


@pytest.fixture
def full(trips):
    """The bookings of a departure with ten seats: of six guests, and of four."""
    return trips.books(trips.later, 6), trips.books(trips.later, 4)


class TestAParty:
    def test_is_offered_what_came_free_and_takes_it(self, trips, full):
        party = trips.waits(trips.later, 3)
        trips.withdraws(full[1])

        trips.offers()

        assert trips.party(party).state == "offered"
        assert trips.taken(trips.later) == (3, 6)
        assert trips.told().count("notice.waitlist.offered") == 1
        order_id = trips.takes(party)
        assert trips.taken(trips.later) == (3, 6)
        trips.transfers(order_id)
        trips.bank_tells()
        assert trips.order(order_id).state == State.CONFIRMED
        assert trips.taken(trips.later) == (0, 9)

    def test_comes_before_one_that_came_later_if_all_of_it_fits(self, trips, full):
        large, small = trips.waits(trips.later, 5), trips.waits(trips.later, 2, "+84933000222")
        trips.withdraws(full[1])

        trips.offers()

        assert (trips.party(large).state, trips.party(small).state) == ("waiting", "offered")

    def test_that_does_not_take_it_makes_room_for_the_next(self, trips, full):
        first, second = trips.waits(trips.later, 4), trips.waits(trips.later, 3, "+84933000222")
        trips.withdraws(full[1])
        trips.offers()

        trips.pass_time(hours=2)
        trips.offers()
        trips.offers()

        assert (trips.party(first).state, trips.party(second).state) == ("over", "offered")
        assert trips.told().count("notice.waitlist.offered") == 2
        with pytest.raises(OfferOver):
            trips.takes(first)

    def test_is_offered_what_a_hold_left_that_lapsed(self, trips):
        trips.buys((trips.later, 10), rail=Rail.CARD)
        party = trips.waits(trips.later, 4)
        trips.pass_time(minutes=16)

        trips.offers()

        assert trips.party(party).state == "offered"

    def test_takes_its_seats_once(self, trips, full):
        party = trips.waits(trips.later, 3)
        trips.withdraws(full[1])
        trips.offers()
        trips.takes(party)

        with pytest.raises(OfferOver):
            trips.takes(party)

    def test_waits_once(self, trips, full):
        trips.waits(trips.later, 3)

        with pytest.raises(AlreadyWaiting):
            trips.waits(trips.later, 2)

    def test_that_fits_already_books(self, trips):
        with pytest.raises(NotFull):
            trips.waits(trips.later, 3)

    def test_waits_for_no_boat_that_has_left(self, trips, full):
        party = trips.waits(trips.later, 3)
        trips.pass_time(days=5)

        trips.offers()

        assert trips.party(party).state == "over"
        with pytest.raises(MarketError):
            trips.waits(trips.later, 3)

    def test_keeps_its_offer_no_longer_than_the_cut_off(self, trips, full):
        party = trips.waits(trips.later, 3)
        trips.pass_time(days=4, hours=22)
        trips.cancels(full[1])

        trips.offers()

        assert trips.party(party).offered_until == trips.later.cutoff_at


class TestBigParties:
    def test_keep_nobody_of_another_departure_waiting(self, trips, monkeypatch):
        monkeypatch.setattr(waiting, "BATCH", 3)
        trips.books(trips.soon, 9)
        full = trips.departs(days=6, seats=2)
        order_id = trips.books(full, 2)
        for number in range(4):
            trips.waits(trips.soon, 5, phone=f"+8493300011{number}")
        mine = trips.waits(full, 2)
        trips.withdraws(order_id)
        for _ in range(3):
            trips.offers()
        assert trips.party(mine).state == "offered"


class TestMoneyThatComesLate:
    def test_for_what_was_called_off_has_nobody_wait_for_it(self, trips):
        (order_id,) = trips.buys((trips.later, 2), rail=Rail.BANK_TRANSFER)
        trips.pass_time(hours=25)
        trips.expires()
        with trips.database.transaction() as session:
            its = {"departure_id": trips.later.id, "cause": Cause.WEATHER, "now": trips.now}
            disrupting.call_off_departure(session, actor=trips.host, **its)
        trips.transfers(order_id)
        trips.bank_tells()
        assert "notice.order.late.waits" not in trips.told()

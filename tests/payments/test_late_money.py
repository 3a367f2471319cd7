"""Money that comes too late: what is still free goes on, for the rest it goes back."""

from datetime import timedelta

import pytest

from catalog.booking_models import Waiting
from market.ledger import chart
from market.orders import Rail, State
from payments.models import BankLine, Refund, RefundState
from tests.databases import settings_for
from tests.payments.trips import Trips

SEAT = 150_000


@pytest.fixture
def trips(database, tmp_path, now) -> Trips:
    return Trips(database, settings_for("sqlite:///unused", tmp_path), now)


def late(trips, order_id, *, swept=True):
    trips.pass_time(hours=25)
    if swept:
        trips.expires()


class TestLateMoney:
    @pytest.mark.parametrize("swept", [True, False])
    def test_for_seats_that_are_free_confirms_them(self, trips, swept):
        (order_id,) = trips.buys((trips.later, 2), rail=Rail.BANK_TRANSFER)
        late(trips, order_id, swept=swept)

        trips.transfers(order_id)
        trips.bank_tells()

        assert trips.order(order_id).state == State.CONFIRMED
        assert trips.taken(trips.later) == (0, 2)
        assert {ticket.state for ticket in trips.tickets(order_id)} == {"valid"}
        assert trips.balance(chart.held(order_id)) == 2 * SEAT
        trips.audits()

    def test_by_card_does_the_same(self, trips):
        departure = trips.departs(days=9)  # the money is taken at once
        (order_id,) = trips.buys((departure, 2), rail=Rail.CARD)
        trips.pays(order_id, told=0)
        trips.pass_time(minutes=20)
        trips.expires()

        trips.reconciles()
        trips.hears()

        assert trips.order(order_id).state == State.CONFIRMED
        assert trips.taken(departure) == (0, 2)
        trips.audits()

    def test_for_goods_that_are_there_lets_their_order_go_on(self, trips):
        (order_id,) = trips.buys(rail=Rail.BANK_TRANSFER)
        late(trips, order_id)

        trips.transfers(order_id)
        trips.bank_tells()

        assert trips.order(order_id).state == State.PLACED
        trips.audits()

    @pytest.mark.parametrize("swept", [True, False])
    def test_for_seats_that_are_gone_goes_back_and_its_guests_wait(self, trips, swept):
        (order_id,) = trips.buys((trips.later, 2), rail=Rail.BANK_TRANSFER)
        trips.pass_time(hours=25)
        trips.books(trips.later, 9)
        if swept:
            trips.expires()

        trips.transfers(order_id)
        trips.bank_tells()

        assert trips.taken(trips.later)[1] == 9
        (refund,) = trips.all(Refund)
        assert (refund.amount_minor, refund.state) == (2 * SEAT, RefundState.APPROVED)
        (waiting,) = trips.all(Waiting)
        assert (waiting.units, waiting.state) == ({"adult": 2}, "waiting")
        assert "notice.order.late.waits" in trips.told()
        trips.works()
        trips.reconciles()
        assert trips.balance(chart.UNAPPLIED) == 0
        trips.audits()

    def test_for_a_boat_that_sails_for_others_goes_back(self, trips):
        (order_id,) = trips.buys((trips.later, 2), rail=Rail.BANK_TRANSFER)
        with trips.database.transaction() as session:
            from market import inventory

            where = {"resource_id": trips.later.resource_id, "bucket": trips.later.bucket}
            inventory.close(session, **where)
        late(trips, order_id)

        trips.transfers(order_id)
        trips.bank_tells()

        assert trips.order(order_id).state == State.EXPIRED
        assert len(trips.all(Refund)) == 1

    def test_after_the_cut_off_goes_back(self, trips):
        (order_id,) = trips.buys((trips.first, 2), rail=Rail.BANK_TRANSFER)
        late(trips, order_id)

        trips.transfers(order_id)
        trips.bank_tells()

        assert trips.order(order_id).state == State.EXPIRED
        assert trips.all(Waiting) == []
        assert "notice.order.late.back" in trips.told()

    def test_that_is_too_little_waits_for_a_person(self, trips):
        (order_id,) = trips.buys((trips.later, 2), rail=Rail.BANK_TRANSFER)
        late(trips, order_id)

        trips.transfers(order_id, 1000)
        trips.bank_tells()

        assert trips.order(order_id).state == State.EXPIRED
        assert trips.all(Refund) == []

    def test_pays_once_however_often_it_comes(self, trips):
        (order_id,) = trips.buys((trips.later, 2), rail=Rail.BANK_TRANSFER)
        late(trips, order_id)

        for _ in range(2):
            trips.transfers(order_id)
            trips.bank_tells()

        assert sorted(line.state for line in trips.all(BankLine)) == ["late", "matched"]
        assert trips.taken(trips.later) == (0, 2)

    def test_for_what_its_buyer_cancelled_stays_for_a_person(self, trips):
        (order_id,) = trips.buys((trips.later, 2), rail=Rail.BANK_TRANSFER)
        trips.cancels(order_id)

        trips.transfers(order_id)
        trips.bank_tells()

        assert trips.order(order_id).state == State.CANCELLED
        assert trips.all(Refund) == []


class TestAHold:
    def test_of_a_card_is_prolonged_twice(self, trips, now):
        (order_id,) = trips.buys((trips.later, 2), rail=Rail.CARD)

        assert trips.extends(order_id) == now + timedelta(minutes=30)
        assert trips.extends(order_id) == now + timedelta(minutes=45)
        assert trips.payment(order_id).expires_at == now + timedelta(minutes=45)
        with pytest.raises(Exception, match=r"hold\.longest"):
            trips.extends(order_id)

    def test_that_was_prolonged_can_be_paid(self, trips):
        (order_id,) = trips.buys((trips.later, 2), rail=Rail.CARD)
        trips.extends(order_id)
        trips.pass_time(minutes=20)
        trips.expires()

        trips.pays(order_id)
        trips.hears()

        assert trips.order(order_id).state == State.CONFIRMED

    @pytest.mark.parametrize(("rail", "minutes"), [(Rail.CARD, 16), (Rail.BANK_TRANSFER, 1)])
    def test_that_lapsed_or_is_a_day_long_is_not(self, trips, rail, minutes):
        (order_id,) = trips.buys((trips.later, 2), rail=rail)
        trips.pass_time(minutes=minutes)

        with pytest.raises(Exception, match=r"hold\.longest"):
            trips.extends(order_id)

    def test_never_outlasts_the_cut_off(self, trips):
        departure = trips.departs(hours=1, minutes=20)
        (order_id,) = trips.buys((departure, 2), rail=Rail.CARD)

        assert trips.extends(order_id) == departure.cutoff_at

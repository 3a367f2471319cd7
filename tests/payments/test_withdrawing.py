"""Guests who cancel: by the host's policy, all or some of them, on every rail."""

import pytest

from market.bookings import TicketState
from market.ledger import chart
from market.orders import Rail, State
from payments.cancelling import TooLateToCancel
from payments.withdrawing import RefundChanged
from tests import makers
from tests.databases import settings_for
from tests.payments.trips import Trips

SEAT = 150_000


@pytest.fixture
def trips(database, tmp_path, now) -> Trips:
    return Trips(database, settings_for("sqlite:///unused", tmp_path), now)


def earned(trips) -> int:
    return trips.balance(chart.payable(makers.only(trips.host.seller_ids)))


class TestTheTerms:
    def test_say_what_goes_back_and_until_when(self, trips):
        order_id = trips.books(trips.later, 2)

        its = trips.terms(order_id)

        assert (its.percent, its.refund.minor, its.kept.minor) == (100, 2 * SEAT, 0)
        assert (trips.later.starts_at - its.until).total_seconds() == 72 * 3600

    def test_are_those_of_the_day_of_the_booking(self, trips):
        order_id = trips.books(trips.soon, 2)
        trips.changes(tiers=[])

        its = trips.terms(order_id)

        assert (its.percent, its.refund.minor, its.kept.minor) == (50, SEAT, SEAT)

    def test_without_tiers_give_all_back_until_the_cut_off(self, trips):
        trips.changes(tiers=[])
        order_id = trips.books(trips.soon, 1)
        assert trips.terms(order_id).refund.minor == SEAT

        trips.pass_time(hours=47, minutes=30)

        assert (trips.terms(order_id).percent, trips.terms(order_id).until) == (0, None)

    def test_end_when_it_starts(self, trips):
        order_id = trips.books(trips.soon, 1)
        trips.pass_time(days=2)

        with pytest.raises(TooLateToCancel):
            trips.terms(order_id)

    def test_of_what_is_not_paid_keep_nothing(self, trips):
        (order_id,) = trips.buys((trips.first, 2), rail=Rail.BANK_TRANSFER)

        its = trips.terms(order_id)

        assert (its.refund.minor, its.kept.minor) == (0, 0)


class TestTheWholeParty:
    def test_gets_its_part_back_and_the_host_earns_the_rest(self, trips):
        order_id = trips.books(trips.soon, 2)

        trips.withdraws(order_id, expected=SEAT)
        trips.releases()

        assert trips.order(order_id).state == State.CANCELLED
        assert trips.taken(trips.soon) == (0, 0)
        assert trips.tickets(order_id) == []
        assert trips.balance(chart.refund(order_id)) == SEAT
        assert earned(trips) == SEAT - SEAT * 3 // 100
        assert trips.balance(chart.COMMISSION) == SEAT * 3 // 100
        trips.audits()

    def test_is_told_the_new_sum_where_a_tier_passed_meanwhile(self, trips):
        order_id = trips.books(trips.later, 2)
        trips.pass_time(days=3)

        with pytest.raises(RefundChanged) as refused:
            trips.withdraws(order_id, expected=2 * SEAT)

        assert refused.value.facts["refund"].minor == SEAT
        assert trips.order(order_id).state == State.CONFIRMED

    def test_of_which_a_card_only_promised_pays_what_is_kept(self, trips):
        order_id = trips.books(trips.soon, 2, rail=Rail.CARD)

        trips.withdraws(order_id)
        trips.hears()
        trips.releases()

        assert trips.balance(chart.clearing("stripe")) == SEAT
        assert trips.balance(chart.held(order_id)) == 0
        assert earned(trips) == SEAT - SEAT * 3 // 100
        trips.audits()

    def test_that_would_pay_there_owes_nothing(self, trips):
        order_id = trips.books(trips.soon, 2, rail=Rail.CASH)
        trips.confirms(order_id)

        trips.withdraws(order_id, expected=0)

        assert trips.order(order_id).state == State.CANCELLED
        assert trips.taken(trips.soon) == (0, 0)
        trips.audits()

    def test_has_all_back_while_the_host_has_not_agreed(self, trips):
        trips.changes(approves=True)
        order_id = trips.books(trips.soon, 2)

        trips.withdraws(order_id, expected=2 * SEAT)

        assert trips.balance(chart.refund(order_id)) == 2 * SEAT

    def test_has_all_back_when_the_host_cancels(self, trips):
        order_id = trips.books(trips.soon, 2)

        trips.cancels(order_id)

        assert trips.balance(chart.refund(order_id)) == 2 * SEAT
        assert trips.order(order_id).kept_minor == 0

    def test_leaves_the_other_parts_of_the_trip(self, trips):
        goods, visit = trips.buys((trips.berries, 1000), (trips.soon, 2), rail=Rail.BANK_TRANSFER)
        trips.transfers(goods)
        trips.bank_tells()

        trips.withdraws(visit)

        assert trips.order(goods).state == State.PLACED
        trips.audits()

    def test_cannot_do_it_twice(self, trips):
        order_id = trips.books(trips.soon, 2)
        trips.withdraws(order_id)

        with pytest.raises(TooLateToCancel):
            trips.withdraws(order_id)


class TestSomeOfTheParty:
    @pytest.mark.parametrize("rail", [Rail.BANK_TRANSFER, Rail.CARD])
    def test_go_and_the_others_stay(self, trips, rail):
        order_id = trips.books(trips.soon, 5, rail=rail)
        gone = [ticket.code for ticket in trips.tickets(order_id)[:2]]

        trips.withdraws(order_id, *gone, expected=SEAT)

        assert trips.order(order_id).state == State.CONFIRMED
        assert trips.order(order_id).left_minor == 4 * SEAT
        assert len(trips.tickets(order_id)) == 3
        assert sorted(it.code for it in trips.tickets(order_id, TicketState.VOID)) == sorted(gone)
        assert trips.taken(trips.soon) == (0, 3)
        trips.audits()

    def test_go_one_after_the_other_for_the_same_sum(self, trips):
        order_id = trips.books(trips.soon, 3)
        for ticket in trips.tickets(order_id)[:2]:
            trips.withdraws(order_id, ticket.code)

        trips.withdraws(order_id)
        trips.releases()

        assert trips.balance(chart.refund(order_id)) == 3 * SEAT // 2
        assert trips.order(order_id).kept_minor == 3 * SEAT // 2
        trips.audits()

    def test_owe_less_cash_there(self, trips):
        order_id = trips.books(trips.soon, 3, rail=Rail.CASH)
        trips.confirms(order_id)

        trips.withdraws(order_id, trips.tickets(order_id)[0].code)

        assert trips.payment(order_id).amount_minor == 2 * SEAT
        trips.pass_time(days=1)
        trips.hands_over(order_id)
        assert trips.balance(chart.held(order_id)) == 2 * SEAT

    def test_do_not_leave_a_child_alone(self, trips):
        units = [
            {"type": "adult", "price": SEAT, "pax": 1, "least": 2},
        ]
        trips.changes(units=units)
        order_id = trips.books(trips.soon, 2)

        with pytest.raises(Exception, match=r"party\.not_taken"):
            trips.withdraws(order_id, trips.tickets(order_id)[0].code)

    def test_are_of_this_booking_only(self, trips):
        mine, other = trips.books(trips.soon, 2), trips.books(trips.later, 2)

        with pytest.raises(Exception, match="not_found"):
            trips.withdraws(mine, trips.tickets(other)[0].code)

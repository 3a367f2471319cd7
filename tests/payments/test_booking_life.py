"""Where separately made parts of a booking's life meet."""

from datetime import timedelta

import pytest

from catalog import experiences, offering
from market import clock, orders
from market.errors import NotFound
from market.ledger import chart
from market.orders import Rail, State
from market.orders.models import Order
from payments import disrupting, fulfilling, remedying
from payments.disruptions import Cause, Remedy
from tests import makers
from tests.databases import settings_for
from tests.payments.trips import Trips

SEAT = 150_000


@pytest.fixture
def trips(database, tmp_path, now) -> Trips:
    return Trips(database, settings_for("sqlite:///unused", tmp_path), now)


def season(trips, departure, price, unit="adult"):
    day = clock.day_of(departure.starts_at).isoformat()
    trips.changes(seasons=[{"from": day, "until": day, "prices": {unit: price}}])


def calls_off(trips, departure):
    with trips.database.transaction() as session:
        its = {"actor": trips.host, "departure_id": departure.id, "cause": Cause.WEATHER}
        disrupting.call_off_departure(session, **its, now=trips.now)
    trips.works()


def chooses(trips, order_id, choice, to=None):
    with trips.database.transaction() as session:
        order = session.get_one(Order, order_id)
        doing = {"actor": makers.NOBODY, "now": trips.now}
        remedying.choose(session, order=order, choice=Remedy(choice), to=to, **doing)


class TestAChangeThatWaitsForItsMoney:
    def test_is_off_when_its_departure_is_called_off_meanwhile(self, trips):
        order_id = trips.books(trips.soon, 2)
        season(trips, trips.later, 180_000)
        extra = trips.goes(order_id, trips.later)
        calls_off(trips, trips.soon)

        trips.transfers(extra)
        trips.bank_tells()

        assert trips.order(extra).state == State.CANCELLED
        assert trips.taken(trips.later) == (0, 0)
        trips.audits()

    def test_is_off_when_some_of_the_party_cancel_meanwhile(self, trips):
        order_id = trips.books(trips.later, 2)
        dear = trips.departs(days=6)
        season(trips, dear, 180_000)
        extra = trips.goes(order_id, dear)
        code = trips.tickets(order_id)[0].code
        trips.withdraws(order_id, code)

        trips.transfers(extra)
        trips.bank_tells()

        assert (trips.taken(trips.later), trips.taken(dear)) == ((0, 1), (0, 0))
        trips.audits()


class TestAPartyOfWhomSomeCancelled:
    def test_is_rebooked_with_those_who_come(self, trips):
        order_id = trips.books(trips.later, 4)
        codes = [ticket.code for ticket in trips.tickets(order_id)]
        trips.withdraws(order_id, *codes[:3])
        calls_off(trips, trips.later)
        other = trips.departs(days=7)

        chooses(trips, order_id, "rebook", other.id)

        assert trips.taken(other) == (0, 1)

    def test_is_rebooked_where_there_is_room_for_those_who_come(self, trips):
        order_id = trips.books(trips.later, 4)
        codes = [ticket.code for ticket in trips.tickets(order_id)]
        trips.withdraws(order_id, *codes[:3])
        calls_off(trips, trips.later)
        other = trips.departs(days=7, seats=2)

        chooses(trips, order_id, "rebook", other.id)

        assert trips.taken(other)[1] == 1

    def test_pays_with_its_credit_no_more_than_was_left(self, trips):
        order_id = trips.books(trips.later, 2)
        trips.withdraws(order_id, trips.tickets(order_id)[0].code)
        calls_off(trips, trips.later)
        other = trips.departs(days=7)
        season(trips, other, 300_000)
        chooses(trips, order_id, "credit")

        with pytest.raises(remedying.CostsMore):  # 150,000 is left of what was paid
            chooses(trips, order_id, "rebook", other.id)


class TestABookingThatWasChangedToADearerOne:
    def dear(self, trips):
        order_id = trips.books(trips.soon, 2)
        trips.changes(tiers=[])
        order_id = trips.books(trips.soon, 2)
        season(trips, trips.later, 300_000)
        trips.transfers(trips.goes(order_id, trips.later))
        trips.bank_tells()
        assert trips.terms(order_id).price.minor == 600_000
        return order_id

    def test_gets_all_back_after_a_rebooking(self, trips):
        order_id = self.dear(trips)
        calls_off(trips, trips.later)
        other = trips.departs(days=7)
        chooses(trips, order_id, "rebook", other.id)

        its = trips.terms(order_id)

        assert (its.percent, its.refund.minor, its.kept.minor) == (100, 600_000, 0)

    def test_has_all_that_was_paid_as_its_credit(self, trips):
        order_id = self.dear(trips)
        calls_off(trips, trips.later)
        other = trips.departs(days=7)
        season(trips, other, 250_000)
        chooses(trips, order_id, "credit")

        chooses(trips, order_id, "rebook", other.id)


class TestARebooking:
    def test_is_of_the_same_option(self, trips):
        order_id = trips.books(trips.later, 2)
        with trips.database.transaction() as session:
            dear = offering.add(
                session,
                actor=trips.host,
                experience_id=trips.tour.id,
                said={"units": [{"type": "adult", "price": 5_000_000, "pax": 1}]},
                words={"vi": {"option": "Thuyền riêng cả ngày"}},
                now=trips.now,
            )
            (private,) = experiences.open_departures(
                session, actor=trips.host, experience_id=trips.tour.id, option_id=dear.id,
                starts=[trips.now + timedelta(days=6)], seats=4, now=trips.now,
            )  # fmt: skip
            session.expunge_all()
        calls_off(trips, trips.later)

        with trips.database.reading() as session:
            found = remedying.others(session, order_id=order_id, now=trips.now)
        assert private.id not in [row.id for row in found]
        with pytest.raises(NotFound):
            chooses(trips, order_id, "rebook", private.id)


class TestAHostWhoWantsToBeAsked:
    def test_cannot_agree_after_the_cut_off(self, trips):
        trips.changes(approves=True)
        near = trips.departs(hours=3)
        order_id = trips.books(near, 2)
        assert trips.order(order_id).state == State.PLACED
        trips.pass_time(hours=4)

        with pytest.raises(orders.WrongState):
            trips.confirms(order_id)


class TestNobodyWhoCame:
    def test_owes_no_supplement_in_cash(self, trips):
        order_id = trips.books(trips.soon, 2, rail=Rail.CASH)
        trips.confirms(order_id)
        season(trips, trips.later, 180_000)
        trips.goes(order_id, trips.later)
        trips.pass_time(days=6)
        with trips.database.transaction() as session:
            fulfilling.miss(session, actor=trips.host, order_id=order_id, now=trips.now)
            its = orders.queries.supplements(session, order_ids=[order_id])[order_id]
            assert [each.state for each in its] == [State.CANCELLED]


class TestCash:
    def test_of_a_guest_who_cancels_after_a_dearer_change_is_awaited_no_more(self, trips):
        cheap = trips.departs(days=4)
        season(trips, cheap, 10_000)
        order_id = trips.books(cheap, 3, rail=Rail.CASH)
        trips.confirms(order_id)
        trips.changes(seasons=[])
        trips.goes(order_id, trips.later)

        trips.withdraws(order_id, trips.tickets(order_id)[0].code)

        trips.pass_time(days=4)
        trips.hands_over(order_id)
        assert trips.balance(chart.cash(makers.only(trips.host.seller_ids))) == 2 * SEAT

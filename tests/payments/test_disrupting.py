"""The sea closes: what is touched, what each guest gets, and that nobody is to blame."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from market import clock, inventory
from market.accounts import NOBODY
from market.bookings import TicketVoid
from market.errors import FieldInvalid, NotFound
from market.geography import UnknownPlace
from market.notifications.telling import Notice
from market.orders import Rail, State
from market.orders.models import Order, OrderEvent
from payments import (
    cancelling,
    disrupting,
    disruptions,
    fulfilling,
    remedying,
    rescheduling,
    weighing,
    withdrawing,
)
from payments.disruptions import Cause, Disruption
from payments.models import PaymentState, Refund
from tests.databases import settings_for
from tests.payments.island import ISLAND, Island
from tests.payments.market import Market


@pytest.fixture
def market(real_url, real_database, tmp_path, now):
    return Market(real_database, settings_for(real_url, tmp_path), now)


@pytest.fixture
def island(market):
    return Island(market)


def touched(island, its_id):
    with island.market.database.reading() as session:
        found = session.get_one(Disruption, its_id)
        return disruptions.touched(session, found, now=island.market.now)


def expires(market):
    with market.database.transaction() as session:
        cancelling.expire_due(session, now=market.now)
    market.works()


def told(market, key):
    with market.database.reading() as session:
        return list(session.scalars(select(Notice).where(Notice.key == key)))


def audits(market):
    market.audits()
    with market.database.reading() as session:
        assert inventory.drift(session) == []


def withdraws_one(island, order_id):
    """One of the guests cancels; on which terms."""
    with island.market.database.transaction() as session:
        order = session.get_one(Order, order_id)
        its = {"order": order, "codes": [withdrawing.party_of(session, order)[0].code]}
        terms = withdrawing.terms(session, **its, now=island.market.now)
        doing = {"actor": NOBODY, "now": island.market.now}
        withdrawing.withdraw(session, **its, **doing)
        return terms


def changes(island, order_id, departure):
    with island.market.database.transaction() as session:
        order, to = session.get_one(Order, order_id), rescheduling.To(departure.id)
        doing = {"actor": NOBODY, "now": island.market.now}
        rescheduling.change(session, order=order, to=to, **doing)


class TestThePreview:
    def test_counts_and_names_what_would_be_touched_and_touches_nothing(self, island, market):
        trip = island.books(arrival=1, squid=1_000, walk=1)
        its_id = island.declares()

        it = touched(island, its_id)

        assert {order.id for order in it.orders} == {trip["boat"], trip["house"], trip["squid"]}
        assert {it.behind[trip[name]].order_id for name in ("house", "squid")} == {trip["boat"]}
        assert (len(it.cells) - it.nights, it.nights, it.guests) == (1, 0, 3)
        assert it.sum_minor == 2 * 350_000 + 2 * 400_000 + 180_000
        assert market.order(trip["boat"]).deadline is None
        assert island.left() == 98

    def test_of_the_island_itself_counts_its_nights(self, island):
        trip = island.books(boat=None, arrival=1)
        it = touched(island, island.declares(units=[ISLAND], hours=(1, 49)))
        assert [order.id for order in it.orders] == [trip["house"]]
        assert it.nights == 3

    def test_of_a_departure_that_brings_nobody_anywhere_touches_it_alone(self, island):
        trip = island.books(boat=None, arrival=1, walk=2)
        its = {"departure_id": island.walk.id, "actor": island.market.farmer}
        it = touched(island, island.declares(units=(), **its))
        assert [order.id for order in it.orders] == [trip["walk"]]


class TestAClosedSea:
    def test_stops_the_sale_at_once_and_lets_guests_choose(self, island, market, now):
        trip = island.books(arrival=1, squid=1_000, walk=1)
        island.closes()

        assert island.left() == 0
        for name in ("boat", "house", "squid"):
            assert market.order(trip[name]).deadline == now + timedelta(days=3)
        assert {state for state, _ in island.tickets(trip["boat"])} == {"pending"}
        assert market.order(trip["walk"]).deadline is None
        assert {state for state, _ in island.tickets(trip["walk"])} == {"valid"}
        notices = told(market, "notice.order.disrupted")
        assert len(notices) == 3
        assert "biển động" in notices[0].params["cause"]
        assert "Cảng vụ" in notices[0].params["source"]
        audits(market)

    def test_ends_what_is_not_paid_and_says_why(self, island, market):
        unpaid = island.books(pays=False)["boat"]
        island.closes()
        assert market.order(unpaid).state == State.CANCELLED
        assert len(told(market, "notice.order.disrupted.off")) == 1
        assert told(market, "notice.order.cancelled") == []
        audits(market)

    def test_moves_who_rebooks_with_the_same_tickets_at_the_same_price(self, island, market):
        trip = island.books(arrival=1)
        island.closes()
        later = island.departures[2]

        island.chooses(trip["boat"], "rebook", later.id)
        island.chooses(trip["house"], "rebook", island.nights(10))

        order = market.order(trip["boat"])
        assert (order.state, order.deadline, order.total_minor) == (State.CONFIRMED, None, 700_000)
        assert island.tickets(trip["boat"]) == [("valid", later.id)] * 2
        assert island.left(2) == 98
        market.pass_time(days=4)
        expires(market)
        assert market.order(trip["house"]).state == State.CONFIRMED
        audits(market)

    def test_moves_who_still_comes(self, island, market):
        order_id = island.books(guests=3)["boat"]
        withdraws_one(island, order_id)
        island.closes()

        island.chooses(order_id, "rebook", island.departures[2].id)

        assert island.left(2) == 98
        states = sorted(state for state, _ in island.tickets(order_id))
        assert states == ["valid", "valid", "void"]
        audits(market)

    def test_keeps_the_price_that_was_agreed_last(self, island, market):
        day = clock.day_of(island.departures[0].starts_at).isoformat()
        cheap = {"from": day, "until": day, "prices": {"adult": 250_000}}
        order_id = island.books(boat=1)["boat"]
        island.option(seasons=[cheap])
        changes(island, order_id, island.departures[0])
        island.closes()

        island.chooses(order_id, "rebook", island.departures[2].id)

        assert withdraws_one(island, order_id).price.minor == 250_000
        assert market.order(order_id).left_minor == 250_000
        audits(market)

    def test_gives_back_what_nobody_chose_about(self, island, market):
        trip = island.books(arrival=1, squid=1_000, walk=1)
        island.closes()
        market.pass_time(days=3)
        assert disrupting_awaits(island, trip["boat"]) is False  # before anybody sweeps
        expires(market)

        for name in ("boat", "house", "squid"):
            assert market.order(trip[name]).state == State.EXPIRED
            assert market.order(trip[name]).left_minor == 0
        assert market.order(trip["walk"]).state == State.CONFIRMED
        assert len(told(market, "notice.order.disrupted.off")) == 3
        assert told(market, "notice.order.expired") == told(market, "notice.sold.expired") == []
        audits(market)

    def test_a_credit_lasts_a_year_pays_for_no_more_and_goes_back_then(self, island, market):
        first, second = (island.books(phone=f"+8491234500{at}")["boat"] for at in range(2))
        island.closes()
        island.chooses(first, "credit")
        island.chooses(second, "credit")
        market.works()
        market.pass_time(days=5)
        expires(market)
        with pytest.raises(FieldInvalid):
            island.chooses(first, "credit")

        island.option(seasons=[{"from": "2026-11-01", "until": "2027-01-31",
                                "prices": {"adult": 900_000}}])  # fmt: skip
        with pytest.raises(remedying.CostsMore):
            island.chooses(first, "rebook", island.departures[2].id)
        island.option(seasons=[])
        island.chooses(first, "rebook", island.departures[2].id)
        market.pass_time(days=366)
        expires(market)

        assert market.order(first).state == State.CONFIRMED
        assert market.order(second).state == State.EXPIRED
        audits(market)

    def test_is_chosen_about_once(self, island, market):
        trip = island.books()
        island.closes()
        island.chooses(trip["boat"], "refund")
        for choice in ("refund", "credit", "rebook"):
            with pytest.raises(remedying.NothingToChoose):
                island.chooses(trip["boat"], choice, island.departures[2].id)
        market.hears()
        assert market.order(trip["boat"]).state == State.CANCELLED
        assert len(market.all(Refund)) == 1
        audits(market)

    def test_a_full_boat_is_no_other_date(self, island, market):
        trip = island.books(guests=40)
        for at in range(2):
            island.books(boat=2, guests=40, phone=f"+8491234500{at}", pays=False)
        island.closes()
        with pytest.raises(inventory.OutOfStock):
            island.chooses(trip["boat"], "rebook", island.departures[2].id)
        assert disrupting_awaits(island, trip["boat"])

    @pytest.mark.parametrize("to", [None, "2026-12-24/2026-12-26", "walk"])
    def test_another_visit_is_no_other_date(self, island, to):
        trip = island.books()
        island.closes()
        with pytest.raises((NotFound, FieldInvalid)):
            island.chooses(trip["boat"], "rebook", island.walk.id if to == "walk" else to)

    def test_nobody_is_let_in_meanwhile(self, island, market, now):
        trip = island.books()
        island.closes()
        with market.database.transaction() as session, pytest.raises(TicketVoid):
            its = {"actor": island.skipper, "order_id": trip["boat"], "now": now}
            fulfilling.hand_over(session, **its)

    def test_goods_wait_for_who_fetches_them_later(self, island, market):
        trip = island.books(arrival=1, squid=1_000)
        island.closes()
        island.chooses(trip["squid"], "rebook")
        market.pass_time(days=4)
        expires(market)
        assert market.order(trip["squid"]).state == State.CONFIRMED

    def test_goods_that_are_packed_meanwhile_still_wait_for_the_word(self, island, market, now):
        trip = island.books(arrival=1, squid=1_000)
        island.closes()
        with market.database.transaction() as session:
            its = {"actor": island.stall, "order_id": trip["squid"], "now": now}
            weighing.pack(session, **its)
        assert disrupting_awaits(island, trip["squid"])
        market.pass_time(days=3)
        expires(market)
        assert market.order(trip["squid"]).state == State.EXPIRED
        audits(market)

    def test_a_credit_takes_what_a_card_has_promised(self, island, market):
        order_id = island.books(rail=Rail.CARD)["boat"]
        market.pays(order_id)
        market.hears()
        island.closes()
        island.chooses(order_id, "credit")
        market.hears()
        assert market.payment(order_id).state == PaymentState.PAID
        market.pass_time(days=366)
        expires(market)
        market.hears()
        assert market.order(order_id).left_minor == 0
        audits(market)

    def test_counts_nothing_against_hosts_who_get_one_notice(self, island, market):
        for at in range(3):
            island.books(phone=f"+8491234500{at}")
        island.closes()
        market.pass_time(days=3)
        expires(market)
        assert told(market, "notice.sold.cancelled") == []
        with market.database.reading() as session:
            facts = [it.facts for it in session.scalars(select(OrderEvent)) if it.facts]
            assert all("disruption" in each or "by" not in each for each in facts)

    def test_is_applied_once(self, island, market, now):
        its_id = island.closes()
        with market.database.transaction() as session, pytest.raises(disrupting.AlreadyApplied):
            disrupting.apply(session, actor=island.overseer, disruption_id=its_id, now=now)

    def test_cash_that_was_promised_waits_and_cannot_become_a_credit(self, island, market):
        order_id = island.books(rail=Rail.CASH)["boat"]
        island.confirms(island.skipper, order_id)
        island.closes()
        with pytest.raises(FieldInvalid):
            island.chooses(order_id, "credit")
        island.chooses(order_id, "refund")
        assert market.order(order_id).state == State.CANCELLED
        assert market.all(Refund) == []
        audits(market)


class TestOneDeparture:
    def test_is_called_off_by_its_host(self, island, market, now):
        trip = island.books()
        other = island.books(boat=1, phone="+84912345001")
        with market.database.transaction() as session:
            its = {"departure_id": island.departures[0].id, "cause": Cause.OTHER}
            disrupting.call_off_departure(session, actor=island.skipper, **its, now=now)
        market.works()
        assert disrupting_awaits(island, trip["boat"])
        assert not disrupting_awaits(island, other["boat"])

    def test_is_called_off_for_too_few_guests_at_its_cutoff(self, island, market):
        trip = island.books(guests=2)
        full = island.books(boat=1, guests=5, phone="+84912345001")
        island.option(minimum_guests=4)
        for hours in (23, 24):
            market.pass_time(hours=hours)
            with market.database.transaction() as session:
                disrupting.call_off_too_few(session, now=market.now)
            market.works()
        assert disrupting_awaits(island, trip["boat"])
        assert not disrupting_awaits(island, full["boat"])
        assert [row.cause for row in market.all(Disruption)] == [Cause.TOO_FEW]

    def test_of_another_host_is_not_found(self, island):
        with pytest.raises(NotFound):
            island.declares(actor=island.host, departure_id=island.departures[0].id, units=())


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"hours": (36, 12)}, FieldInvalid),
            ({"hours": (-48, -24)}, FieldInvalid),
            ({"hours": (12, 24 * 100)}, FieldInvalid),
            ({"from_at": datetime(2099, 1, 1, tzinfo=UTC),
              "until_at": datetime(2099, 1, 2, tzinfo=UTC)}, FieldInvalid),
            ({"units": ()}, FieldInvalid),
            ({"units": ["99999"]}, UnknownPlace),
            ({"units": [ISLAND, "\x00"]}, UnknownPlace),
        ],
    )  # fmt: skip
    def test_is_no_time_or_no_place(self, island, changes, error):
        with pytest.raises(error):
            island.declares(**changes)

    def test_hosts_mean_their_own_alone(self, island):
        trip = island.books(arrival=1)
        it = touched(island, island.declares(actor=island.host, units=(), hours=(1, 49)))
        assert [order.id for order in it.orders] == [trip["house"]]


def disrupting_awaits(island, order_id):
    with island.market.database.reading() as session:
        found = remedying.awaited(session, order_ids=[order_id], now=island.market.now)
        return order_id in found

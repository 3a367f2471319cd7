"""What a reseller owes for what it sold, and what becomes of its customers' seats."""

import pytest
from sqlalchemy import select

from market import reports
from market.errors import NotFound
from market.ledger import chart
from market.notifications.telling import Notice
from market.orders import State
from payments import (
    cancelling,
    disrupting,
    fulfilling,
    remedying,
    reselling,
    resold,
    withdrawing,
)
from payments.cancelling import TooLateToCancel
from payments.disruptions import Cause, Disruption, Remedy
from payments.reselling import NotOnHold
from payments.resold import ResellerBooking
from payments.seating import Said
from tests import makers
from tests import people as townspeople
from tests.databases import settings_for
from tests.payments.agency import Agency, people

SEAT, NET = 150_000, 120_000


@pytest.fixture
def market(real_url, real_database, tmp_path, now):
    made = Agency(real_database, settings_for(real_url, tmp_path), now)
    yield made
    made.audits()


def closes_the_sea(market):
    """All that begins within the next days at the tour's place cannot take place."""
    new = Disruption(
        cause=Cause.ROAD,
        source="Ban chỉ huy",
        unit_codes=[makers.COMMUNE],
        from_at=market.now,
        until_at=market.later.starts_at,
    )
    with market.database.transaction() as session:
        by = townspeople.moderator(session, market.now)
        its = disrupting.declare(session, actor=by, new=new, now=market.now)
        disrupting.apply(session, actor=by, disruption_id=its.id, now=market.now)
    market.works()


def told(market, key):
    with market.database.reading() as session:
        return list(session.scalars(select(Notice).where(Notice.key == key)))


class TestWhatItOwes:
    def test_is_the_net_price_from_the_confirmation_on(self, market):
        uuid = market.holds(market.later)
        assert market.owes == 0

        market.does(reselling.confirm, uuid, said=Said())

        assert market.owes == 2 * NET
        assert market.balance(chart.held(market.order_of(uuid).id)) == 2 * NET
        assert market.order_of(uuid).state == State.CONFIRMED

    def test_is_the_same_however_often_it_confirms(self, market):
        uuid = market.sells(market.later)

        market.does(reselling.confirm, uuid, said=Said())

        assert market.owes == 2 * NET

    def test_is_nothing_of_what_it_cancels_while_all_goes_back(self, market):
        uuid = market.sells(market.later)

        market.gives_back(uuid)
        market.gives_back(uuid)

        assert market.owes == 0
        assert market.taken(market.later) == (0, 0)

    def test_is_what_the_policy_keeps_of_what_it_cancels_late(self, market):
        uuid = market.sells(market.soon)

        market.gives_back(uuid)

        assert market.owes == NET
        market.releases()
        host_id = makers.only(market.host.seller_ids)
        assert market.balance(chart.payable(host_id)) == NET - NET * 3 // 100

    def test_is_nothing_where_the_host_cannot_have_the_guests(self, market):
        uuid = market.sells(market.later)

        market.cancels(market.order_of(uuid).id)
        market.works()

        assert market.owes == 0
        assert [it.person_id for it in told(market, "notice.order.cancelled")] == [
            market.agent.person_id
        ]

    def test_is_handed_in_as_cash_is(self, market):
        market.sells(market.later)

        market.hands_in(market.key, 2 * NET, sends=2 * NET)
        market.bank_tells()

        assert market.owes == 0

    def test_is_owed_to_it_where_it_has_paid_already(self, market):
        uuid = market.sells(market.later)
        market.hands_in(market.key, 2 * NET, sends=2 * NET)
        market.bank_tells()

        market.gives_back(uuid)

        assert market.owes == -2 * NET

    def test_is_less_of_what_it_sells_next_by_what_it_has_paid(self, market):
        uuid = market.sells(market.later)
        market.hands_in(market.key, 2 * NET, sends=2 * NET)
        market.bank_tells()
        market.gives_back(uuid)

        market.sells(market.later, 3)

        agency_id = makers.only(market.key.managed_ids)
        assert (market.owes, market.balance(chart.cash(agency_id))) == (NET, NET)
        assert market.balance(chart.payable(agency_id)) == 0

    def test_is_nothing_of_what_was_paid_by_that_and_is_cancelled_too(self, market):
        uuid = market.sells(market.later)
        market.hands_in(market.key, 2 * NET, sends=2 * NET)
        market.bank_tells()
        market.gives_back(uuid)

        market.gives_back(market.sells(market.later))

        assert market.owes == -2 * NET

    def test_stands_in_its_statement(self, market):
        market.sells(market.later)

        with market.database.reading() as session:
            its = {"actor": market.key, "organisation_id": makers.only(market.key.managed_ids)}
            day = market.now.date()
            found = reports.statement(session, **its, since=day, until=day, limit=10)
            lines = [(line.kind, line.amount) for line in found.lines]

        assert lines == [("reseller.confirmed", -2 * NET)]


class TestItsGuests:
    def test_stand_among_the_host_s_others_and_are_let_in(self, market):
        uuid = market.sells(market.soon, 1)
        (ticket,) = market.tickets(market.order_of(uuid).id)
        market.now = ticket.starts_at

        with market.database.transaction() as session:
            fulfilling.redeem(session, actor=market.host, code=ticket.code, now=market.now)
        market.releases()

        host_id = makers.only(market.host.seller_ids)
        assert market.order_of(uuid).state == State.DELIVERED
        assert market.balance(chart.payable(host_id)) == NET - NET * 3 // 100
        assert market.owes == NET

    def test_keep_their_tickets_where_another_joins_them(self, market):
        uuid = market.sells(market.later, 2)
        before = market.booking(uuid).items

        market.changes_to(uuid, market.later, [*before[:1], *people(2)])

        after = market.booking(uuid).items
        assert after[0]["ticket"] == before[0]["ticket"]
        assert len({item["ticket"] for item in (*after, *before)}) == 4
        states = {it.code: it.state for it in market.tickets(market.order_of(uuid).id)}
        assert states == {item["ticket"]: "valid" for item in after}
        assert (market.owes, market.taken(market.later)) == (3 * NET, (0, 3))

    def test_go_on_another_day_while_all_would_go_back(self, market):
        uuid = market.sells(market.later)
        to = market.departs(days=8)

        market.changes_to(uuid, to, market.booking(uuid).items)

        assert (market.taken(market.later), market.taken(to)) == ((0, 0), (0, 2))
        assert market.owes == 2 * NET

    def test_stay_where_they_are_after_that(self, market):
        uuid = market.sells(market.soon)

        with pytest.raises(TooLateToCancel):
            market.changes_to(uuid, market.later, market.booking(uuid).items)

        assert (market.taken(market.soon), market.owes) == ((0, 2), 2 * NET)

    def test_take_the_last_places_of_a_full_start_when_one_more_fits(self, market):
        uuid = market.sells(market.later, 9)

        market.changes_to(uuid, market.later, [*market.booking(uuid).items, *people(1)])

        assert market.taken(market.later) == (0, 10)

    def test_are_called_off_with_all_others_when_the_road_is_closed(self, market):
        uuid = market.sells(market.soon)
        closes_the_sea(market)
        order = market.order_of(uuid)
        assert order.deadline is not None

        market.now = order.deadline
        with market.database.transaction() as session:
            cancelling.expire_due(session, now=market.now)

        assert (market.order_of(uuid).state, market.owes) == (State.EXPIRED, 0)

    def test_get_all_back_by_its_hand_when_the_road_is_closed(self, market):
        uuid = market.sells(market.soon)
        closes_the_sea(market)

        market.gives_back(uuid)

        assert (market.order_of(uuid).state, market.owes) == (State.CANCELLED, 0)

    def test_go_on_another_day_by_its_hand_when_the_road_is_closed(self, market):
        uuid, to = market.sells(market.soon), market.departs(days=8)
        closes_the_sea(market)

        market.changes_to(uuid, to, market.booking(uuid).items)

        assert (market.taken(market.soon), market.taken(to)) == ((0, 0), (0, 2))
        assert market.owes == 2 * NET

    def test_who_go_for_themselves_are_not_taken_along(self, market):
        uuid = market.sells(market.later, 3)
        order = market.order_of(uuid)
        gone = market.tickets(order.id)[0].code
        with market.database.transaction() as session:
            order = session.merge(order)
            said = {"actor": market.agent, "codes": [gone], "now": market.now}
            withdrawing.withdraw(session, order=order, **said)

            left = resold.coming(session, market.booking(uuid))

        assert gone not in {item["ticket"] for item in left}
        assert len(left) == 2

    def test_are_forgotten_a_month_after(self, market):
        guest = people(1)[0] | {"contact": {"fullName": "Sam"}}
        uuid = market.sells(market.soon)
        market.changes_to(market.sells(market.later), market.later, [guest])
        market.pass_time(days=40)

        market.forgets()

        with market.database.reading() as session:
            for booking in session.scalars(select(ResellerBooking)):
                assert (booking.contact, booking.notes) == ({}, None)
                assert [item["contact"] for item in booking.items] == [{}] * len(booking.items)
        assert len(market.booking(uuid).items) == 2

    def test_are_forgotten_where_nothing_is_known_of_who_booked(self, market):
        guest = people(1)[0] | {"contact": {"fullName": "Sam"}}
        uuid = market.holds(market.soon, items=[guest], said=Said(notes="dị ứng tôm"))
        market.pass_time(days=40)

        market.forgets()

        assert market.booking(uuid).items[0]["contact"] == {}
        assert market.booking(uuid).notes is None

    def test_are_known_until_a_month_after_the_day_they_were_moved_to(self, market):
        uuid, to = market.sells(market.soon), market.departs(days=40)
        closes_the_sea(market)
        with market.database.transaction() as session:
            order = session.merge(market.order_of(uuid))
            said = {"actor": market.agent, "choice": Remedy.REBOOK, "to": to.id}
            remedying.choose(session, order=order, **said, now=market.now)
        market.pass_time(days=33)

        market.forgets()

        assert market.booking(uuid).contact != {}
        assert market.booking(uuid).starts_at == to.starts_at


class TestAHold:
    def test_lapses_like_any_other(self, market):
        uuid = market.holds(market.later, 10)
        market.pass_time(minutes=31)

        market.books(market.later, 10)

        with pytest.raises(NotOnHold):
            market.does(reselling.confirm, uuid, said=Said())
        assert market.taken(market.later) == (0, 10)

    def test_is_asked_of_a_host_who_wants_to_be(self, market):
        market.changes(approves=True)
        uuid = market.sells(market.later)
        assert market.order_of(uuid).state == State.PLACED

        market.confirms(market.order_of(uuid).id)

        assert market.order_of(uuid).state == State.CONFIRMED

    def test_of_a_test_takes_no_seats_and_owes_nothing(self, market):
        uuid = market.sells(market.later, 10, is_test=True)
        market.sells(market.later, 10, is_test=True)

        assert (market.taken(market.later), market.owes) == ((0, 0), 0)
        market.gives_back(uuid)
        assert market.booking(uuid).cancelled_at == market.now

    def test_is_nobody_else_s(self, market):
        uuid = market.holds(market.later)
        with market.database.transaction() as session:
            other, _ = makers.reseller(session, market.now)

            with pytest.raises(NotFound):
                resold.get(session, actor=other, uuid=uuid)

"""The same facts, in whatever order and however often they are told, leave the same ledger."""

from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from threading import Barrier

import pytest

from market.errors import MarketError
from market.ledger import chart
from market.money import Money
from payments import attempting
from payments.attempting import PaymentUnsure
from payments.fake_psp import payer
from payments.models import Attempt, Refund
from tests.databases import settings_for
from tests.payments import desk
from tests.payments.market import Market


@pytest.fixture
def market(database, tmp_path, now):
    return Market(database, settings_for("sqlite:///unused", tmp_path), now)


@pytest.fixture
def story(market):
    """How one payment stood at its provider, after each thing that happened to it."""
    (order_id,) = market.buys()
    reference = market.pays(order_id, card=payer.DECLINED, told=0)
    stands = [market.gateway.look(reference)]

    def goes_on(deed, *given, **more):
        deed(market.folder, *given, now=market.now, told=0, **more)
        stands.append(market.gateway.look(reference))

    goes_on(payer.pay, reference)
    market.gateway.capture(reference, Money(180_000), key="as the worker would")
    stands.append(market.gateway.look(reference))
    goes_on(desk.refund_by_hand, reference, amount=Money(30_000))
    goes_on(payer.dispute, reference)
    goes_on(desk.close_dispute, stands[-1].disputes[0].reference, won=False)
    return stands


class TestWhatAProviderTells:
    def test_leaves_the_same_books_in_any_order(self, market, story):
        last, books = story[-1], set()
        for order in permutations(story[:-1]):
            before = market.database.bound.begin_nested()
            for told in (*order, last):
                self.hear(market, told)
            books.add(tuple(market.books()))
            market.audits()
            before.rollback()

        assert len(books) == 1

    @pytest.mark.parametrize("times", [1, 5])
    def test_leaves_the_same_books_however_often(self, market, story, times):
        for told in story:
            for _ in range(times):
                self.hear(market, told)

        clearing = market.balance(chart.clearing("stripe"))
        assert clearing == 180_000 - 30_000 - 150_000
        assert len(market.all(Refund)) == 1

    def test_is_enough_when_only_the_last_is_heard(self, market, story):
        every = market.database.bound.begin_nested()
        for told in story:
            self.hear(market, told)
        books = market.books()
        every.rollback()

        self.hear(market, story[-1])

        assert market.books() == books

    def hear(self, market, told):
        with market.database.transaction() as session:
            attempting.hear(session, provider="stripe", told=told, now=market.now)


class TestAtTheSameMoment:
    @pytest.fixture
    def market(self, real_database, tmp_path, real_url, now):
        return Market(real_database, settings_for(real_url, tmp_path / "stripe"), now)

    def both(self, *deeds):
        start = Barrier(len(deeds))

        def do(deed):
            start.wait()
            try:
                return deed()
            except MarketError as refusal:
                return refusal.code

        with ThreadPoolExecutor(len(deeds)) as pool:
            return list(pool.map(do, deeds))

    def test_two_taps_on_pay_are_one_payment(self, market):
        (order_id,) = market.buys()

        told = self.both(*[lambda: market.starts(order_id)] * 4)

        references = {each.reference for each in told if not isinstance(each, str)}
        assert len(references) == len(market.all(Attempt)) == 1
        assert set(map(type, told)) <= {type(told[0]), str}
        assert all(each == PaymentUnsure.code for each in told if isinstance(each, str))

    def test_two_refunds_do_not_reach_beyond_what_was_paid(self, market):
        (order_id,) = market.bought()
        market.hands_over(order_id)
        market.works()

        ends = self.both(*[lambda: market.refunds(order_id, 108_000)] * 2)

        assert sorted(map(str, ends)).count("refund.too_much") == 1
        market.works()
        assert market.at_stripe() == 180_000 - 6_120 - 108_000
        market.audits()

    def test_an_earning_and_a_refund_leave_nothing_behind(self, market):
        for _ in range(3):
            (order_id,) = market.bought()
            market.hands_over(order_id)
            market.works()
            market.pass_time(hours=73)

            self.both(market.releases, lambda each=order_id: market.refunds(each, 77_777))
            market.works()

            market.releases()
            assert market.balance(chart.held(order_id)) == 0
            market.audits()

    def test_two_hearings_book_once(self, market):
        (order_id,) = market.buys()
        reference = market.pays(order_id, told=0)
        market.gateway.capture(reference, Money(180_000), key="at the desk")

        def hear():
            told = market.gateway.look(reference)
            with market.database.transaction() as session:
                return attempting.hear(session, provider="stripe", told=told, now=market.now)

        self.both(*[hear] * 4)

        assert market.balance(chart.clearing("stripe")) == 180_000
        market.audits()

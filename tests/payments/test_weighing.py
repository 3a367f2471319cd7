"""Goods sold by the piece and priced by weight: held by estimate, settled by the scales."""

import pytest

from market import orders
from market.ledger import chart
from market.money import Money
from market.orders import Rail, State, WrongState
from market.orders.queries import weighings
from payments import fulfilling, weighing
from payments.models import PaymentState
from payments.refund_models import Refund, RefundState
from tests import makers
from tests.databases import settings_for
from tests.payments.market import Market

DELIVERY = 30_000
HOLD = 770_000  # two of 3.5 kg at 100,000 and a tenth over


@pytest.fixture
def market(database, tmp_path, now):
    market = Market(database, settings_for("sqlite:///unused", tmp_path), now)
    with database.transaction() as session:
        market.durians = makers.durians(session, now, of=market.farmer)
        session.expunge_all()
    return market


@pytest.fixture
def buys(market):
    def bought(rail=Rail.CARD, pieces=2):
        (order_id,) = market.buys((market.durians, pieces), rail=rail)
        if rail is Rail.CARD:
            market.pays(order_id)
            market.hears()
        if rail is Rail.BANK_TRANSFER:
            market.transfers(order_id)
            market.bank_tells()
        with market.database.transaction() as session:
            orders.confirm(
                session, actor=market.seller(order_id), order_id=order_id, now=market.now
            )
        return order_id

    return bought


@pytest.fixture
def packs(market):
    def packed(order_id, *grams):
        with market.database.transaction() as session:
            weighing.pack(
                session,
                actor=market.seller(order_id),
                order_id=order_id,
                grams=dict(enumerate(grams)),
                now=market.now,
            )

    return packed


def test_an_order_holds_the_estimate_and_its_tolerance(market, buys):
    order = market.order(buys())

    assert (order.goods_minor, order.left_minor) == (HOLD, HOLD)


class TestLessThanTheHold:
    def test_is_all_that_is_taken_of_a_card(self, market, buys, packs):
        order_id = buys()

        packs(order_id, 6_000)
        market.hands_over(order_id)
        market.works()

        assert market.order(order_id).left_minor == 600_000
        assert market.balance(chart.held(order_id)) == 600_000
        assert market.at_stripe() == 600_000 - 20_400
        assert market.all(Refund) == []
        market.audits()

    def test_is_all_that_is_due_at_the_door(self, market, buys, packs):
        order_id = buys(Rail.CASH)

        packs(order_id, 6_000)
        assert market.payment(order_id).amount_minor == 600_000 + DELIVERY
        market.hands_over(order_id)
        market.at_the_door(order_id)

        assert market.balance(chart.held(order_id)) == 600_000 + DELIVERY
        market.audits()

    def test_goes_back_of_a_transfer(self, market, buys, packs):
        order_id = buys(Rail.BANK_TRANSFER)

        packs(order_id, 6_000)

        (refund,) = market.all(Refund)
        assert (refund.amount_minor, refund.state) == (170_000, RefundState.REQUESTED)
        assert market.balance(chart.held(order_id)) == 600_000
        market.audits()

    @pytest.mark.parametrize("rail", [Rail.CARD, Rail.CASH])
    def test_is_what_commission_and_seller_are_reckoned_by(self, market, buys, packs, rail):
        order_id = buys(rail)
        packs(order_id, 6_000)
        market.hands_over(order_id)
        if rail is Rail.CASH:
            market.at_the_door(order_id)
        market.works()

        market.releases()

        commission = Money(600_000).part(300).minor
        assert market.balance(chart.COMMISSION) == commission
        order = market.order(order_id)
        earned = 600_000 + order.delivery_minor - commission
        assert market.balance(chart.payable(order.seller_id)) == earned
        market.audits()

    def test_of_one_sibling_leaves_the_other_whole(self, market, packs):
        durians, beans = market.buys((market.durians, 2), (market.beans, 1_000))
        market.pays(durians)
        market.hears()
        with market.database.transaction() as session:
            seller = market.seller(durians)
            orders.confirm(session, actor=seller, order_id=durians, now=market.now)

        packs(durians, 6_000)
        market.hands_over(durians)
        market.works()

        assert market.balance(chart.held(durians)) == 600_000
        assert market.balance(chart.held(beans)) == market.order(beans).total_minor
        market.audits()

    def test_is_given_back_where_a_sibling_was_handed_over_before(self, market, packs):
        durians, beans = market.buys((market.durians, 2), (market.beans, 1_000))
        market.pays(durians)
        market.hears()
        market.hands_over(beans)
        market.works()
        with market.database.transaction() as session:
            seller = market.seller(durians)
            orders.confirm(session, actor=seller, order_id=durians, now=market.now)

        packs(durians, 6_000)
        market.works()

        (refund,) = market.all(Refund)
        assert (refund.amount_minor, refund.state) == (170_000, RefundState.SUCCEEDED)
        assert market.balance(chart.held(durians)) == 600_000
        market.audits()


class TestTheScales:
    def test_may_say_all_that_is_held(self, market, buys, packs):
        order_id = buys()

        packs(order_id, 7_700)

        assert market.order(order_id).left_minor == HOLD

    def test_that_say_more_are_not_believed_without_the_buyer(self, market, buys, packs):
        order_id = buys()

        with pytest.raises(weighing.AboveHold) as refused:
            packs(order_id, 7_701)

        assert refused.value.facts == {"position": 0, "most_grams": 7_700}
        assert market.order(order_id).state == State.CONFIRMED

    @pytest.mark.parametrize("grams", [0, -1])
    def test_say_something(self, buys, packs, grams):
        with pytest.raises(weighing.NotWeighed):
            packs(buys(), grams)

    def test_are_asked_before_anything_is_packed_or_handed_over(self, market, buys, packs):
        order_id = buys()

        with pytest.raises(weighing.NotWeighed):
            packs(order_id)
        with market.database.transaction() as session, pytest.raises(weighing.NotWeighed):
            fulfilling.hand_over(
                session, actor=market.seller(order_id), order_id=order_id, now=market.now
            )

    def test_are_asked_once(self, market, buys, packs):
        order_id = buys()
        packs(order_id, 6_000)

        with pytest.raises(WrongState):
            packs(order_id, 5_000)

        with market.database.reading() as session:
            (kept,) = weighings(session, order_ids=[order_id])[order_id]
        assert (kept.grams, kept.amount_minor) == (6_000, 600_000)

    def test_are_not_asked_after_the_hand_over(self, market, buys, packs):
        order_id = buys()
        packs(order_id, 6_000)
        market.hands_over(order_id)
        market.works()

        with pytest.raises(WrongState):
            packs(order_id, 5_000)
        assert market.payment(order_id).state == PaymentState.PAID


def test_a_refund_of_a_line_is_what_it_weighed(market, packs):
    (order_id,) = market.buys((market.durians, 2), (market.berries, 1_000))
    market.pays(order_id)
    market.hears()
    with market.database.transaction() as session:
        orders.confirm(session, actor=market.seller(order_id), order_id=order_id, now=market.now)
    packs(order_id, 6_000)
    market.hands_over(order_id)
    market.works()

    refund = market.refund(market.refunds(order_id, positions=[0]))

    assert refund.amount_minor == 600_000
    assert market.order(order_id).left_minor == 180_000
    market.audits()

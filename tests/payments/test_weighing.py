"""Goods sold by the piece and priced by weight: held by estimate, settled by the scales."""

import pytest

from market import orders
from market.errors import NotFound
from market.ledger import chart
from market.money import Money
from market.orders import Rail, State, WrongState
from market.orders.queries import weighings
from payments import cancelling, fulfilling, supplementing, weighing
from payments.models import PaymentState, Refund, RefundState
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
    return market.packs


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


MORE = 30_000  # 300 g at 100,000


class TestMoreThanTheHold:
    @pytest.fixture
    def asks(self, market):
        return lambda order_id, grams=8_000: market.asks_for_more(order_id, grams)

    @pytest.fixture
    def agrees(self, market):
        def agreed(extra_id):
            rail = market.order(extra_id).rail
            if rail == Rail.CARD:
                market.pays(extra_id)
                market.hears()
            elif rail == Rail.BANK_TRANSFER:
                market.transfers(extra_id)
                market.bank_tells()
            else:
                market.agrees(extra_id)

        return agreed

    def test_is_asked_at_the_price_of_the_line(self, market, buys, asks):
        order_id = buys()

        extra = market.order(asks(order_id))

        assert (extra.supplements_id, extra.total_minor) == (order_id, MORE)
        assert extra.commission_minor == Money(MORE).part(300).minor
        assert market.payment(extra.id).amount_minor == MORE

    @pytest.mark.parametrize("rail", [Rail.CARD, Rail.BANK_TRANSFER, Rail.CASH])
    def test_is_the_sellers_once_its_buyer_agreed(self, market, buys, asks, agrees, packs, rail):
        order_id = buys(rail)
        extra_id = asks(order_id)

        agrees(extra_id)
        packs(order_id, 8_000)
        market.hands_over(order_id)
        if rail is Rail.CASH:
            market.at_the_door(order_id)
        market.works()
        market.releases()

        order, extra = market.order(order_id), market.order(extra_id)
        assert (order.state, extra.state) == (State.DELIVERED, State.DELIVERED)
        assert (order.left_minor, extra.left_minor) == (order.total_minor, MORE)
        sold = order.total_minor + MORE
        commission = order.commission_minor + extra.commission_minor
        assert market.balance(chart.payable(order.seller_id)) == sold - commission
        assert group_of(market, order).total_minor == sold
        market.audits()

    def test_waits_for_the_buyers_word(self, market, buys, asks, packs):
        order_id = buys()
        asks(order_id)

        with pytest.raises(weighing.AboveHold):
            packs(order_id, 8_000)

    def test_that_turns_out_less_gives_the_rest_back(self, market, buys, asks, agrees, packs):
        order_id = buys()
        extra_id = asks(order_id)
        agrees(extra_id)

        packs(order_id, 7_900)
        market.hands_over(order_id)
        market.works()

        assert market.order(extra_id).left_minor == 20_000
        assert market.balance(chart.held(extra_id)) == 20_000
        market.audits()

    def test_is_no_more_than_was_agreed(self, market, buys, asks, agrees, packs):
        order_id = buys()
        agrees(asks(order_id))

        with pytest.raises(weighing.AboveHold) as refused:
            packs(order_id, 8_001)

        assert refused.value.facts == {"position": 0, "most_grams": 8_000}

    @pytest.mark.parametrize("rail", [Rail.CARD, Rail.BANK_TRANSFER])
    def test_is_not_taken_when_a_lighter_piece_is_packed(
        self, market, buys, asks, agrees, packs, rail
    ):
        order_id = buys(rail)
        extra_id = asks(order_id)
        agrees(extra_id)

        packs(order_id, 7_000)
        market.works()

        assert market.order(extra_id).state == State.CANCELLED
        refunds = [each for each in market.all(Refund) if each.order_id == extra_id]
        assert sum(each.amount_minor for each in refunds) == (MORE if rail != Rail.CARD else 0)
        market.audits()

    def test_is_asked_no_longer_when_a_lighter_piece_is_packed(self, market, buys, asks, packs):
        order_id = buys()
        extra_id = asks(order_id)

        packs(order_id, 7_000)

        assert market.order(extra_id).state == State.CANCELLED
        assert market.payment(extra_id).state == PaymentState.CANCELLED

    def test_lapses_where_nobody_answers(self, market, buys, asks, packs):
        order_id = buys()
        extra_id = asks(order_id)

        market.pass_time(hours=25)
        with market.database.transaction() as session:
            cancelling.expire_due(session, now=market.now)

        assert market.order(extra_id).state == State.EXPIRED
        packs(order_id, 7_700)
        assert market.order(order_id).state == State.PACKED

    def test_goes_back_with_an_order_that_is_called_off(self, market, buys, asks, agrees):
        order_id = buys()
        extra_id = asks(order_id)
        agrees(extra_id)

        market.cancels(order_id)
        market.works()

        assert market.order(extra_id).state == State.CANCELLED
        assert market.balance(chart.held(extra_id)) == 0
        market.audits()

    @pytest.mark.parametrize("grams", [7_700, 1])
    def test_is_not_asked_within_the_hold(self, buys, asks, grams):
        with pytest.raises(supplementing.WithinHold):
            asks(buys(), grams)

    def test_is_asked_once_at_a_time(self, buys, asks):
        order_id = buys()
        asks(order_id)

        with pytest.raises(supplementing.AlreadyAsked):
            asks(order_id)

    def test_is_not_asked_after_packing(self, buys, asks, packs):
        order_id = buys()
        packs(order_id, 7_000)

        with pytest.raises(WrongState):
            asks(order_id)


def group_of(market, order):
    with market.database.reading() as session:
        return session.get_one(orders.OrderGroup, order.group_id)


class TestWhatSupplementsAnOrder:
    """It goes with the order, and no step is taken on it alone."""

    @pytest.fixture
    def both(self, market, buys):
        order_id = buys(Rail.CASH)
        extra_id = market.asks_for_more(order_id, 8_000)
        market.agrees(extra_id)
        return order_id, extra_id

    def test_is_not_weighed_handed_over_or_supplemented_by_itself(self, market, both, packs):
        order_id, extra_id = both
        steps = (
            lambda: packs(extra_id, 300),
            lambda: market.asks_for_more(extra_id, 400),
            lambda: market.hands_over(extra_id),
            lambda: market.at_the_door(extra_id),
            lambda: market.at_the_door(extra_id, takes=False),
        )
        for step in steps:
            with pytest.raises(NotFound):
                step()

        packs(order_id, 8_000)
        market.hands_over(order_id)
        assert market.order(extra_id).state == State.HANDED_OVER

    def test_comes_back_with_it(self, market, both, packs):
        order_id, extra_id = both
        packs(order_id, 8_000)
        market.hands_over(order_id)

        market.at_the_door(order_id, takes=False)

        assert market.order(extra_id).state == State.RETURNED
        market.audits()

    def test_holds_nothing_up_once_its_time_is_over(self, market, buys, packs):
        first, second = buys(), buys(Rail.BANK_TRANSFER)
        market.asks_for_more(first, 8_000)
        market.asks_for_more(second, 8_000)
        market.pass_time(hours=25)  # and nobody swept yet

        packs(first, 7_000)
        market.cancels(second)

        assert market.order(first).state == State.PACKED
        assert market.order(second).state == State.CANCELLED

    def test_is_never_more_than_the_order_itself(self, market, buys):
        with pytest.raises(weighing.AboveHold):
            market.asks_for_more(buys(), 2 * 7_700 + 1)

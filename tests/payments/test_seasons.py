"""Harvests to come: ordered ahead up to a limit, promised anew or released, and the choice."""

import pytest
from sqlalchemy import select

from catalog import baskets, harvests, listings, seasons
from catalog.baskets import NotForSale
from catalog.harvests import HarvestState
from catalog.listings import lots_of
from catalog.models import Listing
from catalog.offers import WindowBackwards
from market import clock, inventory, orders
from market.errors import NotFound
from market.inventory import BelowClaims, OutOfStock
from market.ledger import chart
from market.notifications.telling import Notice
from market.orders import Rail, State, queries
from market.quantity import OffIncrement, Quantity
from payments import cancelling, repromising, weighing
from payments.cancelling import TooLateToCancel
from payments.models import Refund
from payments.repromising import NothingToChoose, Slip
from tests import makers
from tests.databases import settings_for
from tests.payments.market import Market
from tests.payments.seasons import Season, day, expected

PRICE = 360_000  # of two kilograms


@pytest.fixture
def market(database, tmp_path, now):
    return Market(database, settings_for("sqlite:///unused", tmp_path), now)


@pytest.fixture
def season(market):
    return Season(market)


@pytest.fixture
def does(market, season):
    """What the farmer does with the harvest."""

    def doing(verb, **said):
        with market.database.transaction() as session:
            its = {"actor": market.farmer, "harvest_id": season.harvest_id, "now": market.now}
            return verb(session, **(its | said))

    return doing


@pytest.fixture
def tells(market, season):
    """The farmer tells anew what is expected."""

    def telling(*_, **changes):
        with market.database.transaction() as session:
            seasons.expect(
                session,
                actor=market.farmer,
                listing_id=season.listing.id,
                expected=expected(market.now, **changes),
                now=market.now,
            )

    return telling


@pytest.fixture
def ahead(market, season):
    """An order ahead of two kilograms, paid."""

    def ordered(rail=Rail.BANK_TRANSFER, grams=2_000, phone="+84912345678", confirmed=False):
        (order_id,) = market.buys((season.listing, grams), rail=rail, phone=phone)
        if rail is Rail.BANK_TRANSFER:
            market.transfers(order_id)
            market.bank_tells()
        if confirmed:
            with market.database.transaction() as session:
                who = {"actor": market.farmer, "now": market.now}
                orders.confirm(session, order_id=order_id, **who)
        return order_id

    return ordered


class TestAHarvestToCome:
    @pytest.mark.parametrize(
        ("changes", "refusal"),
        [
            ({"closes": 29}, WindowBackwards),
            ({"promised_day": 29}, seasons.PromiseTooEarly),
            ({"opens": -9, "promised_day": 0}, seasons.PromiseTooEarly),
        ],
    )
    def test_is_refused_where_its_days_cannot_be(self, now, tells, changes, refusal):
        changed = {name: day(now, days) for name, days in changes.items()}
        with pytest.raises(refusal):
            tells(**changed)

    def test_is_limited_in_whole_increments(self, tells):
        with pytest.raises(OffIncrement):
            tells(limit=750)

    def test_is_one_at_a_time(self, market, season, now, tells):
        tells(limit=1_000)
        assert (len(market.all(harvests.Harvest)), season.left()) == (1, 1_000)

    def test_is_nobody_elses_to_tell_of(self, market, does):
        with pytest.raises(NotFound):
            does(seasons.turn, to=HarvestState.OPEN, actor=market.grower)

    def test_opens_and_closes_by_one_tap_and_the_listing_follows(self, market, season, now, does):
        does(seasons.turn, to=HarvestState.OPEN)
        market.pass_time(days=1)
        does(seasons.turn, to=HarvestState.OPEN)  # tapped twice
        with market.database.reading() as session:
            listing = session.get_one(Listing, season.listing.id)
            assert listing.harvest_from == day(now, 0)
            assert listing.harvest_until == day(now, 60)
        market.pass_time(days=2)
        does(seasons.turn, to=HarvestState.CLOSED)
        with market.database.reading() as session:
            listing = session.get_one(Listing, season.listing.id)
            assert (listing.harvest_from, listing.harvest_until) == (day(now, 0), day(now, 3))
            harvest = session.get_one(harvests.Harvest, season.harvest_id)
            assert harvest.state == HarvestState.CLOSED
        with pytest.raises(seasons.HarvestOver):
            does(seasons.turn, to=HarvestState.OPEN)


class TestOrderingAhead:
    def test_promises_the_day_and_takes_of_the_limit(self, market, season, now, ahead):
        order = market.order(ahead())

        assert order.promised_day == day(now, 40)
        assert order.total_minor == PRICE
        assert season.left() == 18_000

    def test_is_refused_above_the_limit(self, market, season):
        with pytest.raises(OutOfStock) as refused:
            market.buys((season.listing, 20_500))
        assert refused.value.facts["left"] == 20_000

    def test_is_over_with_the_day_or_the_harvest(self, market, season, tells):
        tells(promised_day=None)
        with pytest.raises(OutOfStock):
            market.buys((season.listing, 2_000))
        tells()
        market.pass_time(days=40)
        with pytest.raises(OutOfStock):
            market.buys((season.listing, 2_000))

    def test_ends_with_the_harvest_but_keeps_what_was_promised(self, market, season, does, ahead):
        order_id = ahead()
        does(seasons.turn, to=HarvestState.CLOSED)

        with pytest.raises(OutOfStock):
            market.buys((season.listing, 2_000), phone="+84912345670")
        assert market.order(order_id).state == State.PLACED

    def test_is_never_mixed_with_what_lies_there(self, market, season):
        (whole,) = market.buys((season.listing, 500), rail=Rail.CASH)
        assert market.order(whole).promised_day is None
        (one, other) = market.buys((season.listing, 2_000), (market.berries, 500), rail=Rail.CASH)
        days = {market.order(each).promised_day for each in (one, other)}
        assert days == {None, day(market.now, 40)}  # one seller, two orders
        with market.database.reading() as session:
            for lines in orders.queries.lines(session, order_ids=[one, other]).values():
                assert len(lines) == 1
                assert bool(lines[0].snapshot["lots"]) != ("promise" in lines[0].snapshot)

    def test_of_two_harvests_is_two_orders(self, market, season):
        other = Season(market)
        ids = market.buys((season.listing, 2_000), (other.listing, 2_000), rail=Rail.CASH)
        season.slips(None)
        assert [market.order(each).state for each in ids] == [State.CANCELLED, State.PLACED]

    def test_takes_no_lot_where_one_has_too_little(self, market, season, ahead):
        ahead(grams=1_000)  # of which 500 g lie there
        with market.database.reading() as session:
            (lot,) = lots_of(session, listing_id=season.listing.id, now=market.now)
            assert lot.left == 500

    def test_gives_the_limit_back_when_nobody_pays(self, market, season):
        (order_id,) = market.buys((season.listing, 20_000), rail=Rail.BANK_TRANSFER)
        assert season.left() == 0
        market.pass_time(hours=25)
        with market.database.transaction() as session:
            cancelling.expire_due(session, now=market.now)
        assert (season.left(), market.order(order_id).state) == (20_000, State.EXPIRED)

    def test_keeps_the_limit_above_what_was_ordered(self, tells, ahead):
        ahead()
        with pytest.raises(BelowClaims):
            tells(limit=1_500)

    def test_is_packed_and_handed_over_as_usual(self, market, ahead):
        order_id = ahead(rail=Rail.CASH, confirmed=True)
        with market.database.transaction() as session:
            weighing.pack(session, actor=market.farmer, order_id=order_id, now=market.now)
        market.hands_over(order_id)
        market.at_the_door(order_id)
        assert market.order(order_id).state == State.DELIVERED
        market.audits()

    def test_asks_nothing_more_of_a_basket_without_it(self, market, session, queries):
        basket = makers.basket_of(session, market.now, (market.berries, 500), (market.beans, 500))
        with queries.at_most(4):
            makers.prepared(session, market.now, basket.id)


class TestWhatIsPicked:
    """Serves those who ordered ahead, before it is anybody else's."""

    def picks(self, market, season, grams):
        with market.database.transaction() as session:
            lot = listings.harvest(
                session,
                actor=market.farmer,
                listing_id=season.listing.id,
                quantity=Quantity(grams, 3, "KGM"),
                harvest_day=clock.day_of(market.now),
                now=market.now,
            )
            return lot.id, lot.code

    def test_is_taken_by_the_oldest_order_first(self, market, season, ahead):
        first, second = ahead(grams=6_000), ahead(grams=6_000, phone="+84900000001")

        lot_id, code = self.picks(market, season, 10_000)

        with market.database.reading() as session:
            free = inventory.free(session, cells=[(lot_id, 0)], now=market.now)
            lines = queries.lines(session, order_ids=[first, second])
        assert free[lot_id, 0] == 4_000
        assert [lot["code"] for lot in lines[first][0].snapshot["lots"]] == [code]
        assert lines[second][0].snapshot["lots"] == []
        assert season.left() == 20_000 - 12_000
        market.audits()

    def test_is_not_for_sale_twice(self, market, season, ahead):
        ahead(grams=10_000)
        self.picks(market, season, 10_000)

        (order_id,) = market.buys((season.listing, 10_000), rail=Rail.BANK_TRANSFER)

        assert market.order(order_id).promised_day is not None


class TestASlip:
    def test_promises_all_anew_and_tells_each_buyer_once(self, market, season, now, ahead):
        first, second = ahead(), ahead(rail=Rail.CASH, phone="+84912345679", confirmed=True)

        event = season.slips(50)
        repromising.work_off(market.context, event)  # the worker may come twice

        assert {market.order(each).promised_day for each in (first, second)} == {day(now, 50)}
        assert [len(told(market)), len(slips(market))] == [2, 2]
        market.audits()

    def test_counts_what_it_touches_before(self, market, season, ahead):
        ahead()
        market.buys((season.listing, 500), rail=Rail.CASH, phone="+84912345671")  # from the lot
        with market.database.reading() as session:
            its = {"harvest_id": season.harvest_id, "now": market.now}
            assert repromising.touched(session, **its) == 1

    def test_asks_again_the_second_time(self, market, season, now, ahead):
        order_id = ahead()
        season.slips(50)
        season.chooses(order_id, "wait")
        season.slips(55)
        season.chooses(order_id, "refund")
        assert [(each.number, each.from_day, each.choice) for each in slips(market)] == [
            (1, day(now, 40), "wait"),
            (2, day(now, 50), "refund"),
        ]

    def test_that_another_overtakes_is_left_to_that_one(self, market, season, now, ahead):
        order_id = ahead()
        season.slips(50, works=False)
        season.slips(55)
        assert market.order(order_id).promised_day == day(now, 55)
        assert [each.number for each in slips(market)] == [2]
        assert len(told(market)) == 1

    @pytest.mark.parametrize("days", [40, 39, -1])
    def test_goes_later_only(self, season, days):
        with pytest.raises(seasons.PromiseTooEarly):
            season.slips(days)

    def test_is_told_of_a_harvest_that_is_over(self, market, season, now, does, ahead):
        order_id = ahead()
        does(seasons.turn, to=HarvestState.CLOSED)

        season.slips(50)

        assert market.order(order_id).promised_day == day(now, 50)

    def test_never_promises_anything_earlier(self, market, season, now, tells, ahead):
        order_id = ahead()
        tells(promised_day=day(now, 32))

        season.slips(35)

        assert market.order(order_id).promised_day == day(now, 40)

    def test_of_a_harvest_that_failed_releases_all(self, market, season, ahead):
        paid, unpaid = ahead(), market.buys((season.listing, 500 * 4), phone="+84912345673")[0]
        season.slips(None)
        assert {market.order(each).state for each in (paid, unpaid)} == {State.CANCELLED}
        assert [refund.amount_minor for refund in market.all(Refund)] == [PRICE]
        assert season.left() == 0
        with pytest.raises(OutOfStock):
            market.buys((season.listing, 1_000), phone="+84912345674")
        with market.database.reading() as session:
            assert inventory.drift(session) == []
        market.audits()

    def test_leaves_alone_what_is_on_its_way(self, market, season, now, ahead):
        order_id = ahead(rail=Rail.CASH, confirmed=True)
        market.hands_over(order_id)
        season.slips(50)
        assert market.order(order_id).promised_day == day(now, 40)

    def test_between_the_price_and_the_order_is_refused(self, market, season, now):
        with market.database.transaction() as session:
            basket = makers.basket_of(session, now, (season.listing, 2_000))
            ready = makers.prepared(session, now, basket.id)
            season_id = {"actor": market.farmer, "harvest_id": season.harvest_id}
            seasons.move_promise(session, **season_id, to_day=day(now, 50), now=now)
            with pytest.raises(baskets.BasketChanged), session.begin_nested():
                makers.place(session, prepared=ready, now=now)


class TestTheBuyersChoice:
    def test_is_nothing_before_a_slip(self, season, ahead):
        with pytest.raises(NothingToChoose):
            season.chooses(ahead(), "wait")

    def test_to_wait_keeps_everything(self, market, season, ahead):
        order_id = ahead(confirmed=True)
        season.slips(50)
        season.chooses(order_id, "wait")
        assert market.order(order_id).state == State.CONFIRMED
        with pytest.raises(NothingToChoose):
            season.chooses(order_id, "refund")
        with pytest.raises(TooLateToCancel):
            self.cancels(market, order_id)

    def test_to_have_the_money_back_counts_after_the_sellers_word_too(self, market, season, ahead):
        order_id = ahead(confirmed=True)
        season.slips(50)
        season.chooses(order_id, "refund")
        assert market.order(order_id).state == State.CANCELLED
        assert [refund.amount_minor for refund in market.all(Refund)] == [PRICE]
        assert season.left() == 20_000
        market.audits()

    def test_to_take_what_lies_there_frees_the_harvest(self, market, season, ahead):
        order_id = ahead(confirmed=True)
        season.slips(50)
        season.chooses(order_id, "swap", listing_id=market.berries.id)
        order = market.order(order_id)
        assert (order.state, order.promised_day) == (State.CONFIRMED, None)
        assert season.left() == 20_000
        market.hands_over(order_id)
        market.audits()
        season.slips(60)
        assert len(slips(market)) == 1  # it waits for no harvest any more

    def test_of_what_does_not_fit_leaves_the_choice_open(self, market, season, ahead):
        order_id = ahead()
        season.slips(50)
        for listing_id in (market.beans.id, season.listing.id, None):
            with pytest.raises((NotForSale, NotFound)):
                season.chooses(order_id, "swap", listing_id=listing_id)
        season.chooses(order_id, "wait")

    def test_takes_nothing_of_a_card(self, market, season):
        (order_id,) = market.bought((season.listing, 2_000))
        season.slips(50)
        season.chooses(order_id, "refund")
        market.works()
        assert (market.at_stripe(), market.balance(chart.held(order_id))) == (0, 0)
        market.audits()

    def test_is_over_when_the_goods_are_packed(self, market, season, ahead):
        order_id = ahead(confirmed=True)
        season.slips(50)
        with market.database.transaction() as session:
            weighing.pack(session, actor=market.farmer, order_id=order_id, now=market.now)
        with pytest.raises(NothingToChoose):
            season.chooses(order_id, "refund")

    @staticmethod
    def cancels(market, order_id):
        with market.database.transaction() as session:
            cancelling.cancel(
                session,
                actor=makers.NOBODY,
                order=session.get_one(orders.Order, order_id),
                by_buyer=True,
                reason="",
                now=market.now,
            )


def told(market):
    return [each for each in market.all(Notice) if each.key == "notice.order.promised"]


def slips(market):
    with market.database.reading() as session:
        found = list(session.scalars(select(Slip).order_by(Slip.number, Slip.order_id)))
        session.expunge_all()
        return found

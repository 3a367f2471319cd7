"""An order that its seller does not answer goes to a sibling, or back to its buyer."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from catalog import listings, zoning
from catalog.delivering import Zone
from catalog.models import Grade, ListingState
from market import clock, cooperatives, inventory, ledger, orders
from market.accounts import SYSTEM
from market.accounts.models import Organisation, PaymentMode
from market.errors import MarketError, NotFound
from market.ledger import chart
from market.money import Money
from market.notifications.telling import Notice
from market.orders import Rail, State
from market.orders.models import Order, OrderEvent, OrderLine
from payments import cancelling, collecting, fulfilling, reassigning, supplementing
from payments.models import PaymentState, Refund
from tests import makers, people

DAY = timedelta(days=1)


class Cooperative:
    """A growers' cooperative: the first seller, his siblings, and a buyer."""

    def __init__(self, session, now) -> None:
        self.session, self.now = session, now
        self.first = makers.seller(session, now, member=True)
        self.manager, self.id = people.cooperative_of(session, now, self.first)
        self.berries = makers.strawberries(session, now, of=self.first)

    def sibling(self, name="Vườn Gió"):
        actor = makers.seller(self.session, self.now, member=True, name=name)
        member = people.again(self.session, actor.person_id, self.now)
        asked = cooperatives.ask_to_join(
            self.session,
            actor=member,
            member=cooperatives.CooperativeMember(
                organisation_id=makers.only(actor.seller_ids),
                cooperative_id=self.id,
                fee_basis_points=0,
            ),
            now=self.now,
        )
        cooperatives.approve(self.session, actor=self.manager, member_id=asked.id, now=self.now)
        return actor

    def ordered(self, *, grams=1_000, rail=Rail.BANK_TRANSFER, thing=None, **terms):
        group = makers.bought(
            self.session, self.now, (thing or self.berries, grams), rail=rail, **terms
        )
        (order,) = orders.queries.of_group(self.session, group_id=group.id)
        if rail is Rail.BANK_TRANSFER:
            (payment,) = collecting.of_group(self.session, group_id=group.id)
            makers.receive(self.session, self.now, makers.transfer(payment, self.now))
            self.session.refresh(order)
        return order

    def unanswered(self, **terms):
        """An order whose seller did not answer within a day."""
        order = self.ordered(**terms)
        self.sweep(DAY)
        return order

    def sweep(self, after):
        self.now += after
        cancelling.expire_due(self.session, now=self.now)
        self.session.expire_all()

    def fits(self, order):
        return {
            fit.line.listing_id
            for fit in reassigning.fitting(self.session, order=order, now=self.now)
        }

    def take_over(self, actor, order, listing):
        return reassigning.take_over(
            self.session, actor=actor, order_id=order.id, listing_id=listing.id, now=self.now
        )

    def told(self, actor):
        mine = select(Notice.key).where(Notice.person_id == actor.person_id)
        return list(self.session.scalars(mine.order_by(Notice.id)))


@pytest.fixture
def coop(session, now):
    return Cooperative(session, now)


@pytest.fixture
def sibling(coop):
    return coop.sibling()


@pytest.fixture
def theirs(session, now, coop, sibling):
    return makers.strawberries(session, now, of=sibling)


class TestWhatFits:
    def test_is_the_same_of_a_sibling_or_of_the_seller(self, session, now, coop, theirs):
        other = makers.strawberries(session, now, of=coop.first)

        assert coop.fits(coop.ordered()) == {theirs.id, other.id}

    def test_is_of_a_member_only(self, session, now, coop):
        makers.strawberries(session, now, of=makers.seller(session, now))

        assert coop.fits(coop.ordered()) == set()

    def test_is_not_dearer(self, session, now, coop, theirs):
        theirs.price_minor = 180_001

        assert coop.fits(coop.ordered()) == set()

    def test_is_enough(self, session, now, coop, sibling):
        makers.strawberries(session, now, of=sibling, grams=500)

        assert coop.fits(coop.ordered()) == set()

    def test_is_on_the_shelf(self, coop, theirs):
        theirs.state = ListingState.PAUSED

        assert coop.fits(coop.ordered()) == set()

    def test_is_of_the_same_grade_and_size(self, session, now, coop, sibling):
        thing = makers.durians(session, now, of=coop.first)
        same, small, lesser = (makers.durians(session, now, of=sibling) for _ in range(3))
        small.piece_grams, lesser.grade = 2_000, Grade.B

        assert coop.fits(coop.ordered(thing=thing, grams=2)) == {same.id}

    def test_is_nobody_elses_for_a_buyer_who_comes_for_it(self, coop, theirs):
        assert coop.fits(coop.ordered(pick_up=True)) == set()

    def test_is_nothing_for_a_seller_who_is_paid_directly(self, session, coop, theirs):
        shop = session.get_one(Organisation, makers.only(coop.first.seller_ids))
        shop.payment_mode, shop.bank_bin = PaymentMode.DIRECT, "970436"
        shop.bank_account, shop.bank_holder = "7777777", "A"
        session.flush()
        order = coop.ordered(rail=Rail.CARD)  # which becomes a transfer

        assert coop.fits(order) == set()
        with pytest.raises(reassigning.NotExchangeable):
            reassigning.rehome(
                session, actor=SYSTEM, order=order, listing_id=theirs.id, now=coop.now
            )

    def test_is_nothing_for_an_order_of_two_things(self, session, now, coop, theirs):
        other = makers.strawberries(session, now, of=coop.first)
        group = makers.bought(session, now, (coop.berries, 500), (other, 500))
        (order,) = orders.queries.of_group(session, group_id=group.id)

        assert coop.fits(order) == set()


class TestAnUnansweredOrder:
    def test_is_offered_to_who_could_serve_it(self, coop, sibling, theirs):
        order = coop.unanswered()

        assert (order.state, order.offered_at) == (State.PLACED, coop.now)
        assert order.deadline == coop.now + collecting.SIBLINGS
        assert coop.told(sibling) == ["notice.order.offered"]
        mine = select(Notice.params).where(Notice.person_id == sibling.person_id)
        assert "Lan" not in str(coop.session.scalars(mine).all())
        (waiting,) = reassigning.offered(coop.session, actor=sibling, now=coop.now)
        assert (waiting.order.id, waiting.listing_ids) == (order.id, [theirs.id])

    def test_is_given_back_where_nobody_could(self, session, coop, sibling):
        order = coop.unanswered()

        assert (order.state, order.offered_at) == (State.EXPIRED, None)
        assert session.scalars(select(Refund.order_id)).all() == [order.id]

    def test_is_given_back_when_no_sibling_answers_either(self, session, coop, theirs):
        order = coop.unanswered()

        coop.sweep(collecting.SIBLINGS)
        assert order.state == State.EXPIRED
        assert session.scalars(select(Refund.amount_minor)).all() == [order.total_minor]
        assert inventory.drift(session) == []

    def test_may_still_be_accepted_by_its_seller(self, coop, sibling, theirs):
        order = coop.unanswered()

        orders.confirm(coop.session, actor=coop.first, order_id=order.id, now=coop.now)
        with pytest.raises(reassigning.Taken):
            coop.take_over(sibling, order, theirs)
        assert reassigning.offered(coop.session, actor=sibling, now=coop.now) == []

    def test_is_the_first_siblings(self, session, now, coop, sibling, theirs):
        other = coop.sibling("Vườn Mây")
        others = makers.strawberries(session, now, of=other)
        order = coop.unanswered()

        coop.take_over(sibling, order, theirs)
        with pytest.raises(reassigning.Taken):
            coop.take_over(other, order, others)
        with pytest.raises(NotFound):
            orders.confirm(session, actor=coop.first, order_id=order.id, now=coop.now)

    def test_is_nobodys_who_is_no_member(self, session, now, coop, theirs):
        stranger = makers.seller(session, now)
        own = makers.strawberries(session, now, of=stranger)
        order = coop.unanswered()

        with pytest.raises(NotFound):
            coop.take_over(stranger, order, own)
        assert reassigning.offered(session, actor=stranger, now=coop.now) == []

    def test_of_cash_is_offered_too(self, session, now, coop, sibling, theirs):
        taken, kept = coop.ordered(rail=Rail.CASH), coop.ordered(rail=Rail.CASH)
        coop.sweep(DAY)
        coop.take_over(sibling, taken, theirs)
        orders.confirm(session, actor=coop.first, order_id=kept.id, now=coop.now)

        assert (taken.state, kept.state) == (State.CONFIRMED, State.CONFIRMED)
        assert stock(session, coop.now, theirs, coop.berries) == [9_000, 9_000]
        assert inventory.drift(session) == []

    def test_of_cash_gives_its_goods_back_in_the_end(self, session, coop, theirs):
        coop.unanswered(rail=Rail.CASH)

        coop.sweep(collecting.SIBLINGS)
        assert stock(session, coop.now, theirs, coop.berries) == [10_000, 10_000]

    def test_is_swept_in_batches(self, coop, theirs, monkeypatch):
        monkeypatch.setattr(cancelling, "BATCH", 2)
        found = [coop.ordered(phone=f"+8491234567{number}") for number in range(5)]
        coop.now += DAY
        rounds = [cancelling.expire_due(coop.session, now=coop.now) for _ in range(3)]
        coop.session.expire_all()

        assert rounds == [2, 2, 1]
        assert all(order.offered_at == coop.now for order in found)


def stock(session, now, *those):
    """What is free of each of the listings."""
    lots = (listings.lots_of(session, listing_id=each.id, now=now) for each in those)
    return [sum(lot.left for lot in its) for its in lots]


class TestWhoeverTookItOver:
    def test_sells_from_his_own_lots_at_the_agreed_price(self, session, coop, sibling, theirs):
        theirs.price_minor = 150_000
        order = coop.unanswered()
        agreed = (order.total_minor, order.commission_minor, order.cooperative_minor)
        coop.take_over(sibling, order, theirs)

        (line,) = orders.queries.lines(session, order_ids=[order.id])[order.id]
        assert order.seller_id == makers.only(sibling.seller_ids)
        assert (order.total_minor, order.commission_minor, order.cooperative_minor) == agreed
        assert (line.listing_id, line.price_minor) == (theirs.id, 180_000)
        assert line.snapshot["seller"] == "Vườn Gió"
        assert line.snapshot["reassigned_from"]["seller"] == "Vườn Thử"
        assert stock(session, coop.now, theirs, coop.berries) == [9_000, 10_000]
        assert inventory.drift(session) == []

    def test_is_in_the_history_and_the_others_are_told(self, session, coop, sibling, theirs):
        order = coop.unanswered()
        coop.take_over(sibling, order, theirs)

        facts = session.scalars(
            select(OrderEvent.facts).where(OrderEvent.order_id == order.id).order_by(OrderEvent.id)
        ).all()
        both = (makers.only(coop.first.seller_ids), makers.only(sibling.seller_ids))
        assert (facts[-2]["from"], facts[-2]["to"]) == tuple(map(str, both))
        assert coop.told(coop.first)[-1] == "notice.sold.taken"
        guest = select(Notice.key).where(Notice.destination == "+84912345678")
        assert "notice.order.reassigned" in session.scalars(guest).all()

    def test_is_the_one_who_earns(self, session, coop, sibling, theirs):
        order = coop.unanswered()
        coop.take_over(sibling, order, theirs)
        fulfilling.hand_over(session, actor=sibling, order_id=order.id, now=coop.now)
        fulfilling.deliver(session, actor=sibling, order=order, now=coop.now)
        makers.release(session, coop.now + 4 * DAY)

        earned = order.total_minor - order.commission_minor - order.cooperative_minor
        assert ledger.balance(session, chart.payable(order.seller_id)) == earned
        assert ledger.balance(session, chart.payable(coop.id)) == order.cooperative_minor
        assert ledger.balance(session, chart.held(order.id)) == 0
        first = chart.payable(makers.only(coop.first.seller_ids))
        assert ledger.balance(session, first) == 0
        assert collecting.stuck(session) == []

    def test_may_call_it_off_and_the_buyer_has_it_back(self, session, coop, sibling, theirs):
        order = coop.unanswered()
        coop.take_over(sibling, order, theirs)
        cancelling.cancel(
            session,
            actor=sibling,
            order=order,
            by_buyer=False,
            reason="mưa",
            now=coop.now,
        )

        assert session.scalars(select(Refund.amount_minor)).all() == [order.total_minor]
        assert stock(session, coop.now, theirs, coop.berries) == [10_000, 10_000]

    def test_has_a_card_charged_for_his_hand_over(self, session, coop, sibling, theirs):
        order = coop.ordered(rail=Rail.CARD)
        payment = collecting.of_order(session, order_id=order.id)
        collecting.settle(session, payment, PaymentState.AUTHORIZED, now=coop.now)
        coop.sweep(DAY)
        coop.take_over(sibling, order, theirs)
        fulfilling.hand_over(session, actor=sibling, order_id=order.id, now=coop.now)

        assert order.state == State.HANDED_OVER
        assert payment.state == PaymentState.AUTHORIZED

    def test_may_hand_it_back_to_goods_of_the_first(self, session, coop, sibling, theirs):
        order = coop.unanswered()
        coop.take_over(sibling, order, theirs)
        reassigning.rehome(
            session, actor=SYSTEM, order=order, listing_id=coop.berries.id, now=coop.now
        )

        assert (order.seller_id, order.state) == (coop.berries.seller_id, State.CONFIRMED)
        assert stock(session, coop.now, theirs, coop.berries) == [10_000, 9_000]
        assert inventory.drift(session) == []


@pytest.mark.parametrize("rail", [Rail.BANK_TRANSFER, Rail.CASH])
def test_two_who_accept_at_once_are_one_seller(real_database, now, rail):
    with real_database.transaction() as session:
        coop = Cooperative(session, now)
        sibling = coop.sibling()
        theirs = makers.strawberries(session, now, of=sibling, grams=10**6)
        first = coop.first
        found = [coop.ordered(rail=rail, phone=f"+8491234567{each}").id for each in range(6)]
        listing_id = theirs.id
    later = now + DAY
    with real_database.transaction() as session:
        cancelling.expire_due(session, now=later)

    def at_once(order_id):
        barrier = Barrier(2)

        def run(deed):
            barrier.wait()
            try:
                with real_database.transaction() as session:
                    deed(session)
            except MarketError as refusal:
                return refusal.code
            return "done"

        def accept(session):
            orders.confirm(session, actor=first, order_id=order_id, now=later)

        def take(session):
            terms = {"order_id": order_id, "listing_id": listing_id, "now": later}
            reassigning.take_over(session, actor=sibling, **terms)

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(run, (accept, take)))

    for order_id in found:
        accepted, taken = at_once(order_id)
        assert (accepted == "done") is not (taken == "done")
        assert taken in {"done", "order.taken"}
        with real_database.reading() as session:
            order = session.get_one(Order, order_id)
            winner = sibling if taken == "done" else first
            assert (order.state, order.seller_id) == (
                State.CONFIRMED,
                makers.only(winner.seller_ids),
            )
            assert inventory.drift(session) == []


class TestWhatWasPromised:
    def test_of_marks_is_borne_by_who_steps_in(self, session, coop, sibling, theirs):
        order = coop.unanswered()
        line = session.scalars(select(OrderLine).filter_by(order_id=order.id)).one()
        line.snapshot = {**line.snapshot, "marks": [{"code": "vietgap", "basis": "certificate"}]}
        session.flush()

        assert coop.fits(order) == set()

    def test_of_the_road_is_kept_by_who_steps_in(self, session, coop, sibling, theirs):
        order = coop.unanswered()
        elsewhere = [Zone("22918", Money(1), cooled=False)]
        shop = makers.only(sibling.seller_ids)
        zoning.set_zones(session, actor=sibling, seller_id=shop, zones=elsewhere, now=coop.now)

        assert coop.fits(order) == set()

    def test_of_a_later_day_is_offered_to_nobody(self, session, coop, theirs):
        order = coop.ordered()
        order.promised_day = clock.day_of(coop.now + 30 * DAY)
        session.flush()

        coop.sweep(DAY)

        assert order.offered_at is None
        assert order.state == State.EXPIRED

    def test_of_more_weight_stays_with_its_seller(self, session, now, coop, sibling):
        makers.durians(session, now, of=sibling)
        order = coop.ordered(thing=makers.durians(session, now, of=coop.first), grams=2)
        assert coop.fits(order)
        orders.confirm(session, actor=coop.first, order_id=order.id, now=coop.now)
        supplementing.ask(
            session,
            actor=coop.first,
            order_id=order.id,
            weighed=(0, 8_000),
            now=coop.now,
        )

        assert coop.fits(order) == set()

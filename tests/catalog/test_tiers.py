"""Dated prices: from a quantity on, for a group, between two days; the cheapest counts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from catalog import listings, offers, prices, tiers
from catalog.baskets import lines
from catalog.listings import Revision
from catalog.models import Listing
from catalog.tiers import CustomerGroup, Tier
from market import clock, cooperatives, orders
from market.accounts import NOBODY, Actor, Role
from market.accounts.models import OrganisationKind
from market.errors import FieldInvalid, MarketError, NotFound
from market.money import Money
from market.orders import Rail
from market.orders.models import OrderLine
from market.quantity import OffIncrement
from payments import collecting
from tests import makers

WHOLESALE, COOPERATIVE = CustomerGroup.WHOLESALE, CustomerGroup.COOPERATIVE
PHONE = "+84912000111"
DAY = timedelta(days=1)
TODAY = date(2026, 11, 24)


@pytest.fixture
def farmer(session, now):
    return makers.seller(session, now)


@pytest.fixture
def berries(session, now, farmer) -> Listing:
    return makers.strawberries(session, now, of=farmer, grams=100_000, price=50_000)


@pytest.fixture
def tier(session, now, farmer, berries):
    """Have a price count for the berries, from so many grams on."""

    def make(grams, price, group=CustomerGroup.RETAIL, *, at=now, of=berries, **days):
        wanted = Tier(group=group, from_quantity=grams, price=Money(price), **days)
        return tiers.set_tier(session, actor=farmer, listing_id=of.id, tier=wanted, now=at)

    return make


@pytest.fixture
def quoted(session, now, berries):
    """The line for so many grams, as somebody would buy it."""

    def quote(grams, *, buyer=None, at=now, of=berries):
        basket = makers.basket_of(session, at, (of, grams))
        (part,) = prices.quote(
            session,
            lines=lines(session, basket_id=basket.id),
            delivery=prices.Delivery(),
            commission_basis_points=300,
            lang="vi",
            buyer_id=buyer,
            now=at,
        )
        (line,) = part.lines
        return line

    return quote


@pytest.fixture
def buyer(session, now):
    return makers.person(session, now, phone=PHONE).id


@pytest.fixture
def grouped(session, now, farmer):
    """The farmer puts whoever has the phone into a group."""

    def put(group, phone=PHONE):
        who = {"seller_id": makers.only(farmer.seller_ids), "phone": phone}
        return tiers.set_group(session, actor=farmer, **who, group=group, now=now)

    return put


def told(session, berries, actor, now):
    return tiers.told(session, actor=actor, listing_id=berries.id, now=now)


class TestPrice:
    @pytest.mark.parametrize(
        ("grams", "price"),
        [
            (500, 50_000),
            (9_500, 50_000),
            (10_000, 45_000),
            (10_500, 45_000),
            (49_500, 45_000),
            (50_000, 40_000),
            (100_000, 40_000),
        ],
    )
    def test_has_neither_gap_nor_overlap(self, tier, quoted, grams, price):
        tier(50_000, 40_000)
        tier(10_000, 45_000)

        line = quoted(grams)

        assert line.price == Money(price)
        assert line.amount == Money(price * grams // 1_000)

    def test_is_the_cheapest_of_the_buyers_group_and_of_retail(self, tier, quoted, buyer, grouped):
        grouped(WHOLESALE)
        tier(10_000, 45_000)
        tier(10_000, 46_000, WHOLESALE)
        tier(20_000, 41_000, WHOLESALE)

        assert quoted(10_000, buyer=buyer).price == Money(45_000)
        assert quoted(20_000, buyer=buyer).price == Money(41_000)
        assert quoted(20_000).price == Money(45_000)

    def test_is_never_above_the_listings_own(self, tier, quoted):
        tier(10_000, 60_000)

        line = quoted(10_000)

        assert line.price == Money(50_000)
        assert "tier" not in line.snapshot

    def test_tells_which_it_was_and_what_it_is_below(self, tier, quoted):
        made = tier(10_000, 45_000)

        assert quoted(10_000).snapshot["tier"] == {
            "group": "retail",
            "from_quantity": 10_000,
            "price_id": str(made.id),
            "list_price": {"amount": 50_000, "currency": "VND"},
        }

    def test_is_that_of_a_kilogram_where_pieces_are_weighed(
        self, session, now, farmer, tier, quoted
    ):
        durians = makers.durians(session, now, of=farmer)
        tier(10, 90_000, of=durians)

        assert quoted(9, of=durians).price == Money(100_000)
        assert quoted(10, of=durians).amount == Money(90_000 * 385 // 10)  # 10 % above 35 kg

    def test_is_rounded_once_at_the_line(self, session, now, farmer, tier, quoted):
        berries = odd(session, now, farmer)
        tier(333, 33_333, of=berries)

        assert quoted(333, of=berries).amount == Money(11_100)  # 11,099.889

    def test_takes_its_share_of_the_price_that_counts(self, session, now, tier, berries):
        tier(10_000, 45_000)

        (order,) = ordered(session, now, (berries, 10_000))

        assert (order.goods_minor, order.commission_minor) == (450_000, 13_500)


class TestDays:
    def test_begin_and_end_at_midnight_in_viet_nam(self, tier, quoted):
        tier(10_000, 45_000, valid_from=TODAY + DAY, valid_until=TODAY + 2 * DAY)
        begin, end = clock.start_of(TODAY + DAY), clock.end_of(TODAY + 2 * DAY)
        moment = timedelta(microseconds=1)

        assert quoted(10_000, at=begin - moment).price == Money(50_000)
        assert quoted(10_000, at=begin).price == Money(45_000)
        assert quoted(10_000, at=end - moment).price == Money(45_000)
        assert quoted(10_000, at=end).price == Money(50_000)

    def test_never_reach_into_the_past(self, now, tier):
        made = tier(10_000, 45_000, valid_from=TODAY - DAY)

        assert made.valid_from == now

    @pytest.mark.parametrize(
        "days",
        [
            {"valid_from": TODAY + DAY, "valid_until": TODAY},
            {"valid_until": TODAY - DAY},
        ],
    )
    def test_that_end_before_they_begin_are_refused(self, tier, days):
        with pytest.raises(tiers.TierBackwards):
            tier(10_000, 45_000, **days)

    def test_may_be_one(self, tier):
        assert tier(10_000, 45_000, valid_from=TODAY + DAY, valid_until=TODAY + DAY)


class TestSetting:
    @pytest.mark.parametrize(
        "days",
        [
            {},
            {"valid_from": TODAY + DAY},
            {"valid_until": TODAY + 5 * DAY},
            {"valid_from": TODAY + 9 * DAY, "valid_until": TODAY + 20 * DAY},
        ],
    )
    def test_refuses_a_tier_twice(self, tier, days):
        tier(10_000, 45_000, valid_from=TODAY + 3 * DAY, valid_until=TODAY + 9 * DAY)

        with pytest.raises(tiers.TierTwice) as refusal:
            tier(10_000, 44_000, **days)

        assert refusal.value.facts == {"valid_from": TODAY + 3 * DAY}

    def test_takes_the_same_for_another_group_quantity_or_time(self, tier):
        tier(10_000, 45_000, valid_until=TODAY + DAY)

        tier(10_000, 44_000, WHOLESALE)
        tier(10_500, 44_000)
        tier(10_000, 44_000, valid_from=TODAY + 2 * DAY)

    def test_takes_it_again_once_it_was_withdrawn(self, session, now, farmer, berries, tier):
        which = {"listing_id": berries.id, "price_id": tier(10_000, 45_000).id}
        tiers.withdraw_tier(session, actor=farmer, **which, now=now)

        assert tier(10_000, 44_000)

    @pytest.mark.parametrize(
        ("grams", "price", "refusal"),
        [
            (10_250, 45_000, OffIncrement),
            (0, 45_000, OffIncrement),
            (-500, 45_000, OffIncrement),
            (10_000, 0, offers.PriceOutOfRange),
            (10_000, 10**12 + 1, offers.PriceOutOfRange),
        ],
    )
    def test_refuses_what_nobody_could_buy(self, tier, grams, price, refusal):
        with pytest.raises(refusal):
            tier(grams, price)

    def test_knows_an_end_to_how_many(self, tier):
        for number in range(1, tiers.TIERS_MAX + 1):
            tier(number * 500, 45_000)

        with pytest.raises(FieldInvalid):
            tier(50_000, 45_000)

    def test_is_the_sellers_alone(self, session, now, berries, tier):
        stranger, which = makers.seller(session, now), {"listing_id": berries.id}
        wanted = Tier(from_quantity=500, price=Money(1))
        made = tier(10_000, 45_000)

        with pytest.raises(NotFound):
            tiers.set_tier(session, actor=stranger, **which, tier=wanted, now=now)
        with pytest.raises(NotFound):
            tiers.withdraw_tier(session, actor=stranger, **which, price_id=made.id, now=now)

    def test_lets_one_of_two_at_once_pass(self, real_database, now):
        with real_database.transaction() as session:
            farmer = makers.seller(session, now)
            listing_id = makers.strawberries(session, now, of=farmer).id
        start, wanted = Barrier(2), Tier(from_quantity=500, price=Money(45_000))

        def set_one(seconds):
            start.wait()
            which = {"listing_id": listing_id, "now": now + timedelta(seconds=seconds)}
            try:
                with real_database.transaction() as session:
                    tiers.set_tier(session, actor=farmer, tier=wanted, **which)
            except MarketError as refusal:
                return refusal.code
            return "ok"

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(set_one, range(2))) == ["ok", "price.tier_twice"]


class TestWithdrawing:
    def test_leaves_what_was_ordered_as_it_was(self, session, now, farmer, berries, tier, quoted):
        made = tier(10_000, 45_000)
        (order,) = ordered(session, now, (berries, 10_000))

        which = {"listing_id": berries.id, "price_id": made.id}
        tiers.withdraw_tier(session, actor=farmer, **which, now=now)

        (line,) = session.scalars(select(OrderLine).where(OrderLine.order_id == order.id))
        assert (line.price_minor, line.snapshot["tier"]["price_id"]) == (45_000, str(made.id))
        assert quoted(10_000).price == Money(50_000)

    def test_is_done_once(self, session, now, farmer, berries, tier):
        which = {"listing_id": berries.id, "price_id": tier(10_000, 45_000).id}
        tiers.withdraw_tier(session, actor=farmer, **which, now=now)

        with pytest.raises(NotFound):
            tiers.withdraw_tier(session, actor=farmer, **which, now=now)

    def test_never_takes_the_history(self, session, now, farmer, berries):
        (before,) = told(session, berries, farmer, now)["history"]

        with pytest.raises(NotFound):
            tiers.withdraw_tier(
                session, actor=farmer, listing_id=berries.id, price_id=before.id, now=now
            )


class TestTelling:
    def test_says_to_each_what_they_would_pay(
        self, session, now, farmer, berries, tier, buyer, grouped
    ):
        tier(10_000, 45_000)
        tier(20_000, 41_000, WHOLESALE, valid_from=TODAY + DAY)
        grouped(WHOLESALE)

        def bounds(actor):
            return [each.from_quantity for each in told(session, berries, actor, now)["tiers"]]

        assert bounds(NOBODY) == [10_000]
        assert bounds(Actor(person_id=buyer)) == bounds(farmer) == [10_000, 20_000]

    def test_keeps_what_the_listing_cost(self, session, now, farmer, berries):
        for number, price in enumerate((52_000, 48_000), start=1):
            revise(session, now + number * DAY, farmer, berries, price)

        history = told(session, berries, NOBODY, now + 3 * DAY)["history"]

        assert [(row.price_minor, row.valid_from) for row in history] == [
            (48_000, now + 2 * DAY),
            (52_000, now + DAY),
            (50_000, now),
        ]

    def test_says_nothing_of_what_a_draft_would_have_cost(self, session, now, farmer, berries):
        berries.listed_at = None
        session.flush()

        revise(session, now + DAY, farmer, berries, 48_000)

        (row,) = told(session, berries, farmer, now + DAY)["history"]
        assert row.price_minor == 48_000

    def test_hides_a_draft(self, session, now, farmer, berries):
        berries.state = "draft"
        session.flush()

        with pytest.raises(NotFound):
            told(session, berries, NOBODY, now)
        assert told(session, berries, farmer, now)["history"]


class TestCustomers:
    def test_are_known_by_their_phone(self, session, now, farmer, tier, quoted, buyer, grouped):
        tier(500, 40_000, WHOLESALE)

        grouped(WHOLESALE, "0912 000 111")

        assert quoted(500, buyer=buyer).price == Money(40_000)

    def test_that_nobody_knows_are_refused(self, grouped):
        with pytest.raises(FieldInvalid):
            grouped(WHOLESALE)

    def test_move_to_another_group(self, session, farmer, buyer, grouped):
        grouped(WHOLESALE)
        grouped(COOPERATIVE)

        seller_id = makers.only(farmer.seller_ids)
        (row,) = tiers.customers(session, actor=farmer, seller_id=seller_id)
        assert (row["phone"], row["customer_group"]) == (PHONE, COOPERATIVE)

    def test_go_back_to_retail(self, session, farmer, tier, quoted, buyer, grouped):
        tier(500, 40_000, WHOLESALE)
        grouped(WHOLESALE)

        grouped(CustomerGroup.RETAIL)

        assert quoted(500, buyer=buyer).price == Money(50_000)
        assert not tiers.customers(session, actor=farmer, seller_id=makers.only(farmer.seller_ids))

    def test_are_one_sellers_alone(self, session, now, farmer, buyer, grouped):
        grouped(WHOLESALE)
        other = makers.seller(session, now)

        with pytest.raises(NotFound):
            tiers.customers(session, actor=other, seller_id=makers.only(farmer.seller_ids))
        assert not tiers.customers(session, actor=other, seller_id=makers.only(other.seller_ids))

    def test_of_the_cooperative_are_the_people_of_its_members(
        self, session, now, farmer, tier, quoted, buyer
    ):
        tier(500, 42_000, COOPERATIVE)
        neighbour = makers.seller(session, now, member=True)
        house = makers.organisation(session, now, kind=OrganisationKind.COOPERATIVE)
        join(session, now, farmer, house.id)
        assert quoted(500, buyer=neighbour.person_id).price == Money(50_000)

        join(session, now, neighbour, house.id)

        assert quoted(500, buyer=neighbour.person_id).price == Money(42_000)
        assert quoted(500, buyer=buyer).price == Money(50_000)


class TestBasket:
    def test_is_sold_at_the_price_of_the_moment(self, session, now, farmer, berries, tier):
        tier(10_000, 45_000)
        basket = makers.basket_of(session, now, (berries, 10_000))
        tier(10_000, 44_000, WHOLESALE)
        revise(session, now, farmer, berries, 40_000)

        group = makers.check_out(session, now, basket, pick_up=farmer.seller_ids)

        assert group.total_minor == 400_000

    def test_asks_nothing_more_without_dated_prices_and_once_with_them(
        self, session, now, farmer, queries, tier, berries
    ):
        plain = [makers.strawberries(session, now, of=farmer) for _ in range(3)]
        most = statements(session, now, queries, plain)
        for listing in plain:
            tier(500, 45_000, of=listing)

        assert statements(session, now, queries, plain) == most + 1

    def test_adds_up_however_odd_its_prices(self, session, now, tier):
        farmers = [makers.seller(session, now) for _ in range(2)]
        things = []
        for number, of in enumerate(farmers * 2):
            listing = odd(session, now, of)
            wanted = Tier(from_quantity=333, price=Money(33_333 - number))
            tiers.set_tier(session, actor=of, listing_id=listing.id, tier=wanted, now=now)
            things.append((listing, 333 + 7 * number))

        group = makers.bought(session, now, *things)

        found = orders.queries.of_group(session, group_id=group.id)
        rows = session.scalars(
            select(OrderLine).where(OrderLine.order_id.in_([order.id for order in found]))
        ).all()
        assert len(rows) == 4
        assert all("tier" in row.snapshot for row in rows)
        asked = collecting.of_group(session, group_id=group.id)
        delivery = sum(order.delivery_minor for order in found)
        assert (
            sum(row.amount_minor for row in rows) + delivery
            == sum(order.total_minor for order in found)
            == group.total_minor
            == sum(payment.amount_minor for payment in asked)
        )
        assert sum(row.commission_minor for row in rows) == sum(
            order.commission_minor for order in found
        )


def odd(session, now, farmer):
    """Goods sold by the gram at an awkward price."""
    listing = makers.strawberries(session, now, of=farmer, price=44_444)
    revision = Revision(increment=1, minimum=1)
    return listings.revise(session, actor=farmer, listing_id=listing.id, revision=revision, now=now)


def revise(session, at, farmer, listing, price):
    revision = Revision(price=Money(price), price_is_meant=True)
    which = {"listing_id": listing.id, "revision": revision}
    return listings.revise(session, actor=farmer, **which, now=at)


def ordered(session, now, *things):
    group = makers.bought(session, now, *things, rail=Rail.CASH)
    return orders.queries.of_group(session, group_id=group.id)


def join(session, now, seller, cooperative_id):
    farm = makers.only(seller.seller_ids)
    asking = Actor(
        person_id=seller.person_id, seller_ids=frozenset({farm}), managed_ids=frozenset({farm})
    )
    asked = cooperatives.ask_to_join(
        session,
        actor=asking,
        member=cooperatives.CooperativeMember(
            organisation_id=farm, cooperative_id=cooperative_id, fee_basis_points=100
        ),
        now=now,
    )
    manager = Actor(
        person_id=makers.person(session, now).id,
        roles=frozenset({Role.MANAGER}),
        cooperative_ids=frozenset({cooperative_id}),
        managed_ids=frozenset({cooperative_id}),
    )
    cooperatives.approve(session, actor=manager, member_id=asked.id, now=now)


def statements(session, now, queries, things):
    basket = makers.basket_of(session, now, *((thing, 500) for thing in things))
    session.commit()
    with queries.at_most(99) as sent:
        makers.prepared(session, now, basket.id)
    return len(sent)

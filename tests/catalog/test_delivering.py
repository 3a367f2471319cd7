"""Delivery: where to, for how much, and never a promise that the road cannot keep."""

from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import baskets, delivering, listings, offers, prices, search, zoning
from catalog.delivering import NotCooled, OutsideZone, PointClosed, Spoils, Zone
from catalog.listings import Revision
from catalog.prices import Delivery
from catalog.search import Filters
from market import clock, geography, orders
from market.accounts.models import Organisation
from market.errors import FieldInvalid, NotFound
from market.geography import UnknownPlace
from market.geography.units import HARBOUR
from market.money import Money
from market.orders import Fulfilment
from market.portable import uuid_of
from payments import collecting
from tests import makers

LAM_VIEN, BAO_LOC, PHU_QUY = makers.COMMUNE, "24820", "23272"
FEE = Money(30_000)
MORNINGS = {day: ["07:00", "11:00"] for day in "12345"}


@pytest.fixture
def farmer(session, now):
    return makers.seller(session, now)


@pytest.fixture
def berries(session, now, farmer):
    return makers.strawberries(session, now, of=farmer)


@pytest.fixture
def zones(session, now, farmer):
    def deliver_to(*its, of=farmer):
        told = [Zone(code, Money(fee), cooled) for code, fee, cooled in its]
        seller_id = makers.only(of.seller_ids)
        zoning.set_zones(session, actor=of, seller_id=seller_id, zones=told, now=now)

    return deliver_to


@pytest.fixture
def point(session, now, farmer):
    def opened(hours=MORNINGS, unit_code=BAO_LOC):
        return zoning.open_point(
            session,
            actor=farmer,
            seller_id=makers.only(farmer.seller_ids),
            name="Sạp 12, chợ Bảo Lộc",
            unit_code=unit_code,
            address="45 Hồng Bàng",
            hours=hours,
            now=now,
        )

    return opened


@pytest.fixture
def quote(session, now):
    def asked(*things, to=LAM_VIEN, **way):
        basket = makers.basket_of(session, now, *things)
        return prices.quote(
            session,
            lines=baskets.lines(session, basket_id=basket.id),
            delivery=Delivery(unit_code=to, address=to and "12 Trần Phú", fee=FEE, **way),
            commission_basis_points=300,
            lang="vi",
            now=now,
        )

    return asked


def keeps(session, now, farmer, listing, **what):
    revision = Revision(**what)
    which = {"listing_id": listing.id, "revision": revision}
    listings.revise(session, actor=farmer, **which, now=now)
    session.flush()


def found(database, now, **filters):
    wanted = search.Search(filters=Filters(**filters))
    with database.read_engine.connect() as connection:
        hits = search.find(connection, wanted, lang="vi", after=None, limit=100, now=now)
    return {uuid_of(hit.row.id) for hit in hits}


def counted(database, now, **filters):
    wanted = search.Search(filters=Filters(**filters))
    with database.read_engine.connect() as connection:
        return search.counted(connection, wanted, today=clock.day_of(now)).total.many


class TestRoute:
    def test_takes_packing_alone_within_a_unit(self):
        assert geography.route(LAM_VIEN, LAM_VIEN) == (3, 0, False, True)

    def test_waits_for_the_ferry_to_the_island_and_back(self):
        there, back = geography.route(LAM_VIEN, PHU_QUY), geography.route(PHU_QUY, LAM_VIEN)

        assert there == back
        assert there.ferry
        to_the_harbour = geography.route(LAM_VIEN, HARBOUR)
        assert there.hours == to_the_harbour.hours + 15
        assert not to_the_harbour.ferry

    def test_needs_no_ferry_on_the_island(self):
        assert geography.route(PHU_QUY, PHU_QUY) == (3, 0, False, True)

    def test_is_longer_the_farther_it_is_and_within_a_day_on_land(self):
        codes = [unit.code for unit in geography.units() if unit.code != PHU_QUY]
        routes = [geography.route(LAM_VIEN, code) for code in codes]

        assert all(3 <= way.hours <= 24 and way.estimate for way in routes)
        assert max(routes, key=lambda way: way.km).hours > min(routes).hours

    def test_is_refused_to_nowhere(self):
        with pytest.raises(UnknownPlace):
            geography.route(LAM_VIEN, "00000")


class TestZones:
    def test_cost_what_the_seller_says(self, quote, berries, zones):
        zones((LAM_VIEN, 15_000, False), (BAO_LOC, 45_000, False))

        assert [part.delivery.minor for part in quote((berries, 500))] == [15_000]
        assert [part.delivery.minor for part in quote((berries, 500), to=BAO_LOC)] == [45_000]

    def test_show_the_least_before_anybody_asked_where_to(self, quote, berries, zones):
        zones((BAO_LOC, 45_000, False), (LAM_VIEN, 15_000, False))

        assert quote((berries, 500), to=None)[0].delivery.minor == 15_000

    def test_are_the_only_ones(self, quote, berries, zones):
        zones((BAO_LOC, 45_000, False))

        with pytest.raises(OutsideZone) as refusal:
            quote((berries, 500))

        facts = refusal.value.facts
        assert facts["listing_id"] == str(berries.id)
        assert facts["place"] == geography.unit(LAM_VIEN).name

    def test_do_not_keep_anybody_from_coming(self, quote, berries, farmer, zones):
        zones((BAO_LOC, 45_000, False))

        (part,) = quote((berries, 500), pick_up=farmer.seller_ids)

        assert (part.fulfilment, part.delivery.minor) == (Fulfilment.PICK_UP, 0)

    def test_are_everywhere_again_where_none_is_left(self, quote, berries, zones):
        zones((BAO_LOC, 45_000, False))
        zones()

        assert quote((berries, 500))[0].delivery == FEE

    def test_of_one_seller_are_nothing_to_another(self, session, now, quote, berries, zones):
        other = makers.strawberries(session, now, of=makers.seller(session, now))
        zones((LAM_VIEN, 15_000, False))

        parts = quote((berries, 500), (other, 500))

        assert {part.seller_id: part.delivery.minor for part in parts} == {
            berries.seller_id: 15_000,
            other.seller_id: FEE.minor,
        }

    def test_change_nothing_that_was_ordered(self, session, now, berries, zones):
        zones((LAM_VIEN, 15_000, False))
        group = makers.bought(session, now, (berries, 500))
        zones((BAO_LOC, 45_000, False))

        (order,) = orders.queries.of_group(session, group_id=group.id)
        assert (order.delivery_minor, group.total_minor) == (15_000, 15_000 + 90_000)
        assert order.total_minor == order.goods_minor + order.delivery_minor == group.total_minor

    def test_add_up_beside_a_seller_who_has_none(self, session, now, berries, zones):
        other = makers.strawberries(session, now, of=makers.seller(session, now))
        zones((LAM_VIEN, 17_777, False))

        group = makers.bought(session, now, (berries, 500), (other, 1_500))

        placed = orders.queries.of_group(session, group_id=group.id)
        lines = orders.queries.lines(session, order_ids=[order.id for order in placed])
        goods = sum(line.amount_minor for its in lines.values() for line in its)
        payments = collecting.of_group(session, group_id=group.id)
        assert goods + 17_777 + FEE.minor == sum(order.total_minor for order in placed)
        assert group.total_minor == goods + 17_777 + FEE.minor
        assert sum(payment.amount_minor for payment in payments) == group.total_minor

    def test_said_on_two_phones_at_once_are_those_of_one_of_them(self, real_database, now):
        with real_database.transaction() as session:
            farmer = makers.seller(session, now)
            makers.strawberries(session, now, of=farmer)
        seller_id, start = makers.only(farmer.seller_ids), Barrier(2)
        codes = [[unit.code for unit in geography.units()][at::2] for at in (0, 1)]

        def say(its):
            start.wait()
            told = [Zone(code, FEE) for code in its]
            with real_database.transaction() as session:
                zoning.set_zones(session, actor=farmer, seller_id=seller_id, zones=told, now=now)

        with ThreadPoolExecutor(2) as hands:
            list(hands.map(say, codes))

        with real_database.reading() as session:
            kept = list(delivering.zones_of(session, seller_ids=[seller_id])[seller_id])
            assert session.get_one(Organisation, seller_id).version == 3
        assert kept in codes

    @pytest.mark.parametrize(
        ("its", "refusal"),
        [
            ([(LAM_VIEN, 1, False), (LAM_VIEN, 2, False)], FieldInvalid),
            ([("00000", 1, False)], UnknownPlace),
            ([(LAM_VIEN, -1, False)], offers.PriceOutOfRange),
        ],
    )
    def test_that_cannot_be_are_refused(self, zones, its, refusal):
        with pytest.raises(refusal):
            zones(*its)

    def test_are_the_sellers_own(self, session, now, berries, zones):
        stranger = makers.seller(session, now)

        with pytest.raises(NotFound):
            zoning.set_zones(
                session, actor=stranger, seller_id=berries.seller_id, zones=[], now=now
            )

    def test_cost_a_basket_of_others_no_statement(self, session, now, quote, berries, queries):
        with queries.at_most(10) as plain:
            quote((berries, 500))

        assert not [each for each in plain if "delivery_zone" in each or "pickup_point" in each]


class TestShelfHours:
    def test_are_held_against_the_way(self, session, now, farmer, quote, berries):
        way = geography.route(berries.unit_code, BAO_LOC)
        keeps(session, now, farmer, berries, shelf_hours=way.hours)
        assert quote((berries, 500), to=BAO_LOC)

        keeps(session, now, farmer, berries, shelf_hours=way.hours - 1)
        with pytest.raises(Spoils) as refusal:
            quote((berries, 500), to=BAO_LOC)

        facts = refusal.value.facts
        assert facts["shelf_hours"] + 1 == facts["route_hours"] == way.hours
        assert facts["estimate"]
        assert facts["title"] == "Dâu tây hái sáng"

    def test_keep_goods_from_the_ferry_but_nobody_from_coming(
        self, session, now, farmer, quote, berries
    ):
        keeps(session, now, farmer, berries, shelf_hours=12)

        with pytest.raises(Spoils):
            quote((berries, 500), to=PHU_QUY)
        assert quote((berries, 500), to=PHU_QUY, pick_up=farmer.seller_ids)

    def test_none_is_long(self, session, now, farmer, quote, berries):
        keeps(session, now, farmer, berries, shelf_hours=1)
        keeps(session, now, farmer, berries, shelf_hours=0)

        assert quote((berries, 500), to=PHU_QUY)


class TestColdChain:
    @pytest.fixture
    def cold(self, session, now, farmer, berries):
        keeps(session, now, farmer, berries, cold_chain=True)
        return berries

    def test_is_not_kept_by_who_delivers_anywhere(self, quote, cold):
        with pytest.raises(NotCooled):
            quote((cold, 500))

    def test_is_kept_where_the_seller_says_so(self, quote, cold, zones):
        zones((LAM_VIEN, 15_000, True), (BAO_LOC, 45_000, False))

        assert quote((cold, 500))[0].lines[0].snapshot["cold_chain"]
        with pytest.raises(NotCooled):
            quote((cold, 500), to=BAO_LOC)

    def test_keeps_nobody_from_coming(self, quote, cold):
        assert quote((cold, 500), pick_up=frozenset({cold.seller_id}))


class TestPoints:
    def test_are_kept_with_the_order(self, session, now, farmer, quote, berries, point):
        where = point()

        (part,) = quote((berries, 500), to=None, points=frozenset({where.id}))

        assert (part.fulfilment, part.delivery.minor) == (Fulfilment.PICK_UP, 0)
        assert part.address["pickup"] == {"name": where.name, "hours": MORNINGS}
        assert (part.address["line"], part.address["unit_code"]) == ("45 Hồng Bàng", BAO_LOC)

    def test_closed_are_refused(self, session, now, farmer, quote, berries, point):
        where = point()
        ids = {"seller_id": berries.seller_id, "point_id": where.id}
        zoning.close_point(session, actor=farmer, **ids, now=now)
        session.expire_all()

        with pytest.raises(PointClosed):
            quote((berries, 500), points=frozenset({where.id}))
        assert delivering.points_of(session, seller_ids=[berries.seller_id]) == []
        with pytest.raises(NotFound):
            zoning.close_point(session, actor=farmer, **ids, now=now)

    def test_of_nobody_are_refused(self, quote, berries):
        with pytest.raises(PointClosed):
            quote((berries, 500), points=frozenset({berries.id}))

    def test_of_somebody_else_send_nobody_there(self, session, now, quote, point):
        point()
        other = makers.strawberries(session, now, of=makers.seller(session, now))

        (part,) = quote((other, 500), points=frozenset({point().id}))

        assert part.fulfilment is Fulfilment.DELIVERY

    @pytest.mark.parametrize(
        "hours",
        [
            {},
            {"1": ["11:00", "07:00"]},
            {"1": ["07:00", "07:00"]},
            {"8": ["07:00", "11:00"]},
            {"1": ["7:00", "11:00"]},
            {"1": ["07:00", "24:30"]},
            {"1": ["07:00"]},
            {"1": ["07:00", "08:00", "09:00"]},
        ],
    )
    def test_open_before_they_close(self, point, hours):
        with pytest.raises(FieldInvalid):
            point(hours)


class TestLandedCost:
    def landed(self, parts, ratio=3_000):
        return [delivering.landed(part, warning_basis_points=ratio) for part in parts]

    def test_is_told_and_warns_above_the_ratio_only(self, session, now, farmer, quote):
        (just,) = self.landed(
            quote((makers.strawberries(session, now, of=farmer, price=200_000), 500))
        )
        (above,) = self.landed(
            quote((makers.strawberries(session, now, of=farmer, price=199_998), 500))
        )

        assert (just.basis_points, just.quantity) == (3_000, None)
        assert (above.basis_points, above.quantity.value) == (3_001, 1_000)

    def test_of_several_lines_tells_the_sum(self, session, now, farmer, quote, berries):
        cheap = makers.strawberries(session, now, of=farmer, price=2_000)

        (landed,) = self.landed(quote((berries, 500), (cheap, 500)))

        assert (landed.goods.minor, landed.quantity) == (100_000, None)

    def test_is_nothing_where_nothing_is_carried(self, quote, berries, farmer):
        assert self.landed(quote((berries, 500), pick_up=farmer.seller_ids)) == [None]

    @given(
        price=st.integers(1, 300).map(lambda thousands: thousands * 1_000),
        halves=st.integers(1, 20),
        fee=st.integers(1, 200_000),
        ratio=st.integers(1, 10_000),
    )
    def test_names_the_least_that_is_sensible(self, price, halves, fee, ratio):
        def part(steps):
            quantity = makers.Quantity(steps * 500, 3, "KGM")
            line = SimpleNamespace(quantity=quantity, increment=500)
            return SimpleNamespace(
                lines=(line,), delivery=Money(fee), goods=Money(steps * price // 2)
            )

        landed = delivering.landed(part(halves), warning_basis_points=ratio)

        within = fee * 10_000 <= ratio * part(halves).goods.minor
        assert (landed.quantity is None) == within
        if not within:
            steps = landed.quantity.value // 500
            assert fee * 10_000 <= ratio * part(steps).goods.minor
            assert fee * 10_000 > ratio * part(steps - 1).goods.minor


class TestFacet:
    def test_finds_what_reaches_a_unit_and_nothing_else(self, session, database, now, quote, zones):
        chance = Random(7)
        made = {}
        codes = [LAM_VIEN, BAO_LOC, PHU_QUY, HARBOUR]
        for number in range(12):
            farmer = makers.seller(session, now)
            listing = makers.strawberries(session, now, of=farmer)
            what = {"cold_chain": number % 3 == 0, "shelf_hours": chance.choice([0, 5, 9, 40])}
            keeps(session, now, farmer, listing, **what)
            its = chance.sample(codes, chance.randrange(4))
            zones(*((code, 20_000, chance.random() < 0.5) for code in its), of=farmer)
            search.refresh(session, subject_id=listing.id)
            made[listing.id] = listing
        visit, _ = makers.tour(session, now, of=makers.seller(session, now))
        search.refresh(session, subject_id=visit.id)
        session.flush()

        for code in codes:
            reached = {visit.id}
            for listing in made.values():
                try:
                    quote((listing, 500), to=code)
                except (OutsideZone, NotCooled, Spoils):
                    continue
                reached.add(listing.id)
            assert found(database, now, delivers_to=code) == reached
            assert counted(database, now, delivers_to=code) == len(reached)

    def test_follows_the_zones(self, session, database, now, berries, zones):
        search.refresh(session, subject_id=berries.id)
        assert found(database, now, delivers_to=BAO_LOC) == {berries.id}

        zones((LAM_VIEN, 15_000, False))

        assert found(database, now, delivers_to=BAO_LOC) == set()
        assert found(database, now, delivers_to=LAM_VIEN, seller_id=berries.seller_id) == {
            berries.id
        }

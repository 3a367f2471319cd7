"""The demo world's facts fit together and fit the market."""

import unicodedata
from collections import Counter
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

import pytest

from api.simulation import facts
from api.simulation.facts_prices import PRICES
from catalog import categories
from catalog.categories import Sold
from catalog.models import ReferencePrice
from catalog.reference_prices import questioned
from market import geography
from market.accounts.models import OrganisationKind
from market.money import Money

PERSONS = {person.key for person in facts.PEOPLE} | {buyer.person.key for buyer in facts.BUYERS}
SELLERS = {seller.key: seller for seller in facts.SELLERS}
MARKS = {mark.key for mark in facts.MARKS}

EACH_GOODS = pytest.mark.parametrize("goods", facts.GOODS, ids=lambda found: found.key)
EACH_VISIT = pytest.mark.parametrize("visit", facts.VISITS, ids=lambda found: found.key)


def words(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [word for item in value for word in words(item)]
    if is_dataclass(value):
        return [word for field in fields(value) for word in words(getattr(value, field.name))]
    return []


class TestWorld:
    def test_is_big_enough_to_be_lively(self) -> None:
        assert len(facts.GOODS) >= 24
        assert len(facts.VISITS) >= 10
        assert len(facts.SELLERS) >= 14
        assert len(facts.COOPERATIVES) == 3
        assert len(facts.BUYERS) == 12

    @pytest.mark.parametrize(
        "table",
        [facts.PEOPLE, facts.SELLERS, facts.COOPERATIVES, facts.GOODS, facts.VISITS, facts.MARKS],
    )
    def test_names_each_thing_once(self, table: tuple[Any, ...]) -> None:
        assert max(Counter(thing.key for thing in table).values()) == 1

    def test_reaches_all_three_former_provinces(self) -> None:
        places = {seller.commune for seller in facts.SELLERS}

        assert {geography.unit(place).former_province for place in places} == {
            "Lâm Đồng",
            "Đắk Nông",
            "Bình Thuận",
        }

    def test_casts_known_people_in_every_part_of_the_demo(self) -> None:
        assert set(facts.CAST.values()) <= PERSONS
        assert len(set(facts.CAST.values())) == len(facts.CAST) == 10

    def test_is_written_in_one_form_of_unicode(self) -> None:
        everything = words(
            (facts.PEOPLE, facts.SELLERS, facts.COOPERATIVES, facts.BUYERS, facts.GOODS)
        ) + words((facts.VISITS, facts.MARKS))

        assert all(unicodedata.is_normalized("NFC", text) for text in everything)


class TestOrganisations:
    @pytest.mark.parametrize("seller", facts.SELLERS, ids=lambda found: found.key)
    def test_sellers_have_people_a_place_and_something_to_offer(
        self, seller: facts.SellerFacts
    ) -> None:
        cooperatives = {cooperative.key for cooperative in facts.COOPERATIVES}
        offering = {goods.seller for goods in facts.GOODS}
        offering |= {visit.seller for visit in facts.VISITS}

        assert OrganisationKind(seller.kind) is not OrganisationKind.COOPERATIVE
        assert seller.people
        assert set(seller.people) <= PERSONS
        assert seller.cooperative is None or seller.cooperative in cooperatives
        assert geography.unit(seller.commune)
        assert seller.key in offering

    @pytest.mark.parametrize("cooperative", facts.COOPERATIVES, ids=lambda found: found.key)
    def test_cooperatives_have_members_and_three_people(
        self, cooperative: facts.CooperativeFacts
    ) -> None:
        posts = {cooperative.manager, cooperative.accountant, cooperative.weigh_master}
        members = [seller for seller in facts.SELLERS if seller.cooperative == cooperative.key]

        assert len(members) >= 3
        assert len(posts) == 3
        assert posts <= PERSONS
        assert 0 < cooperative.share_basis_points < 2000
        assert geography.unit(cooperative.commune)


class TestGoods:
    @EACH_GOODS
    def test_belong_to_a_seller_a_category_and_places(self, goods: facts.GoodsFacts) -> None:
        category = categories.get(goods.category)

        assert goods.seller in SELLERS
        assert category.kind is Sold.GOODS
        unit = ("H87", 0) if goods.piece_grams else (category.unit, category.scale)
        assert unit == (goods.unit, goods.scale)
        assert goods.communes
        assert all(geography.unit(commune) for commune in goods.communes)
        assert set(goods.marks) <= MARKS

    @EACH_GOODS
    def test_are_sold_in_packs_that_can_be_weighed(self, goods: facts.GoodsFacts) -> None:
        assert goods.minimum % goods.increment == 0
        assert goods.lot_size >= goods.minimum
        assert all(pack % goods.increment == 0 for pack in goods.packs)

    @EACH_GOODS
    def test_have_prices_a_season_and_texts_in_both_languages(
        self, goods: facts.GoodsFacts
    ) -> None:
        assert 1_000 <= goods.price_low <= goods.price_high
        assert set(goods.months) <= set(range(1, 13))
        assert goods.keeps_days >= 1
        assert all(words(goods.title) + words(goods.description))
        assert goods.title.vi != goods.title.en

    @EACH_GOODS
    def test_are_never_questioned_for_their_price(self, goods: facts.GoodsFacts) -> None:
        day, category = date(2026, 11, 24), categories.get(goods.category)

        for minor in PRICES.get(goods.category, ()):
            reference = ReferencePrice(
                price_minor=minor, currency="VND", unit=category.unit, day=day, source=""
            )
            least = Money(goods.price_low)
            assert questioned(least, goods.unit, reference, today=day) is None


class TestVisits:
    @EACH_VISIT
    def test_belong_to_a_seller_a_category_and_a_place(self, visit: facts.VisitFacts) -> None:
        assert visit.seller in SELLERS
        assert categories.get(visit.category).kind is Sold.VISIT
        assert geography.unit(visit.commune)
        assert set(visit.marks) <= MARKS

    @EACH_VISIT
    def test_have_hours_seats_and_prices(self, visit: facts.VisitFacts) -> None:
        assert visit.hours
        assert set(visit.weekdays) <= set(range(7))
        assert set(visit.months) <= set(range(1, 13))
        assert visit.seats >= 1
        assert visit.duration_minutes >= 30
        assert visit.cutoff_minutes >= 60
        assert visit.adult_price >= 10_000
        assert visit.child_price is None or visit.child_price < visit.adult_price

    @EACH_VISIT
    def test_have_texts_in_both_languages(self, visit: facts.VisitFacts) -> None:
        assert all(words((visit.title, visit.description, visit.meeting_point)))
        assert visit.title.vi != visit.title.en

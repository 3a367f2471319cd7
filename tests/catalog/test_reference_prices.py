"""Reference prices: kept by day, read as a board, and put to sellers who ask for far less."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from catalog import listings, reference_prices, reviewing
from catalog.listings import Revision
from catalog.models import Listing, ListingState, ReferencePrice
from catalog.reference_prices import Entry, PriceFarBelow, questioned
from market import clock
from market.accounts import SYSTEM
from market.audit import AuditEntry
from market.errors import Forbidden
from market.money import Money
from tests import makers

BERRIES = "produce.fruit.strawberry"


@pytest.fixture
def today(now):
    return clock.day_of(now)


@pytest.fixture
def enter(session, now, today):
    """Enter a figure of so many days ago."""

    def enter(minor, *, days_ago=0, actor=SYSTEM, **more):
        day = today - timedelta(days=days_ago)
        facts = {"category": BERRIES, "source": "Báo Lâm Đồng"} | more
        entry = Entry(price=Money(minor), day=day, **facts)
        reference_prices.enter(session, actor=actor, entries=[entry], now=now)

    return enter


@pytest.fixture
def told(session, now):
    return lambda **asked: reference_prices.told(session, now=now, **asked)


class TestEntering:
    def test_uses_the_products_usual_unit(self, enter, told):
        enter(180_000)
        enter(2_000, category="flowers.rose")

        assert [(each["category"], each["unit"]) for each in told()] == [
            ("flowers.rose", "H87"),
            (BERRIES, "KGM"),
        ]

    def test_a_day_again_replaces_the_figure_and_keeps_both_deeds(
        self, session, enter, told, today
    ):
        enter(180_000)
        enter(175_000, source="Trạm khuyến nông")

        (price,) = told()
        deeds = session.execute(select(AuditEntry.verb, AuditEntry.facts, AuditEntry.subject_id))
        (first, second) = deeds.all()
        assert (price["price"], price["source"]) == (Money(175_000), "Trạm khuyến nông")
        assert [each.facts["price_minor"] for each in (first, second)] == [180_000, 175_000]
        assert first.facts["day"] == str(today)
        assert first.subject_id == second.subject_id

    def test_notes_who_and_when(self, session, now, enter):
        enter(180_000)

        row = session.scalars(select(ReferencePrice)).one()
        assert (row.entered_by, row.entered_at) == (None, now)

    def test_counts_the_last_figure_of_a_day(self, session, now, today, told):
        entries = [
            Entry(category=BERRIES, price=Money(minor), day=today, source="Chợ")
            for minor in (1_000, 2_000)
        ]
        reference_prices.enter(session, actor=SYSTEM, entries=entries, now=now)

        assert [each["price"] for each in told()] == [Money(2_000)]

    def test_is_not_for_sellers(self, session, now, enter, told):
        with pytest.raises(Forbidden):
            enter(1, actor=makers.seller(session, now))

        assert told() == []


class TestTheBoard:
    def test_shows_the_newest_price_with_its_change(self, enter, told, today):
        enter(170_000, days_ago=5)
        enter(180_000)
        enter(150_000, category="coffee.green.arabica")

        coffee, berries = told()
        assert (berries["price"], berries["day"]) == (Money(180_000), today)
        assert berries["change"] == Money(10_000)
        assert coffee["change"] is None

    def test_compares_like_with_like(self, enter, told):
        enter(18_000_000, unit="TNE", days_ago=1)
        enter(180_000)

        assert told()[0]["change"] is None

    @pytest.mark.parametrize(("days", "stale"), [(14, False), (15, True)])
    def test_says_what_is_out_of_date(self, enter, told, days, stale):
        enter(180_000, days_ago=days)

        assert told()[0]["stale"] is stale

    def test_tells_one_products_span_from_the_newest_on(self, enter, told, today):
        for days_ago, minor in enumerate((180_000, 170_000, 175_000)):
            enter(minor, days_ago=days_ago)
        enter(1, category="flowers.rose")

        found = told(code=BERRIES, span=(today - timedelta(days=1), today))

        assert [(each["price"].minor, each["change"].minor) for each in found] == [
            (180_000, 10_000),
            (170_000, -5_000),
        ]


class TestAQuestion:
    def reference(self, today, **changes):
        facts = {"price_minor": 100_000, "currency": "VND", "unit": "KGM", "day": today}
        return ReferencePrice(source="Chợ", **facts | changes)

    @pytest.mark.parametrize(("minor", "asked"), [(59_999, True), (60_000, False)])
    def test_is_put_below_sixty_per_cent(self, today, minor, asked):
        found = questioned(Money(minor), "KGM", self.reference(today), today=today)

        assert (found is not None) is asked

    @pytest.mark.parametrize(
        ("minor", "unit", "reference"),
        [(59, "GRM", 100), (59_000_000, "TNE", 100_000_000), (59_000, "KGM", 100_000)],
    )
    def test_is_put_in_the_sellers_own_unit(self, today, minor, unit, reference):
        found = questioned(Money(minor), unit, self.reference(today), today=today)

        assert found == {
            "given": Money(minor),
            "reference": Money(reference),
            "source": "Chợ",
            "day": today,
        }

    @pytest.mark.parametrize("unit", ["BX", "H87", "LTR"])
    def test_is_not_put_about_another_kind_of_unit(self, today, unit):
        assert questioned(Money(1), unit, self.reference(today), today=today) is None

    def test_is_put_for_fourteen_days_and_needs_a_reference(self, today):
        for days, asked in ((14, True), (15, False)):
            reference = self.reference(today - timedelta(days=days))
            found = questioned(Money(1), "KGM", reference, today=today)
            assert (found is not None) is asked
        assert questioned(Money(1), "KGM", None, today=today) is None


class TestAnOffer:
    @pytest.fixture
    def farmer(self, session, now):
        return makers.seller(session, now)

    @pytest.fixture
    def berries(self, session, now, farmer):
        return makers.strawberries(session, now, of=farmer, price=100_000)

    @pytest.fixture
    def revise(self, session, now, farmer, berries):
        def revise(minor=None, **more):
            price = None if minor is None else Money(minor)
            return listings.revise(
                session,
                actor=farmer,
                listing_id=berries.id,
                revision=Revision(price=price, **more),
                now=now,
            )

        return revise

    @pytest.mark.parametrize("state", [ListingState.LIVE, ListingState.PAUSED])
    def test_is_questioned_when_its_price_falls_far(self, session, enter, berries, revise, state):
        berries.state = state
        enter(100_000)

        with pytest.raises(PriceFarBelow), session.begin_nested():
            revise(10_000)
        assert revise(10_000, price_is_meant=True).price_minor == 10_000

    def test_is_not_questioned_about_a_price_that_stays(self, enter, revise):
        enter(1_000_000)

        assert revise(100_000, texts={"vi": {"title": "Dâu"}}).price_minor == 100_000
        assert revise(texts={"vi": {"title": "Dâu tây"}}).price_minor == 100_000

    def test_is_questioned_as_a_draft_only_when_it_is_handed_in(
        self, session, now, enter, farmer, berries, revise
    ):
        berries.state = ListingState.DRAFT
        enter(100_000)
        assert revise(10_000).price_minor == 10_000
        step = {"actor": farmer, "kind": Listing, "offer_id": berries.id, "now": now}

        with pytest.raises(PriceFarBelow) as question, session.begin_nested():
            reviewing.submit(session, **step)

        assert question.value.facts["given"] == Money(10_000)
        assert reviewing.submit(session, price_is_meant=True, **step).state == ListingState.REVIEW

    def test_that_is_a_visit_has_no_reference(self, session, now, enter, farmer):
        enter(10**9)
        visit, _ = makers.tour(session, now, of=farmer)
        visit.state = ListingState.DRAFT
        session.flush()

        handed_in = reviewing.submit(
            session, actor=farmer, kind=type(visit), offer_id=visit.id, now=now
        )

        assert handed_in.state == ListingState.REVIEW

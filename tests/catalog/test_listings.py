"""Listings: drafted with or without goods, revised by one hand at a time, sold from lots."""

from datetime import date, timedelta

import pytest

from catalog import listings, offers
from catalog.categories import UnknownCategory
from catalog.listings import Goods, Reason, Revision, Window
from catalog.listings.drafting import Steps
from catalog.listings.stock import LotDiffers
from catalog.models import Listing, ListingState
from catalog.offers import WindowBackwards
from market import clock, texts, traceability
from market.accounts import NOBODY, Actor, Role
from market.errors import NotFound, Stale
from market.geography import UnknownPlace
from market.ids import normal_code, uuid7
from market.inventory import BelowClaims, Want
from market.money import Money
from market.quantity import OffIncrement, Quantity, UnknownUnit
from tests import makers

TITLE = {"vi": {"title": "Dâu tây"}}


@pytest.fixture
def farmer(session, now):
    return makers.seller(session, now)


@pytest.fixture
def draft(session, now, farmer):
    def make(*, actor=farmer, **changes):
        facts = {
            "seller_id": makers.only(farmer.seller_ids),
            "category_code": "produce.fruit.strawberry",
            "unit_code": makers.COMMUNE,
            "price": Money(180_000),
            "texts": TITLE,
        }
        return listings.draft(session, actor=actor, goods=Goods(**(facts | changes)), now=now)

    return make


def lots(session, listing, now):
    return listings.lots_of(session, listing_id=listing.id, now=now)


class TestDrafting:
    def test_takes_unit_and_increment_from_the_category(self, draft):
        listing = draft()

        assert (listing.unit, listing.scale, listing.increment, listing.minimum) == (
            "KGM",
            3,
            250,
            250,
        )

    def test_is_a_draft_that_only_its_seller_sees(self, session, now, farmer, draft):
        listing = draft()

        assert listing.state == ListingState.DRAFT
        for stranger in (NOBODY, makers.seller(session, now)):
            seen = session.scalars(offers.visible_to(stranger, Listing)).all()
            assert listing not in seen
        assert listing in session.scalars(offers.visible_to(farmer, Listing)).all()

    def test_makes_a_lot_with_a_printed_code_where_a_quantity_is_given(self, session, now, draft):
        listing = draft(quantity=Quantity(20_000, 3, "KGM"))

        (lot,) = lots(session, listing, now)
        assert lot.code == normal_code(lot.code)
        assert (lot.left, lot.harvest_day) == (20_000, clock.day_of(now))

    def test_keeps_the_id_that_the_phone_made(self, draft):
        name = uuid7()

        assert draft(id=name).id == name

    def test_refuses_an_id_that_is_taken(self, draft):
        name = uuid7()
        draft(id=name)

        with pytest.raises(offers.OfferExists):
            draft(id=name)

    def test_refuses_the_id_of_a_visit(self, session, now, draft):
        visit, _ = makers.tour(session, now, of=makers.seller(session, now))

        with pytest.raises(offers.OfferExists):
            draft(id=visit.id)

    def test_keeps_the_words_of_every_language(self, session, draft):
        words = {"vi": {"title": "Dâu", "description": "Ngọt"}, "en": {"title": "Berries"}}

        listing = draft(texts=words)

        assert texts.every(session, subject_ids=[listing.id])[listing.id] == words

    @pytest.mark.parametrize(
        ("changes", "refusal"),
        [
            ({"category_code": "produce.moon"}, UnknownCategory),
            ({"category_code": "experience.farm"}, offers.WrongCategory),
            ({"unit_code": "00001"}, UnknownPlace),
            ({"price": Money(0)}, offers.PriceOutOfRange),
            ({"price": Money(10**12 + 1)}, offers.PriceOutOfRange),
            ({"price": Money(5, "USD")}, offers.PriceOutOfRange),
            ({"texts": {"en": {"title": "Berries"}}}, offers.TitleMissing),
            ({"texts": {"vi": {"title": " "}}}, offers.TitleMissing),
            ({"texts": TITLE | {"tlh": {"title": "naH"}}}, offers.UnknownLanguage),
            ({"unit": "XYZ"}, UnknownUnit),
            ({"unit": "BX", "scale": 3}, UnknownUnit),
            ({"increment": 500, "minimum": 750}, Steps),
            ({"increment": 500, "minimum": 100}, Steps),
            ({"quantity": Quantity(20_100, 3, "KGM")}, OffIncrement),
            ({"quantity": Quantity(5, 0, "BX"), "unit": "KGM", "scale": 3}, LotDiffers),
            (
                {"window": Window(opens=date(2026, 12, 2), closes=date(2026, 12, 1))},
                WindowBackwards,
            ),
            ({"plot_id": uuid7(), "quantity": Quantity(1_000, 3, "KGM")}, NotFound),
            ({"seller_id": uuid7()}, NotFound),
        ],
    )
    def test_refuses_what_cannot_be_sold(self, draft, changes, refusal):
        with pytest.raises(refusal):
            draft(**changes)

    def test_takes_a_unit_that_the_goods_come_in(self, draft):
        listing = draft(quantity=Quantity(12, 0, "BX"))

        assert (listing.unit, listing.scale, listing.increment) == ("BX", 0, 1)


class TestRevising:
    def test_changes_what_is_given_and_nothing_else(self, session, now, farmer, draft):
        listing = draft(window=Window(opens=date(2026, 12, 1)))

        revised = listings.revise(
            session,
            actor=farmer,
            listing_id=listing.id,
            revision=Revision(
                version=listing.version, price=Money(200_000), texts={"en": {"title": "Berries"}}
            ),
            now=now,
        )

        assert (revised.price_minor, revised.harvest_from, revised.version) == (
            200_000,
            date(2026, 12, 1),
            2,
        )
        assert texts.every(session, subject_ids=[listing.id])[listing.id] == {
            "vi": {"title": "Dâu tây"},
            "en": {"title": "Berries"},
        }

    def test_refuses_a_version_that_somebody_changed(self, session, now, farmer, draft):
        listing = draft()
        change = {"actor": farmer, "listing_id": listing.id, "now": now}
        listings.revise(session, **change, revision=Revision(version=1, price=Money(2)))

        with pytest.raises(Stale):
            listings.revise(session, **change, revision=Revision(version=1, price=Money(3)))

    def test_takes_any_version_where_none_is_named(self, session, now, farmer, draft):
        listing = draft()

        revised = listings.revise(
            session,
            actor=farmer,
            listing_id=listing.id,
            revision=Revision(price=Money(2)),
            now=now,
        )

        assert revised.price_minor == 2

    def test_leaves_a_live_listing_live(self, session, now, farmer):
        listing = makers.strawberries(session, now, of=farmer)

        revised = listings.revise(
            session,
            actor=farmer,
            listing_id=listing.id,
            revision=Revision(version=listing.version, price=Money(190_000)),
            now=now,
        )

        assert revised.state == ListingState.LIVE

    def test_waits_while_a_moderator_looks(self, session, now, farmer, draft):
        listing = draft()
        listing.state = ListingState.REVIEW

        with pytest.raises(offers.WrongState):
            listings.revise(
                session,
                actor=farmer,
                listing_id=listing.id,
                revision=Revision(version=1, price=Money(2)),
                now=now,
            )

    def test_keeps_minimum_and_increment_in_step(self, session, now, farmer, draft):
        listing = draft()

        with pytest.raises(Steps):
            listings.revise(
                session,
                actor=farmer,
                listing_id=listing.id,
                revision=Revision(version=1, increment=300),
                now=now,
            )

    @pytest.mark.parametrize("stranger", [NOBODY, Actor(roles=frozenset({Role.MODERATOR}))])
    def test_is_for_the_seller_alone(self, session, now, draft, stranger):
        with pytest.raises(NotFound):
            listings.revise(
                session,
                actor=stranger,
                listing_id=draft().id,
                revision=Revision(version=1, price=Money(2)),
                now=now,
            )


class TestStock:
    def test_sells_the_oldest_harvest_first(self, session, now, farmer, draft):
        listing = draft()
        today = clock.day_of(now)
        for days in (0, 2, 1):
            listings.harvest(
                session,
                actor=farmer,
                listing_id=listing.id,
                quantity=Quantity(1_000, 3, "KGM"),
                harvest_day=today - timedelta(days=days),
                now=now,
            )

        days = [lot.harvest_day for lot in lots(session, listing, now)]

        assert days == [today - timedelta(days=ago) for ago in (2, 1, 0)]

    def test_shares_a_lot_between_two_listings(self, session, now, farmer, draft):
        first, second = draft(quantity=Quantity(1_000, 3, "KGM")), draft()
        (lot,) = lots(session, first, now)

        for _ in range(2):  # a second time changes nothing
            listings.add_lot(session, actor=farmer, listing_id=second.id, code=lot.code, now=now)

        assert lots(session, second, now) == [lot]

    def test_refuses_a_lot_of_something_else(self, session, now, farmer, draft):
        (apples,) = lots(
            session,
            draft(category_code="produce.fruit.avocado", quantity=Quantity(1_000, 3, "KGM")),
            now,
        )

        with pytest.raises(LotDiffers):
            listings.add_lot(
                session, actor=farmer, listing_id=draft().id, code=apples.code, now=now
            )

    def test_refuses_the_lot_of_another_farm(self, session, now, farmer, draft):
        theirs = makers.strawberries(session, now, of=makers.seller(session, now))
        (lot,) = lots(session, theirs, now)

        with pytest.raises(NotFound):
            listings.add_lot(session, actor=farmer, listing_id=draft().id, code=lot.code, now=now)

    def test_grows_and_shrinks_by_hand_with_a_reason(self, session, now, farmer, draft):
        listing = draft(quantity=Quantity(1_000, 3, "KGM"))
        change = {"actor": farmer, "listing_id": listing.id, "now": now}

        listings.restock(session, **change, change=500, reason=Reason.ADDED)
        (lot,) = listings.restock(session, **change, change=-1_000, reason=Reason.SPOILED)

        assert lot.left == 500

    def test_never_shrinks_below_what_is_promised(self, session, now, farmer, draft):
        listing = draft(quantity=Quantity(1_000, 3, "KGM"))
        (lot,) = lots(session, listing, now)
        makers.hold(
            session,
            owner_id=uuid7(),
            wants=[Want(resource_id=lot.lot_id, qty=750)],
            expires_at=now + timedelta(hours=1),
            now=now,
        )

        with pytest.raises(BelowClaims):
            listings.restock(
                session,
                actor=farmer,
                listing_id=listing.id,
                change=-500,
                reason=Reason.SPOILED,
                now=now,
            )

    @pytest.mark.parametrize("change", [0, 100, -100, 10**10])
    def test_changes_by_whole_increments(self, session, now, farmer, draft, change):
        listing = draft(quantity=Quantity(1_000, 3, "KGM"))

        with pytest.raises(OffIncrement):
            listings.restock(
                session,
                actor=farmer,
                listing_id=listing.id,
                change=change,
                reason=Reason.COUNTED,
                now=now,
            )

    def test_needs_a_lot_to_restock(self, session, now, farmer, draft):
        with pytest.raises(NotFound):
            listings.restock(
                session,
                actor=farmer,
                listing_id=draft().id,
                change=250,
                reason=Reason.ADDED,
                now=now,
            )

    def test_names_the_lot_in_the_story_of_the_boxes(self, session, now, draft):
        (lot,) = lots(session, draft(quantity=Quantity(1_000, 3, "KGM")), now)

        assert traceability.trace(session, code=lot.code).lot.declared == 1_000

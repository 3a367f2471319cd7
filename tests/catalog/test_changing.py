"""Changes of live offers that a cooperative wants to see first: proposed, decided, replaced."""

from datetime import date

import pytest

from api.wiring import CONSEQUENCES
from catalog import experiences, listings, reviewing
from catalog.listings import Revision, Window
from catalog.models import Grade, Listing, ListingState
from catalog.offers import PriceOutOfRange, UnknownLanguage
from market import cases, texts
from market.accounts.models import Organisation, Post
from market.cases.deciding import OwnCase
from market.cases.models import Case, CaseState
from market.errors import FieldInvalid, Forbidden, Stale
from market.money import Money
from market.notifications.telling import Notice
from tests import makers, people


@pytest.fixture
def farmer(session, now):
    return people.founder(session, now, verified=True)[0]


@pytest.fixture
def manager(session, now, farmer):
    manager, cooperative = people.cooperative_of(session, now, farmer)
    session.get_one(Organisation, cooperative).approves_changes = True
    session.flush()
    return manager


@pytest.fixture
def berries(session, now, farmer):
    return makers.strawberries(session, now, of=farmer)


@pytest.fixture
def revise(session, now, farmer, berries):
    def revising(actor=farmer, **changes):
        which = {"listing_id": berries.id, "revision": Revision(**changes)}
        return listings.revise(session, actor=actor, **which, now=now)

    return revising


@pytest.fixture
def decide(session, now, manager):
    def deciding(actor=manager, *, approved=True, reason=""):
        (case,) = waiting(session)
        which = {"case_id": case.id, "consequences": CONSEQUENCES}
        said = {"approved": approved, "reason": reason}
        return cases.decide(session, actor=actor, **which, **said, now=now)

    return deciding


def waiting(session):
    return session.query(Case).filter_by(state=CaseState.OPEN).all()


def title(session, offer):
    return texts.every(session, subject_ids=[offer.id])[offer.id]["vi"]["title"]


CHANGES = {
    "price": Money(200_000),
    "grade": Grade.B,
    "texts": {"vi": {"title": "Dâu New Zealand"}},
    "window": Window(opens=date(2026, 12, 1)),
}


class TestProposing:
    def test_changes_nothing_and_tells_the_managers(self, session, manager, berries, revise):
        revise(**CHANGES)

        (case,) = waiting(session)
        assert (berries.price_minor, title(session, berries)) == (180_000, "Dâu tây hái sáng")
        assert case.facts["before"] == {
            "price_minor": 180_000,
            "grade": None,
            "vi.title": "Dâu tây hái sáng",
            "harvest_from": None,
        }
        assert reviewing.waiting(session, offer_ids=[berries.id]) == {berries.id: case.number}
        told = session.query(Notice).filter_by(person_id=manager.person_id)
        assert "notice.change.proposed" in [notice.key for notice in told]

    def test_of_what_is_paused_too(self, session, now, manager, farmer, berries, revise):
        reviewing.pause(session, actor=farmer, kind=Listing, offer_id=berries.id, now=now)

        revise(price=Money(1_000))

        assert len(waiting(session)) == 1

    def test_is_replaced_by_the_next(self, session, manager, berries, revise):
        revise(price=Money(200_000))
        revise(price=Money(210_000))

        (case,) = waiting(session)
        assert case.facts["after"] == {"price_minor": 210_000}

    def test_of_nothing_new_leaves_what_waits(self, session, manager, revise):
        revise(price=Money(200_000))
        revise(price=Money(180_000))

        (case,) = waiting(session)
        assert case.facts["after"] == {"price_minor": 200_000}

    def test_refuses_what_could_never_be(self, manager, revise):
        with pytest.raises(PriceOutOfRange):
            revise(price=Money(0))
        with pytest.raises(UnknownLanguage):
            revise(texts={"xx": {"title": "-"}})

    def test_refuses_a_late_version(self, manager, revise):
        with pytest.raises(Stale):
            revise(version=99, price=Money(200_000))

    def test_is_not_asked_of_drafts_nor_of_who_decides(
        self, session, now, manager, farmer, berries, revise
    ):
        berries.state = ListingState.DRAFT
        session.flush()

        assert revise(price=Money(200_000)).price_minor == 200_000
        assert waiting(session) == []

    def test_is_not_asked_where_the_cooperative_does_not_want_to(
        self, session, now, farmer, berries, revise
    ):
        people.cooperative_of(session, now, farmer)

        assert revise(price=Money(200_000)).price_minor == 200_000

    def test_stock_and_pauses_are_the_sellers(self, session, now, manager, farmer, berries):
        which = {"actor": farmer, "now": now}
        reason = listings.Reason.COUNTED
        listings.restock(session, listing_id=berries.id, change=500, reason=reason, **which)
        reviewing.pause(session, kind=Listing, offer_id=berries.id, **which)
        reviewing.resume(session, kind=Listing, offer_id=berries.id, **which)

        assert waiting(session) == []

    def test_of_a_visit(self, session, now, manager, farmer, decide):
        visit, _ = makers.tour(session, now, of=farmer)
        revision = experiences.Revision(adult=Money(170_000), duration_minutes=90)
        which = {"experience_id": visit.id, "revision": revision}

        experiences.revise(session, actor=farmer, **which, now=now)
        assert visit.adult_minor == 150_000
        decide()

        assert (visit.adult_minor, visit.duration_minutes) == (170_000, 90)


class TestDeciding:
    def test_yes_makes_it_so(self, session, berries, revise, decide):
        version = revise(**CHANGES).version

        decide()

        assert (berries.price_minor, berries.grade) == (200_000, Grade.B)
        assert (berries.harvest_from, berries.version) == (date(2026, 12, 1), version + 1)
        assert title(session, berries) == "Dâu New Zealand"

    def test_no_changes_nothing_and_tells_why(self, session, farmer, berries, revise, decide):
        revise(**CHANGES)

        with pytest.raises(FieldInvalid):
            decide(approved=False)
        decide(approved=False, reason="Giá cao quá")

        assert berries.price_minor == 180_000
        told = session.query(Notice).filter_by(person_id=farmer.person_id).all()
        assert told[-1].params["reason"] == "Giá cao quá"

    def test_is_the_desks_too_but_no_strangers_nor_the_applicants(
        self, session, now, farmer, manager, berries, revise, decide
    ):
        revise(price=Money(200_000))
        cooperative = makers.only(manager.cooperative_ids)

        with pytest.raises(OwnCase):
            decide(farmer)
        with pytest.raises(Forbidden):
            decide(people.colleague(session, now, manager, cooperative, Post.ACCOUNTANT))
        decide(people.moderator(session, now))

        assert berries.price_minor == 200_000

    def test_refuses_what_is_no_longer_as_it_was(self, session, now, berries, revise, decide):
        revise(price=Money(200_000))
        berries.price_minor = 190_000
        session.flush()

        with pytest.raises(reviewing.MovedOn), session.begin_nested():
            decide()
        decide(approved=False, reason="Gửi lại")

        assert berries.price_minor == 190_000

    def test_holds_though_something_else_changed(self, session, berries, revise, decide):
        revise(price=Money(200_000))
        berries.grade = Grade.A
        session.flush()

        decide()

        assert (berries.price_minor, berries.grade) == (200_000, Grade.A)


def test_a_second_proposal_keeps_what_it_does_not_mention(session, manager, berries, revise):
    revise(price=Money(200_000))
    revise(texts={"vi": {"title": "Dâu mới"}})

    (case,) = waiting(session)
    assert case.facts["after"] == {"price_minor": 200_000, "vi.title": "Dâu mới"}

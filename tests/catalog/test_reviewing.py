"""The way to the shelf: handed in, decided, paused, resumed; always in step with what is found."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from catalog import offers, reviewing
from catalog.models import Experience, Listing, ListingState
from catalog.search.models import SearchDocument
from market import cases
from market.accounts import NOBODY, Actor, Role
from market.audit import AuditEntry
from market.cases.models import Case, CaseKind
from market.errors import NotFound
from market.ids import uuid7
from tests import makers

LATER = timedelta(hours=5)


@pytest.fixture
def farmer(session, now):
    return makers.seller(session, now)


@pytest.fixture(params=[Listing, Experience], ids=["goods", "visit"])
def draft(request, session, now, farmer):
    if request.param is Listing:
        offer = makers.strawberries(session, now, of=farmer)
    else:
        offer, _ = makers.tour(session, now, of=farmer)
    offer.state, offer.listed_at = ListingState.DRAFT, None
    session.flush()
    return offer


@pytest.fixture
def step(session, farmer, draft, now):
    def take(verb, *, actor=farmer, at=now):
        return verb(session, actor=actor, kind=type(draft), offer_id=draft.id, now=at)

    return take


@pytest.fixture
def decide(session, draft, now):
    def take(*, approved, at=now):
        moderator = Actor(
            person_id=makers.person(session, now).id, roles=frozenset({Role.MODERATOR})
        )
        case = session.scalars(
            select(Case).where(Case.subject_id == draft.id, Case.state == "open")
        ).one()
        cases.decide(
            session,
            actor=moderator,
            case_id=case.id,
            approved=approved,
            reason="" if approved else "Ảnh mờ",
            now=at,
            consequences={CaseKind.LISTING_REVIEW: reviewing.review_decided},
        )
        session.refresh(draft)
        return draft

    return take


def found(session):
    return session.scalars(select(SearchDocument.subject_id)).all()


class TestSubmitting:
    def test_opens_a_case_and_shows_nothing_yet(self, session, draft, step):
        assert step(reviewing.submit).state == ListingState.REVIEW

        case = session.scalars(select(Case)).one()
        assert (case.kind, case.subject_id, case.organisation_id) == (
            CaseKind.LISTING_REVIEW,
            draft.id,
            draft.seller_id,
        )
        assert found(session) == []

    def test_happens_once(self, step):
        step(reviewing.submit)

        with pytest.raises(offers.WrongState) as refusal:
            step(reviewing.submit)

        assert refusal.value.facts == {"state": "review"}

    @pytest.mark.parametrize("stranger", ["nobody", "another farmer", "a moderator"])
    def test_is_for_the_seller_alone(self, session, now, step, stranger):
        actor = {
            "nobody": NOBODY,
            "another farmer": makers.seller(session, now),
            "a moderator": Actor(roles=frozenset({Role.MODERATOR})),
        }[stranger]

        with pytest.raises(NotFound):
            step(reviewing.submit, actor=actor)


class TestDeciding:
    def test_puts_it_on_the_shelf(self, session, now, step, decide):
        step(reviewing.submit)

        offer = decide(approved=True)

        assert (offer.state, offer.listed_at) == (ListingState.LIVE, now)
        assert found(session) == [offer.id]

    def test_gives_it_back_to_be_made_better(self, session, step, decide):
        step(reviewing.submit)

        assert decide(approved=False).state == ListingState.DRAFT
        assert found(session) == []
        assert step(reviewing.submit).state == ListingState.REVIEW


class TestPausing:
    @pytest.fixture(autouse=True)
    def live(self, step, decide):
        step(reviewing.submit)
        decide(approved=True)

    def test_takes_it_off_the_shelf_and_out_of_what_is_found(self, session, step):
        assert step(reviewing.pause).state == ListingState.PAUSED
        assert found(session) == []

    def test_ends_in_the_old_place_on_the_shelf(self, session, now, draft, step):
        step(reviewing.pause)

        offer = step(reviewing.resume, at=now + LATER)

        assert (offer.state, offer.listed_at) == (ListingState.LIVE, now)
        assert found(session) == [draft.id]

    def test_needs_no_moderator(self, session, step):
        step(reviewing.pause)
        step(reviewing.resume)

        assert session.scalars(select(Case.state)).all() == ["approved"]

    def test_does_not_start_from_elsewhere(self, step):
        with pytest.raises(offers.WrongState):
            step(reviewing.resume)

    def test_raises_the_version_and_leaves_a_note(self, session, draft, step):
        before = draft.version

        step(reviewing.pause)

        verbs = session.scalars(select(AuditEntry.verb).order_by(AuditEntry.number)).all()
        assert draft.version == before + 1
        assert verbs[-1] == f"{type(draft).__tablename__}.paused"


def test_what_is_not_there_is_not_found(session, now, farmer):
    with pytest.raises(NotFound):
        reviewing.pause(session, actor=farmer, kind=Listing, offer_id=uuid7(), now=now)

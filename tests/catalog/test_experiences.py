"""Visits: drafted by a host, with departures that are full, closed, cancelled or open."""

from datetime import timedelta

import pytest

from catalog import experiences, offers
from catalog.experiences import BadSeats, BadStart, DepartureExists, Revision, Visit
from catalog.models import Experience, ListingState
from market import inventory, texts
from market.accounts import NOBODY
from market.errors import NotFound, Stale
from market.ids import uuid7
from market.money import Money
from tests import makers

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def host(session, now):
    return makers.seller(session, now, kind="host", name="Nhà Gió")


@pytest.fixture
def draft(session, now, host):
    def make(**changes):
        facts = {
            "seller_id": makers.only(host.seller_ids),
            "category_code": "experience.farm.picking",
            "unit_code": makers.COMMUNE,
            "duration_minutes": 120,
            "cutoff_minutes": 60,
            "adult": Money(150_000),
            "texts": {"vi": {"title": "Hái dâu"}},
        }
        return experiences.draft(session, actor=host, visit=Visit(**(facts | changes)), now=now)

    return make


@pytest.fixture
def opened(session, now, host):
    def make(experience, *starts, seats=8, actor=host):
        return experiences.open_departures(
            session,
            actor=actor,
            experience_id=experience.id,
            starts=starts,
            seats=seats,
            now=now,
        )

    return make


class TestDrafting:
    def test_is_a_draft_for_adults_until_a_childs_price_is_given(self, session, draft):
        experience = draft()

        assert (experience.state, experience.child_minor) == (ListingState.DRAFT, None)
        assert texts.every(session, subject_ids=[experience.id])[experience.id] == {
            "vi": {"title": "Hái dâu"}
        }

    def test_lets_children_come_free(self, draft):
        assert draft(child=Money(0)).child_minor == 0

    @pytest.mark.parametrize(
        ("changes", "refusal"),
        [
            ({"category_code": "produce.fruit"}, offers.WrongCategory),
            ({"adult": Money(0)}, offers.PriceOutOfRange),
            ({"child": Money(-1)}, offers.PriceOutOfRange),
            ({"texts": {}}, offers.TitleMissing),
            ({"seller_id": uuid7()}, NotFound),
        ],
    )
    def test_refuses_what_is_no_visit(self, draft, changes, refusal):
        with pytest.raises(refusal):
            draft(**changes)

    def test_refuses_an_id_that_is_taken(self, draft):
        name = draft().id

        with pytest.raises(offers.OfferExists):
            draft(id=name)

    def test_refuses_the_id_of_goods_and_leaves_their_words(self, session, now, draft):
        goods = makers.strawberries(session, now, of=makers.seller(session, now))
        before = texts.every(session, subject_ids=[goods.id])

        with pytest.raises(offers.OfferExists):
            draft(id=goods.id, texts={"vi": {"title": "Bị chiếm"}, "en": {"title": "Taken"}})

        assert texts.every(session, subject_ids=[goods.id]) == before


class TestRevising:
    def test_changes_what_is_given(self, session, now, host, draft):
        revised = experiences.revise(
            session,
            actor=host,
            experience_id=draft().id,
            revision=Revision(version=1, child=Money(0), duration_minutes=90),
            now=now,
        )

        assert (revised.adult_minor, revised.child_minor, revised.duration_minutes) == (
            150_000,
            0,
            90,
        )

    def test_refuses_an_old_version(self, session, now, host, draft):
        with pytest.raises(Stale):
            experiences.revise(
                session,
                actor=host,
                experience_id=draft().id,
                revision=Revision(version=7, adult=Money(5)),
                now=now,
            )

    def test_is_for_the_host_alone(self, session, now, draft):
        with pytest.raises(NotFound):
            experiences.revise(
                session,
                actor=NOBODY,
                experience_id=draft().id,
                revision=Revision(version=1, adult=Money(5)),
                now=now,
            )


class TestDepartures:
    def test_gives_every_start_its_own_seats(self, session, now, draft, opened):
        experience = draft()

        departures = opened(experience, now + 2 * DAY, now + DAY)

        cells = [(experience.resource_id, departure.bucket) for departure in departures]
        assert list(inventory.free(session, cells=cells, now=now).values()) == [8, 8]
        assert [departure.cutoff_at for departure in departures] == [
            now + DAY - HOUR,
            now + 2 * DAY - HOUR,
        ]

    def test_starts_once_at_a_moment(self, now, draft, opened):
        experience = draft()
        opened(experience, now + DAY)

        with pytest.raises(DepartureExists):
            opened(experience, now + DAY)

    @pytest.mark.parametrize("ahead", [-DAY, timedelta(0), HOUR, 400 * DAY])
    def test_starts_after_the_cut_off_and_within_a_year(self, now, draft, opened, ahead):
        with pytest.raises(BadStart):
            opened(draft(), now + ahead)

    @pytest.mark.parametrize("seats", [0, -1, 501])
    def test_has_a_number_of_seats_that_can_be(self, now, draft, opened, seats):
        with pytest.raises(BadSeats):
            opened(draft(), now + DAY, seats=seats)

    def test_takes_no_more_guests_once_cancelled(self, session, now, host, draft, opened):
        experience = draft()
        (departure,) = opened(experience, now + DAY)

        experiences.cancel_departure(session, actor=host, departure_id=departure.id, now=now)

        cell = (experience.resource_id, departure.bucket)
        assert inventory.free(session, cells=[cell], now=now) == {cell: 0}

    def test_is_not_for_another_host(self, session, now, draft, opened):
        experience = draft()
        other = makers.seller(session, now)
        (departure,) = opened(experience, now + DAY)

        with pytest.raises(NotFound):
            opened(experience, now + 2 * DAY, actor=other)
        with pytest.raises(NotFound):
            experiences.cancel_departure(session, actor=other, departure_id=departure.id, now=now)


def test_a_draft_is_seen_by_its_host_alone(session, now, host, draft):
    experience = draft()

    assert session.scalars(offers.visible_to(NOBODY, Experience)).all() == []
    assert session.scalars(offers.visible_to(host, Experience)).all() == [experience]

"""What hosts say of options: added, revised and closed, with everything that must fit together."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from catalog import experiences, offering, offers, options
from catalog.booking_models import ExperienceOption
from catalog.models import Experience, ListingState
from market import inventory, texts
from market.errors import MarketError, NotFound, Stale
from market.ids import uuid7
from market.inventory.models import ResourceKind
from market.money import Money
from tests import makers
from tests.visits import guesthouse

NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)
ADULT = {"type": "adult", "price": 200_000, "pax": 1}
CHILD = {"type": "child", "price": 0, "pax": 1, "accompanied_by": ["adult"], "max_age": 11}
DAY = timedelta(days=1)
CHRISTMAS = {"from": "2026-12-24", "until": "2026-12-26", "prices": {"adult": 300_000}}


@pytest.fixture
def host(session):
    return makers.seller(session, NOW)


@pytest.fixture
def tour(session, host):
    return makers.tour(session, NOW, of=host)[0]


@pytest.fixture
def revise(session, host, tour):
    def do(**said):
        which: Any = {"actor": host, "option_id": tour.id}
        return offering.revise(session, **which, said=said, now=NOW)

    return do


def boat_of(session, host, *, places: int = 12) -> UUID:
    its: Any = {"kind": ResourceKind.VEHICLE, "owner_id": makers.only(host.seller_ids)}
    return inventory.open_resource(
        session, **its, name="Hải Âu", places=places, turnaround_minutes=30
    )


class TestRevising:
    def test_keeps_what_was_said(self, revise):
        said = {"units": [ADULT, CHILD], "seasons": [CHRISTMAS], "minimum_guests": 4}
        tiers = [{"hours": 48, "percent": 100}, {"hours": 24, "percent": 50}]

        option = revise(**said, tiers=tiers, approves=True)

        assert {name: getattr(option, name) for name in said} == said
        assert (option.tiers, option.approves) == (tiers, True)

    def test_keeps_the_card_in_step(self, session, tour, revise):
        before = tour.version

        revise(units=[ADULT, CHILD], duration_minutes=90, cutoff_minutes=30)

        session.refresh(tour)
        assert (tour.adult_minor, tour.child_minor) == (200_000, 0)
        assert (tour.duration_minutes, tour.cutoff_minutes) == (90, 30)
        assert tour.version > before

    def test_takes_the_childs_price_off_the_card(self, session, tour, revise):
        revise(units=[ADULT])

        session.refresh(tour)
        assert tour.child_minor is None

    def test_and_the_card_keep_each_other_in_step(self, session, host, tour, revise):
        revise(units=[ADULT, {**CHILD, "price": 50_000}])
        change = experiences.Revision(adult=Money(210_000))
        which: Any = {"experience_id": tour.id, "revision": change}

        experiences.revise(session, actor=host, **which, now=NOW)

        option = session.get_one(ExperienceOption, tour.id)
        assert [unit["price"] for unit in option.units] == [210_000, 50_000]
        assert option.units[1]["accompanied_by"] == ["adult"]

    @pytest.mark.parametrize(
        ("said", "code"),
        [
            ({"units": []}, "option.unit_twice"),
            ({"units": [ADULT, {**ADULT, "price": 1}]}, "option.unit_twice"),
            ({"units": [{**ADULT, "type": "room"}]}, "option.wrong_unit"),
            ({"units": [{**CHILD, "price": 1}]}, "option.companion"),
            ({"units": [ADULT, {**CHILD, "accompanied_by": ["child"]}]}, "option.companion"),
            ({"units": [ADULT, {**CHILD, "accompanied_by": ["senior"]}]}, "option.companion"),
            ({"units": [{**ADULT, "price": 0}]}, "price.out_of_range"),
            ({"units": [{**ADULT, "price": -1}]}, "price.out_of_range"),
            ({"units": [{**ADULT, "price": 10**18}]}, "price.out_of_range"),
            ({"units": [{**ADULT, "pax": 0}]}, "field.range"),
            ({"units": [{**ADULT, "pax": 10**9}]}, "field.range"),
            ({"units": [{**ADULT, "min_age": 12, "max_age": 11}]}, "option.reversed"),
            ({"units": [{**ADULT, "least": 3, "most": 2}]}, "option.reversed"),
            ({"seasons": [{**CHRISTMAS, "until": "2026-12-23"}]}, "option.reversed"),
            ({"seasons": [{**CHRISTMAS, "prices": {"senior": 1}}]}, "option.season_units"),
            ({"seasons": [{**CHRISTMAS, "prices": {}}]}, "option.season_units"),
            ({"seasons": [{**CHRISTMAS, "prices": {"adult": 0}}]}, "price.out_of_range"),
            ({"seasons": [CHRISTMAS] * 201}, "field.too_many"),
            ({"tiers": [{"hours": 1, "percent": 50}] * 2}, "option.tiers_order"),
            ({"tiers": [{"hours": 1, "percent": 101}]}, "field.range"),
            ({"tiers": [{"hours": -1, "percent": 1}]}, "field.range"),
            ({"minimum_guests": 10**9}, "field.range"),
            ({"least_units": 5, "most_units": 4}, "option.reversed"),
            ({"duration_minutes": 0}, "field.range"),
            ({"cutoff_minutes": -1}, "field.range"),
            ({"asset_ids": [uuid7()]}, "option.asset"),
        ],
    )
    def test_refuses_what_cannot_be_sold(self, session, revise, said, code):
        with session.no_autoflush, pytest.raises(MarketError) as refused:
            revise(**said)
        assert code in {refused.value.code, refused.value.facts.get("reason")}

    def test_is_for_the_host_alone_and_the_version_that_was_seen(self, session, host, tour):
        stranger = makers.seller(session, NOW)
        which: Any = {"option_id": tour.id, "said": {"approves": True}, "now": NOW}

        with pytest.raises(NotFound):
            offering.revise(session, actor=stranger, **which)
        with pytest.raises(Stale):
            offering.revise(session, actor=host, version=9, **which)

    def test_waits_for_the_moderator(self, tour, revise):
        tour.state = ListingState.REVIEW

        with pytest.raises(offers.WrongState):
            revise(approves=True)

    def test_of_a_stay_keeps_its_rooms(self, session):
        option = guesthouse(session, NOW)
        seller = session.get_one(Experience, option.id).seller_id
        actor = replace(makers.seller(session, NOW), seller_ids=frozenset({seller}))
        room = {"type": "room", "price": 500_000, "pax": 2}

        offering.revise(session, actor=actor, option_id=option.id, said={"units": [room]}, now=NOW)

        assert session.get_one(Experience, option.id).adult_minor == 500_000


class TestAdding:
    def test_begins_as_the_first_with_seats_of_its_own(self, session, host, tour, revise):
        revise(tiers=[{"hours": 24, "percent": 100}], approves=True, seasons=[CHRISTMAS])
        which: Any = {"actor": host, "experience_id": tour.id, "now": NOW}
        words = {"vi": {"option": "Riêng nhóm"}, "en": {"option": "Private"}}
        group = {"type": "group", "price": 1_500_000, "pax": 10}

        option = offering.add(session, **which, said={"units": [group]}, words=words)

        assert (option.position, option.approves, option.units) == (1, True, [group])
        assert option.seasons == []
        assert option.resource_id != tour.resource_id
        assert texts.every(session, subject_ids=[option.id])[option.id] == words
        assert options.of_experience(session, experience_id=tour.id)[1] is option

    def test_needs_a_name(self, session, host, tour):
        which: Any = {"actor": host, "experience_id": tour.id, "now": NOW}

        with pytest.raises(offers.TitleMissing):
            offering.add(session, **which, said={}, words={"en": {"option": "Private"}})

    def test_and_closing_leaves_the_first(self, session, host, tour):
        which: Any = {"actor": host, "experience_id": tour.id, "now": NOW}
        option = offering.add(session, **which, said={}, words={"vi": {"option": "Riêng"}})
        start = [NOW + timedelta(days=2)]
        its: Any = {"experience_id": tour.id, "starts": start, "seats": 4}
        (departure,) = experiences.open_departures(
            session, actor=host, **its, option_id=option.id, now=NOW
        )

        offering.close(session, actor=host, option_id=option.id, now=NOW)

        cell = (departure.resource_id, departure.bucket)
        assert inventory.free(session, cells=[cell], now=NOW) == {cell: 0}
        assert [each.id for each in options.of_experience(session, experience_id=tour.id)] == [
            tour.id
        ]
        with pytest.raises(NotFound):
            offering.close(session, actor=host, option_id=option.id, now=NOW)
        with pytest.raises(offering.FirstStays):
            offering.close(session, actor=host, option_id=tour.id, now=NOW)


class TestAssets:
    def test_given_later_can_be_claimed_for_what_is_coming(self, session, host, tour, revise):
        departure = makers.tour(session, NOW, of=host)[1]
        which: Any = {"actor": host, "option_id": departure.option_id, "now": NOW}
        offering.revise(session, **which, said={"asset_ids": [boat_of(session, host)]})

        makers.bought(session, NOW, (departure, 2))

        assert inventory.drift(session) == []

    def test_of_others_are_refused(self, session, host, revise):
        with pytest.raises(MarketError) as refused:
            revise(asset_ids=[boat_of(session, makers.seller(session, NOW))])
        assert refused.value.facts["reason"] == "option.asset"


class TestTooFew:
    def test_names_those_that_some_but_too_few_have_booked(self, session, host):
        few, enough, empty = (makers.tour(session, NOW, of=host)[1] for _ in range(3))
        for departure in (few, enough, empty):
            option = session.get_one(ExperienceOption, departure.option_id)
            option.minimum_guests = 4
        for departure, count in ((few, 3), (enough, 4)):
            where: Any = {"resource_id": departure.resource_id, "bucket": departure.bucket}
            want = inventory.Want(**where, qty=count)
            owner = uuid7()
            makers.hold(session, owner_id=owner, wants=[want], expires_at=NOW + 2 * DAY, now=NOW)
            inventory.sell(session, owner_ids=[owner], now=NOW)
        late = few.cutoff_at + timedelta(minutes=1)

        assert options.too_few(session, now=few.cutoff_at - timedelta(minutes=1)) == []
        assert options.too_few(session, now=late) == [few.id]
        assert options.too_few(session, now=late + DAY) == []

"""The calendar of an experience: what is left on a day, what it costs, and whose boat is taken."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from catalog import experiences, offering
from catalog.models import ListingState
from catalog.shelves import calendar, visits
from market.accounts import NOBODY
from tests import makers
from tests.catalog.test_offering import ADULT, CHRISTMAS, boat_of

NOW = datetime(2026, 12, 20, 3, tzinfo=UTC)
TODAY, HOUR = date(2026, 12, 20), timedelta(hours=1)


@pytest.fixture
def host(session):
    return makers.seller(session, NOW)


@pytest.fixture
def tour(session, host):
    """With ten seats tomorrow at 10:00."""
    return makers.tour(session, NOW, of=host)


@pytest.fixture
def days(session):
    def read(experience, count=7, actor=NOBODY, first=TODAY) -> dict[UUID, list[calendar.Day]]:
        its: Any = {"experience_id": experience.id, "actor": actor, "first": first, "days": count}
        return calendar.of_experience(session.connection(), **its, now=NOW)

    return read


def opened(session, host, experience, *starts, option_id=None):
    its: Any = {"experience_id": experience.id, "starts": starts, "option_id": option_id}
    return experiences.open_departures(session, actor=host, **its, seats=10, now=NOW)


class TestDays:
    def test_tell_what_is_left_of_all_starts(self, session, host, tour, days):
        experience, departure = tour
        opened(session, host, experience, departure.starts_at + 4 * HOUR)
        makers.bought(session, NOW, (departure, 4))

        (its,) = days(experience).values()

        assert (its[1].day, its[1].status, its[1].left) == (date(2026, 12, 21), "available", 16)

    def test_are_limited_sold_out_or_closed(self, session, host, tour, days):
        experience, departure = tour

        def status() -> str:
            return days(experience)[experience.id][1].status

        said = [status()]
        for count in (5, 1, 4):
            makers.bought(session, NOW, (departure, count))
            said.append(status())
        experiences.cancel_departure(session, actor=host, departure_id=departure.id, now=NOW)

        assert [*said, status()] == ["available", "available", "limited", "sold-out", "closed"]
        assert {
            day.status for at, day in enumerate(days(experience)[experience.id]) if at != 1
        } == {"closed"}

    def test_cost_what_the_season_says(self, session, host, tour, days):
        experience, _ = tour
        said = {"units": [ADULT], "seasons": [CHRISTMAS]}
        offering.revise(session, actor=host, option_id=experience.id, said=said, now=NOW)

        prices = [day.prices["adult"] for day in days(experience)[experience.id]]

        assert prices == [200_000] * 4 + [300_000] * 3

    def test_are_of_each_option_that_is_open(self, session, host, tour, days):
        experience, departure = tour
        which: Any = {"actor": host, "experience_id": experience.id, "now": NOW}
        more = offering.add(session, **which, said={}, words={"vi": {"option": "Riêng"}})
        opened(session, host, experience, departure.starts_at, option_id=more.id)

        assert [its[1].left for its in days(experience).values()] == [10, 10]
        offering.close(session, actor=host, option_id=more.id, now=NOW)
        assert list(days(experience)) == [experience.id]

    def test_of_a_draft_are_its_hosts_to_see(self, session, host, tour, days):
        experience, _ = tour
        experience.state = ListingState.DRAFT
        session.flush()

        assert days(experience) == {}
        assert list(days(experience, actor=host)) == [experience.id]

    def test_may_lie_at_the_ends_of_time(self, tour, days):
        for first in (date(2000, 1, 1), date(2100, 12, 31)):
            assert {day.status for day in days(tour[0], 62, first=first)[tour[0].id]} == {"closed"}


class TestBoats:
    def test_that_serve_another_leave_nothing(self, session, host, days):
        boat = boat_of(session, host, places=8)
        tours = [makers.tour(session, NOW, of=host) for _ in range(2)]
        for experience, _ in tours:
            which: Any = {"actor": host, "option_id": experience.id, "now": NOW}
            offering.revise(session, **which, said={"asset_ids": [boat]})
        (mine, departure), (other, _) = tours
        assert days(mine)[mine.id][1].left == 8  # places of the boat, not the ten seats

        makers.bought(session, NOW, (departure, 2))

        left = [days(each)[each.id][1] for each in (mine, other)]
        assert [(day.status, day.left) for day in left] == [("available", 6), ("sold-out", 0)]
        asked: Any = {"actor": NOBODY, "now": NOW}
        listed = [
            visits.departures(session.connection(), experience_id=each.id, **asked)[0]
            for each in (mine, other)
        ]
        assert [(row.left, row.taken) for row in listed] == [(6, 2), (0, 0)]


def test_costs_two_questions_without_boats_and_four_with(session, host, tour, days, queries):
    experience, _ = tour
    with queries.at_most(2):
        days(experience)
    which: Any = {"actor": host, "option_id": experience.id, "now": NOW}
    offering.revise(session, **which, said={"asset_ids": [boat_of(session, host)]})
    with queries.at_most(4):
        days(experience)

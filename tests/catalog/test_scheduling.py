"""Schedules: rules that open departures half a year ahead, and no rule that never ends."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from catalog import experiences, offering, scheduling
from catalog.models import Departure, Experience
from market import clock, inventory
from market.errors import FieldInvalid
from market.inventory.models import Cell
from tests import makers
from tests.catalog.test_offering import boat_of
from tests.visits import guesthouse

NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)  # a Thursday, 10:00 in Vietnam
DAY = timedelta(days=1)


def rule(rrule: str | None = "FREQ=DAILY", **changes: Any) -> dict[str, Any]:
    said = {"starts": "2026-11-30T08:00", "rrule": rrule, "except": [], "until": None, "seats": 8}
    return said | changes


@pytest.fixture
def host(session):
    return makers.seller(session, NOW)


@pytest.fixture
def tour(session, host):
    """With a departure by hand tomorrow at 10:00."""
    return makers.tour(session, NOW, of=host)[0]


@pytest.fixture
def schedule(session, host, tour):
    def do(*rules, now=NOW):
        which: Any = {"actor": host, "option_id": tour.id, "now": now}
        return scheduling.set_schedule(session, **which, rules=rules)

    return do


@pytest.fixture
def opened(session, tour):
    """The starts that can be booked, as they are said in Vietnam, with their seats."""

    def read() -> dict[str, int]:
        session.expire_all()
        seats = (Cell.resource_id == Departure.resource_id) & (Cell.bucket == Departure.bucket)
        its = select(Departure, Cell.capacity).join(Cell, seats).where(Cell.closed.is_(False))
        rows = session.execute(its.where(Departure.option_id == tour.id).order_by(Cell.bucket))
        return {
            f"{row.Departure.starts_at.astimezone(clock.VIETNAM):%m-%d %H:%M}": row.capacity
            for row in rows
        }

    return read


BY_HAND = {"11-27 10:00": 10}


class TestRules:
    @pytest.mark.parametrize(
        ("said", "starts"),
        [
            ([rule(None)], ["11-30"]),
            ([rule("FREQ=WEEKLY;BYDAY=SA,SU;UNTIL=20261206")], ["12-05", "12-06"]),
            ([rule("FREQ=WEEKLY;BYDAY=SA;UNTIL=20261212T000000Z")], ["12-05"]),
            ([rule("FREQ=WEEKLY;BYDAY=SA;UNTIL=20261212T080000")], ["12-05", "12-12"]),
            ([rule("FREQ=DAILY;COUNT=3", **{"except": ["2026-12-01"]})], ["11-30", "12-02"]),
            ([rule("FREQ=DAILY;INTERVAL=100")], ["11-30", "03-10"]),
            ([rule("FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1;COUNT=2")], ["12-25", "01-29"]),
            ([rule("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3")], ["12-31", "01-31", "03-31"]),
            ([rule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29")], []),
            ([rule("FREQ=YEARLY;BYMONTH=2;BYDAY=1MO")], ["02-01"]),
            ([rule("FREQ=DAILY;COUNT=5", starts="2026-11-24T08:00")], ["11-27", "11-28"]),
            ([rule(None), rule(None, starts="2026-12-01T14:30")], ["11-30", "12-01"]),
        ],
    )
    def test_open_their_starts(self, schedule, opened, said, starts):
        schedule(*said)

        assert [start[:5] for start in opened() if start not in BY_HAND] == starts

    def test_reach_half_a_year(self, schedule, opened):
        schedule(rule("FREQ=DAILY"))

        days = [start for start in opened() if start not in BY_HAND]
        assert (days[0], days[-1], len(days)) == ("11-30 08:00", "05-25 08:00", 177)

    def test_of_opening_hours_are_one_departure_a_day_until_they_end(
        self, session, schedule, tour, opened
    ):
        schedule(rule("FREQ=DAILY", starts="2026-11-26T07:00", until="17:00"))

        (today,) = session.scalars(select(Departure).order_by(Departure.bucket).limit(1))
        ends = today.ends_at.astimezone(clock.VIETNAM)
        assert (ends.day, ends.hour, today.cutoff_at) == (26, 17, today.ends_at - DAY / 24)
        assert session.get_one(Experience, tour.id).availability == "opening-hours"

    def test_claim_the_boats_of_their_option(self, session, host, tour, schedule):
        boat = boat_of(session, host)
        which: Any = {"actor": host, "option_id": tour.id, "now": NOW}
        offering.revise(session, **which, said={"asset_ids": [boat]})

        schedule(rule(None))

        its = select(Departure).order_by(Departure.bucket.desc()).limit(1)
        departure = session.scalars(its).one()
        makers.bought(session, NOW, (departure, 2))
        assert inventory.drift(session) == []

    @pytest.mark.parametrize(
        ("said", "reason"),
        [
            ([rule("FREQ=SECONDLY")], "schedule.bad_rule"),
            ([rule("FREQ=MINUTELY;INTERVAL=1")], "schedule.bad_rule"),
            ([rule("FREQ=HOURLY")], "schedule.bad_rule"),
            ([rule("FREQ=DAILY;INTERVAL=0")], "schedule.bad_rule"),
            ([rule("FREQ=DAILY;INTERVAL=1000000000")], "schedule.bad_rule"),
            ([rule("FREQ=DAILY;BYSECOND=1,2,3")], "schedule.bad_rule"),
            ([rule("FREQ=DAILY;BYHOUR=8,10")], "schedule.bad_rule"),
            ([rule("FREQ=DAILY;BYSETPOS=0")], "schedule.bad_rule"),
            ([rule("FREQ=DAILY;BYDAY=XX")], "schedule.bad_rule"),
            ([rule("FREQ=DAILY;UNTIL=20260230T000000")], "schedule.bad_rule"),
            ([rule("FREQ=DAILY;UNTIL=20261301")], "schedule.bad_rule"),
            ([rule("COUNT=3")], "schedule.bad_rule"),
            ([rule("FREQ=DAILY\nEXDATE:20261201")], "schedule.bad_rule"),
            ([rule(starts="9999-12-31T08:00")], "schedule.bad_start"),
            ([rule(starts="2020-01-01T08:00")], "schedule.bad_start"),
            ([rule(starts="2027-02-29T08:00")], "schedule.bad_start"),
            ([rule(until="08:00")], "schedule.bad_hours"),
            ([rule(until="17:00"), rule()], "schedule.hours_and_starts"),
            ([rule(None)] * 49, "field.too_many"),
            ([rule(**{"except": ["2026-12-01"] * 1_000})], "field.too_many"),
        ],
    )
    def test_that_cannot_be_meant_are_refused(self, schedule, opened, said, reason):
        with pytest.raises(FieldInvalid) as refused:
            schedule(*said)
        assert refused.value.facts["reason"] == reason
        assert opened() == BY_HAND


class TestBombs:
    @pytest.mark.parametrize(
        "text",
        [
            "FREQ=DAILY;COUNT=1000000000",
            "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=YEARLY;BYYEARDAY=366;BYDAY=MO;BYMONTH=1",
            "FREQ=MONTHLY;BYDAY=5MO,5TU;BYMONTHDAY=1;BYSETPOS=-1",
            "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=" + ",".join(map(str, range(1, 60))),
            "FREQ=WEEKLY;INTERVAL=999;BYMONTH=13",
            "FREQ=MONTHLY;INTERVAL=999",
            "FREQ=DAILY;UNTIL=99991231T235959Z",
            "FREQ=WEEKLY;BYWEEKNO=53;BYMONTH=6",
        ],
    )
    def test_are_over_in_a_moment(self, text):
        past = rule(text, starts="2026-01-01T08:00")
        begin = time.monotonic()

        plan = scheduling._plan([past] * scheduling.RULES_MAX, NOW)

        assert time.monotonic() - begin < 1
        assert len(plan) <= scheduling.AHEAD.days + 1

    def test_the_largest_schedule_is_opened_at_once(self, schedule, opened):
        many = [
            rule("FREQ=DAILY", starts=f"2026-11-30T{number // 2:02}:{number % 2 * 30:02}")
            for number in range(scheduling.RULES_MAX)
        ]

        schedule(*many)

        assert len(opened()) == 48 * 177 + 1


class TestChanging:
    def test_closes_what_nobody_booked_and_tells_of_what_stays(
        self, session, schedule, opened, tour
    ):
        schedule(rule("FREQ=DAILY;COUNT=3"))
        kept = session.scalars(
            select(Departure).where(Departure.option_id == tour.id).order_by(Departure.bucket)
        ).all()[2]
        makers.bought(session, NOW, (kept, 2))

        told = schedule(rule("FREQ=DAILY;COUNT=3", starts="2026-11-30T14:00"))

        assert told == [kept]
        afternoons = {f"{day} 14:00": 8 for day in ("11-30", "12-01", "12-02")}
        assert opened() == BY_HAND | {"12-01 08:00": 8} | afternoons

    def test_opens_again_what_only_the_change_before_closed(self, schedule, opened):
        both = rule(None), rule(None, starts="2026-12-01T08:00")
        schedule(*both)
        schedule(both[0])
        schedule(*both)

        assert opened() == BY_HAND | {"11-30 08:00": 8, "12-01 08:00": 8}

    def test_leaves_closed_what_its_host_closed(self, session, host, schedule, opened, tour):
        schedule(rule("FREQ=DAILY;COUNT=2"))
        last = session.scalars(select(Departure).order_by(Departure.bucket.desc()).limit(1)).one()
        its: Any = {"departure_id": last.id, "now": NOW}
        experiences.cancel_departure(session, actor=host, **its)

        schedule(rule("FREQ=DAILY;COUNT=2", seats=9))
        scheduling.extend(session, option_id=tour.id, now=NOW)

        assert opened() == BY_HAND | {"11-30 08:00": 9}

    def test_of_seats_and_hours_counts_for_what_nobody_booked(self, session, schedule, opened):
        schedule(rule("FREQ=DAILY;COUNT=2", until="12:00"))
        first, second = session.scalars(
            select(Departure).order_by(Departure.bucket).offset(1)
        ).all()
        makers.bought(session, NOW, (first, 5))

        schedule(rule("FREQ=DAILY;COUNT=2", until="17:00", seats=3))

        assert opened() == BY_HAND | {"11-30 08:00": 5, "12-01 08:00": 3}
        assert (second.ends_at - first.ends_at) == DAY + timedelta(hours=5)
        assert inventory.drift(session) == []

    def test_goes_on_by_itself(self, session, schedule, opened, tour):
        schedule(rule("FREQ=WEEKLY"))
        before = len(opened())

        for _ in range(2):
            scheduling.extend(session, option_id=tour.id, now=NOW + 28 * DAY)

        assert len(opened()) == before + 4
        assert list(session.scalars(scheduling.SCHEDULED[0])) == [tour.id]

    def test_to_nothing_ends_it(self, session, schedule, opened):
        schedule(rule("FREQ=DAILY"))

        schedule()

        assert opened() == BY_HAND
        assert list(session.scalars(scheduling.SCHEDULED[0])) == []

    def test_is_refused_for_rooms(self, session):
        option = guesthouse(session, NOW)
        seller = session.get_one(Experience, option.id).seller_id
        actor = replace(makers.seller(session, NOW), seller_ids=frozenset({seller}))
        which: Any = {"actor": actor, "option_id": option.id, "now": NOW}

        with pytest.raises(FieldInvalid):
            scheduling.set_schedule(session, **which, rules=[rule()])

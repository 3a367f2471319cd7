"""What calendars of others say is taken, and what they cannot do to us."""

import time
import tracemalloc
from datetime import UTC, date, datetime, timedelta

import pytest

from catalog.calendars import reading
from market import clock

NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)


def calendar(*events: str) -> bytes:
    """A calendar of events whose lines are parted by bars."""
    inside = "".join(
        f"BEGIN:VEVENT\r\n{each.replace('|', chr(13) + chr(10))}\r\nEND:VEVENT\r\n"
        for each in events
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{inside}END:VCALENDAR\r\n".encode()


def read(*events: str) -> list[reading.Taken]:
    return reading.read(calendar(*events), own="@cho.example", now=NOW)


def times(*events: str) -> list[tuple[datetime, datetime]]:
    return [(each.start, each.end) for each in read(*events)]


def days(*events: str) -> list[tuple[date, date]]:
    return [(clock.day_of(start), clock.day_of(end)) for start, end in times(*events)]


def utc(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=UTC)


def why(body: bytes) -> str:
    with pytest.raises(reading.Unreadable) as refusal:
        reading.read(body, own="@cho.example", now=NOW)
    return refusal.value.code


STAY = "UID:a|DTSTART;VALUE=DATE:20261224|DTEND;VALUE=DATE:20261226"


class TestTimes:
    """When an event is."""

    def test_days_begin_and_end_in_vietnam(self):
        assert times(STAY) == [(utc(2026, 12, 23, 17), utc(2026, 12, 25, 17))]

    def test_a_day_alone_is_one_day(self):
        assert days("UID:a|DTSTART;VALUE=DATE:20261224") == [
            (date(2026, 12, 24), date(2026, 12, 25))
        ]

    @pytest.mark.parametrize(
        ("start", "hour"),
        [
            ("DTSTART:20261224T100000Z", 10),
            ("DTSTART:20261224T100000", 3),
            ("DTSTART;TZID=Asia/Ho_Chi_Minh:20261224T100000", 3),
            ("DTSTART;TZID=SE Asia Standard Time:20261224T100000", 3),
            ("DTSTART;TZID=Europe/Berlin:20261224T100000", 9),
        ],
    )
    def test_a_clock_without_a_zone_is_ours(self, start, hour):
        assert times(f"UID:a|{start}|DURATION:PT2H") == [
            (utc(2026, 12, 24, hour), utc(2026, 12, 24, hour + 2))
        ]

    def test_a_repetition_keeps_its_hour_when_a_foreign_clock_is_put_forward(self):
        found = times(
            "UID:a|DTSTART;TZID=Europe/Berlin:20270327T100000"
            "|DTEND;TZID=Europe/Berlin:20270327T110000|RRULE:FREQ=DAILY;COUNT=2"
        )

        assert [start for start, _ in found] == [utc(2027, 3, 27, 9), utc(2027, 3, 28, 8)]

    def test_what_is_over_or_too_far_ahead_is_left_out(self):
        assert days(
            "UID:a|DTSTART;VALUE=DATE:20261120|DTEND;VALUE=DATE:20261124",
            "UID:b|DTSTART;VALUE=DATE:20261120|DTEND;VALUE=DATE:20261125",
            "UID:c|DTSTART;VALUE=DATE:20280101",
        ) == [(date(2026, 11, 20), date(2026, 11, 25))]

    @pytest.mark.parametrize(
        "off", ["STATUS:CANCELLED", "TRANSP:TRANSPARENT", "status:cancelled", "UID:x@cho.example"]
    )
    def test_what_takes_nothing_is_left_out(self, off):
        assert read(f"{STAY.removeprefix('UID:a|')}|{off}") == []

    def test_an_event_of_no_length_takes_nothing(self):
        assert (
            read("UID:a|DTSTART:20261224T100000Z", "UID:b|DTSTART:20261224T100000Z|DURATION:-PT1H")
            == []
        )

    def test_an_event_told_twice_counts_once_as_it_was_told_last(self):
        longer = STAY.replace("20261226", "20261227")

        assert days(STAY, STAY, longer) == [(date(2026, 12, 24), date(2026, 12, 27))]

    def test_events_without_a_name_are_told_apart_by_their_time(self):
        nameless = STAY.removeprefix("UID:a|")

        assert len(read(nameless, nameless, "DTSTART;VALUE=DATE:20261228")) == 2

    def test_the_key_is_the_same_each_time(self):
        assert [each.key for each in read(STAY)] == [
            each.key for each in read(STAY, "UID:b|DTSTART;VALUE=DATE:20261228")
        ][:1]

    def test_a_line_may_be_folded_anywhere(self):
        body = calendar(STAY).replace(b"20261224", b"2026\r\n 1224")

        assert len(reading.read(body, own="@x", now=NOW)) == 1

    def test_alarms_inside_say_nothing_of_the_event(self):
        alarm = "BEGIN:VALARM|DURATION:PT5M|UID:z|END:VALARM"

        assert days(f"{STAY}|{alarm}") == days(STAY)


class TestRepetitions:
    """RFC 5545, as far as bookings use it."""

    def test_leave_out_exceptions_and_take_additions(self):
        found = days(
            "UID:a|DTSTART;VALUE=DATE:20261201|RRULE:FREQ=WEEKLY;COUNT=3"
            "|EXDATE;VALUE=DATE:20261208,20261222|RDATE;VALUE=DATE:20261210"
        )

        assert [each[0].day for each in found] == [1, 10, 15]

    def test_an_override_stands_in_the_place_of_its_instance(self):
        found = days(
            "UID:a|DTSTART;VALUE=DATE:20261201|RRULE:FREQ=WEEKLY;COUNT=3",
            "UID:a|RECURRENCE-ID;VALUE=DATE:20261208|DTSTART;VALUE=DATE:20261209",
            "UID:a|RECURRENCE-ID;VALUE=DATE:20261215|DTSTART;VALUE=DATE:20261215|STATUS:CANCELLED",
        )

        assert [each[0].day for each in found] == [1, 9]

    @pytest.mark.parametrize(
        ("until", "count"),
        [
            ("20261203", 3),
            ("20261203T170000Z", 4),
            ("99991231T235959Z", 393),
            ("20261202T235959", 2),
        ],
    )
    def test_end_when_they_say(self, until, count):
        assert (
            len(read(f"UID:a|DTSTART;VALUE=DATE:20261201|RRULE:FREQ=DAILY;UNTIL={until}")) == count
        )

    def test_of_a_leap_day_come_in_leap_years(self):
        now = utc(2027, 12, 1)
        body = calendar("UID:a|DTSTART;VALUE=DATE:20240229|RRULE:FREQ=YEARLY")

        found = reading.read(body, own="@x", now=now)

        assert [clock.day_of(each.start) for each in found] == [date(2028, 2, 29)]

    def test_fall_on_the_weekdays_that_they_name(self):
        found = days("UID:a|DTSTART;VALUE=DATE:20200104|RRULE:FREQ=MONTHLY;BYDAY=1SA;COUNT=90")

        assert {each[0].weekday() for each in found} == {5}
        assert found[0][0] == date(2026, 12, 5)


class TestBombs:
    """A calendar costs no more than it is worth."""

    @pytest.fixture(autouse=True)
    def cheap(self):
        began = time.thread_time()
        yield
        assert time.thread_time() - began < 4

    def test_seconds_without_end_cost_nothing(self):
        tracemalloc.start()
        began = time.thread_time()

        assert (
            why(calendar("UID:a|DTSTART;VALUE=DATE:20200101|RRULE:FREQ=SECONDLY")) == "recurrence"
        )
        assert time.thread_time() - began < 0.5
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
        tracemalloc.stop()

    @pytest.mark.parametrize(
        ("rule", "code"),
        [
            ("FREQ=SECONDLY", "recurrence"),
            ("FREQ=MINUTELY;COUNT=999999999", "recurrence"),
            ("FREQ=HOURLY", "recurrence"),
            ("FREQ=DAILY;INTERVAL=0", "recurrence"),
            ("FREQ=DAILY;INTERVAL=-1", "recurrence"),
            ("FREQ=DAILY;BYHOUR=1;BYMINUTE=2;BYSECOND=3", "recurrence"),
            ("FREQ=YEARLY;BYEASTER=0", "recurrence"),
            ("FREQ=NEVERLY", "recurrence"),
            ("nonsense", "event"),
            ("FREQ=DAILY;BYMONTHDAY=" + ",".join(["1"] * 500_000), "busy"),
        ],
    )
    def test_rules_that_no_booking_needs_are_refused(self, rule, code):
        assert why(calendar(f"UID:a|DTSTART:20200101T000000Z|DURATION:PT1S|RRULE:{rule}")) == code

    def test_a_rule_without_end_stops_at_the_horizon(self):
        assert len(read("UID:a|DTSTART;VALUE=DATE:20000101|RRULE:FREQ=DAILY")) == 400

    def test_a_rule_that_never_fits_is_given_up(self):
        rule = "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"

        assert days(f"UID:a|DTSTART;VALUE=DATE:20261201|RRULE:{rule}") == [
            (date(2026, 12, 1), date(2026, 12, 2))
        ]

    def test_of_very_many_the_soonest_thousand_count(self):
        several = [
            f"UID:{n}|DTSTART:20261201T0{n}0000Z|DURATION:PT1H|RRULE:FREQ=DAILY" for n in range(5)
        ]

        found = read(*several)

        assert len(found) == 1_000
        assert found[-1].start < utc(2026, 12, 1) + timedelta(days=200)

    def test_more_than_anybody_can_have_is_refused(self, monkeypatch):
        monkeypatch.setattr(reading, "SECONDS", 0.5)
        assert why(calendar(*["UID:a|DTSTART;VALUE=DATE:20261201"] * 5_001)) == "busy"
        endless = "DTSTART;VALUE=DATE:20261201|DTEND;VALUE=DATE:99991231"
        assert why(calendar(*[f"UID:{number}|{endless}" for number in range(30)])) == "busy"
        rules = [f"UID:{n}|DTSTART;VALUE=DATE:20000101|RRULE:FREQ=DAILY" for n in range(400)]
        assert why(calendar(*rules)) == "busy"

    def test_the_year_9999_is_only_far_away(self):
        assert len(read("UID:a|DTSTART;VALUE=DATE:20261201|DTEND;VALUE=DATE:99991231")) == 1
        assert len(read("UID:a|DTSTART:20261201T000000Z|DTEND:99991231T235959Z")) == 1
        assert read("UID:a|DTSTART;VALUE=DATE:99991231|RRULE:FREQ=DAILY") == []

    def test_what_a_calendar_says_of_time_zones_is_not_carried_out(self):
        zone = (
            b"BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
            b"RRULE:FREQ=SECONDLY\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0900\r\nEND:STANDARD\r\n"
            b"END:VTIMEZONE\r\n"
        )
        event = calendar("UID:a|DTSTART;TZID=Europe/Berlin:20261224T100000|DURATION:PT1H")
        body = event.replace(b"VERSION:2.0\r\n", b"VERSION:2.0\r\n" + zone)

        (found,) = reading.read(body, own="@x", now=NOW)
        assert found.start == utc(2026, 12, 24, 9)

    @pytest.mark.parametrize(
        "body",
        [
            b"", b"\x00" * 1000, b"<html>Sign in</html>", b"BEGIN:VCALENDAR\r\n",
            calendar(STAY)[:-20], b"\n" * 2_000_000, b"BEGIN:VCALENDAR\n" * 99_999, b"\xff\xfe",
        ],
    )  # fmt: skip
    def test_what_is_no_whole_calendar_is_none(self, body):
        assert why(body) == "calendar"

    @pytest.mark.parametrize(
        "event",
        [
            "UID:a", "X", "garbage|:::|;;=|DTSTART|DTSTART:", "UID:a|DTSTART:soon",
            "UID:a|DTSTART;VALUE=DATE:20270229", f"{STAY}|DTSTART;VALUE=DATE:20261227",
            "UID:a|DTSTART:20261212T000000Z|DURATION:P999999999999W",
            "UID:a|DTSTART;VALUE=PERIOD:20261024T100000Z/PT1H", f"{STAY}|EXDATE:never",
            f"{STAY}|RRULE:FREQ=DAILY|RRULE:FREQ=DAILY", "UID:a|DTSTART" + ":" * 900,
        ],
    )  # fmt: skip
    def test_an_event_that_cannot_be_read_is_not_passed_over(self, event):
        assert why(calendar(event)) == "event"

    def test_an_unknown_zone_is_not_guessed(self):
        assert (
            why(calendar("UID:a|DTSTART;TZID=Nowhere/Land:20261224T100000|DURATION:PT1H")) == "zone"
        )

    @pytest.mark.parametrize(
        "line",
        [
            "DESCRIPTION:" + "x" * 1_900_000,
            "X-A;" + ";".join(["B=1"] * 300_000) + ":1",
            "ATTENDEE:" + "\r\n " * 500_000,
            "BEGIN:VALARM|" * 100_000,
        ],
        ids=["text", "parameters", "folds", "alarms"],
    )
    def test_what_says_nothing_of_the_time_costs_nothing(self, line):
        assert len(read(f"{STAY}|{line}")) == 1

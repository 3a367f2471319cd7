"""What a calendar of anybody's (RFC 5545) says is taken: read within bounds, or refused.

Only events are handed to the library, with only those of their lines that say when: what a
calendar says of time zones or alarms is never carried out.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from heapq import nsmallest
from time import thread_time
from typing import Any, NamedTuple

from catalog import recurring
from catalog.recurring import LATEST
from market import clock

AHEAD, INSTANCES_MAX, EVENTS_MAX, SECONDS = timedelta(days=400), 1_000, 5_000, 3
ALL_OF_IT = timedelta(days=10_000)  # that the instances take together: twenty-five rooms, always
EARLIEST = datetime(1970, 1, 1)  # noqa: DTZ001  in any zone
LINE_MAX, LINES_MAX = 20_000, {"RRULE": 300}
RULE_PARTS = {"FREQ", "INTERVAL", "COUNT", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"}
RULE_PARTS |= {"UNTIL"}
KEPT = {"UID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"}
KEPT |= {"STATUS", "TRANSP"}
FAILURES = ("calendar", "event", "recurrence", "zone", "busy")


class Unreadable(Exception):
    """Nothing of it counts; `code` is one of the `FAILURES`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Taken(NamedTuple):
    """A time that is taken; `key` is the same each time the event is read."""

    key: str
    start: datetime
    end: datetime


def read(body: bytes, *, own: str, now: datetime) -> list[Taken]:
    """What is not over and begins within 400 days, the soonest thousand; raises Unreadable.

    Events whose UIDs end in `own` came from us and are left out.
    """
    text = re.sub(r"\r?\n[ \t]", "", body.decode("utf-8-sig", "replace")).strip()
    ends = text[:15].upper(), text[-13:].upper()
    if ends != ("BEGIN:VCALENDAR", "END:VCALENDAR"):  # a page to sign in at, or half a calendar
        raise Unreadable("calendar")
    since = clock.start_of(clock.day_of(now))
    try:
        found = _instances(_events(text), since + AHEAD, thread_time() + SECONDS)
        fits = (one for one in found if since < one.end and one.start < since + AHEAD)
        theirs = (one for one in fits if not one.key.partition("\n")[0].endswith(own))
        soonest = nsmallest(INSTANCES_MAX, theirs, key=lambda one: one[1:])
    except Unreadable:
        raise
    except Exception as error:  # a stranger's text in two libraries: whatever they stumble over
        raise Unreadable("event") from error
    lengths = (min(one.end, since + AHEAD) - max(one.start, since) for one in soonest)
    if sum(lengths, timedelta(0)) > ALL_OF_IT:
        raise Unreadable("busy")
    return soonest


def _events(text: str) -> Iterator[Any]:
    from icalendar import Event

    lines: list[str] = []
    depth = count = 0
    for line in re.split(r"\r\n|\n|\r", text):
        mark, name = line.strip().upper(), re.split("[;:]", line, maxsplit=1)[0].upper()
        if mark == "BEGIN:VEVENT":
            lines, depth, count = [], 1, count + 1
        elif mark == "END:VEVENT" and depth:
            yield Event.from_ical("\r\n".join(("BEGIN:VEVENT", *lines, mark, "")))
            depth = 0
        elif depth and name in {"BEGIN", "END"}:
            depth += 1 if name == "BEGIN" else -1
        elif depth == 1 and name in KEPT:
            lines.append(line)
            if len(line) > LINES_MAX.get(name, LINE_MAX):
                raise Unreadable("busy")
        if count > EVENTS_MAX:
            raise Unreadable("busy")


def _instances(events: Iterator[Any], horizon: datetime, stop: float) -> Iterator[Taken]:
    known: dict[tuple[str, datetime | None], tuple[Any, datetime, timedelta]] = {}
    moved: dict[str, set[datetime]] = defaultdict(set)  # what an override stands in the place of
    for event in events:
        start = _instant(event["DTSTART"])
        uid = str(event.get("UID", "")) or f"{start} {event.get('DTEND')}"
        place = _instant(event["RECURRENCE-ID"]) if "RECURRENCE-ID" in event else None
        known[uid, place] = event, start, _length(event, start)  # told twice, the last counts
        if place is not None:
            moved[uid].add(place)
        _in_time(stop)
    for (uid, place), (event, start, length) in known.items():
        off = event.get("STATUS", "").upper() == "CANCELLED"
        if off or event.get("TRANSP", "").upper() == "TRANSPARENT" or not length:
            continue
        starts = {start} if place else _starts(event, horizon, stop)
        for one in starts if place else starts - moved[uid]:
            yield Taken(f"{uid}\n{(place or one).isoformat()}", one, one + length)
        _in_time(stop)


def _starts(event: Any, horizon: datetime, stop: float) -> set[datetime]:
    """When an event and its repetitions begin, as far as the horizon."""
    starts = {_instant(event["DTSTART"]), *map(_instant, _listed(event, "RDATE"))}
    if "RRULE" in event:
        zone = getattr(event["DTSTART"].dt, "tzinfo", None) or clock.VIETNAM
        for local in _repeated(event, zone, horizon.astimezone(zone).replace(tzinfo=None)):
            starts.add(local.replace(tzinfo=zone).astimezone(UTC))
            _in_time(stop)
    return starts.difference(map(_instant, _listed(event, "EXDATE")))


def _repeated(event: Any, zone: Any, last: datetime) -> Iterator[datetime]:
    """The rule's starts on the clocks of its zone."""
    rule, first = event["RRULE"], _local(event["DTSTART"].dt)
    parts = recurring.parts_of(rule)
    strange = parts.keys() - RULE_PARTS or parts.get("FREQ") not in recurring.PERIOD_DAYS
    if strange or int(parts.get("INTERVAL", 1)) < 1:
        raise Unreadable("recurrence")
    return recurring.starts(rule, first, last, zone)


def _length(event: Any, start: datetime) -> timedelta:
    """How long it lasts; a whole day where only a day is told, never less than nothing."""
    length: timedelta
    if "DURATION" in event:
        length = event["DURATION"].dt
    elif "DTEND" in event:
        length = _instant(event["DTEND"]) - start
    else:
        length = timedelta(0)
    least = timedelta(0) if isinstance(event["DTSTART"].dt, datetime) else timedelta(days=1)
    return min(max(length, least), LATEST - EARLIEST)


def _listed(event: Any, name: str) -> Iterator[Any]:
    found = event.get(name, [])
    for each in found if isinstance(found, list) else [found]:
        yield from each.dts


def _instant(value: Any) -> datetime:
    """The moment of a property; a day begins, and a clock without a zone goes, as in Việt Nam."""
    moment = value.dt
    zone = getattr(moment, "tzinfo", None)
    if isinstance(moment, datetime) and zone is None and "TZID" in value.params:
        raise Unreadable("zone")
    plain = min(max(_local(moment), EARLIEST), LATEST)
    return plain.replace(tzinfo=zone or clock.VIETNAM).astimezone(UTC)


def _local(moment: Any) -> datetime:
    is_day = not isinstance(moment, datetime)
    return (datetime.combine(moment, time.min) if is_day else moment).replace(tzinfo=None)


def _in_time(stop: float) -> None:
    if thread_time() > stop:
        raise Unreadable("busy")

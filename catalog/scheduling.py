"""Schedules: when an option starts, said once (RFC 5545) and opened for half a year ahead.

A rule is `{"starts": local time, "rrule": text or None, "except": days, "until": the end of its
opening hours or None, "seats": n}`. It makes one departure a day at most.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import offering, offers, options, recurring
from catalog.booking_models import ExperienceOption
from catalog.models import SEATS, Availability, Departure, Experience
from market import SYSTEM, Actor, FieldInvalid, clock, inventory, portable
from market.inventory.models import Cell

AHEAD, START_WITHIN = timedelta(days=180), timedelta(days=366)
RULES_MAX, EXCEPT_MAX, BATCH = 48, 366, 200
Rule = Mapping[str, Any]
Plan = dict[int, tuple[datetime, Rule]]  # by the seconds of the start, as a departure's bucket


def set_schedule(
    session: Session,
    *,
    actor: Actor,
    option_id: UUID,
    version: int | None = None,
    rules: Sequence[Rule],
    now: datetime,
) -> list[Departure]:
    """Open what the rules say and close what only those before said; `version` is the experience's.

    What somebody has booked stays, and is told back where the rules do not have it any more. What
    was opened or closed by hand stays so.
    """
    option = offering.own(session, actor=actor, option_id=option_id)
    which: Any = {"actor": actor, "kind": Experience, "offer_id": option.experience_id, "now": now}
    offers.touch(session, version=version, **which)
    session.refresh(option)
    if option.availability == Availability.NIGHTS:
        raise FieldInvalid(field="rules", reason="schedule.by_night")
    before, after = _plan(option.rules, now), _checked(option.rules, rules, now)
    by_hours = any(rule["until"] for rule in rules)
    option.rules = list(map(dict, rules))
    option.availability = Availability.OPENING_HOURS if by_hours else Availability.START_TIME
    if option.id == option.experience_id:
        session.get_one(Experience, option.id).availability = option.availability
    gone: Any = {"resource_id": option.resource_id, "buckets": before.keys() - after.keys()}
    booked = inventory.stocking.close_unclaimed(session, **gone)
    _open(session, option, after, before=before, actor=actor, now=now)
    offers.note(session, "scheduled", **which, facts={"option": option_id, "rules": len(rules)})
    its = select(Departure).where(Departure.option_id == option_id, Departure.bucket.in_(booked))
    return list(session.scalars(its.order_by(Departure.bucket)))


def extend(session: Session, *, option_id: UUID, now: datetime) -> None:
    """Open what the rules say of the days that have come within reach."""
    option = session.get_one(ExperienceOption, option_id, with_for_update=True)
    _open(session, option, _plan(option.rules, now), before=None, actor=SYSTEM, now=now)


def _open(
    session: Session,
    option: ExperienceOption,
    plan: Plan,
    *,
    before: Plan | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Make what is missing; against a plan `before`, also change what stands and nobody booked."""
    rows, new = _standing(session, option.id, now), portable.Batch(session)
    wanted: dict[int, int] = {}
    periods = []
    for bucket, (start, rule) in plan.items():
        ends_at, row = _end(option, start, rule), rows.get(bucket)
        last = ends_at if rule["until"] else start  # nobody is too late while it is open
        times = {"ends_at": ends_at, "cutoff_at": last - timedelta(minutes=option.cutoff_minutes)}
        by_hand = row is not None and (before is None or (row.closed and bucket in before))
        if by_hand or times["cutoff_at"] <= now:
            continue
        wanted[bucket] = rule["seats"]
        periods.append((start, ends_at))
        if row is None:
            new.add_new(Departure, options.departure(option, start) | times)
        elif not row.promised:
            row.Departure.ends_at, row.Departure.cutoff_at = times.values()
    new.write(session)
    its: Any = {"resource_id": option.resource_id, "wanted": wanted, "reason": "opened"}
    inventory.stocking.set_capacities(session, **its, actor=actor, now=now)
    inventory.open_slices(session, asset_ids=map(UUID, option.asset_ids), periods=periods)


def _standing(session: Session, option_id: UUID, now: datetime) -> dict[int, Any]:
    """The departures from today on, by their buckets."""
    promised = (Cell.held + Cell.sold).label("promised")
    its = select(Departure, Cell.closed, promised).where(Departure.option_id == option_id)
    today = clock.start_of(clock.day_of(now)).timestamp()
    found = session.execute(its.join(Cell, SEATS).where(Departure.bucket >= int(today)))
    return {row.Departure.bucket: row for row in found}


def _end(option: ExperienceOption, start: datetime, rule: Rule) -> datetime:
    if not rule["until"]:
        return start + timedelta(minutes=option.duration_minutes)
    return datetime.combine(start.date(), time.fromisoformat(rule["until"]), clock.VIETNAM)


def _checked(before: Sequence[Rule], rules: Sequence[Rule], now: datetime) -> Plan:
    """What the rules open; raises FieldInvalid where they cannot be meant."""
    if len(rules) > RULES_MAX or any(len(rule["except"]) > EXCEPT_MAX for rule in rules):
        raise FieldInvalid(field="rules", reason="field.too_many", max=RULES_MAX)
    if len({rule["until"] is None for rule in rules}) > 1:
        raise FieldInvalid(field="rules", reason="schedule.hours_and_starts")
    wrong = "schedule.bad_start"
    try:
        for rule in rules:
            starts = datetime.fromisoformat(rule["starts"]).replace(tzinfo=clock.VIETNAM)
            if rule not in before and abs(starts - now) > START_WITHIN:
                raise FieldInvalid(field="rules", reason=wrong)
            if rule["until"] and time.fromisoformat(rule["until"]) <= starts.time():
                raise FieldInvalid(field="rules", reason="schedule.bad_hours")
        wrong = "schedule.bad_rule"
        return _plan(rules, now)
    except (ValueError, TypeError, LookupError):  # what the library stumbles at
        raise FieldInvalid(field="rules", reason=wrong) from None


def _plan(rules: Sequence[Rule], now: datetime) -> Plan:
    """All starts from today on for half a year; the last rule that has one says its seats."""
    first, last = clock.day_of(now), clock.day_of(now + AHEAD)
    plan: Plan = {}
    for rule in rules:
        for local in _walk(rule, last):
            if local.date() >= first and local.date().isoformat() not in rule["except"]:
                start = local.replace(tzinfo=clock.VIETNAM)
                plan[int(start.timestamp())] = (start, rule)
    return dict(sorted(plan.items()))


def _walk(rule: Rule, last: date) -> Iterator[datetime]:
    """The local starts of a rule up to a day; raises ValueError for what is no rule."""
    from icalendar import vRecur

    starts, said = datetime.fromisoformat(rule["starts"]), rule["rrule"] or "FREQ=DAILY;COUNT=1"
    if not _RRULE.fullmatch(said):
        raise ValueError(said)
    until = datetime.combine(last, time.max)
    return recurring.starts(vRecur.from_ical(said), starts, until, clock.VIETNAM)


_EVERY = "|".join(recurring.PERIOD_DAYS)
_RRULE = re.compile(
    rf"FREQ=({_EVERY})(;(INTERVAL=[1-9]\d{{0,2}}|COUNT=\d{{1,10}}|WKST=[A-Z]{{2}}"
    r"|UNTIL=\d{8}(T\d{6}Z?)?|BY(DAY|MONTH|MONTHDAY|YEARDAY|WEEKNO|SETPOS)=[-+,\dA-Y]{1,200}))*",
    re.ASCII,
)
_OPEN = select(ExperienceOption.id).where(ExperienceOption.closed_at.is_(None))
SCHEDULED = (_OPEN.where(ExperienceOption.rules != []), ExperienceOption.id)  # and their key

"""What happened to a lot: told by those who were there, never changed, shown to everybody."""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from market import audit, clock
from market.accounts import Actor, Organisation, Scope, require_scope
from market.db import inserted
from market.errors import FieldInvalid, Forbidden, Kind, MarketError, existing
from market.ids import normal_code, uuid7
from market.quantity import QUANTITY_MAX
from market.traceability import lots
from market.traceability.lots import own_lot
from market.traceability.models import Lot, LotEvent, Step, Voice

CLOCK_SKEW_MAX = timedelta(days=1)  # a boat's phone may have lost the time with the signal
WORDS_MAX = 120
OPTIONAL = frozenset({"variety"})
# The facts of each step: a whole number within its bounds, or (None) a short line of text.
RULES: Mapping[Step, Mapping[str, tuple[int, int] | None]] = {
    Step.SOWN: {"variety": None},
    # Stamps that all show the same isolation days are the known lie: both are asked each time.
    Step.TREATED: {"agent": None, "isolation_days": (0, 365)},
    Step.HARVESTED: {},
    Step.WEIGHED: {"value": (0, QUANTITY_MAX)},
    Step.PACKED: {"boxes": (1, 100_000)},
    Step.HANDED_OVER: {"to": None},
}


class EventInFuture(MarketError, code="lot.event_in_future"):
    """The event is said to have happened after now; facts: `latest`."""


class EventExists(MarketError, code="lot.event_exists", kind=Kind.CONFLICT):
    """An event with this id was recorded before."""


def append(
    session: Session, *, actor: Actor, code: str, event: LotEvent, now: datetime
) -> LotEvent:
    """Tell what happened to the lot (see `RULES`); a weigh-master may weigh, which sets stock."""
    require_scope(actor, Scope.LOTS)
    lot = own_lot(session, actor=actor, code=code)
    step, voice = Step(event.step), _voice(actor, lot)
    if voice is Voice.WEIGH_MASTER and step is not Step.WEIGHED:
        raise Forbidden(what="lot")
    if event.occurred_at > now + CLOCK_SKEW_MAX:
        raise EventInFuture(latest=now + CLOCK_SKEW_MAX)
    event.id, event.lot_id, event.voice = event.id or uuid7(), lot.id, voice
    event.facts, event.recorded_at = _checked(step, event.facts), now
    event.recorded_by, event.mandate_id = actor.person_id, actor.mandate_id
    kept = inserted(session, event)
    if kept is None:
        raise EventExists(event_id=event.id)
    if step is Step.WEIGHED:
        lots.weigh(session, actor=actor, lot=lot, value=kept.facts["value"], now=now)
    audit.note(session, actor, f"lot.{step}", lot.id, now=now)
    return kept


class Isolation(NamedTuple):
    """The last day on which a treated crop must not be picked, and whether it was kept."""

    until: date
    kept: bool


class Trace(NamedTuple):
    """A lot with its grower and its events, oldest first."""

    lot: Lot
    producer: Organisation
    events: Sequence[LotEvent]
    isolation: Isolation | None


def trace(session: Session, *, code: str) -> Trace:
    """The story behind a printed code, however it was typed; two queries."""
    asked = select(Lot, Organisation).join_from(Lot, Organisation)
    its = asked.where(Lot.code == (normal_code(code) or ""))
    lot, producer = existing(session.execute(its).one_or_none(), "lot")
    told = select(LotEvent).filter_by(lot_id=lot.id).order_by(LotEvent.occurred_at, LotEvent.id)
    events = session.scalars(told).all()
    return Trace(lot=lot, producer=producer, events=events, isolation=_isolation(lot, events))


def _voice(actor: Actor, lot: Lot) -> Voice:
    """Whose word it is; a moderator sees every lot but was not there."""
    if lot.producer_id in actor.seller_ids:
        return Voice.AGENT if actor.mandate_id else Voice.PRODUCER
    if actor.oversees:
        raise Forbidden(what="lot")
    return Voice.WEIGH_MASTER


def _checked(step: Step, given: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a step, checked one by one; raises FieldInvalid naming the first wrong one."""
    for name in given:
        if name not in RULES[step]:
            raise _invalid(name, "field.unknown")
    told: dict[str, Any] = {}
    for name, bounds in RULES[step].items():
        if given.get(name) is not None:
            read = partial(_number, bounds) if bounds else _words
            told[name] = read(name, given[name])
        elif name not in OPTIONAL:
            raise _invalid(name, "field.required")
    return told


def _number(bounds: tuple[int, int], name: str, value: Any) -> int:
    least, most = bounds
    if type(value) is not int:
        raise _invalid(name, "field.not_an_integer")
    if value < least:
        raise _invalid(name, "field.too_small", least=least)
    if value > most:
        raise _invalid(name, "field.too_large", most=most)
    return value


def _words(name: str, value: Any) -> str:
    if type(value) is not str:
        raise _invalid(name, "field.wrong_type")
    text = unicodedata.normalize("NFC", value).strip()
    if not text.isprintable():
        raise _invalid(name, "field.bad_character")
    if not text:
        raise _invalid(name, "field.too_short", least=1)
    if len(text) > WORDS_MAX:
        raise _invalid(name, "field.too_long", most=WORDS_MAX)
    return text


def _invalid(name: str, reason: str, **numbers: int) -> FieldInvalid:
    return FieldInvalid(field=f"facts.{name}", reason=reason, **numbers)


def _isolation(lot: Lot, events: Sequence[LotEvent]) -> Isolation | None:
    """Counted from what was said, never assumed; a harvest not told counts on the lot's own day."""
    ends = [
        clock.day_of(event.occurred_at) + timedelta(days=event.facts["isolation_days"])
        for event in events
        if event.step == Step.TREATED
    ]
    if not ends:
        return None
    told = [clock.day_of(event.occurred_at) for event in events if event.step == Step.HARVESTED]
    until = max(ends)
    return Isolation(until=until, kept=min(told, default=lot.harvest_day) >= until)

"""Lots: each one harvest of a plot, with a code for its boxes, its own stock, and its story.

What happened to a lot is told by those who were there, never changed, and shown to everybody.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple, Unpack

from sqlalchemy import Select, or_, select, true
from sqlalchemy.orm import Session

from market import audit, clock, geography, inventory
from market.accounts import Actor, Organisation, Role, Scope, require_scope
from market.cooperatives import members_of
from market.db import Paged, changed, inserted, newest_first
from market.errors import FieldInvalid, Forbidden, Kind, MarketError, NotFound, existing
from market.ids import new_code, normal_code, uuid7
from market.inventory.models import Cell, ResourceKind
from market.quantity import QUANTITY_MAX, Quantity, require_unit
from market.traceability.models import Lot, LotEvent, Plot, Step, Voice

HARVEST_AHEAD_MAX = timedelta(days=366)  # a season may be promised, two may not


class HarvestTooFar(MarketError, code="lot.harvest_too_far"):
    """The day of harvest is more than a season ahead; facts: `latest`."""


def register_plot(session: Session, *, actor: Actor, plot: Plot, now: datetime) -> Plot:
    """A plot of one of the actor's farms, from which lots may be harvested.

    Its exact outline is nobody else's business.
    """
    require_scope(actor, Scope.LOTS)
    if plot.producer_id not in actor.seller_ids:
        raise NotFound(what="organisation")
    geography.unit(plot.unit_code)
    plot.id, plot.created_at = uuid7(), now
    session.add(plot)
    audit.note(session, actor, "plot.registered", plot.id, now=now)
    return plot


def open_lot(session: Session, *, actor: Actor, lot: Lot, quantity: Quantity, now: datetime) -> Lot:
    """A harvest, picked or still to be, with a printed code; what is declared is its stock."""
    require_scope(actor, Scope.LOTS)
    if lot.producer_id not in actor.seller_ids:
        raise NotFound(what="organisation")
    geography.unit(lot.unit_code)
    require_unit(quantity.unit, quantity.scale)
    if lot.plot_id is not None:
        own = select(Plot.id).filter_by(id=lot.plot_id, producer_id=lot.producer_id)
        existing(session.scalar(own), "plot")
    latest = clock.day_of(now) + HARVEST_AHEAD_MAX
    if lot.harvest_day > latest:
        raise HarvestTooFar(latest=latest)
    said: Any = {"reason": "declared", "actor": actor, "now": now}
    kind, owner_id = ResourceKind.PRODUCE, lot.producer_id
    lot.id = inventory.open_resource(session, kind=kind, owner_id=owner_id)
    inventory.change(session, resource_id=lot.id, delta=quantity.value, **said)
    lot.declared, lot.scale, lot.unit = quantity.value, quantity.scale, quantity.unit
    lot.code, lot.created_at = new_code(), now
    session.add(lot)
    audit.note(session, actor, "lot.opened", lot.id, now=now, code=lot.code)
    return lot


def weigh(session: Session, *, actor: Actor, lot: Lot, value: int, now: datetime) -> None:
    """The scale's word: the stock follows it, but what is already promised stays promised."""
    change = value - lot.weight
    if change < 0:
        free = select(Cell.capacity - Cell.held - Cell.sold)
        its = free.where(Cell.resource_id == lot.id, Cell.bucket == 0).with_for_update()
        change = -min(-change, session.scalar(its) or 0)
    if change:
        said: Any = {"reason": "weighed", "actor": actor, "now": now}
        inventory.change(session, resource_id=lot.id, delta=change, **said)
    changed(session, lot, accepted=value)


def visible_to(actor: Actor) -> Select[Lot]:
    """Whoever weighs sees the members' lots, a moderator all, everybody else their own."""
    if actor.oversees:
        return select(Lot)
    own = Lot.producer_id.in_(actor.seller_ids)
    if not actor.has(Role.WEIGH_MASTER):
        return select(Lot).where(own)
    return select(Lot).where(or_(own, Lot.producer_id.in_(members_of(actor.cooperative_ids))))


def own_lot(session: Session, *, actor: Actor, code: str) -> Lot:
    """The lot with this printed code, if the actor may work with it."""
    return existing(session.scalar(visible_to(actor).where(Lot.code == code)), "lot")


def lots(session: Session, *, actor: Actor, **page: Unpack[Paged]) -> list[Lot]:
    """The lots the actor may work with, newest first, up to one more than the limit."""
    return newest_first(session, visible_to(actor), Lot.id, **page)


def plots(session: Session, *, actor: Actor, **page: Unpack[Paged]) -> list[Plot]:
    """The plots of the actor's own farms, newest first, up to one more than the limit."""
    own = true() if actor.oversees else Plot.producer_id.in_(actor.seller_ids)
    return newest_first(session, select(Plot).where(own), Plot.id, **page)


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
        weigh(session, actor=actor, lot=lot, value=kept.facts["value"], now=now)
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

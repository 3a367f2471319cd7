"""What happened to a lot is appended by those who were there, and never changed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from market import audit, portable
from market.accounts import Actor, Scope, require_scope
from market.errors import Forbidden, Kind, MarketError
from market.ids import uuid7
from market.traceability import facts as step_facts
from market.traceability import lots
from market.traceability.models import Lot, LotEvent, Step, Voice
from market.traceability.queries import own_lot

CLOCK_SKEW_MAX = timedelta(days=1)  # a boat's phone may have lost the time with the signal


class EventInFuture(MarketError):
    """The event is said to have happened after now; facts: `latest`."""

    code = "lot.event_in_future"


class EventExists(MarketError):
    """An event with this id was recorded before."""

    code, kind = "lot.event_exists", Kind.CONFLICT


def append(
    session: Session,
    *,
    actor: Actor,
    code: str,
    step: Step,
    occurred_at: datetime,
    facts: Mapping[str, Any],
    event_id: UUID | None = None,
    now: datetime,
) -> LotEvent:
    """Tell one thing that happened to the lot; a weighing also sets what is accepted and in stock.

    A weigh-master who is not of the farm may only weigh. Facts: see `facts.RULES`.
    """
    require_scope(actor, Scope.LOTS)
    lot = own_lot(session, actor=actor, code=code)
    voice = _voice(actor, lot)
    if voice is Voice.WEIGH_MASTER and step is not Step.WEIGHED:
        raise Forbidden(what="lot")
    if occurred_at > now + CLOCK_SKEW_MAX:
        raise EventInFuture(latest=now + CLOCK_SKEW_MAX)
    told = step_facts.read(step, facts)
    event_id = event_id or uuid7()
    values = {"id": event_id, "lot_id": lot.id, "step": step, "voice": voice, "facts": told}
    values |= {"occurred_at": occurred_at, "recorded_at": now}
    values |= {"recorded_by": actor.person_id, "mandate_id": actor.mandate_id}
    if not portable.insert_new(session, LotEvent, **values):
        raise EventExists(event_id=event_id)
    if step is Step.WEIGHED:
        lots.weigh(session, actor=actor, lot=lot, value=told["value"], now=now)
    audit.note(session, actor=actor, verb=f"lot.{step}", subject_id=lot.id, now=now)
    return session.get_one(LotEvent, event_id)


def _voice(actor: Actor, lot: Lot) -> Voice:
    """Whose word it is; a moderator sees every lot but was not there."""
    if lot.producer_id in actor.seller_ids:
        return Voice.AGENT if actor.mandate_id else Voice.PRODUCER
    if actor.oversees:
        raise Forbidden(what="lot")
    return Voice.WEIGH_MASTER

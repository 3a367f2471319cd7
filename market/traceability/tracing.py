"""The public story of a lot: who grew it, in which commune, what happened, and who says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from market import clock
from market.accounts.models import Organisation
from market.errors import existing
from market.ids import normal_code
from market.traceability.models import Lot, LotEvent, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Isolation:
    """The last day on which a treated crop must not be picked, and whether it was kept."""

    until: date
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A lot with its grower and its events, oldest first."""

    lot: Lot
    producer: Organisation
    events: Sequence[LotEvent]
    isolation: Isolation | None


def trace(session: Session, *, code: str) -> Trace:
    """The story behind a printed code, however it was typed; two queries."""
    found = session.execute(
        select(Lot, Organisation)
        .join(Organisation, Organisation.id == Lot.producer_id)
        .where(Lot.code == (normal_code(code) or ""))
    ).one_or_none()
    lot, producer = existing(found, "lot")
    events = session.scalars(
        select(LotEvent)
        .where(LotEvent.lot_id == lot.id)
        .order_by(LotEvent.occurred_at, LotEvent.id)
    ).all()
    return Trace(lot=lot, producer=producer, events=events, isolation=_isolation(lot, events))


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

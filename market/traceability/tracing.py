"""The public story of a lot: who grew it, in which commune, what happened, and who says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from market import clock
from market.accounts.models import Organisation
from market.errors import NotFound
from market.ids import normal_code
from market.traceability.models import Lot, LotEvent, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Isolation:
    """The last day on which a treated crop must not be picked, and whether it was kept."""

    until: date
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event as anybody may read it; persons stay unnamed."""

    step: str
    occurred_at: datetime
    recorded_at: datetime
    voice: str
    facts: dict[str, int | str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A lot with its grower and its events, oldest first."""

    lot: Lot
    producer_id: UUID
    producer_name: str
    producer_kind: str
    verified: bool
    events: list[Told]
    isolation: Isolation | None


def trace(session: Session, *, code: str) -> Trace:
    """The story behind a printed code, however it was typed; two queries."""
    producer = Organisation
    row = session.execute(
        select(Lot, producer.id, producer.name, producer.kind, producer.verified_at)
        .join(producer, producer.id == Lot.producer_id)
        .where(Lot.code == (normal_code(code) or ""))
    ).one_or_none()
    if row is None:
        raise NotFound(what="lot")
    lot, producer_id, name, kind, verified_at = row
    events = session.scalars(
        select(LotEvent)
        .where(LotEvent.lot_id == lot.id)
        .order_by(LotEvent.occurred_at, LotEvent.id)
    ).all()
    return Trace(
        lot=lot,
        producer_id=producer_id,
        producer_name=name,
        producer_kind=kind,
        verified=verified_at is not None,
        events=[_told(event) for event in events],
        isolation=_isolation(lot, events),
    )


def _told(event: LotEvent) -> Told:
    return Told(
        step=event.step,
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        voice=event.voice,
        facts=event.facts,
    )


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

"""Events that survive: recorded in the transaction that caused them, delivered by the worker."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, TypeVar, dataclass_transform, get_args
from uuid import UUID

from sqlalchemy import ForeignKey, Index, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from market import clock
from market.db import Base, Identified, Json, insert_rows
from market.ids import uuid7


@dataclass_transform(frozen_default=True, kw_only_default=True)
@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened: a past-tense `name`, and ids and primitives only.

    Each is such a dataclass, with its name in its head: `class Moved(Event, name="order.moved")`.
    """

    name: ClassVar[str]

    def __init_subclass__(cls, *, name: str) -> None:
        cls.name = name
        dataclass(frozen=True, kw_only=True)(cls)


class OutboxEvent(Identified, Base):
    """An event waiting to be fanned out to its subscribers."""

    __table_args__ = (Index("ix_outbox_event_waiting", "dispatched_at", "id"),)

    name: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    recorded_at: Mapped[datetime]
    dispatched_at: Mapped[datetime | None]


class OutboxDelivery(Base):
    """One event on its way to one subscriber or task: due, done or failed for somebody to see."""

    __table_args__ = (Index("ix_outbox_delivery_due", "state", "next_at"),)

    event_id: Mapped[UUID] = mapped_column(ForeignKey("outbox_event.id"), primary_key=True)
    subscriber: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    error: Mapped[str | None]


E = TypeVar("E", bound=Event)


def record(session: Session, *events: Event) -> None:
    """Keep the events with the work that caused them; all are committed or nothing."""
    insert_rows(session, OutboxEvent, rows_of(*events))


def retry(session: Session, *, now: datetime) -> int:
    """Let what gave up be tried anew from now on; how many."""
    failed = update(OutboxDelivery).filter_by(state="failed").returning(OutboxDelivery.event_id)
    anew = failed.values(state="due", attempts=0, next_at=now, error=None)
    return len(session.execute(anew).all())


def rows_of(*events: Event) -> list[dict[str, Any]]:
    """The same as rows for a batch."""
    now = clock.now()
    return [
        {"id": uuid7(), "name": event.name, "payload": asdict(event), "recorded_at": now}
        for event in events
    ]


def restored(event_class: type[E], payload: dict[str, Any]) -> E:
    """The event as it was recorded, its ids as UUIDs again."""
    facts = dict(payload)
    for item in fields(event_class):
        if UUID in (item.type, *get_args(item.type)) and facts[item.name] is not None:
            facts[item.name] = UUID(facts[item.name])
    return event_class(**facts)

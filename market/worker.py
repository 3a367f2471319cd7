"""The worker: fans events out, delivers them, and runs what the schedule says.

A subscriber runs inside one transaction together with the note that it ran, so a repeat does
nothing. A task opens its own transactions and alone may call the outside; it may run twice, so it
uses its event's ids as keys.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, Session, mapped_column

from market import clock, portable
from market.config import Settings
from market.db import Base, Database, took_effect
from market.errors import MarketError
from market.outbox import Event, OutboxDelivery, OutboxEvent, restored

log = logging.getLogger("market.worker")
BATCH = 100
ATTEMPTS_MAX = 10
LEASE = timedelta(minutes=2)
BACKOFF = timedelta(seconds=2)
RETRY = timedelta(minutes=1)  # of a job
IDLE_SECONDS = 0.5
LOST_SECONDS_MAX = 60.0  # between two looks for a database that is away
Subscriber = Callable[[Session, Any], None]
Task = Callable[["Context", Any], None]
Key = tuple[UUID, str, int]  # of a delivery, at one of its tries


class ScheduleRun(Base):
    """When a job is due next."""

    name: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]


class Job(NamedTuple):
    """A named function of the worker's context and the time, run every so often."""

    name: str
    every: timedelta
    run: Callable[["Context", datetime], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """Which events go where: subscribers and tasks by event class, and the schedule's jobs."""

    subscribers: Mapping[type[Event], Sequence[Subscriber]]
    tasks: Mapping[type[Event], Sequence[Task]]
    jobs: Sequence[Job]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What tasks and jobs may use."""

    database: Database
    settings: Settings
    wiring: Wiring
    ports: Mapping[str, Any] = field(default_factory=dict)
    now: Callable[[], datetime] = clock.now


def run(context: Context, *, stop: threading.Event) -> None:
    """Work until told to stop, resting only when there is nothing to do."""
    pause = IDLE_SECONDS
    while not stop.is_set():
        try:
            if not work(context):
                stop.wait(IDLE_SECONDS)
            pause = IDLE_SECONDS
        except OperationalError as error:
            pause = min(pause * 2, LOST_SECONDS_MAX)
            log.warning("the database does not answer: %s", type(error.orig).__name__)
            stop.wait(pause)
        except Exception:
            log.exception("worker round failed")
            stop.wait(IDLE_SECONDS * 4)


def drain(context: Context) -> None:
    """Work until nothing is due now."""
    while work(context):
        pass


def work(context: Context) -> bool:
    """One round: the schedule, the fan-out, the deliveries; whether there was anything to do."""
    now = context.now()
    with context.database.reading() as session:
        waiting = _anything(session, context, now)
    if not waiting:
        return False
    with context.database.transaction() as session:
        jobs = due_jobs(session, context.wiring.jobs, now=now)
        fanned = _fan_out(session, context.wiring, now)
    for job in jobs:
        _run_job(context, job, now)
    delivered = sum(takewhile(bool, (_deliver_next(context) for _ in range(BATCH))))
    return bool(jobs or fanned or delivered)


def due_jobs(session: Session, jobs: Sequence[Job], *, now: datetime) -> list[Job]:
    """Claim the jobs whose time has come; nobody else gets them before their next time."""
    return [job for job in jobs if _claimed(session, job, now)]


def hasten(session: Session, job: Job, *, now: datetime) -> None:
    """Let a job that failed come again after a minute, where its own time is not sooner."""
    soon = now + min(job.every, RETRY)
    is_later = (ScheduleRun.name == job.name) & (ScheduleRun.due_at > soon)
    session.execute(update(ScheduleRun).where(is_later).values(due_at=soon))


def _anything(session: Session, context: Context, now: datetime) -> bool:
    due = {row.name: row.due_at for row in session.scalars(select(ScheduleRun))}
    if any(due.get(job.name, now) <= now for job in context.wiring.jobs):
        return True
    event = select(OutboxEvent.id).where(OutboxEvent.dispatched_at.is_(None)).limit(1)
    delivery = _due_deliveries(now).with_only_columns(OutboxDelivery.event_id)
    return session.scalar(event) is not None or session.scalar(delivery) is not None


def _fan_out(session: Session, wiring: Wiring, now: datetime) -> int:
    waiting = select(OutboxEvent).filter_by(dispatched_at=None).order_by(OutboxEvent.id)
    events = session.scalars(waiting.limit(BATCH).with_for_update(skip_locked=True)).all()
    for event in events:
        event.dispatched_at = now
        for name in _receivers(wiring, event.name):
            its = {"event_id": event.id, "subscriber": name}
            session.add(OutboxDelivery(**its, state="due", next_at=now))
    return len(events)


def _run_job(context: Context, job: Job, now: datetime) -> None:
    """Run a job; one that fails comes again soon and takes no other job with it."""
    try:
        job.run(context, now)
    except Exception:
        log.exception("job %s failed", job.name)
        context.database.run(hasten, job=job, now=context.now())


def _receivers(wiring: Wiring, event_name: str) -> dict[str, tuple[type[Event], Any, bool]]:
    """The receivers of an event by name, each with its class, function and whether it is a task."""
    found: dict[str, tuple[type[Event], Any, bool]] = {}
    for table, is_task in ((wiring.subscribers, False), (wiring.tasks, True)):
        for event_class, functions in table.items():
            if event_class.name == event_name:
                found |= {_name(each): (event_class, each, is_task) for each in functions}
    return found


def _name(function: Callable[..., None]) -> str:
    return f"{function.__module__}.{function.__name__}"


def _due_deliveries(now: datetime) -> Any:
    due = select(OutboxDelivery).filter_by(state="due").where(OutboxDelivery.next_at <= now)
    return due.order_by(OutboxDelivery.next_at, OutboxDelivery.event_id).limit(1)


def _deliver_next(context: Context) -> int:
    """Lease one due delivery and carry it out; 0 when none is due."""
    now = context.now()
    with context.database.transaction() as session:
        delivery = session.scalar(_due_deliveries(now).with_for_update(skip_locked=True))
        if delivery is None:
            return 0
        if delivery.attempts >= ATTEMPTS_MAX:  # the last try took its process down with it
            delivery.state, delivery.error = "failed", "no try came back"
            return 1
        delivery.attempts += 1
        delivery.next_at = now + LEASE
        event = session.get_one(OutboxEvent, delivery.event_id)
        key = (delivery.event_id, delivery.subscriber, delivery.attempts)
        name, payload = event.name, event.payload
    try:
        _carry_out(context, key, name, payload)
    except Exception as error:
        log.exception("delivery of %s to %s failed", name, key[1])
        _put_off(context, key, error)
    return 1


def _carry_out(context: Context, key: Key, name: str, payload: dict[str, Any]) -> None:
    receiver = _receivers(context.wiring, name).get(key[1])
    if receiver is None:
        raise LookupError(f"nobody is wired as {key[1]}")
    event_class, function, is_task = receiver
    event = restored(event_class, payload)
    if is_task:
        function(context, event)
    with context.database.transaction() as session:
        if _settle(session, key, state="done", error=None) and not is_task:
            try:
                function(session, event)
            except MarketError as refusal:  # undoes all, even one that elsewhere keeps
                raise RuntimeError(f"refused: {refusal}") from refusal


def _settle(session: Session, key: Key, **values: Any) -> bool:
    event_id, subscriber, attempt = key
    its = {"event_id": event_id, "subscriber": subscriber, "attempts": attempt, "state": "due"}
    return took_effect(session, update(OutboxDelivery).filter_by(**its).values(**values))


def _put_off(context: Context, key: Key, error: Exception) -> None:
    attempt = key[2]
    state = "failed" if attempt >= ATTEMPTS_MAX else "due"
    next_at = context.now() + BACKOFF * 2**attempt
    said = f"{type(error).__name__}: {error}"[:500]
    context.database.run(_settle, key=key, state=state, next_at=next_at, error=said)


def _claimed(session: Session, job: Job, now: datetime) -> bool:
    row = ScheduleRun
    if portable.insert_new(session, row, name=job.name, due_at=now + job.every):
        return True
    its_time = or_(row.due_at <= now, row.due_at > now + 2 * job.every)
    claim = update(row).where(row.name == job.name, its_time).values(due_at=now + job.every)
    return took_effect(session, claim)

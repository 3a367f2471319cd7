"""Work that comes round: each job runs once per interval, whichever worker gets to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from market import portable
from market.db import Base, took_effect

RETRY = timedelta(minutes=1)


class ScheduleRun(Base):
    """When a job is due next."""

    __tablename__ = "schedule_run"

    name: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A named function of the worker's context and the time, run every so often."""

    name: str
    every: timedelta
    run: Callable[[Any, datetime], None]  # the worker's Context; the worker stands above


def due(session: Session, jobs: Sequence[Job], *, now: datetime) -> list[Job]:
    """Claim the jobs whose time has come; nobody else gets them before their next time."""
    return [job for job in jobs if _claimed(session, job, now)]


def hasten(session: Session, job: Job, *, now: datetime) -> None:
    """Let a job that failed come again after a minute, where its own time is not sooner."""
    soon = now + min(job.every, RETRY)
    session.execute(
        update(ScheduleRun)
        .where(ScheduleRun.name == job.name, ScheduleRun.due_at > soon)
        .values(due_at=soon)
    )


def _claimed(session: Session, job: Job, now: datetime) -> bool:
    row = ScheduleRun
    if portable.insert_new(session, row, name=job.name, due_at=now + job.every):
        return True
    its_time = or_(row.due_at <= now, row.due_at > now + 2 * job.every)
    claim = update(row).where(row.name == job.name, its_time).values(due_at=now + job.every)
    return took_effect(session, claim)

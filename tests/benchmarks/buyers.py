"""Sixteen buyers in processes of their own, so that no interpreter's lock is what is measured."""

import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import bindparam, update

from market import clock, portable
from market.config import Settings
from market.db import Database
from market.errors import Busy, MarketError
from market.inventory.models import Cell
from market.money import Money
from payments import attempting
from payments.checkout import place
from payments.gateway import PaidIn, Standing
from payments.models import Attempt
from tests import makers

CLIENTS = 16
GRAMS = 500
DONE, AGAIN = "done", "asked again"
STOP_SECONDS = 10

_UPDATE = (
    update(Cell)
    .where(Cell.resource_id == bindparam("resource"), Cell.bucket == 0)
    .where(Cell.held + Cell.sold + GRAMS <= Cell.capacity)
    .values(held=Cell.held + GRAMS)
    .returning(Cell.bucket)
)


class Task(NamedTuple):
    """What one client does when all are ready: update the cell, check out, or hear of captures."""

    cell: UUID
    updates: int = 0
    baskets: Sequence[UUID] = ()
    first_phone: int = 0
    captured: Sequence[PaidIn] = ()


class Done(NamedTuple):
    """How it went, on the clock that all processes share."""

    began: float
    ended: float
    outcomes: Counter[str]


Race: TypeAlias = Callable[[list[Task]], list[Done]]


@contextmanager
def racing(settings: Settings) -> Iterator[Race]:
    """Start the clients; `race` gives each its task and waits for all of them."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(CLIENTS)
    pipes = [context.Pipe() for _ in range(CLIENTS)]
    processes = [
        context.Process(target=_client, args=(settings, there, barrier), daemon=True)
        for _, there in pipes
    ]
    for process in processes:
        process.start()
    for _, there in pipes:
        there.close()

    def race(tasks: list[Task]) -> list[Done]:
        for (here, _), task in zip(pipes, tasks, strict=True):
            here.send(task)
        return [here.recv() for here, _ in pipes]

    try:
        yield race
    finally:
        for (here, _), process in zip(pipes, processes, strict=True):
            here.close()
            process.join(STOP_SECONDS)
            process.terminate()


def _client(settings: Settings, pipe: Connection, barrier: Any) -> None:
    database = Database(settings, plans_once=True)  # as the API has it
    while True:
        try:
            task: Task = pipe.recv()
        except EOFError:  # the race is over
            database.close()
            return
        barrier.wait()
        began = time.monotonic()
        outcomes = Counter(_work(database, task))
        pipe.send(Done(began, time.monotonic(), outcomes))


def _work(database: Database, task: Task) -> Iterator[str]:
    for _ in range(task.updates):
        yield _guarded_update(database, task.cell)
    for number, basket_id in enumerate(task.baskets, start=task.first_phone):
        phone = f"+8491{number:07}"
        yield from _persistently(partial(_check_out, database, basket_id, phone=phone))
    for told in task.captured:
        yield from _persistently(partial(_capture, database, told))


def _persistently(deed: Callable[[], None]) -> Iterator[str]:
    """Ask again for as long as the market is only busy, as its `Retry-After` says."""
    while True:
        try:
            deed()
        except Busy:
            yield AGAIN
        except MarketError as refusal:
            yield refusal.code
            return
        else:
            yield DONE
            return


def _guarded_update(database: Database, cell: UUID) -> str:
    """The one statement that no sale can do without, and its commit."""
    engine = database.write_engine
    with portable.write_turn(engine), engine.begin() as connection:
        taken = connection.execute(_UPDATE, {"resource": cell}).first()
    return "empty" if taken is None else DONE


def told_of(attempt: Attempt, standing: Standing) -> PaidIn:
    """What the provider would say of a try that has come so far."""
    amount = Money(attempt.amount_minor)
    return PaidIn(
        reference=attempt.reference or "",
        charge_id=attempt.id,
        standing=standing,
        amount=amount,
        captured=amount if standing is Standing.CAPTURED else Money(0),
    )


def _capture(database: Database, told: PaidIn) -> None:
    """As the worker does it, when the provider has answered."""
    now = clock.now()
    with database.transaction() as session:
        attempting.hear(session, provider="stripe", told=told, now=now)


def _check_out(database: Database, basket_id: UUID, *, phone: str) -> None:
    """As the API does it: the questions first, then the turn to write."""
    now = clock.now()
    with database.reading() as asking:
        ready = makers.prepared(asking, now, basket_id, phone=phone)
    with database.transaction() as session:
        place(session, prepared=ready, now=now)

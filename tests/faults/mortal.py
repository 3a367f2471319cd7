"""Processes that are killed at their n-th step: a worker's, and one that answers people."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api.wiring import context_for
from market import inventory, orders, worker
from market.accounts import Actor
from market.bookings import AlreadyRedeemed
from market.db import Database
from market.orders import Rail, WrongState
from market.orders.models import Order
from payments import cancelling, disrupting, fulfilling, repromising, weighing
from payments.repromising import HarvestSlipped
from tests.databases import settings_for
from tests.payments.market import Market

# One server of forks that has everything imported: each process is one of its own.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload([__name__])


def ending_of(body: Callable[..., None], *given: object, seconds: int = 60) -> int:
    """How a process that does the body ends."""
    process = processes.Process(target=body, args=given)
    process.start()
    process.join(timeout=seconds)
    if process.exitcode is None:
        process.kill()
        process.join()
    return int(process.exitcode or 0)


class Steps:
    """Counts down to the end; SIGKILL leaves nobody time to tidy up.

    Every step counts, or only those of one name.
    """

    def __init__(self, lives: int, only: str | None = None) -> None:
        self._left, self._only = lives, only

    def take(self, name: str = "commit") -> None:
        if self._only in {None, name}:
            self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class MortalDatabase(Database):
    """Its process may be killed before any commit, with all the work of the transaction done."""

    def __init__(self, settings: Any, steps: Steps) -> None:
        super().__init__(settings)
        self._steps = steps

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        with super().transaction() as session:
            yield session
            session.flush()
            self._steps.take()


class MortalSms:
    """Its process may be killed with a message sent and nobody told of it."""

    def __init__(self, sms: Any, steps: Steps) -> None:
        self._sms, self._steps = sms, steps

    def send(self, **message: str) -> None:
        self._sms.send(**message)
        self._steps.take()


class MortalGateway:
    """Its process may be killed before a provider is asked, and when that has done what it was."""

    def __init__(self, gateway: Any, steps: Steps) -> None:
        self._gateway, self._steps = gateway, steps

    def __getattr__(self, name: str) -> Any:
        verb = getattr(self._gateway, name)
        if not callable(verb):
            return verb

        def asked(*given: Any, **more: Any) -> Any:
            self._steps.take(f"before {name}")
            done = verb(*given, **more)
            self._steps.take(f"after {name}")
            return done

        return asked


def live(url: str, data: Path, now: datetime, lives: int) -> None:
    """The body of the process: work until nothing is due, or until the last life is gone."""
    settings, steps = settings_for(url, data), Steps(lives)
    context = context_for(settings, MortalDatabase(settings, steps), now=lambda: now)
    sms = MortalSms(context.ports["sms"], steps)
    worker.drain(replace(context, ports={**context.ports, "sms": sms}))


@dataclass(frozen=True)
class Deeds:
    """What people do to five orders of a sale, a verb each, as their taps reach an API process."""

    farmer: Actor
    host: Actor
    sent: UUID
    fetched: UUID
    visited: UUID
    called_off: UUID
    ticket: str
    now: datetime

    def verbs(self) -> list[Callable[[Session], object]]:
        """Confirm to deliver, cash at a pick-up, a guest let in, a refund owed, time run out."""
        farmer: dict[str, Any] = {"actor": self.farmer, "now": self.now}
        return [
            lambda session: orders.confirm(session, order_id=self.sent, **farmer),
            lambda session: weighing.pack(session, order_id=self.sent, **farmer),
            lambda session: fulfilling.hand_over(session, order_id=self.sent, **farmer),
            lambda session: fulfilling.deliver(
                session, order=session.get_one(Order, self.sent), **farmer
            ),
            lambda session: orders.confirm(session, order_id=self.fetched, **farmer),
            lambda session: fulfilling.hand_over(session, order_id=self.fetched, **farmer),
            lambda session: fulfilling.redeem(
                session, actor=self.host, code=self.ticket, now=self.now
            ),
            lambda session: cancelling.cancel(
                session,
                order=session.get_one(Order, self.called_off),
                by_buyer=False,
                reason="",
                **farmer,
            ),
            lambda session: cancelling.expire_due(session, now=self.now + timedelta(hours=25)),
            lambda session: inventory.sweep(session, now=self.now + timedelta(hours=25)),
        ]


def act(url: str, data: Path, deeds: Deeds, lives: int) -> None:
    """The body of the process: one deed after the other; one done before is refused, and passed."""
    database = MortalDatabase(settings_for(url, data), Steps(lives))
    for verb in deeds.verbs():
        with suppress(WrongState, AlreadyRedeemed), database.transaction() as session:
            verb(session)


def move_money(
    url: str, data: Path, now: datetime, at: tuple[str, int], deed: str, *given: Any
) -> None:
    """The body of the process: one deed of a market that stands, until the n-th step of a name."""
    name, lives = at
    settings, steps = settings_for(url, data), Steps(lives, name)
    market = Market(MortalDatabase(settings, steps), settings, now, stands=True)
    market.gateway = market.context.ports["gateways"][Rail.CARD] = MortalGateway(
        market.gateway, steps
    )
    getattr(market, deed)(*given)


def slip_on(url: str, data: Path, now: datetime, event: HarvestSlipped, lives: int) -> None:
    """The body of the process: carry a slip to its orders, until the last life is gone."""
    settings = settings_for(url, data)
    database = MortalDatabase(settings, Steps(lives))
    repromising.work_off(context_for(settings, database, now=lambda: now), event)


def disrupt_on(url: str, data: Path, now: datetime, event: disrupting.Applied, lives: int) -> None:
    """The body of the process: handle the orders of a disruption, until the last life is gone."""
    settings = settings_for(url, data)
    database = MortalDatabase(settings, Steps(lives))
    disrupting.handle_all(context_for(settings, database, now=lambda: now), event)

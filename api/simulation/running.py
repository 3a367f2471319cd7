"""A simulation from its seed: the same seed tells the same story on both databases."""

import random
from contextlib import closing
from dataclasses import replace
from datetime import datetime, time, timedelta

from sqlalchemy import select

import migrations
from api.simulation.money import ask_back, end_day
from api.simulation.offering import offer
from api.simulation.stage import Say, Stage
from api.simulation.trading import trade
from api.simulation.waiting import leave_open
from api.simulation.world import build
from api.wiring import context_for
from market import clock, rates, worker
from market.accounts.models import Person
from market.config import ConfigError, Settings
from market.db import Database
from market.files import files_for
from market.notifications.carriers import DemoOutbox
from market.orders import Rail
from payments import fake_psp

OPENING = time(6, 0)


def simulate(settings: Settings, *, seed: int, days: int, say: Say) -> Stage:
    """Build a world and let it trade for so many days, the last of them today.

    Only in an empty database of this machine: its people have numbers that others may own. Raises
    ConfigError.
    """
    if not settings.local:
        raise ConfigError(["a story is told on this machine only, not on a public address"])
    with closing(Database(settings)) as database:
        migrations.upgrade(database.write_engine)
        if is_inhabited(database):
            raise ConfigError(["the database holds a world already; choose another, or empty it"])
    database = Database(settings)
    with database.transaction() as session:
        rates.seed(session, now=clock.now())
    first = clock.day_of(clock.now()) - timedelta(days=days)
    stage = Stage(
        database=database,
        settings=settings,
        files=files_for(settings),
        chance=random.Random(seed),  # noqa: S311  a story needs no secrets
        now=datetime.combine(first, OPENING, clock.VIETNAM),
        say=say,
    )
    context = _worker_of(stage)
    here = replace(context, now=lambda: stage.now, wiring=replace(context.wiring, jobs=[]))
    build(stage)
    offer(stage)
    for _ in trade(stage, days=days):
        end_day(stage, here)
    leave_open(stage)
    ask_back(stage, here)
    say("telling everybody")
    fake_psp.delivering.lose(settings.data, now=stage.now)  # the story has heard it all
    worker.drain(context)
    return stage


def _worker_of(stage: Stage) -> worker.Context:
    """The worker; whatever carriers and providers there are, nothing leaves this machine."""
    context, outbox = context_for(stage.settings, stage.database), DemoOutbox(stage.settings.data)
    ports = {"sms": outbox, "email": outbox, "gateways": {Rail.CARD: stage.stripe}}
    return replace(context, ports={**context.ports, **ports})


def is_inhabited(database: Database) -> bool:
    """Whether anybody is known there."""
    with database.reading() as session:
        return session.scalar(select(Person.id).limit(1)) is not None

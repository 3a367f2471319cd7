"""A simulation from its seed: the same seed tells the same story on both databases."""

import random
from contextlib import closing
from dataclasses import replace
from datetime import datetime, time, timedelta

from sqlalchemy import select

import migrations
from api.simulation.offering import offer
from api.simulation.stage import Say, Stage
from api.simulation.trading import trade
from api.simulation.waiting import leave_open
from api.simulation.world import build
from api.wiring import context_for
from market import clock, worker
from market.accounts.models import Person
from market.config import ConfigError, Settings
from market.db import Database
from market.files import files_for
from market.notifications.carriers import DemoOutbox

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
    first = clock.day_of(clock.now()) - timedelta(days=days)
    stage = Stage(
        database=database,
        settings=settings,
        files=files_for(settings),
        chance=random.Random(seed),  # noqa: S311  a story needs no secrets
        now=datetime.combine(first, OPENING, clock.VIETNAM),
        say=say,
    )
    build(stage)
    offer(stage)
    trade(stage, days=days)
    leave_open(stage)
    say("telling everybody")
    context = context_for(settings, database)
    outbox = DemoOutbox(settings.data)  # whatever carriers there are: nobody is really written to
    worker.drain(replace(context, ports={**context.ports, "sms": outbox, "email": outbox}))
    return stage


def is_inhabited(database: Database) -> bool:
    """Whether anybody is known there."""
    with database.reading() as session:
        return session.scalar(select(Person.id).limit(1)) is not None

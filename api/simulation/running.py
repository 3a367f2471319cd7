"""A simulation from its seed: the same seed tells the same story on both databases."""

import random
from datetime import datetime, time, timedelta

import migrations
from api.simulation.offering import offer
from api.simulation.stage import Say, Stage
from api.simulation.trading import trade
from api.simulation.world import build
from api.wiring import context_for
from market import clock, worker
from market.config import Settings
from market.db import Database
from market.files import Folder

OPENING = time(6, 0)


def simulate(settings: Settings, *, seed: int, days: int, say: Say) -> Stage:
    """Build a world and let it trade for so many days, the last of them today."""
    database = Database(settings)
    migrations.upgrade(database.write_engine)
    first = clock.day_of(clock.now()) - timedelta(days=days)
    stage = Stage(
        database=database,
        settings=settings,
        files=Folder(settings.data / "files"),
        chance=random.Random(seed),  # noqa: S311  a story needs no secrets
        now=datetime.combine(first, OPENING, clock.VIETNAM),
        say=say,
    )
    build(stage)
    offer(stage)
    trade(stage, days=days)
    say("telling everybody")
    worker.drain(context_for(settings, database))
    return stage

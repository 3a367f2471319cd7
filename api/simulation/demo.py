"""`make demo`: the story built once, then served with its worker until stopped."""

import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from datetime import datetime, timedelta
from types import FrameType
from typing import Any

import orjson
from sqlalchemy import select

import migrations
from api import upgrading
from api.simulation.facts import CAST
from api.simulation.running import is_inhabited, simulate
from api.simulation.stage import Stage
from api.simulation.world import phone_of
from market import accounts, clock
from market.accounts.models import Person
from market.config import ConfigError, Settings
from market.db import Database

GUIDE = "demo.json"
SEED, DAYS = 1, 6
LIFETIME = timedelta(days=7)
LOOK_SECONDS = 0.2


def run(settings: Settings, *, port: int, reset: bool, build_only: bool) -> int:
    """Build what is missing, say who can sign in, and serve on 127.0.0.1."""
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if reset or not (settings.data / GUIDE).exists():
        _start_over(settings, asked=reset)
    with closing(Database(settings)) as database:
        is_told = migrations.current(database.read_engine) is not None
        if is_told:  # perhaps by an earlier version of this program
            upgrading.upgrade(database, say=_say)
    if not (is_told and (settings.data / GUIDE).exists()):
        _write_guide(settings, simulate(settings, seed=SEED, days=DAYS, say=_say))
    _say_who(settings)
    return 0 if build_only else _serve(port)


def _start_over(settings: Settings, *, asked: bool) -> None:
    """Remove what the demo made, or a story that was broken off.

    Another database than the embedded one is emptied only when that was asked for, and only if
    it is a demo's: its administrator has the demo's number.
    """
    if settings.database_url != Settings(data=settings.data).completed().database_url:
        _empty(settings, asked=asked)
    for name in ("market.db", "market.db-wal", "market.db-shm", "market.db.lock", GUIDE,
                 "outbox.jsonl", "fake_bank.db", "fake_stripe.db", "files", "metrics"):  # fmt: skip
        path = settings.data / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _empty(settings: Settings, *, asked: bool) -> None:
    with closing(Database(settings)) as database:
        if migrations.current(database.read_engine) is None or not is_inhabited(database):
            return
        with database.reading() as session:
            known = select(Person.id).where(Person.phone == phone_of(CAST["administrator"]))
            is_a_demo = session.scalar(known) is not None
        if not (asked and is_a_demo):
            where = f"{database.write_engine.url!r} holds a world already"
            way = "`make demo-reset` empties it" if is_a_demo else "it is not the demo's to empty"
            raise ConfigError([f"{where}; {way}"])
        migrations.downgrade(database.write_engine)


def _write_guide(settings: Settings, stage: Stage) -> None:
    """`demo.json`: who can sign in, with which token, and something of each kind to look at."""
    now = clock.now()
    with stage.database.transaction() as session:
        people = {role: _pass(session, stage, person, now) for role, person in CAST.items()}
    examples: dict[str, Any] = {
        "listing": str(stage.listings["strawberry-nz"]),
        "experience": str(stage.experiences["strawberry-morning"]),
        "lot": stage.lots["strawberry-nz"],
        "cooperative": str(stage.organisations["suong-mai"]),
        "farm": str(stage.organisations["ka-hoa"]),
    }
    guide = {"url": settings.public_url, "people": people, "keys": {}, "examples": examples}
    path = settings.data / GUIDE
    path.write_bytes(orjson.dumps(guide, option=orjson.OPT_INDENT_2))
    path.chmod(0o600)


def _pass(session: Any, stage: Stage, person: str, now: datetime) -> dict[str, str]:
    tokens = accounts.issue_tokens(
        session, person_id=stage.people[person], device_name="demo", now=now, lifetime=LIFETIME
    )
    return {"phone": phone_of(person), "token": tokens.access_token}


def _say_who(settings: Settings) -> None:
    guide = orjson.loads((settings.data / GUIDE).read_bytes())
    with Database(settings).reading() as session:
        rows = session.execute(select(Person.phone, Person.name)).all()
    names = {row.phone: row.name for row in rows}
    _say(f"\nChợ Lâm Đồng: {settings.public_url}   API: {settings.public_url}/v1/docs")
    _say(f"Sign in at {settings.public_url}/sign-in with a number below;")
    _say(f"the code of six digits appears at {settings.public_url}/outbox\n")
    for role, person in guide["people"].items():
        _say(f"  {role:<14} {person['phone']:<14} {names.get(person['phone'], '')}")
    _say(f"\nTokens for the API stand in {settings.data / GUIDE}. Stop with Ctrl-C.")


def _serve(port: int) -> int:
    """The server and the worker as two processes; when one ends, so does the other."""
    market = [sys.executable, "-m", "api"]
    both = [
        subprocess.Popen([*market, "worker"]),  # noqa: S603  our own program
        subprocess.Popen([*market, "serve", "--port", str(port)]),  # noqa: S603
    ]

    def stop(_signal: int, _frame: FrameType | None) -> None:
        for process in both:
            process.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while all(process.poll() is None for process in both):
        time.sleep(LOOK_SECONDS)
    stop(signal.SIGTERM, None)
    return max(0, *(process.wait() for process in both))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()

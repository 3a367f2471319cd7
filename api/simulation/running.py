"""A story from its seed, told once and, with `make demo`, served with its worker until stopped."""

import random
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import datetime, time, timedelta
from time import sleep
from typing import Any

import orjson
from sqlalchemy import select

import migrations
from api.simulation import ending, facts, offering, reselling, trading
from api.simulation.world import Say, Stage, build, phone_of
from api.wiring import context_for
from market import Database, accounts, clock, files, rates, worker
from market.accounts import Person
from market.config import ConfigError, Settings
from market.notifications.carriers import DemoOutbox
from market.orders import Rail
from payments import fake_bank, fake_psp

OPENING = time(6, 0)
GUIDE = "demo.json"
SEED, DAYS = 1, 6
LIFETIME = timedelta(days=7)
LOOK_SECONDS = 0.2


def simulate(settings: Settings, *, seed: int, days: int, say: Say) -> Stage:
    """Let an empty world of this machine trade for so many days until today; raises ConfigError."""
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
        files=files.files_for(settings),
        chance=random.Random(seed),  # noqa: S311  a story needs no secrets
        now=datetime.combine(first, OPENING, clock.VIETNAM),
        say=say,
    )
    context = _worker_of(stage)
    here = replace(context, now=lambda: stage.now, wiring=replace(context.wiring, jobs=[]))
    build(stage)
    offering.offer(stage)
    for _ in trading.trade(stage, days=days):
        ending.end_day(stage, here)
    ending.review(stage)
    ending.leave_open(stage)
    reselling.resell(stage)
    ending.ask_back(stage, here)
    say("telling everybody")
    fake_psp.payer.lose(settings.data, now=stage.now)  # the story has heard it all
    worker.drain(context)
    return stage


def is_inhabited(database: Database) -> bool:
    """Whether anybody is known there."""
    with database.reading() as session:
        return session.scalar(select(Person.id).limit(1)) is not None


def run_demo(settings: Settings, *, port: int, reset: bool, build_only: bool, say: Say) -> int:
    """Build what is missing, say who can sign in, and serve on 127.0.0.1."""
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if reset or not (settings.data / GUIDE).exists():
        _start_over(settings, asked=reset)
    with closing(Database(settings)) as database:
        is_told = migrations.current(database.read_engine) is not None
        if is_told:  # perhaps by an earlier version of this program
            migrations.bring_up(database, say=say)
    if not (is_told and (settings.data / GUIDE).exists()):
        _write_guide(settings, simulate(settings, seed=SEED, days=DAYS, say=say))
    _say_who(settings, say)
    return 0 if build_only else _serve(port)


def _worker_of(stage: Stage) -> worker.Context:
    """The worker; whatever carriers and providers there are, nothing leaves this machine."""
    context, outbox = context_for(stage.settings, stage.database), DemoOutbox(stage.settings.data)
    ports = {"sms": outbox, "email": outbox, "gateways": {Rail.CARD: stage.stripe}}
    return replace(context, ports={**context.ports, **ports})


def _start_over(settings: Settings, *, asked: bool) -> None:
    """Remove what the demo made; another database only if that was asked for and is a demo's."""
    if settings.database_url != Settings(data=settings.data).completed().database_url:
        _empty(settings, asked=asked)
    for name in ("market.db", "market.db-wal", "market.db-shm", "market.db.lock", GUIDE, "files",
                 "outbox.jsonl", fake_bank.FILE, fake_psp.FILE, "metrics"):  # fmt: skip
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
            known = select(Person.id).where(Person.phone == phone_of(facts.CAST["administrator"]))
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
        people = {role: _pass(session, stage, person, now) for role, person in facts.CAST.items()}
    examples = {name: str(getattr(stage, its)[key]) for name, (its, key) in facts.EXAMPLES.items()}
    guide = {"url": settings.public_url, "people": people, "keys": stage.keys, "examples": examples}
    path = settings.data / GUIDE
    path.write_bytes(orjson.dumps(guide, option=orjson.OPT_INDENT_2))
    path.chmod(0o600)


def _pass(session: Any, stage: Stage, person: str, now: datetime) -> dict[str, str]:
    tokens = accounts.issue_tokens(
        session, person_id=stage.people[person], device_name="demo", now=now, lifetime=LIFETIME
    )
    return {"phone": phone_of(person), "token": tokens.access_token}


def _say_who(settings: Settings, say: Say) -> None:
    names = {each.key: each.name for each in facts.PEOPLE}
    say(f"\nChợ Lâm Đồng: {settings.public_url}   API: {settings.public_url}/v1/docs")
    say(f"Sign in at {settings.public_url}/sign-in with a number below;")
    say(f"the code of six digits appears at {settings.public_url}/outbox\n")
    for role, person in facts.CAST.items():
        say(f"  {role:<14} {phone_of(person):<14} {names.get(person, '')}")
    say(f"\nTokens for the API stand in {settings.data / GUIDE}. Stop with Ctrl-C.")


def _serve(port: int) -> int:
    """The server and the worker as two processes; when one ends, so does the other."""
    market = [sys.executable, "-m", "api"]
    both = [
        subprocess.Popen([*market, "worker"]),  # noqa: S603  our own program
        subprocess.Popen([*market, "serve", "--port", str(port)]),  # noqa: S603
    ]

    def stop(*_: object) -> None:
        for process in both:
            process.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while all(process.poll() is None for process in both):
        sleep(LOOK_SECONDS)
    stop()
    return max(0, *(process.wait() for process in both))

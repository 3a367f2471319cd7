"""`make demo`: the story built once, then served with its worker until stopped."""

import shutil
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from types import FrameType
from typing import Any

import orjson
from sqlalchemy import select

import migrations
from api.simulation.facts import CAST
from api.simulation.running import simulate
from api.simulation.stage import Stage
from api.simulation.world import phone_of
from market import accounts, clock
from market.accounts.models import Person
from market.config import Settings
from market.db import Database

SEED, DAYS = 1, 6
LIFETIME = timedelta(days=7)


def run(settings: Settings, *, port: int, reset: bool, build_only: bool) -> int:
    """Build what is missing, say who can sign in, and serve on 127.0.0.1."""
    if reset:
        _start_over(settings)
    if not _is_told(settings):
        _write_guide(settings, simulate(settings, seed=SEED, days=DAYS, say=_say))
    _say_who(settings)
    return 0 if build_only else _serve(port)


def _is_told(settings: Settings) -> bool:
    return (settings.data / "demo.json").exists() and (
        migrations.current(Database(settings).read_engine) == migrations.head()
    )


def _start_over(settings: Settings) -> None:
    """Only what the demo made; a database of its own address is left to its owner."""
    for name in ("market.db", "market.db-wal", "market.db-shm", "market.db.lock", "demo.json",
                 "outbox.jsonl", "fake_bank.db", "files", "metrics"):  # fmt: skip
        path = settings.data / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


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
    path = settings.data / "demo.json"
    path.write_bytes(orjson.dumps(guide, option=orjson.OPT_INDENT_2))
    path.chmod(0o600)


def _pass(session: Any, stage: Stage, person: str, now: datetime) -> dict[str, str]:
    tokens = accounts.issue_tokens(
        session,
        person_id=stage.people[person],
        device_name="demo",
        now=now,
        lifetime=LIFETIME,
    )
    return {"phone": phone_of(person), "token": tokens.access_token}


def _say_who(settings: Settings) -> None:
    guide = orjson.loads((settings.data / "demo.json").read_bytes())
    with Database(settings).reading() as session:
        rows = session.execute(select(Person.phone, Person.name)).all()
    names = {row.phone: row.name for row in rows}
    _say(f"\nChợ Lâm Đồng: {settings.public_url}   API: {settings.public_url}/v1/docs")
    _say(f"Sign in at {settings.public_url}/sign-in with a number below;")
    _say(f"the code of six digits appears at {settings.public_url}/outbox\n")
    for role, person in guide["people"].items():
        _say(f"  {role:<14} {person['phone']:<14} {names.get(person['phone'], '')}")
    _say(f"\nTokens for the API stand in {settings.data / 'demo.json'}. Stop with Ctrl-C.")


def _serve(port: int) -> int:
    """The server and the worker as two processes that end together."""
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
    status = both[1].wait()
    both[0].terminate()
    both[0].wait()
    return max(0, status)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()

"""`market`: the program's verbs for the people who run it."""

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from market.config import ConfigError, Settings
from market.errors import MarketError

Command = Callable[[Settings, argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; an error is one clear line on stderr and a non-zero exit."""
    chosen = _parser().parse_args(arguments)
    try:
        settings = Settings.from_environ()
        command: Command = chosen.command
        return command(settings, chosen)
    except ConfigError as error:
        for problem in error.problems:
            _complain(f"market: {problem}")
    except MarketError as refusal:
        _complain(f"market: {refusal.code} {refusal.facts}")
    except SQLAlchemyError as error:
        _complain(f"market: the database refused: {type(error).__name__}")
    except OSError as error:
        _complain(f"market: {error}")
    except KeyboardInterrupt:
        _complain("market: stopped")
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="market", description="Chợ Lâm Đồng")
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    _verb(verbs, "migrate", migrate, "bring the database to the newest schema")
    serve_verb = _verb(verbs, "serve", serve, "answer HTTP")
    serve_verb.add_argument("--host", default="127.0.0.1")
    serve_verb.add_argument("--port", type=int, default=8000)
    serve_verb.add_argument("--workers", type=int, default=2)
    _verb(verbs, "worker", worker, "deliver events and do what the schedule says")
    _verb(verbs, "check", check, "look at configuration, database, migrations, ledger and cells")
    simulate_verb = _verb(verbs, "simulate", simulate, "let farmers, hosts and buyers trade")
    simulate_verb.add_argument("--seed", type=int, default=1)
    simulate_verb.add_argument("--days", type=int, default=7)
    user_verb = _verb(verbs, "user", user, "grant a role over the whole market")
    user_verb.add_argument("destination", help="phone number or e-mail address")
    user_verb.add_argument("--role", choices=("moderator", "administrator"), required=True)
    organisation_verb = _verb(verbs, "organisation", organisation, "list or verify organisations")
    organisation_verb.add_argument("--verify", metavar="ID")
    openapi_verb = _verb(verbs, "openapi", openapi, "write the API's description")
    openapi_verb.add_argument("file", nargs="?", type=Path)
    demo_verb = _verb(verbs, "demo", demo, "tell the demo story and serve it")
    demo_verb.add_argument("--port", type=int, default=8000)
    demo_verb.add_argument("--reset", action="store_true")
    demo_verb.add_argument("--build-only", action="store_true")
    return parser


def _verb(verbs: object, name: str, command: Command, words: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=words)  # type: ignore[attr-defined]
    parser.set_defaults(command=command)
    return parser


def migrate(settings: Settings, _: argparse.Namespace) -> int:
    """Bring the database to the newest schema."""
    import migrations
    from market.db import Database

    with closing(Database(settings)) as database:
        before = migrations.current(database.write_engine)
        migrations.upgrade(database.write_engine)
    _say(f"database at {migrations.head()} (was {before or 'empty'})")
    return 0


def serve(settings: Settings, chosen: argparse.Namespace) -> int:
    """Answer HTTP until stopped."""
    from api import serving

    serving.run(settings, host=chosen.host, port=chosen.port, workers=chosen.workers)
    return 0


def worker(settings: Settings, _: argparse.Namespace) -> int:
    """Work until stopped."""
    from api.wiring import run_worker

    run_worker(settings)
    return 0


def check(settings: Settings, _: argparse.Namespace) -> int:
    """Print what is wrong, one line each; 0 when nothing is."""
    from api.checking import problems

    found = problems(settings)
    for problem in found:
        _complain(f"market: {problem}")
    _say("ok" if not found else f"{len(found)} problems")
    return 1 if found else 0


def simulate(settings: Settings, chosen: argparse.Namespace) -> int:
    """Add days of trade to the database."""
    from api.simulation.running import simulate as run

    run(settings, seed=chosen.seed, days=chosen.days, say=_say)
    return 0


def user(settings: Settings, chosen: argparse.Namespace) -> int:
    """Give somebody a role over the whole market."""
    from market import accounts, clock
    from market.db import Database

    with closing(Database(settings)) as database, database.transaction() as session:
        person_id = accounts.grant(
            session,
            destination=chosen.destination,
            role=accounts.Role(chosen.role),
            now=clock.now(),
        )
    _say(f"{person_id} is {chosen.role}")
    return 0


def organisation(settings: Settings, chosen: argparse.Namespace) -> int:
    """List the organisations, or say that one is verified."""
    from uuid import UUID

    from market import accounts, clock
    from market.db import Database

    with closing(Database(settings)) as database, database.transaction() as session:
        if chosen.verify:
            accounts.verify(session, organisation_id=UUID(chosen.verify), now=clock.now())
        for each in accounts.all_organisations(session):
            mark = "verified" if each.verified_at else "-"
            _say(f"{each.id}  {each.kind:<12} {mark:<9} {each.unit_code}  {each.name}")
    return 0


def openapi(settings: Settings, chosen: argparse.Namespace) -> int:
    """Write the description of /v1 to a file or to standard output."""
    from api.app import create_app
    from api.documentation import openapi_document

    document = openapi_document(create_app(settings))
    if chosen.file:
        chosen.file.write_bytes(document)
    else:
        sys.stdout.buffer.write(document)
    return 0


def demo(settings: Settings, chosen: argparse.Namespace) -> int:
    """Build the demo story where there is none, then serve it with its worker."""
    from api.simulation import demo as story

    return story.run(settings, port=chosen.port, reset=chosen.reset, build_only=chosen.build_only)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _complain(line: str) -> None:
    sys.stderr.write(f"{line}\n")

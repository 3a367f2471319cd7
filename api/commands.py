"""`market`: the program's verbs for the people who run it."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from api import logs
from market import Database, MarketError, clock, tables
from market.config import LOOPBACK, ConfigError, Settings

PRIVATE = 0o077  # what the market writes is for its own user alone
ARGUMENTS = tables.words("api", "commands.json")

Command = Callable[[Settings, argparse.Namespace], int | None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; an error is one clear line on stderr and a non-zero exit."""
    chosen = _parser().parse_args(arguments)
    try:
        settings = Settings.from_environ()
        command: Command = chosen.command
        return command(settings, chosen) or 0
    except ConfigError as error:
        for problem in error.problems:
            _complain(f"market: {problem}")
    except MarketError as refusal:
        facts = ", ".join(f"{name} {fact}" for name, fact in refusal.facts.items())
        _complain(f"market: {refusal.code.replace('.', ' ').replace('_', ' ')} ({facts})")
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        _complain(f"market: the database refused: {logs.redacted(said)}")
    except OSError as error:
        _complain(f"market: {error}")
    except KeyboardInterrupt:
        _complain("market: stopped")
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="market", description="Chợ Lâm Đồng")
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    often, rarely = (
        (migrate, worker, reconcile, retry, serve, check),
        (simulate, user, organisation),
    )
    for command in (*often, *rarely, openapi, resolve, demo):
        _describe(verbs.add_parser(command.__name__, help=command.__doc__), command)
    return parser


def _describe(verb: argparse.ArgumentParser, command: Command) -> None:
    """A verb is named, and explained, as its function, with the arguments of the table."""
    verb.set_defaults(command=command)
    for kind, read in _KINDS.items():
        verb.register("type", kind, read)
    for name, its in ARGUMENTS.get(command.__name__, {}).items():
        verb.add_argument(name, **its)
    if deeds := ARGUMENTS.get(f"one of {command.__name__}"):
        group = verb.add_mutually_exclusive_group(required=True)
        for name, its in deeds.items():
            group.add_argument(name, **its)


def migrate(settings: Settings, _: argparse.Namespace) -> None:
    """Bring the database to the newest schema, and what can be found with it."""
    import migrations

    with closing(Database(settings)) as database:
        migrations.bring_up(database, say=_say)


def serve(settings: Settings, chosen: argparse.Namespace) -> None:
    """Answer HTTP until stopped."""
    from api import serving

    if settings.local and chosen.host not in LOOPBACK:
        raise ConfigError(["MARKET_PUBLIC_URL must be the public address where others may call"])
    _require_schema(settings)
    os.umask(PRIVATE)
    serving.run(settings, host=chosen.host, port=chosen.port, workers=chosen.workers)


def worker(settings: Settings, _: argparse.Namespace) -> None:
    """Work until stopped."""
    from api.wiring import run_worker

    _require_schema(settings)
    logs.configure()
    os.umask(PRIVATE)
    run_worker(settings)


def check(settings: Settings, chosen: argparse.Namespace) -> int:
    """Print what is wrong, one line each; 0 when nothing is."""
    from api import checking

    if chosen.ledger:
        _require_schema(settings)
        audit = checking.ledger_audit(settings)
        _say(f"{audit.transactions} transactions, {audit.entries} entries")
        for currency, total in audit.sums.items():
            _say(f"{currency} adds up to {total}")
        found = audit.problems
    else:
        found = checking.problems(settings)
    return _told(found, "problems")


def reconcile(settings: Settings, _: argparse.Namespace) -> int:
    """Ask about what is open, compare what moved, and print what a person has to decide."""
    from api.reconciliation import reconcile as run

    found = run(settings, say=_say)
    return _told(found, "differences")


def retry(settings: Settings, _: argparse.Namespace) -> None:
    """Have events delivered again whose receivers gave up, after what stopped them is mended."""
    from market import outbox

    with closing(Database(settings)) as database, database.transaction() as session:
        _say(f"{outbox.retry(session, now=clock.now())} deliveries are due again")


def simulate(settings: Settings, chosen: argparse.Namespace) -> None:
    """Add days of trade to the database."""
    from api.simulation.running import simulate as run

    os.umask(PRIVATE)
    run(settings, seed=chosen.seed, days=chosen.days, say=_say)


def user(settings: Settings, chosen: argparse.Namespace) -> None:
    """Say what somebody may do over the whole market, or whether they may come in at all."""
    from market import accounts
    from market.accounts import people
    from market.accounts.destinations import either

    now = clock.now()
    with closing(Database(settings)) as database, database.transaction() as session:
        person = people.reached_at(session, destination=either(chosen.destination), now=now)
        who: dict[str, Any] = {"actor": accounts.SYSTEM, "person_id": person.id, "now": now}
        if chosen.role:
            people.grant_role(session, role=accounts.Role(chosen.role), **who)
            done = f"is {chosen.role}"
        elif chosen.revoke:
            people.revoke_role(session, role=accounts.Role(chosen.revoke), **who)
            done = f"is no {chosen.revoke} any more"
        else:
            people.ban(session, banned=chosen.ban, **who)
            done = "is shut out" if chosen.ban else "may come in"
        _say(f"{person.id} {done}")


def organisation(settings: Settings, chosen: argparse.Namespace) -> None:
    """List the organisations, or say that one is verified."""
    from market import accounts

    with closing(Database(settings)) as database, database.transaction() as session:
        if chosen.verify:
            accounts.verify(session, organisation_id=chosen.verify, now=clock.now())
        for each in accounts.all_organisations(session):
            mark = "verified" if each.verified_at else "-"
            _say(f"{each.id}  {each.kind:<12} {mark:<9} {each.unit_code}  {each.name}")


def openapi(settings: Settings, chosen: argparse.Namespace) -> None:
    """Write the description of /v1 to a file or to standard output."""
    from api.app import create_app
    from api.documentation import openapi_document

    document = openapi_document(create_app(settings))
    if chosen.file:
        chosen.file.write_bytes(document)
    else:
        sys.stdout.buffer.write(document)


def resolve(_: Settings, chosen: argparse.Namespace) -> None:
    """Write the sheet with the units beside its addresses to standard output."""
    from api import addresses

    asked = addresses.resolve(chosen.file, sys.stdout, column=chosen.column)
    _complain(f"to be asked about: {asked}")


def demo(settings: Settings, chosen: argparse.Namespace) -> int:
    """Build the demo story where there is none, then serve it with its worker."""
    from api.simulation.running import run_demo

    how: dict[str, Any] = {"port": chosen.port, "reset": chosen.reset}
    return run_demo(settings, **how, build_only=chosen.build_only, say=_say)


def _require_schema(settings: Settings) -> None:
    """Refuse to work on a database that stands elsewhere than this program."""
    import migrations

    with closing(Database(settings)) as database:
        at = migrations.current(database.read_engine)
    if at != migrations.head():
        raise ConfigError([f"the database stands at {at or 'nothing'}: run `market migrate`"])


def _told(found: Sequence[str], what: str) -> int:
    for problem in found:
        _complain(f"market: {problem}")
    _say("ok" if not found else f"{len(found)} {what}")
    return 1 if found else 0


def _between(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"a whole number from {least} to {most}")
        return int(text)

    return number


_NUMBERS = {"port": _between(1, 65_535), "workers": _between(1, 64), "days": _between(0, 365)}
_KINDS: dict[str, Any] = {**_NUMBERS, "number": int, "id": UUID, "file": Path}


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _complain(line: str) -> None:
    sys.stderr.write(f"{line}\n")

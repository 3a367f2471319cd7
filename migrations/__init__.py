"""The schema's history, and the verbs that move a database along it."""

import importlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from pkgutil import walk_packages

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData

from catalog import search
from market import Database, clock, rates
from market.db import Base

PACKAGES = ("market", "catalog", "payments")


def metadata() -> MetaData:
    """Every table of the program."""
    for package in map(importlib.import_module, PACKAGES):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    return Base.metadata


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to a revision; each step is one transaction."""
    with engine.connect() as connection:
        command.upgrade(_config(connection), revision)
        connection.commit()


def bring_up(database: Database, *, say: Callable[[str], None]) -> None:
    """Bring a database to the newest schema, and what can be found with it."""
    before = current(database.write_engine)
    upgrade(database.write_engine)
    with database.transaction() as session:
        rates.seed(session, now=clock.now())
    if before not in {None, head()}:
        say(f"{search.mend(database)} offers indexed anew")
    say(f"database at {head()} (was {before or 'empty'})")


def downgrade(engine: Engine, revision: str = "base") -> None:
    """Take the database back to a revision."""
    with engine.connect() as connection:
        command.downgrade(_config(connection), revision)
        connection.commit()


@cache
def head() -> str:
    """The newest revision that this program knows."""
    return str(ScriptDirectory.from_config(_config(None)).get_current_head())


def current(engine: Engine) -> str | None:
    """The revision that the database stands at; None where it is empty."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def drift(engine: Engine) -> list[object]:
    """How the database differs from the models; empty when they agree."""
    with engine.connect() as connection:
        options = {"include_object": included, "compare_type": False}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, metadata()))


def included(_object: object, name: str | None, kind: str, *_: object) -> bool:
    """Leave the full-text index and its own tables to `catalog.search`."""
    is_ours = str(name).startswith(("search_index", "search_vector"))
    return not (is_ours and kind in {"table", "index", "column"})


def _config(connection: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config

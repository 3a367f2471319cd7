"""Databases to measure on: with a full shelf of goods, and commits that reach the disk."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from market import clock
from market.config import Settings
from market.db import Database
from tests.benchmarks import goods
from tests.databases import (
    SECRET,
    PostgresTemplates,
    SqliteTemplates,
    find_program,
    postgres_cluster,
)

Fill = Callable[..., None]
SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"


def available() -> list[str]:
    """SQLite, and PostgreSQL where its programs are installed."""
    return [SQLITE, POSTGRESQL] if find_program("initdb") else [SQLITE]


@contextmanager
def stocked(engine: str, fill: Fill = goods.fill) -> Iterator[Settings]:
    """The settings of a database of its own with a full shelf, gone afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="market-bench-")))
        templates = (
            SqliteTemplates(folder)
            if engine == SQLITE
            else PostgresTemplates(stack.enter_context(_durable_cluster()))
        )
        settings = Settings(
            data=folder, database_url=templates.fresh_url(), secret_key=SECRET, durability="full"
        )
        database = Database(settings)
        with database.transaction() as session:
            fill(session, now=clock.now())
        with database.write_engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()
        database.close()
        yield settings


def nothing(_session: Session, *, now: datetime) -> None:
    """No goods."""


@contextmanager
def _durable_cluster() -> Iterator[str]:
    """The throw-away cluster of the suite, started again as one is that keeps what it is told."""
    with postgres_cluster() as url:
        engine = create_engine(f"{url}/postgres")
        with engine.connect() as connection:
            data = Path(connection.exec_driver_sql("SHOW data_directory").scalar_one())
        engine.dispose()
        options = (
            f"-p {engine.url.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' "
            "-c max_connections=200"
        )
        command = [find_program("pg_ctl") or "pg_ctl", "restart", "-w", "-m", "fast"]
        subprocess.run(
            [*command, "-D", data, "-l", data.parent / "log", "-o", options],
            user=data.stat().st_uid,
            check=True,
            cwd="/",
            stdout=subprocess.DEVNULL,
            timeout=120,
        )
        yield url

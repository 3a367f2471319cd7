"""Engines, turns to write, refusals for want of a lock, and DDL in each database's own words."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from market.turns import Turn

BUSY_MILLISECONDS = 10_000
DEADLOCK_STATES = {"40001", "40P01", "55P03", "57014"}


def engine_for(url: str, *, durability: str = "full", plans_once: bool = False) -> Engine:
    """The engine that writes: BEGIN IMMEDIATE on SQLite, READ COMMITTED on PostgreSQL.

    With `plans_once` PostgreSQL keeps its first plan of every statement: right for those who find
    their rows by keys, as requests do (planning anew cost a sixth of a checkout), and wrong for
    sweeps over periods, as the worker does them.
    """
    if _is_sqlite(url):
        engine = _sqlite(url, durability=durability)
        event.listen(engine, "begin", _begin_immediate)
        return engine
    options = "-c lock_timeout=3000 -c timezone=UTC"
    options += " -c plan_cache_mode=force_generic_plan" * plans_once
    return _postgresql(url, options, pool_pre_ping=True)


def read_engine_for(url: str) -> Engine:
    """The engine of shelves and questions: every statement for itself, no transaction around."""
    if _is_sqlite(url):
        return _sqlite(url)
    options = "-c default_transaction_read_only=on -c statement_timeout=15000 -c timezone=UTC"
    return _postgresql(url, options, isolation_level="AUTOCOMMIT", pool_reset_on_return=None)


@contextmanager
def write_turn(engine: Engine) -> Iterator[None]:
    """On SQLite, this process's turn to write, fair between processes; elsewhere nothing."""
    if engine.dialect.name != "sqlite":
        yield
        return
    with Turn(f"{engine.url.database}.lock"):
        yield


def is_busy(error: DBAPIError) -> bool:
    """Whether the database refused for want of a lock, so that trying again may help."""
    if getattr(error.orig, "sqlstate", None) in DEADLOCK_STATES:
        return True
    return isinstance(error, OperationalError) and "locked" in str(error.orig)


def try_lock(session: Session, key: int) -> bool:
    """Take the transaction's advisory lock on a 63-bit key; SQLite's one writer always has it."""
    if session.get_bind().dialect.name == "sqlite":
        return True
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(key))))


def ddl(connection: Connection, *, sqlite: str = "", postgresql: str = "") -> None:
    """Run the statement written for this connection's database (migrations only)."""
    statement = sqlite if connection.dialect.name == "sqlite" else postgresql
    if statement:
        connection.exec_driver_sql(statement)


def _is_sqlite(url: str) -> bool:
    return url.startswith("sqlite")


def _postgresql(url: str, options: str, **more: Any) -> Engine:
    driver = make_url(url).set(drivername="postgresql+psycopg")
    # An error in a log must not hold names or numbers.
    pool: Any = {"pool_size": 4, "max_overflow": 12, "hide_parameters": True}
    return create_engine(driver, connect_args={"options": options}, **pool, **more)


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _sqlite(url: str, *, durability: str | None = None) -> Engine:
    """To write with the durability, or, without one, to read."""
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    only_reads = durability is None
    engine = create_engine(
        url,
        hide_parameters=True,
        connect_args={"timeout": BUSY_MILLISECONDS / 1000},
        pool_reset_on_return=None if only_reads else "rollback",
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late and too weak
        for pragma in (
            f"busy_timeout={BUSY_MILLISECONDS}",
            "journal_mode=WAL",
            "foreign_keys=ON",
            "recursive_triggers=ON",
            f"synchronous={durability or 'normal'}",
            "cache_size=-16000",
            f"query_only={int(only_reads)}",  # last, because journal_mode writes
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine

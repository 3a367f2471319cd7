"""The two databases' differences, all of them but search: engines, locks and raw DDL."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Dialect, Engine, Row, Select, create_engine, event, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session

from market.turns import Turn

BUSY_MILLISECONDS = 10_000
STATEMENTS_MAX = 1024  # prepared and kept
DEADLOCK_STATES = {"40001", "40P01", "55P03", "57014"}


def engine_for(url: str, *, durability: str = "full") -> Engine:
    """The engine that writes: BEGIN IMMEDIATE on SQLite, READ COMMITTED on PostgreSQL."""
    if _is_sqlite(url):
        engine = _sqlite(url, durability=durability)
        event.listen(engine, "begin", _begin_immediate)
        return engine
    return create_engine(
        _psycopg(url),
        pool_size=4,
        max_overflow=12,
        pool_pre_ping=True,
        hide_parameters=True,  # an error in a log must not hold names or numbers
        connect_args={"options": "-c lock_timeout=3000 -c timezone=UTC"},
    )


def read_engine_for(url: str) -> Engine:
    """The engine of shelves and questions: every statement for itself, no transaction around."""
    if _is_sqlite(url):
        return _sqlite(url)
    return create_engine(
        _psycopg(url),
        pool_size=4,
        max_overflow=12,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        pool_reset_on_return=None,
        connect_args={
            "options": "-c default_transaction_read_only=on -c statement_timeout=15000"
            " -c timezone=UTC"
        },
    )


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


def insert_new(session: Session, model: type[DeclarativeBase], **values: Any) -> bool:
    """Insert the row unless one with its key stands already; whether it was inserted."""
    insert = _insert(session)
    done = session.execute(
        insert(model).values(**values).on_conflict_do_nothing().returning(*_key(model))
    )
    return done.first() is not None


def add_up(
    session: Session, model: type[DeclarativeBase], key: dict[str, Any], column: str, *, by: int
) -> int:
    """Add to a counter row, making it where there is none; the new sum."""
    total = model.__table__.c[column]
    statement = (
        _insert(session)(model)
        .values(**key, **{column: by})
        .on_conflict_do_update(index_elements=list(key), set_={column: total + by})
        .returning(total)
    )
    return int(session.execute(statement).scalar_one())


def _insert(session: Session) -> Any:
    return sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert


def _key(model: type[DeclarativeBase]) -> list[Any]:
    return list(model.__table__.primary_key)


def fast_rows(
    connection: Connection, statement: Select[Any], given: Mapping[str, Any]
) -> Sequence[Row[Any]]:
    """All rows of a statement that is compiled once, its values and rows as the driver has them.

    The caller keeps the statement to ask it again; a list for an IN must stand in it. What
    SQLite's driver gives is bare: ids are 32 digits, instants text without a zone, truth 0 or 1.
    """
    prepared = _prepared(statement, connection.dialect)
    return connection.exec_driver_sql(prepared.sql, prepared.values(given)).all()


def uuid_of(value: UUID | str) -> UUID:
    """The id that a driver gave."""
    return value if isinstance(value, UUID) else UUID(value)


def instant_of(value: datetime | str) -> datetime:
    """The instant that a driver gave, aware."""
    if isinstance(value, datetime):
        return value
    return datetime.fromisoformat(value).replace(tzinfo=UTC)


def ddl(connection: Connection, *, sqlite: str = "", postgresql: str = "") -> None:
    """Run the statement written for this connection's database (migrations only)."""
    statement = sqlite if connection.dialect.name == "sqlite" else postgresql
    if statement:
        connection.exec_driver_sql(statement)


def triggers(connection: Connection) -> list[str]:
    """The names of the database's triggers, sorted: a migration must not lose one."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    else:
        rows = connection.exec_driver_sql("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
    return sorted(str(row[0]) for row in rows)


def _is_sqlite(url: str) -> bool:
    return url.startswith("sqlite")


def _psycopg(url: str) -> str:
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


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


@dataclass(frozen=True, slots=True)
class _Prepared:
    """The SQL, and for each of its parameters a name to be given or the value it always has."""

    sql: str
    positional: bool
    parameters: tuple[tuple[str, bool, Any], ...]
    readers: Mapping[str, Callable[[Any], Any]]

    def values(self, given: Mapping[str, Any]) -> Any:
        readers = self.readers
        ready = {
            name: readers[name](value) if name in readers else value
            for name, value in given.items()
        }
        if self.positional:
            return tuple(ready[name] if is_open else it for name, is_open, it in self.parameters)
        return {name: ready[name] if is_open else it for name, is_open, it in self.parameters}


@lru_cache(maxsize=STATEMENTS_MAX)
def _prepared(statement: Select[Any], dialect: Dialect) -> _Prepared:
    compiled: Any = statement.compile(dialect=dialect)
    wanted = {name for name, bind in compiled.binds.items() if bind.required}
    state = compiled.construct_expanded_state(dict.fromkeys(wanted))
    readers = dict(state.processors) | {
        name: reader
        for name, bind in compiled.binds.items()
        if (reader := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None
    }
    fixed = {
        name: readers[name](value) if name in readers else value
        for name, value in state.parameters.items()
        if name not in wanted
    }
    return _Prepared(
        sql=state.statement,
        positional=compiled.positional,
        parameters=tuple(
            (name, name in wanted, fixed.get(name))
            for name in (state.positiontup if compiled.positional else state.parameters)
        ),
        readers={name: reader for name, reader in readers.items() if name in wanted},
    )

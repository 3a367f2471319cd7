"""The two databases' differences, all of them but search: engines, locks and raw DDL."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session

from market.errors import Busy

LOCK_SECONDS_MAX = 10.0
BUSY_MILLISECONDS = 10_000
DEADLOCK_STATES = {"40001", "40P01", "55P03", "57014"}


def engine_for(url: str, *, durability: str = "full") -> Engine:
    """The engine that writes: BEGIN IMMEDIATE on SQLite, READ COMMITTED on PostgreSQL."""
    if _is_sqlite(url):
        return _sqlite(url, begin="BEGIN IMMEDIATE", durability=durability)
    return create_engine(
        _psycopg(url),
        pool_size=4,
        max_overflow=12,
        pool_pre_ping=True,
        hide_parameters=True,  # an error in a log must not hold names or numbers
        connect_args={"options": "-c lock_timeout=3000 -c timezone=UTC"},
    )


def read_engine_for(url: str) -> Engine:
    """The engine of shelves and questions: plain BEGIN on SQLite, AUTOCOMMIT on PostgreSQL."""
    if _is_sqlite(url):
        return _sqlite(url, begin="BEGIN", only_reads=True)
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
    with _Turn(f"{engine.url.database}.lock"):
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


def _sqlite(
    url: str, *, begin: str, durability: str = "normal", only_reads: bool = False
) -> Engine:
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, hide_parameters=True, connect_args={"timeout": BUSY_MILLISECONDS / 1000}
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late and too weak
        for pragma in (
            f"busy_timeout={BUSY_MILLISECONDS}",
            "journal_mode=WAL",
            "foreign_keys=ON",
            "recursive_triggers=ON",
            f"synchronous={durability.upper()}",
            "cache_size=-16000",
            f"query_only={int(only_reads)}",  # last, because journal_mode writes
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


_turns: dict[str, Lock] = {}
_turns_guard = Lock()


class _Turn:
    """A thread lock inside the process, then `flock` between processes, each with a time limit."""

    def __init__(self, path: str) -> None:
        self._path = path
        with _turns_guard:
            self._lock = _turns.setdefault(path, Lock())

    def __enter__(self) -> None:
        deadline = time.monotonic() + LOCK_SECONDS_MAX
        if not self._lock.acquire(timeout=LOCK_SECONDS_MAX):
            raise Busy(retry_after_seconds=1)
        try:
            self._file = self._locked_file(deadline)
        except BaseException:
            self._lock.release()
            raise

    def __exit__(self, *_: object) -> None:
        os.close(self._file)
        self._lock.release()

    def _locked_file(self, deadline: float) -> int:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        while not _granted(file):
            if time.monotonic() > deadline:
                os.close(file)
                raise Busy(retry_after_seconds=1)
            time.sleep(0.001)
        return file


def _granted(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

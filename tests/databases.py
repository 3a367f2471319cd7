"""Databases for tests: a migrated template a worker, its copies, and one that rolls back."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, create_engine
from sqlalchemy.orm import Session

import migrations
from market import portable
from market.config import Settings
from market.db import Database

CUSTODY = "0123456789"  # where the makers' buyers are asked to pay
SECRET = "a-secret-of-the-tests-that-is-long-enough"


def settings_for(url: str, data: Path, **more: Any) -> Settings:
    return Settings(
        database_url=url,
        data=data,
        secret_key=SECRET,
        demo=True,
        durability="normal",
        requests_per_minute=0,
        custody_account=CUSTODY,
        **more,
    )


class BoundDatabase(Database):
    """A database whose every session joins one connection's transaction, to be rolled back."""

    def __init__(self, connection: Connection) -> None:
        self.bound = connection
        self.write_engine = connection.engine
        self.read_engine = _BoundEngine(connection)  # type: ignore[assignment]

    def _writer(self) -> Session:
        return Session(self.bound, join_transaction_mode="create_savepoint")

    def asking(self) -> Any:
        return nullcontext(self.bound)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self._writer() as session:
            yield session


class _BoundEngine:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.dialect = connection.dialect

    def connect(self) -> Any:
        return nullcontext(self._connection)


class SqliteTemplates:
    """SQLite files copied from one that was migrated once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        self.url = self.fresh_url(migrated=False, path=self._template)
        engine = portable.engine_for(self.url, durability="off")
        migrations.upgrade(engine)
        engine.dispose()  # the last connection folds the log into the file

    def fresh_url(self, *, migrated: bool = True, path: Path | None = None) -> str:
        path = path or self._folder / f"{uuid4().hex}.db"
        if migrated:
            shutil.copy(self._template, path)
        return f"sqlite:///{path}"


class PostgresTemplates:
    """PostgreSQL databases copied from one that was migrated once."""

    def __init__(self, server_url: str) -> None:
        self._server = server_url
        self._template = f"template_{uuid4().hex}"
        self.url = self.fresh_url(migrated=False, name=self._template)
        engine = portable.engine_for(self.url)
        migrations.upgrade(engine)
        engine.dispose()

    def fresh_url(self, *, migrated: bool = True, name: str | None = None) -> str:
        name = name or f"test_{uuid4().hex}"
        source = self._template if migrated else "template0"
        engine = create_engine(f"{self._server}/postgres", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
        engine.dispose()
        return f"{self._server.replace('+psycopg', '')}/{name}"


@contextmanager
def postgres_cluster() -> Iterator[str]:
    """A throw-away cluster on 127.0.0.1; as root it is run by another user in its own folder."""
    folder = Path(tempfile.mkdtemp(prefix="market-pg-"))
    user = _unprivileged()
    if user:
        shutil.chown(folder, user)
    folder.chmod(0o700)
    port = _free_port()
    data = folder / "data"
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' "
        "-c fsync=off -c synchronous_commit=off -c full_page_writes=off "
        "-c max_connections=200 -c autovacuum=off"
    )
    _run(
        user,
        [
            "initdb",
            "-D",
            data,
            "-U",
            "market",
            "--auth=trust",
            "-E",
            "UTF8",
            "--no-sync",
            "--locale=C.UTF-8",
        ],
    )
    _run(user, ["pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"])
    try:
        yield f"postgresql+psycopg://market@127.0.0.1:{port}"
    finally:
        _run(user, ["pg_ctl", "-D", data, "-m", "immediate", "stop"])
        shutil.rmtree(folder, ignore_errors=True)


def find_program(name: str) -> str | None:
    """PostgreSQL's programs stand outside the PATH on Debian."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return shutil.which(name, path=os.pathsep.join([*map(str, places), os.environ["PATH"]]))


def _run(user: str | None, command: list[Any]) -> None:
    words = [find_program(command[0]) or command[0], *map(str, command[1:])]
    subprocess.run(words, user=user, check=True, cwd="/", stdout=subprocess.DEVNULL, timeout=120)


def _unprivileged() -> str | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

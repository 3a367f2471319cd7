"""Fixtures of the whole suite; `--engine postgresql` runs it on a throw-away cluster."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.orm import Session

from market.db import Database
from tests.budgets import Queries
from tests.databases import (
    BoundDatabase,
    PostgresTemplates,
    SqliteTemplates,
    postgres_cluster,
    settings_for,
)
from tests.stores import s3_server

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from api.application import MarketFlask

CLUSTER = "TEST_CLUSTER"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", choices=("sqlite", "postgresql"), default="sqlite")


def pytest_configure(config: pytest.Config) -> None:
    sys.addaudithook(refuse_the_network)
    if config.getoption("--engine") == "postgresql" and CLUSTER not in os.environ:
        stack = ExitStack()
        os.environ[CLUSTER] = stack.enter_context(postgres_cluster())
        config.add_cleanup(stack.close)


def refuse_the_network(event: str, arguments: tuple[Any, ...]) -> None:
    """Tests speak with this machine alone."""
    if event != "socket.connect" or not isinstance(arguments[1], tuple):
        return
    host = str(arguments[1][0])
    if host not in {"localhost", "::1"} and not host.startswith("127."):
        raise RuntimeError(f"a test speaks with {host}")


@pytest.fixture(scope="session")
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.config.getoption("--engine"))


@pytest.fixture(scope="session")
def templates(
    engine_name: str, tmp_path_factory: pytest.TempPathFactory
) -> SqliteTemplates | PostgresTemplates:
    if engine_name == "sqlite":
        return SqliteTemplates(tmp_path_factory.mktemp("template"))
    return PostgresTemplates(os.environ[CLUSTER])


@pytest.fixture(scope="session")
def shared(
    templates: SqliteTemplates | PostgresTemplates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    database = Database(settings_for(templates.fresh_url(), tmp_path_factory.mktemp("data")))
    yield database
    database.close()


@pytest.fixture
def database(shared: Database) -> Iterator[BoundDatabase]:
    """A database in which nothing stays."""
    with shared.write_engine.connect() as connection:
        transaction = connection.begin()
        yield BoundDatabase(connection)
        transaction.rollback()


@pytest.fixture
def session(database: BoundDatabase) -> Iterator[Session]:
    """A session of the rolled-back database."""
    with Session(database.bound, join_transaction_mode="create_savepoint") as session:
        yield session


@pytest.fixture
def real_url(templates: SqliteTemplates | PostgresTemplates) -> str:
    """The address of a migrated database of this test alone, with real commits."""
    return templates.fresh_url()


@pytest.fixture
def real_database(real_url: str, tmp_path: Path) -> Iterator[Database]:
    """A database of this test alone, with real commits."""
    database = Database(settings_for(real_url, tmp_path))
    yield database
    database.close()


@pytest.fixture(scope="session")
def s3() -> Iterator[dict[str, str]]:
    """The settings of a server that really speaks S3, on this machine."""
    with s3_server() as settings:
        yield settings


@pytest.fixture
def now() -> datetime:
    """A Tuesday noon in Đà Lạt."""
    return datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


@pytest.fixture
def queries(database: BoundDatabase) -> Queries:
    """The budget of queries of the rolled-back database."""
    return Queries(database.write_engine)


@pytest.fixture(scope="session")
def application(shared: Database, tmp_path_factory: pytest.TempPathFactory) -> "MarketFlask":
    """The application, made once; `app` is the same on the database of one test."""
    from api.app import create_app

    url = shared.write_engine.url.render_as_string(hide_password=False)
    return create_app(settings_for(url, tmp_path_factory.mktemp("files")), shared)


@pytest.fixture
def app(application: "MarketFlask", database: BoundDatabase) -> "MarketFlask":
    """The application on the rolled-back database."""
    application.database = application.config["DATABASE"] = database
    return application


@pytest.fixture
def client(app: "MarketFlask") -> "FlaskClient":
    """A browser or phone that nobody has signed in on."""
    return app.test_client()

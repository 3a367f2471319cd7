"""Fixtures of the whole suite; `--engine postgresql` runs it on a throw-away cluster."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from market.db import Database
from tests.databases import (
    BoundDatabase,
    PostgresTemplates,
    SqliteTemplates,
    postgres_cluster,
    settings_for,
)

CLUSTER = "MARKET_TEST_CLUSTER"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", choices=("sqlite", "postgresql"), default="sqlite")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--engine") == "postgresql" and CLUSTER not in os.environ:
        stack = ExitStack()
        os.environ[CLUSTER] = stack.enter_context(postgres_cluster())
        config.add_cleanup(stack.close)


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


@pytest.fixture
def now() -> datetime:
    """A Tuesday noon in Đà Lạt."""
    return datetime(2026, 11, 24, 5, 0, tzinfo=UTC)

"""Which engine stands behind a database."""

from types import ModuleType

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from catalog.search import postgres, sqlite


def behind(dialect_name: str) -> ModuleType:
    """The engine of a dialect."""
    return sqlite if dialect_name == "sqlite" else postgres


def of(session: Session) -> ModuleType:
    """The engine of a session's database."""
    return behind(session.get_bind().dialect.name)


def create(connection: Connection) -> None:
    """Make the index of this connection's database; its table must stand."""
    behind(connection.dialect.name).create(connection)


def drop(connection: Connection) -> None:
    """Remove the index of this connection's database."""
    behind(connection.dialect.name).drop(connection)

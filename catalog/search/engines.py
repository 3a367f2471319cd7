"""Which engine stands behind a database."""

from types import ModuleType

from sqlalchemy.orm import Session

from catalog.search import postgres, sqlite


def behind(dialect_name: str) -> ModuleType:
    """The engine of a dialect."""
    return sqlite if dialect_name == "sqlite" else postgres


def of(session: Session) -> ModuleType:
    """The engine of a session's database."""
    return behind(session.get_bind().dialect.name)

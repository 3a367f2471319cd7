"""Statements that the two databases write differently, and the quick way to ask and to insert."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Dialect, Insert, Row, Select, UpdateBase
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import DeclarativeBase, Session

STATEMENTS_MAX = 1024  # prepared and kept


def insert_new(session: Session, model: type[DeclarativeBase], **values: Any) -> bool:
    """Insert the row unless one with its key stands already; whether it was inserted."""
    statement = _insert_new(_insert(session), model)
    return bool(fast_rows(session.connection(), statement, values))


def add_up(
    session: Session, model: type[DeclarativeBase], key: dict[str, Any], column: str, *, by: int
) -> int:
    """Add to a counter row, making it where there is none; the new sum."""
    statement = _add_up(_insert(session), model, tuple(key), column)
    return int(fast_rows(session.connection(), statement, {**key, column: by})[0][0])


def _insert(session: Session) -> Any:
    return sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert


@cache
def _insert_new(insert: Any, model: type[DeclarativeBase]) -> Any:
    key = model.__table__.primary_key
    return insert(model.__table__).on_conflict_do_nothing().returning(*key)


@cache
def _add_up(insert: Any, model: type[DeclarativeBase], key: tuple[str, ...], column: str) -> Any:
    adding = insert(model.__table__)
    total = model.__table__.c[column]
    return adding.on_conflict_do_update(
        index_elements=key, set_={column: total + adding.excluded[column]}
    ).returning(total)


def fast_rows(
    connection: Connection, statement: UpdateBase | Select[Any], given: Mapping[str, Any]
) -> Sequence[Row[Any]]:
    """All rows of a statement that is compiled once, its values and rows as the driver has them.

    The caller keeps the statement to ask it again; a list for an IN must stand in it. What
    SQLite's driver gives is bare: ids are 32 digits, instants text without a zone, truth 0 or 1.
    """
    columns = tuple(given) if isinstance(statement, Insert) else None
    prepared = _prepared(statement, connection.dialect, columns)
    result = connection.exec_driver_sql(prepared.sql, prepared.values(given))
    return result.all() if result.returns_rows else ()


def uuid_of(value: UUID | str) -> UUID:
    """The id that a driver gave."""
    return value if isinstance(value, UUID) else UUID(value)


def instant_of(value: datetime | str) -> datetime:
    """The instant that a driver gave, aware."""
    if isinstance(value, datetime):
        return value
    return datetime.fromisoformat(value).replace(tzinfo=UTC)


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
def _prepared(
    statement: UpdateBase | Select[Any], dialect: Dialect, columns: tuple[str, ...] | None
) -> _Prepared:
    compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
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

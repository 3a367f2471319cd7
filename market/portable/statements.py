"""Statements that the two databases write differently, and the quick way to ask and to insert."""

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple, Self, TypeAlias, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql.visitors import cloned_traverse

STATEMENTS_MAX = 1024  # prepared and kept
_INSERTS: dict[str, Any] = {"sqlite": sqlite_insert, "postgresql": postgresql_insert}


def insert_new(session: Session, model: type[DeclarativeBase], **values: Any) -> bool:
    """Insert the row unless one with its key stands already; whether it was inserted."""
    connection = flushed(session)
    return bool(fast_rows(connection, inserting_new(connection.dialect.name, model), values))


@cache
def inserting_new(dialect: str, model: type[DeclarativeBase]) -> Any:
    """The statement behind `insert_new`."""
    key = model.__table__.primary_key
    return _INSERTS[dialect](model.__table__).on_conflict_do_nothing().returning(*key)


def add_up(
    session: Session, model: type[DeclarativeBase], key: dict[str, Any], column: str, *, by: int
) -> int:
    """Add to a counter row, making it where there is none; the new sum."""
    connection = flushed(session)
    statement = adding_up(connection.dialect.name, model, tuple(key), column)
    return int(fast_rows(connection, statement, {**key, column: by})[0][0])


@cache
def adding_up(dialect: str, model: type[DeclarativeBase], key: tuple[str, ...], column: str) -> Any:
    """The statement behind `add_up`; the row of these columns is given."""
    adding = _INSERTS[dialect](model.__table__)
    total = model.__table__.c[column]
    return adding.on_conflict_do_update(
        index_elements=key, set_={column: total + adding.excluded[column]}
    ).returning(total)


def flushed(session: Session) -> sa.Connection:
    """The session's connection, with all that the session still kept to itself written."""
    session.flush()
    return session.connection()


class Asking:
    """A pooled connection for `fast_rows` alone; SQLAlchemy's own costs half a short question."""

    __slots__ = ("connection", "dialect", "dispatch", "engine")

    def __init__(self, engine: sa.Engine) -> None:
        self.engine, self.dialect, self.dispatch = engine, engine.dialect, engine.dispatch
        try:
            self.connection = engine.raw_connection()
        except engine.dialect.loaded_dbapi.Error as error:
            raise _as_sqlalchemys(error, engine.dialect, gone=False) from error

    def invalidate(self, error: BaseException) -> None:
        """Let nobody use the connection again."""
        self.connection.invalidate(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()


Asker: TypeAlias = sa.Connection | Asking


def fast_rows(
    connection: Asker, statement: sa.UpdateBase | sa.Select[Any], given: Mapping[str, Any]
) -> list[Any]:
    """All rows of a statement that is compiled once, its values and rows as the driver has them.

    A row is a named tuple. The caller keeps the statement to ask it again; a list for an IN must
    stand in it. What SQLite's driver gives is bare: ids are 32 digits, instants text without a
    zone, truth 0 or 1.
    """
    columns = tuple(given) if isinstance(statement, sa.Insert) else None
    ready = prepared(statement, connection.dialect, columns)
    with driver_cursor(connection) as run:
        cursor = run(ready.sql, ready.values(given))
        return list(map(ready.row, cursor.fetchall())) if ready.row else []


def streamed_rows(
    connection: Asker, statement: sa.Select[Any], given: Mapping[str, Any]
) -> Iterator[Any]:
    """The same rows as bare tuples, one by one, for whoever needs many and none for long."""
    ready = prepared(statement, connection.dialect, None)
    with driver_cursor(connection) as run:
        yield from run(ready.sql, ready.values(given))


def id_parameters(count: int) -> list[Any]:
    """The parameters of an IN over so many ids, for a statement of `fast_rows`."""
    return [sa.bindparam(f"id_{at}", type_=sa.Uuid()) for at in range(count)]


def given_ids(ids: Iterable[UUID]) -> dict[str, UUID]:
    """The ids by the names of those parameters."""
    return {f"id_{at}": each for at, each in enumerate(ids)}


@contextmanager
def driver_cursor(connection: Asker) -> Iterator[Callable[..., Any]]:
    """Run SQL on the driver's own cursor, its errors and its listeners those of SQLAlchemy.

    What is given runs `(sql, values)`, or with `many` the SQL for each of several rows of values.
    """
    dialect = connection.dialect
    errors = cast("type[Exception]", dialect.loaded_dbapi.Error)
    cursor: Any = connection.connection.cursor()

    def run(sql: str, values: Any, *, many: bool = False) -> Any:
        for told in connection.dispatch.before_cursor_execute:
            told(connection, cursor, sql, values, None, many)
        (cursor.executemany if many else cursor.execute)(sql, values)
        return cursor

    try:
        yield run
    except errors as error:
        gone = dialect.is_disconnect(cast("Any", error), connection.connection, cursor)
        if gone:
            connection.invalidate(error)
            connection.engine.dispose()
        raise _as_sqlalchemys(error, dialect, gone=gone) from error
    finally:
        cursor.close()


def _as_sqlalchemys(error: Exception, dialect: sa.Dialect, *, gone: bool) -> BaseException:
    its: Any = {"hide_parameters": True, "connection_invalidated": gone, "dialect": dialect}
    made: BaseException = DBAPIError.instance(None, None, error, dialect.loaded_dbapi.Error, **its)
    return made


def uuid_of(value: UUID | str) -> UUID:
    """The id that a driver gave."""
    return value if isinstance(value, UUID) else UUID(value)


def instant_of(value: datetime | str) -> datetime:
    """The instant that a driver gave, aware."""
    if isinstance(value, datetime):
        return value
    return datetime.fromisoformat(value).replace(tzinfo=UTC)


class Prepared(NamedTuple):
    """The SQL, the maker of its rows if it has any, and its parameters.

    A parameter is what it always is, or the name and the reader of what is given.
    """

    sql: str
    row: Callable[[Iterable[Any]], Any] | None
    positional: bool
    parameters: tuple[tuple[str, bool, Any], ...]

    def values(self, given: Mapping[str, Any]) -> Any:
        """What the driver takes: a list, or for named parameters a mapping."""
        if self.positional:
            return [it(given[name]) if is_open else it for name, is_open, it in self.parameters]
        return {name: it(given[name]) if is_open else it for name, is_open, it in self.parameters}


@lru_cache(maxsize=STATEMENTS_MAX)
def prepared(
    statement: sa.UpdateBase | sa.Select[Any], dialect: sa.Dialect, columns: tuple[str, ...] | None
) -> Prepared:
    """The statement compiled; an INSERT is given `columns`, and the others have their defaults."""
    defaults = _defaults(statement, columns) if columns else {}
    keys = (*columns, *defaults) if columns else None
    written = cloned_traverse(statement, {}, {"bindparam": _write_out})
    compiled: Any = written.compile(dialect=dialect, column_keys=keys)
    wanted = {name for name, bind in compiled.binds.items() if bind.required} - defaults.keys()
    state = compiled.construct_expanded_state(dict.fromkeys(wanted) | defaults)
    readers = dict(state.processors) | {
        name: reader
        for name, bind in compiled.binds.items()
        if (reader := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None
    }
    return Prepared(
        sql=state.statement,
        row=_named(tuple(map(str, statement.exported_columns.keys()))),
        positional=compiled.positional,
        parameters=tuple(
            (name, True, readers.get(name, _as_it_is))
            if name in wanted
            else (name, False, readers.get(name, _as_it_is)(state.parameters[name]))
            for name in (state.positiontup if compiled.positional else state.parameters)
        ),
    )


def _write_out(bind: sa.BindParameter[Any]) -> None:
    """What is always the same stands in the SQL, and costs nothing to send."""
    bind.literal_execute = not bind.required and bind.value is not None


def _named(names: tuple[str, ...]) -> Callable[[Iterable[Any]], Any] | None:
    # Its names are the statement's columns, so there is nothing to annotate.
    row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # noqa: PYI024
    return cast("Callable[[Iterable[Any]], Any]", row._make) if names else None


def _defaults(statement: Any, columns: tuple[str, ...]) -> dict[str, Any]:
    return {
        column.name: column.default.arg
        for column in statement.table.c
        if column.default is not None and column.name not in columns
    }


def _as_it_is(value: Any) -> Any:
    return value

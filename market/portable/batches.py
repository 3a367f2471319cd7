"""Inserts made ready before a turn to write, and written in it with nothing left to do."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Dialect, Table, insert
from sqlalchemy.orm import DeclarativeBase, Session

from market.portable.statements import STATEMENTS_MAX, driver_cursor, flushed

Row = Mapping[str, Any]


class Batch:
    """Rows for several tables, in the order in which they are added; written once.

    Each row names all its columns or none of those with a default. On PostgreSQL the whole batch
    is one round trip.
    """

    def __init__(self, session: Session) -> None:
        self._dialect = session.get_bind().dialect
        self._writes: list[tuple[str, Any]] = []

    def add(self, model: type[DeclarativeBase], *rows: Row) -> None:
        """Insert these rows of one table, all with the same columns."""
        if rows:
            plan = _plan(model, tuple(rows[0]), self._dialect)
            self._writes += [(plan.sql, plan.values(row)) for row in rows]

    def write(self, session: Session) -> None:
        """Run the inserts in the session's transaction; raises what the database refuses."""
        connection = flushed(session)
        driver: Any = connection.connection.driver_connection
        with driver_cursor(connection) as run, self._together(driver):
            for sql, row in self._writes:
                run(sql, row)

    def _together(self, driver: Any) -> AbstractContextManager[Any]:
        """Said at once where the driver can and there is more than one thing to say."""
        if len(self._writes) > 1 and hasattr(driver, "pipeline"):
            return cast("AbstractContextManager[Any]", driver.pipeline())
        return nullcontext()


@dataclass(frozen=True, slots=True)
class _Plan:
    """The INSERT, and for each of its columns where its value comes from."""

    sql: str
    positional: bool
    columns: tuple[tuple[str, Callable[[Any], Any] | None], ...]
    defaults: Row = field(default_factory=dict)

    def values(self, row: Row) -> Any:
        ready = {**self.defaults, **row}
        if self.positional:
            return [_ready(ready[name], to_driver) for name, to_driver in self.columns]
        return {name: _ready(ready[name], to_driver) for name, to_driver in self.columns}


def _ready(value: Any, to_driver: Callable[[Any], Any] | None) -> Any:
    return value if to_driver is None else to_driver(value)


@lru_cache(maxsize=STATEMENTS_MAX)
def _plan(model: type[DeclarativeBase], names: tuple[str, ...], dialect: Dialect) -> _Plan:
    table = cast("Table", model.__table__)
    defaults = {
        column.name: cast("Any", column.default).arg
        for column in table.c
        if column.default is not None and column.name not in names
    }
    columns = [*names, *defaults]
    compiled: Any = insert(table).compile(dialect=dialect, column_keys=columns)
    return _Plan(
        sql=str(compiled),
        positional=compiled.positional,
        columns=tuple(
            (name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in (compiled.positiontup if compiled.positional else columns)
        ),
        defaults=defaults,
    )

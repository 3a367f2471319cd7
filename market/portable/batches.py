"""Writes made ready before a turn to write, and written in it with nothing left to do."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import UpdateBase, insert
from sqlalchemy.orm import DeclarativeBase, Session

from market.portable.statements import adding_up, driver_cursor, flushed, inserting_new, prepared

Row = Mapping[str, Any]


class Batch:
    """Rows for several tables, in the order in which they are added; written once, kept or counted.

    Each row names all its columns or none of those with a default. On PostgreSQL the whole batch
    is one round trip.
    """

    def __init__(self, session: Session) -> None:
        self._dialect = session.get_bind().dialect
        self._writes: list[tuple[str, Any]] = []

    def add(self, model: type[DeclarativeBase], *rows: Row) -> None:
        """Insert these rows of one table, all with the same columns."""
        self._each(_insert_into(model), rows)

    def add_new(self, model: type[DeclarativeBase], *rows: Row) -> None:
        """Insert those of the rows whose keys do not stand already."""
        self._each(inserting_new(self._dialect.name, model), rows)

    def add_up(self, model: type[DeclarativeBase], *rows: Row) -> None:
        """Add the last column of each row to the counter that the others name, or make it."""
        if rows:
            *key, column = rows[0]
            self._each(adding_up(self._dialect.name, model, tuple(key), column), rows)

    def run(self, statement: UpdateBase, given: Row) -> None:
        """Run a statement that the caller keeps, as `fast_rows` does."""
        ready = prepared(statement, self._dialect, None)
        self._writes.append((ready.sql, ready.values(given)))

    def write(self, session: Session) -> None:
        """Run all of it in the session's transaction; raises what the database refuses."""
        connection = flushed(session)
        driver: Any = connection.connection.driver_connection
        with driver_cursor(connection) as run, self._together(driver):
            for sql, writes in groupby(self._writes, itemgetter(0)):
                rows = [row for _, row in writes]
                run(sql, rows if len(rows) > 1 else rows[0], many=len(rows) > 1)

    def _each(self, statement: Any, rows: Sequence[Row]) -> None:
        if rows:
            ready = prepared(statement, self._dialect, tuple(rows[0]))
            self._writes += [(ready.sql, ready.values(row)) for row in rows]

    def _together(self, driver: Any) -> AbstractContextManager[Any]:
        """Said at once where the driver can and there is more than one thing to say."""
        if len(self._writes) > 1 and hasattr(driver, "pipeline"):
            return cast("AbstractContextManager[Any]", driver.pipeline())
        return nullcontext()


@cache
def _insert_into(model: type[DeclarativeBase]) -> Any:
    return insert(model.__table__)  # type: ignore[arg-type]

"""Budgets of queries: how many statements a piece of work may send to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

BOOKKEEPING = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "PRAGMA", "SET")


class Queries:
    """Counts what is sent over the engines; `with queries.at_most(3): client.get(…)`."""

    def __init__(self, *engines: Engine) -> None:
        self._engines = engines

    @contextmanager
    def at_most(self, most: int) -> Iterator[list[str]]:
        """Fail, showing every statement, if more than `most` are sent; savepoints do not count."""
        sent: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if not statement.lstrip().upper().startswith(BOOKKEEPING):
                sent.append(" ".join(statement.split())[:200])

        for engine in self._engines:
            event.listen(engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            for engine in self._engines:
                event.remove(engine, "before_cursor_execute", note)
        if len(sent) > most:
            shown = "\n".join(sent)
            pytest.fail(f"{len(sent)} statements, at most {most}:\n{shown}", pytrace=False)

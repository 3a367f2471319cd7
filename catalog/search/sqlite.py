"""Search on SQLite: a full-text index that keeps only which row has which token.

FTS5 numbers its rows by `rank_key`, so that it answers in the order of the shelf. Its `ascii`
tokenizer splits at blanks and keeps every letter beyond ASCII as it is: the words are ours.
"""

from typing import Any

from sqlalchemy import bindparam, column, table, text
from sqlalchemy.orm import Session

from catalog.search.models import SearchDocument
from catalog.search.words import Tier

_INDEX = table("search_index", column("rowid"), column("search_index"))
_ADD = text("INSERT INTO search_index (rowid, tokens) VALUES (:rank_key, :tokens)")
_REMOVE = text(
    "INSERT INTO search_index (search_index, rowid, tokens) VALUES ('delete', :rank_key, :tokens)"
)
_CLEAR = text("INSERT INTO search_index (search_index) VALUES ('delete-all')")


def add(session: Session, rank_key: int, tokens: str) -> None:
    """Index the tokens of a row."""
    session.execute(_ADD, {"rank_key": rank_key, "tokens": tokens})


def remove(session: Session, rank_key: int, tokens: str) -> None:
    """Forget the tokens of a row; they must be the very ones that were added."""
    session.execute(_REMOVE, {"rank_key": rank_key, "tokens": tokens})


def clear(session: Session) -> None:
    """Forget all rows."""
    session.execute(_CLEAR)


def matching(statement: Any) -> Any:
    """Only the documents that the bound `match` finds, in their order."""
    return (
        statement.join(_INDEX, _INDEX.c.rowid == SearchDocument.rank_key)
        .where(_INDEX.c.search_index.op("MATCH")(bindparam("match")))
        .where(_INDEX.c.rowid > bindparam("after"))
        .order_by(_INDEX.c.rowid)
    )


def expression(tier: Tier) -> str:
    """The tier in FTS5's language; tokens hold nothing that could leave their quotes."""
    without = "".join(f" NOT ({_all(tokens)})" for tokens in tier.earlier)
    return f"({_all(tier.tokens)}){without}"


def _all(tokens: tuple[str, ...]) -> str:
    return " AND ".join(f'"{token}"' for token in tokens)

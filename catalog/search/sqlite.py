"""Search on SQLite: a full-text index that keeps only which row has which token.

FTS5 numbers its rows by `rank_key`, so that it answers in the order of the shelf. Its `ascii`
tokenizer splits at blanks and keeps every letter beyond ASCII as it is: the words are ours.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import FromClause, Select, bindparam, func, literal, or_, select, text
from sqlalchemy.orm import Session

from catalog.search.models import SearchDocument
from catalog.search.words import All, Shape, Tier

IN_RANK_ORDER = True  # the index gives its rows by rank, the first page without the others
EVIDENCE = SearchDocument.tokens

_INDEX = sa.table("search_index", sa.column("rowid"), sa.column("search_index"))
_MATCH = _INDEX.c.search_index.op("MATCH")(bindparam("match"))
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


def found(*columns: Any, where: Any = ()) -> FromClause:
    """The key and these columns of the documents that the bound `match` finds."""
    keys = select(_INDEX.c.rowid.label("rank_key"), *columns).where(_MATCH, *where)
    if columns or where:
        keys = keys.join_from(_INDEX, SearchDocument, SearchDocument.rank_key == _INDEX.c.rowid)
    return keys.subquery()


def among(walked: FromClause, shape: Shape) -> Select[Any]:
    """Those of the walked documents that have the bound tokens of this shape."""
    tokens = literal(" ") + walked.c.tokens + literal(" ")
    has = (
        or_(*(func.instr(tokens, bindparam(f"token_{at}_{of}")) > 0 for of in range(many)))
        for at, many in enumerate(shape)
    )
    return select(*(each for each in walked.c if each.name != EVIDENCE.name)).where(*has)


def evidence(wanted: All) -> dict[str, str]:
    """The tokens that `among` looks for."""
    return {
        f"token_{at}_{of}": f" {token} "
        for at, some in enumerate(wanted)
        for of, token in enumerate(some)
    }


def expression(tier: Tier) -> str:
    """The tier in FTS5's language; tokens hold nothing that could leave their quotes."""
    return tier.written(both=" AND ", either=" OR ", but_not=" NOT ", quote='"')

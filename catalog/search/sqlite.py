"""Search on SQLite: a full-text index that keeps only which row has which token.

FTS5 numbers its rows by `rank_key`, so that it answers in the order of the shelf; triggers keep
them. Its `ascii` tokenizer splits at blanks and keeps every letter beyond ASCII as it is: the words
are ours.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import FromClause, Select, bindparam, func, literal, or_, select

from catalog.search.models import SearchDocument
from catalog.search.words import All, Shape

# Of FTS5's language; tokens hold nothing that could leave their quotes.
SIGNS = {"both": " AND ", "either": " OR ", "but_not": " NOT ", "quote": '"'}
IN_RANK_ORDER = True  # the index gives its rows by rank, the first page without the others
EVIDENCE = SearchDocument.tokens

_INDEX = sa.table("search_index", sa.column("rowid"), sa.column("search_index"))
_MATCH = _INDEX.c.search_index.op("MATCH")(bindparam("match"))


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

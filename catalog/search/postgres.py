"""Search on PostgreSQL: an inverted index over the very tokens, no text-search parser between."""

from typing import Any

from sqlalchemy import FromClause, Select, bindparam, cast, literal_column, select
from sqlalchemy.dialects.postgresql import TSQUERY

from catalog.search.models import SearchDocument
from catalog.search.words import All, Shape

# Of a tsquery; tokens hold nothing that could leave their quotes.
SIGNS = {"both": " & ", "either": " | ", "but_not": " & !", "quote": "'"}
IN_RANK_ORDER = False  # the index gives all of its rows before the first can be shown

EVIDENCE: Any = literal_column("search_document.search_vector").label("search_vector")
_QUERY = cast(bindparam("match"), TSQUERY)


def found(*columns: Any, where: Any = ()) -> FromClause:
    """The key and these columns of the documents that the bound `match` finds.

    Set apart, or the planner might look for them along the order that is wanted.
    """
    keys = select(SearchDocument.rank_key, *columns).where(
        EVIDENCE.element.op("@@")(_QUERY), *where
    )
    return keys.cte("found").prefix_with("MATERIALIZED")


def among(walked: FromClause, _shape: Shape) -> Select[Any]:
    """Those of the walked documents that match."""
    others = [each for each in walked.c if each.name != EVIDENCE.name]
    return select(*others).where(walked.c[EVIDENCE.name].op("@@")(_QUERY))


def evidence(_wanted: All) -> dict[str, str]:
    """Nothing more than the bound `match`."""
    return {}

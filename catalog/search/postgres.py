"""Search on PostgreSQL: an inverted index over the very tokens, no text-search parser between."""

from typing import Any

from sqlalchemy import bindparam, cast, literal_column
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from catalog.search.models import SearchDocument
from catalog.search.words import Tier

# Word for word the expression that the index is over.
_VECTOR = "array_to_tsvector(string_to_array(search_document.tokens, ' '))"


def add(session: Session, rank_key: int, tokens: str) -> None:
    """Nothing: the index follows its table."""


def remove(session: Session, rank_key: int, tokens: str) -> None:
    """Nothing: the index follows its table."""


def clear(session: Session) -> None:
    """Nothing: the index follows its table."""


def matching(statement: Any) -> Any:
    """Only the documents that the bound `match` finds, in their order."""
    return (
        statement.where(literal_column(_VECTOR).op("@@")(cast(bindparam("match"), TSQUERY)))
        .where(SearchDocument.rank_key > bindparam("after"))
        .order_by(SearchDocument.rank_key)
    )


def expression(tier: Tier) -> str:
    """The tier as a tsquery; tokens hold nothing that could leave their quotes."""
    without = "".join(f" & !({_all(tokens)})" for tokens in tier.earlier)
    return f"{_all(tier.tokens)}{without}"


def _all(tokens: tuple[str, ...]) -> str:
    return " & ".join(f"'{token}'" for token in tokens)

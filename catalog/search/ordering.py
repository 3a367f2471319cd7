"""The orders in which what is found can be shown, each the same on both databases."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, and_, bindparam, or_
from sqlalchemy.orm import InstrumentedAttribute

from catalog.search.models import SearchDocument


class Sort(StrEnum):
    """What comes first; where it says nothing else, what is newer comes before what is older."""

    RELEVANCE = "relevance"  # the words as written before their lookalikes, titles before texts
    NEWEST = "newest"
    PRICE = "price"
    PRICE_DOWN = "price_down"
    NAME = "name"  # by the Vietnamese alphabet
    NEAREST = "nearest"


class Order(NamedTuple):
    """By a column, if there is one, then by rank."""

    column: InstrumentedAttribute[Any] | None = None
    down: bool = False

    @property
    def columns(self) -> tuple[InstrumentedAttribute[Any], ...]:
        """What the rows need beside their rank."""
        return () if self.column is None else (self.column,)

    def by(self, rows: FromClause) -> Sequence[ColumnElement[Any]]:
        """The columns of rows to order by."""
        if self.column is None:
            return [rows.c.rank_key]
        own = rows.c[self.column.key]
        return [own.desc() if self.down else own, rows.c.rank_key]

    def after(self, rows: FromClause) -> ColumnElement[bool]:
        """Only what comes after the bound `after` (and, by a column, the bound `after_value`)."""
        beyond: ColumnElement[bool] = rows.c.rank_key > bindparam("after")
        if self.column is None:
            return beyond
        own, value = rows.c[self.column.key], bindparam("after_value", type_=self.column.type)
        from_there, passed = (
            (own <= value, own < value) if self.down else (own >= value, own > value)
        )
        return and_(from_there, or_(passed, beyond))


ORDERS = {
    Sort.RELEVANCE: Order(),
    Sort.NEWEST: Order(),
    Sort.PRICE: Order(SearchDocument.price_minor),
    Sort.PRICE_DOWN: Order(SearchDocument.price_minor, down=True),
    Sort.NAME: Order(SearchDocument.name_key),
    Sort.NEAREST: Order(),
}

"""The documents of one tier, page by page: few are looked up, many are met along the order."""

from collections.abc import Sequence
from enum import StrEnum
from functools import cached_property, lru_cache
from types import ModuleType
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause, Select, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute

from catalog.categories import Sold
from catalog.search import postgres, sqlite, terms
from catalog.search.facets import Facet, Filters, token
from catalog.search.models import SearchDocument
from catalog.search.words import Shape, Tier
from catalog.shelves.cards import carded, left_of
from market import portable, table_of


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
        return sa.and_(from_there, sa.or_(passed, beyond))


ORDERS = dict.fromkeys(Sort, Order()) | {
    Sort.PRICE: Order(SearchDocument.price_minor),
    Sort.PRICE_DOWN: Order(SearchDocument.price_minor, down=True),
    Sort.NAME: Order(SearchDocument.name_key),
}
Document = SearchDocument
CARD = carded(
    Document,
    *table_of(Document).c["kind", "rank_key", "unit", "scale"],
    sa.case((Document.kind == Sold.GOODS, left_of(Document.subject_id))).label("left"),
    Document.name_key,
)
Reader = dict[str, Any]  # for whom cards are made: `lang`, and `now`
Columns = tuple[Any, ...]
Key = tuple[Any, ...]  # the place in an order: the rank at the end, before it what precedes it
FEW = 5_000  # documents that are quickly read
PAGES = 10
STEPS_MAX = 4_096
_PRICES = {
    "price_from": Document.price_minor >= bindparam("price_from"),
    "price_to": Document.price_minor <= bindparam("price_to"),
}


class Found(NamedTuple):
    """A card and its place among all that is found."""

    key: Key
    row: Any


class Match:
    """The documents of a tier whose prices, which tokens tell by bands only, are as asked for."""

    def __init__(self, connection: portable.Asker, tier: Tier, filters: Filters) -> None:
        self._connection, self._tier, self._filters = connection, tier, filters
        self._engine = engine_of(connection.dialect)
        prices: dict[str, Any] = {name: getattr(filters, name) for name in _PRICES}
        self._given = {name: it for name, it in prices.items() if it is not None}
        if tier.wanted:
            self._given["match"] = tier.written(**self._engine.SIGNS)

    @cached_property
    def most(self) -> int:
        """At most so many can match, by the rarest of what is wanted."""
        return terms.most_of(self._connection, self._tier.wanted)

    def within(self, commune: str) -> "Match":
        """Those in a commune."""
        tier = self._with(token(Facet.COMMUNE, commune))
        return Match(self._connection, tier, self._filters)

    def any(self) -> bool:
        """Whether there is one."""
        return bool(self.keys(Sort.NEWEST, (), 1))

    def keys(self, sort: Sort, after: Key, limit: int) -> list[Key]:
        """The first places after one, in the order."""
        return [_key(row, sort) for row in self._rows(sort, after, limit, None)]

    def cards(self, sort: Sort, after: Key, limit: int, reader: Reader) -> list[Found]:
        """The first cards after a place, in the order."""
        return [Found(_key(row, sort), row) for row in self._rows(sort, after, limit, reader)]

    def cards_of(self, ranks: Sequence[int], reader: Reader) -> dict[int, Any]:
        """The cards of the ranks, which are not many."""
        return {row.rank_key: row for row in rows_of(self._connection, CARD, ranks, **reader)}

    def first(self, columns: Columns, limit: int | None) -> list[Any]:
        """The ranks and these columns of some, in no order; None for all."""
        statement = _some(self._engine, columns, frozenset(self._given), limit)
        return self._ask(statement, self._given)

    def count(self, token: str, most: int) -> int:
        """How many have one more token, counted up to so many."""
        given = {**self._given, "match": self._with(token).written(**self._engine.SIGNS)}
        statement = _count(self._engine, frozenset(given), most)
        return int(self._ask(statement, given)[0][0])

    def _rows(self, sort: Sort, after: Key, limit: int, reader: Reader | None) -> list[Any]:
        *value, rank = after or (-1,)
        given: dict[str, Any] = {**self._given, **(reader or {}), "after": rank}
        if value:
            given["after_value"] = bytes.fromhex(value[0]) if sort is Sort.NAME else value[0]
        page = _Page(self._engine, ORDERS[sort], frozenset(given), limit)
        wanted = self._tier.wanted
        is_quick = not wanted or (page.order.column is None and self._engine.IN_RANK_ORDER)
        every = 0 if is_quick else terms.most_of(self._connection, ())
        far = every and steps(self.most, every, limit, len(wanted))
        if far:
            walk = _walk(page, tuple(map(len, wanted)), far)
            rows = self._ask(walk, given | self._engine.evidence(wanted))
            if len(rows) == page.limit:
                return rows
        return self._ask(_found(page), given)

    def _with(self, token: str) -> Tier:
        return Tier((*self._tier.wanted, (token,)), self._tier.earlier)

    def _ask(self, statement: Select[Any], given: dict[str, Any]) -> list[Any]:
        return portable.fast_rows(self._connection, statement, given)


def rows_of(
    connection: portable.Asker, statement: Select[Any], ranks: Sequence[int], **given: Any
) -> list[Any]:
    """What a statement tells of the documents of these ranks, which are not many."""
    given |= {f"rank_{at}": rank for at, rank in enumerate(ranks)}
    return portable.fast_rows(connection, _ranked(statement, len(ranks)), given)


def engine_of(dialect: sa.Dialect) -> ModuleType:
    """The engine behind a database."""
    return sqlite if dialect.name == "sqlite" else postgres


def steps(most: int, every: int, limit: int, wanted: int) -> int:
    """How far to walk for a page before the index is asked; 0 where that is shorter anyway.

    Walking takes about limit * every / most steps, and looking up and ordering takes most. Who has
    not arrived after four times as many for each token that is wanted has less to find than it
    seemed.
    """
    expected = limit * every // max(most, 1)
    if most <= PAGES * limit or most <= expected:
        return 0
    return min(1 << (expected << 2 * wanted).bit_length(), STEPS_MAX)


class _Page(NamedTuple):
    """What tells one statement from another: the engine, the order, what is bound, how many."""

    engine: ModuleType
    order: Order
    names: frozenset[str]
    limit: int

    def of(self, rows: FromClause, statement: Select[Any], limit: int) -> Select[Any]:
        """The first of the rows in the order, after the place that is bound."""
        if self.order.column is None or "after_value" in self.names:
            statement = statement.where(self.order.after(rows))
        return statement.order_by(*self.order.by(rows)).limit(limit)

    def shown(self, keys: Select[Any]) -> Select[Any]:
        """The keys alone, or, where there is a reader, their cards."""
        if "lang" not in self.names:
            return keys
        page = keys.subquery()
        cards = CARD.join(page, page.c.rank_key == Document.rank_key)
        return cards.order_by(*self.order.by(page))


@lru_cache(maxsize=256)
def _found(page: _Page) -> Select[Any]:
    """What the index gives, or all documents that the prices leave, in the order."""
    columns, prices = page.order.columns, tuple(_prices(page.names))
    if "match" in page.names:
        rows = page.engine.found(*columns, where=prices)
        return page.shown(page.of(rows, select(rows), page.limit))
    every = select(Document.rank_key, *columns).where(*prices)
    return page.shown(page.of(Document.__table__, every, page.limit))


@lru_cache(maxsize=256)
def _walk(page: _Page, shape: Shape, far: int) -> Select[Any]:
    """What matches of the next steps along the order."""
    columns = (Document.rank_key, *page.order.columns, page.engine.EVIDENCE)
    passed = select(*columns).where(*_prices(page.names))
    walked = page.of(Document.__table__, passed, far).subquery()
    matching: Select[Any] = page.engine.among(walked, shape)
    return page.shown(matching.order_by(*page.order.by(walked)).limit(page.limit))


@lru_cache(maxsize=256)
def _ranked(statement: Select[Any], many: int) -> Select[Any]:
    ranks: list[Any] = [bindparam(f"rank_{at}") for at in range(many)]
    return statement.where(Document.rank_key.in_(ranks))


@lru_cache(maxsize=64)
def _some(
    engine: ModuleType, columns: Columns, names: frozenset[str], limit: int | None
) -> Select[Any]:
    prices = tuple(_prices(names))
    every: Any = select(Document.rank_key, *columns).where(*prices)
    some: Any = select(engine.found(*columns, where=prices)) if "match" in names else every
    return some.limit(limit)  # type: ignore[no-any-return]


@lru_cache(maxsize=16)
def _count(engine: ModuleType, names: frozenset[str], most: int) -> Select[Any]:
    some = _some(engine, (), names, most).subquery()
    return select(sa.func.count()).select_from(some)


def _prices(names: frozenset[str]) -> list[Any]:
    return [condition for name, condition in _PRICES.items() if name in names]


def _key(row: Any, sort: Sort) -> Key:
    column = ORDERS[sort].column
    if column is None:
        return (row.rank_key,)
    value = getattr(row, column.key)
    return (value if isinstance(value, int) else bytes(value).hex(), row.rank_key)

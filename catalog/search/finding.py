"""What is found, tier after tier until the page is full, always in the order of the shelf."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Row, Select, bindparam, case

from catalog import categories
from catalog.categories import Sold
from catalog.models import ListingLot
from catalog.search import engines, words
from catalog.search.models import SearchDocument
from catalog.shelves.cards import carded, left_of
from market import portable

Document = SearchDocument
Key = tuple[int, int]  # the tier and the key within it

_CARD = carded(
    Document,
    Document.kind,
    Document.rank_key,
    Document.unit,
    Document.scale,
    case((Document.kind == Sold.GOODS, left_of(Document.subject_id))).label("left"),
    subject_id=Document.subject_id,
)
_FROM_LOT = (
    _CARD.join(ListingLot, ListingLot.listing_id == Document.subject_id)
    .where(ListingLot.lot_id == bindparam("lot_id"))
    .order_by(Document.rank_key)
)
_CONDITIONS = {
    "commune": Document.unit_code == bindparam("commune"),
    "seller": Document.seller_id == bindparam("seller"),
    "kind": Document.kind == bindparam("kind"),
    "price_from": Document.price_minor >= bindparam("price_from"),
    "price_to": Document.price_minor <= bindparam("price_to"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What narrows a search; a category means all below it, prices are in đồng."""

    kind: Sold | None = None
    category: str | None = None
    commune: str | None = None
    seller_id: UUID | None = None
    price_from: int | None = None
    price_to: int | None = None

    def bound(self) -> dict[str, Any]:
        """The filters that are set but the category, by the names of their conditions."""
        given: dict[str, Any] = {
            "kind": self.kind,
            "commune": self.commune,
            "seller": self.seller_id,
            "price_from": self.price_from,
            "price_to": self.price_to,
        }
        return {name: value for name, value in given.items() if value is not None}


class Found(NamedTuple):
    """A card and its place among all that is found."""

    key: Key
    row: Row[Any]


def find(
    connection: portable.Asker,
    *,
    query: str,
    filters: Filters,
    lang: str,
    after: Key | None,
    limit: int,
    now: datetime,
) -> list[Found]:
    """What matches, best first, up to one more than the limit; without words, what is newest."""
    given = filters.bound() | {"lang": lang, "now": now}
    category = filters.category and categories.get(filters.category).code
    start, last = after or (0, -1)
    if not query.strip():
        return _rows(connection, category, given | {"after": last}, 0, limit)
    expression = engines.behind(connection.dialect.name).expression
    found: list[Found] = []
    for number, tier in enumerate(words.tiers(query)):
        if number < start or len(found) > limit:
            continue
        bound = given | {"match": expression(tier), "after": last if number == start else -1}
        found += _rows(connection, category, bound, number, limit - len(found))
    return found


def from_lot(connection: Connection, *, lot_id: UUID, lang: str, now: datetime) -> list[Row[Any]]:
    """The cards of the goods on the shelf that are sold from the lot."""
    given = {"lot_id": lot_id, "lang": lang, "now": now}
    return list(connection.execute(_FROM_LOT, given).all())


def _rows(
    connection: portable.Asker, category: str | None, bound: dict[str, Any], tier: int, limit: int
) -> list[Found]:
    statement = _statement(connection.dialect.name, category, frozenset(bound), limit)
    rows = portable.fast_rows(connection, statement, bound)
    return [Found((tier, row.rank_key), row) for row in rows]


@lru_cache(maxsize=512)
def _statement(
    dialect_name: str, category: str | None, names: frozenset[str], limit: int
) -> Select[Any]:
    statement = _CARD.where(*(it for name, it in _CONDITIONS.items() if name in names))
    if category is not None:
        statement = statement.where(Document.category_code.in_(categories.branch(category)))
    if "match" in names:
        found: Select[Any] = engines.behind(dialect_name).matching(statement)
    else:
        found = statement.where(Document.rank_key > bindparam("after")).order_by(Document.rank_key)
    return found.limit(limit + 1)

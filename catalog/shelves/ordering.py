"""A shelf in order: what is live, newest first, narrowed by what was asked for."""

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, tuple_

from catalog import categories
from catalog.models import Experience, Listing
from market import portable
from market.db import UtcDateTime
from market.portable import Asker, instant_of, uuid_of

Kind: TypeAlias = type[Listing] | type[Experience]
Key: TypeAlias = tuple[datetime, UUID]


def narrowed(*, after: Key | None = None, **wanted: Any) -> dict[str, Any]:
    """What is bound: `category` (it and all below), `commune`, `seller_id`, and where to go on.

    Raises UnknownCategory.
    """
    if wanted.get("category") is not None:
        categories.get(wanted["category"])
    if after is not None:
        wanted |= {"after_at": after[0], "after_id": after[1]}
    return {name: it for name, it in wanted.items() if it is not None}


def place(row: Any) -> Key:
    """Where a card stands in the order: the key after which the next page begins."""
    return _key(row.listed_at, row.id)


@lru_cache(maxsize=1024)
def _key(listed_at: datetime | str, offer_id: UUID | str) -> Key:
    return instant_of(listed_at), uuid_of(offer_id)


class Shelf(NamedTuple):
    """The live offers of a kind, newest first: their cards, or their versions and what is left."""

    kind: Kind
    card: Select[Any]
    standing: Select[Any]

    def rows(
        self, connection: Asker, narrowed: dict[str, Any], limit: int, **given: Any
    ) -> list[Any]:
        """Their cards in the language given as `lang`, else their versions, as of `now`."""
        columns = self.card if "lang" in given else self.standing
        category, names = narrowed.get("category"), frozenset(narrowed)
        statement = _ordered(columns, self.kind, category, names, limit)
        return portable.fast_rows(connection, statement, narrowed | given)


@lru_cache(maxsize=512)
def _ordered(
    columns: Select[Any], kind: Kind, category: str | None, names: frozenset[str], limit: int
) -> Select[Any]:
    """The offers of the category that meet the conditions bound under these names."""
    conditions = {
        "commune": kind.unit_code == bindparam("commune"),
        "seller_id": kind.seller_id == bindparam("seller_id"),
        "after_at": tuple_(kind.listed_at, kind.id)
        < tuple_(bindparam("after_at", type_=UtcDateTime()), bindparam("after_id", type_=Uuid())),
    }
    wanted = [condition for name, condition in conditions.items() if name in names]
    if category is not None:
        wanted.append(kind.category_code.in_(categories.branch(category)))
    statement = columns.where(kind.is_live, *wanted)
    return statement.order_by(kind.listed_at.desc(), kind.id.desc()).limit(limit + 1)

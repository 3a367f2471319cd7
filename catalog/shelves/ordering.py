"""A shelf in order: what is live, newest first, narrowed by what was asked for."""

from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, tuple_

from catalog import categories
from catalog.models import Experience, Listing, ListingState
from catalog.shelves.cards import limited
from market.db import UtcDateTime

Kind: TypeAlias = type[Listing] | type[Experience]
Key: TypeAlias = tuple[datetime, UUID]


def bound(
    *,
    category: str | None = None,
    commune: str | None = None,
    seller_id: UUID | None = None,
    after: Key | None = None,
) -> dict[str, Any]:
    """What a shelf's statement is told; a category means everything below it too."""
    given: dict[str, Any] = {"commune": commune, "seller": seller_id}
    if category is not None:
        given |= codes_under(category)
    if after is not None:
        given |= {"after_at": after[0], "after_id": after[1]}
    return {name: value for name, value in given.items() if value is not None}


def codes_under(category: str) -> dict[str, Any]:
    """The category as it is bound: one code, or all of its branch; raises UnknownCategory."""
    branch = [found.code for found in categories.descendants(category)]
    return {"categories": [category, *branch]} if branch else {"category": category}


def ordered(card: Select[Any], kind: Kind, names: frozenset[str], limit: int) -> Select[Any]:
    """The cards that meet the conditions bound under these names."""
    conditions = {
        "category": kind.category_code == bindparam("category"),
        "categories": kind.category_code.in_(bindparam("categories", expanding=True)),
        "commune": kind.unit_code == bindparam("commune"),
        "seller": kind.seller_id == bindparam("seller"),
        "after_at": tuple_(kind.listed_at, kind.id)
        < tuple_(bindparam("after_at", type_=UtcDateTime()), bindparam("after_id", type_=Uuid())),
    }
    wanted = [condition for name, condition in conditions.items() if name in names]
    statement = card.where(kind.state == ListingState.LIVE, *wanted)
    return limited(statement.order_by(kind.listed_at.desc(), kind.id.desc()), limit)

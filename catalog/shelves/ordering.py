"""A shelf in order: what is live, newest first, narrowed by what was asked for."""

from datetime import datetime
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, tuple_

from catalog import categories
from catalog.models import Experience, Listing, ListingState
from catalog.shelves.cards import limited
from market.db import UtcDateTime
from market.portable import instant_of, uuid_of

Kind: TypeAlias = type[Listing] | type[Experience]
Key: TypeAlias = tuple[datetime, UUID]


class Narrowed(NamedTuple):
    """What was asked for: a category and all below it, and the values bound to the conditions."""

    category: str | None
    given: dict[str, Any]


def narrowed(
    *,
    category: str | None = None,
    commune: str | None = None,
    seller_id: UUID | None = None,
    after: Key | None = None,
) -> Narrowed:
    """The conditions that are set; raises UnknownCategory."""
    if category is not None:
        categories.get(category)
    given: dict[str, Any] = {"commune": commune, "seller": seller_id}
    if after is not None:
        given |= {"after_at": after[0], "after_id": after[1]}
    return Narrowed(category, {name: it for name, it in given.items() if it is not None})


def place(row: Any) -> Key:
    """Where a card stands in the order: the key after which the next page begins."""
    return instant_of(row.listed_at), uuid_of(row.id)


def ordered(
    card: Select[Any], kind: Kind, category: str | None, names: frozenset[str], limit: int
) -> Select[Any]:
    """The cards of the category that meet the conditions bound under these names."""
    conditions = {
        "commune": kind.unit_code == bindparam("commune"),
        "seller": kind.seller_id == bindparam("seller"),
        "after_at": tuple_(kind.listed_at, kind.id)
        < tuple_(bindparam("after_at", type_=UtcDateTime()), bindparam("after_id", type_=Uuid())),
    }
    wanted = [condition for name, condition in conditions.items() if name in names]
    if category is not None:
        wanted.append(kind.category_code.in_(categories.branch(category)))
    statement = card.where(kind.state == ListingState.LIVE, *wanted)
    return limited(statement.order_by(kind.listed_at.desc(), kind.id.desc()), limit)

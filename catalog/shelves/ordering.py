"""A shelf in order: what is live, newest first, narrowed by what was asked for."""

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, tuple_

from catalog import categories
from catalog.models import Experience, Listing, ListingState
from market import portable
from market.db import UtcDateTime
from market.portable import Asker, instant_of, uuid_of

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
    return _key(row.listed_at, row.id)


@lru_cache(maxsize=1024)
def _key(listed_at: datetime | str, offer_id: UUID | str) -> Key:
    return instant_of(listed_at), uuid_of(offer_id)


class Shelf(NamedTuple):
    """The live offers of a kind, newest first: their cards, or their versions and what is left."""

    kind: Kind
    card: Select[Any]
    standing: Select[Any]

    def cards(
        self, connection: Asker, narrowed: Narrowed, *, lang: str, limit: int, now: datetime
    ) -> list[Any]:
        """All that the cards say."""
        given = {**narrowed.given, "lang": lang, "now": now}
        return self._rows(connection, self.card, narrowed, limit, given)

    def standings(
        self, connection: Asker, narrowed: Narrowed, *, limit: int, now: datetime
    ) -> list[Any]:
        """Which cards they are, in which version, and what is left now."""
        given = {**narrowed.given, "now": now}
        return self._rows(connection, self.standing, narrowed, limit, given)

    def _rows(
        self,
        connection: Asker,
        columns: Select[Any],
        narrowed: Narrowed,
        limit: int,
        given: dict[str, Any],
    ) -> list[Any]:
        names = frozenset(narrowed.given)
        statement = _ordered(columns, self.kind, narrowed.category, names, limit)
        return portable.fast_rows(connection, statement, given)


@lru_cache(maxsize=512)
def _ordered(
    columns: Select[Any], kind: Kind, category: str | None, names: frozenset[str], limit: int
) -> Select[Any]:
    """The offers of the category that meet the conditions bound under these names."""
    conditions = {
        "commune": kind.unit_code == bindparam("commune"),
        "seller": kind.seller_id == bindparam("seller"),
        "after_at": tuple_(kind.listed_at, kind.id)
        < tuple_(bindparam("after_at", type_=UtcDateTime()), bindparam("after_id", type_=Uuid())),
    }
    wanted = [condition for name, condition in conditions.items() if name in names]
    if category is not None:
        wanted.append(kind.category_code.in_(categories.branch(category)))
    statement = columns.where(kind.state == ListingState.LIVE, *wanted)
    return statement.order_by(kind.listed_at.desc(), kind.id.desc()).limit(limit + 1)

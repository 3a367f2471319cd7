"""Who and where may be meant by the words of a search: sellers by their names, and places."""

from typing import Any

from sqlalchemy import bindparam, select

from catalog.search import words
from catalog.search.facets import Filters
from catalog.search.matching import Match
from catalog.search.models import SearchDocument
from catalog.search.ordering import Sort
from catalog.search.words import Tier
from market import geography, portable
from market.accounts.models import Organisation
from market.db import table_of
from market.geography import Unit

OFFERS_MAX = 100  # newest of theirs that are looked through
SELLERS_MAX = 5
PLACES_MAX = 4

_RANKS: list[Any] = [bindparam(f"rank_{at}") for at in range(OFFERS_MAX)]
_SELLERS: Any = (
    select(*table_of(Organisation).c["id", "name", "unit_code", "kind", "verified_at"])
    .join(SearchDocument, SearchDocument.seller_id == Organisation.id)
    .where(SearchDocument.rank_key.in_(_RANKS))
    .order_by(SearchDocument.rank_key)
)


def sellers(connection: portable.Asker, query: str) -> list[Any]:
    """Up to five whose name has all words, who put something on the shelf last first.

    Rows of `id`, `name`, `unit_code`, `kind` and `verified_at` as the driver has them.
    """
    asked = words.asked(query)
    if not asked:
        return []
    match = Match(connection, Tier(words.named(asked)), Filters())
    ranks = [rank for (rank,) in match.keys(Sort.NEWEST, (), OFFERS_MAX)]
    if not ranks:
        return []
    ranks += ranks[:1] * (OFFERS_MAX - len(ranks))
    given = {f"rank_{at}": rank for at, rank in enumerate(ranks)}
    rows = portable.fast_rows(connection, _SELLERS, given)
    return list({row.id: row for row in rows}.values())[:SELLERS_MAX]


def places(query: str) -> list[Unit]:
    """Up to four units that the words name, now or formerly, the likeliest first."""
    candidates = geography.resolve(query)
    return [it.unit for it in candidates if not it.reason.endswith("_near")][:PLACES_MAX]

"""What is found, tier after tier until the page is full, in the order that was asked for."""

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Row, Uuid, bindparam, select

from catalog.models import ListingLot
from catalog.search import words
from catalog.search.facets import Filters
from catalog.search.matching import CARD, FEW, Found, Key, Match, Reader, Sort
from catalog.search.models import SearchDocument
from catalog.search.words import Tier
from market import geography, portable
from market.accounts.models import Organisation
from market.db import table_of
from market.geography import Unit

EVERYTHING = Filters()
SECOND = 1  # tier
_FROM_LOT = CARD.join(ListingLot, ListingLot.listing_id == SearchDocument.subject_id)
_FROM_LOT = _FROM_LOT.where(ListingLot.lot_id == bindparam("lot_id", type_=Uuid()))
_FROM_LOT = _FROM_LOT.order_by(SearchDocument.rank_key)
OFFERS_MAX = 100  # newest of theirs that are looked through
SELLERS_MAX = 5
PLACES_MAX = 4
_RANKS: list[Any] = [bindparam(f"rank_{at}") for at in range(OFFERS_MAX)]
_SELLERS: Any = select(*table_of(Organisation).c["id", "name", "unit_code", "kind", "verified_at"])
_SELLERS = _SELLERS.join(SearchDocument, SearchDocument.seller_id == Organisation.id)
_SELLERS = _SELLERS.where(SearchDocument.rank_key.in_(_RANKS)).order_by(SearchDocument.rank_key)


class Search(NamedTuple):
    """What is looked for: words, what narrows them, and the order; `near` is a commune's code."""

    query: str = ""
    filters: Filters = EVERYTHING
    sort: Sort = Sort.RELEVANCE
    near: str | None = None

    def tiers(self) -> list[Tier]:
        """Where to look, best first; nothing to look for is one tier of everything."""
        if self.near is not None:
            geography.unit(self.near)
        return _tiers(self.query, self.filters, self.sort)

    def shelf(self) -> str | None:
        """The one token by which all is narrowed, "" for none; None for any other search."""
        filters, wanted = self.filters, self.filters.wanted()
        narrowing = (filters.price_from, filters.price_to, filters.seller_id, filters.delivers_to)
        if self.query.strip() or any(it is not None for it in narrowing) or len(wanted) > 1:
            return None
        return wanted[0][0] if wanted else ""

    def shown(self, connection: portable.Asker) -> Tier | None:
        """All that `find` shows as one tier; None where that is nothing."""
        tiers = [Tier(each.wanted) for each in self.tiers()]
        if self.sort is Sort.RELEVANCE:  # each tier is part of the next
            return tiers[-1] if tiers else None
        return next((each for each in tiers if Match(connection, each, self.filters).any()), None)


def from_lot(connection: Connection, *, lot_id: UUID, lang: str, now: datetime) -> list[Row[Any]]:
    """The cards of the goods on the shelf that are sold from the lot."""
    given = {"lot_id": lot_id, "lang": lang, "now": now}
    return list(connection.execute(_FROM_LOT, given).all())


def find(
    connection: portable.Asker, search: Search, *, after: Key | None, limit: int, **reader: Any
) -> list[Found]:
    """What matches, up to one more than the limit; ordered by value, of the first tier with any.

    The cards are made for a reader of `lang`, as of `now`.
    """
    number, *last = after or (0,)
    found: list[Found] = []
    tiers = search.tiers()
    for at, tier in enumerate(tiers):
        if at < number or len(found) > limit:
            continue
        is_worth_asking = at == SECOND < len(tiers) - 1 and not (found or number)
        if is_worth_asking and not Match(connection, Tier(tiers[-1].wanted), search.filters).any():
            break  # four long questions are spared where nothing has all the words
        start = tuple(last) if at == number else ()
        match = Match(connection, tier, search.filters)
        cards = _cards(match, search, start, limit + 1 - len(found), reader)
        found += [Found((at, *each.key), each.row) for each in cards]
        if search.sort is not Sort.RELEVANCE and (found or start):
            break
    return found


def sellers(connection: portable.Asker, query: str) -> list[Any]:
    """Rows of up to five whose name has all words, who put something on the shelf last first."""
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


@lru_cache(maxsize=1024)  # the same is looked for again and again, and page after page
def _tiers(query: str, filters: Filters, sort: Sort) -> list[Tier]:
    narrowed, asked = filters.wanted(), words.asked(query)
    if not asked:
        return [] if query.strip() else [Tier(narrowed)]
    tiers = words.tiers(asked)
    if sort is not Sort.RELEVANCE:  # the order is another, so titles do not come first
        tiers = [Tier(each.wanted) for each in tiers if not _is_of_titles(each)]
    return [Tier((*each.wanted, *narrowed), each.earlier) for each in tiers]


def _cards(match: Match, search: Search, after: Key, limit: int, reader: Reader) -> list[Found]:
    if search.sort is not Sort.NEAREST or search.near is None:
        return match.cards(search.sort, after, limit, reader)
    return _nearest(match, search.near, after, limit, reader)


def _nearest(match: Match, near: str, after: Key, limit: int, reader: Reader) -> list[Found]:
    """Commune by commune as they lie around a place, in each the newest first."""
    around = [each.unit.code for each in geography.nearest(near)]
    if match.most <= FEW:
        places = {code: at for at, code in enumerate(around)}
        rows = match.first((SearchDocument.unit_code,), None)
        keys = [key for key in sorted((places[row[1]], row[0]) for row in rows) if key > after]
        cards = match.cards_of([rank for _, rank in keys[:limit]], reader)
        return [Found(key, cards[key[1]]) for key in keys[:limit] if key[1] in cards]
    start, *last = after or (0,)
    found: list[Found] = []
    for at in range(int(start), len(around)):
        within, left = match.within(around[at]), limit - len(found)
        newest = within.cards(Sort.NEWEST, tuple(last) if at == start else (), left, reader)
        found += [Found((at, *each.key), each.row) for each in newest]
        if len(found) >= limit:
            break
    return found


def _is_of_titles(tier: Tier) -> bool:
    return tier.wanted[0][0][0] in (words.TITLE_EXACT, words.TITLE_FOLDED)

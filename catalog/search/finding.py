"""What is found, tier after tier until the page is full, in the order that was asked for.

And how much of it is in each category, commune, price band, month: to a thousand.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Row, Uuid, bindparam, select

from catalog import categories, marks
from catalog.models import ListingLot
from catalog.search import terms, words
from catalog.search.facets import KINDS, PRICE_BANDS, Facet, Filters, band, months_from, token
from catalog.search.matching import CARD, FEW, Found, Key, Match, Reader, Sort, rows_of
from catalog.search.models import SearchDocument
from catalog.search.words import Tier
from market import geography, portable, table_of
from market.accounts.models import Organisation, OrganisationKind
from market.geography import Unit, units

EVERYTHING = Filters()
SECOND = 1  # tier
_FROM_LOT = CARD.join(ListingLot, ListingLot.listing_id == SearchDocument.subject_id)
_FROM_LOT = _FROM_LOT.where(ListingLot.lot_id == bindparam("lot_id", type_=Uuid()))
_FROM_LOT = _FROM_LOT.order_by(SearchDocument.rank_key)
OFFERS_MAX = 100  # newest of theirs that are looked through
SELLERS_MAX = 5
PLACES_MAX = 4
_SELLERS: Any = select(*table_of(Organisation).c["id", "name", "unit_code", "kind", "verified_at"])
_SELLERS = _SELLERS.join(SearchDocument, SearchDocument.seller_id == Organisation.id)
_SELLERS = _SELLERS.order_by(SearchDocument.rank_key)
COUNTED_MAX = 1_000
COMMUNES_MAX = 12  # of a large result: those with most on the shelf
MONTHS = 6  # from this one on

_NAMES = ("category_code", "unit_code", "price_minor", "harvest", "seller_kind", "marks")
_COLUMNS = tuple(table_of(SearchDocument).c[_NAMES])


class Count(NamedTuple):
    """How many; with `more`, more than so many."""

    many: int
    more: bool = False


class Value(NamedTuple):
    """A value of a facet: a code, the number of a price band, or a month."""

    value: str
    many: int
    more: bool


class Counted(NamedTuple):
    """All that is found, and of each facet the values that something has, most first."""

    total: Count
    facets: dict[Facet, list[Value]]


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
    rows = rows_of(connection, _SELLERS, ranks) if ranks else []
    return list({row.id: row for row in rows}.values())[:SELLERS_MAX]


def places(query: str) -> list[Unit]:
    """Up to four units that the words name, now or formerly, the likeliest first."""
    candidates = geography.resolve(query)
    return [it.unit for it in candidates if not it.reason.endswith("_near")][:PLACES_MAX]


def counted(connection: portable.Asker, search: Search, *, today: date) -> Counted:
    """Count what `find` would give for the search, page after page.

    Of all that is for sale, or of all with one token, the counts are kept.
    """
    shelf = search.shelf()
    if shelf is not None:
        known = terms.facets_known(connection, within=shelf)
        total = _up_to(sum(known[each] for each in KINDS))
        return Counted(total, _values(known, search, today, known.__getitem__))
    tier = search.shown(connection)
    if tier is None:
        return Counted(Count(0), {facet: [] for facet in Facet})
    match = Match(connection, tier, search.filters)
    rows = match.first(_COLUMNS, COUNTED_MAX + 1)
    if len(rows) <= COUNTED_MAX:
        return Counted(Count(len(rows)), _tallied(rows, search, today))
    known = terms.facets_known(connection)
    some = _values(known, search, today, lambda each: match.count(each, COUNTED_MAX + 1))
    return Counted(Count(COUNTED_MAX, more=True), some)


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


def _values(
    known: Mapping[str, int], search: Search, today: date, many: Callable[[str], int]
) -> dict[Facet, list[Value]]:
    """The values that are worth counting: of communes those where most is known to be."""
    communes = sorted(units(), key=lambda unit: -known.get(token(Facet.COMMUNE, unit.code), 0))
    values: dict[Facet, Iterable[str]] = {
        Facet.CATEGORY: [each.code for each in categories.children(search.filters.category)],
        Facet.COMMUNE: [unit.code for unit in communes[:COMMUNES_MAX]],
        Facet.PRICE: [str(at) for at in range(len(PRICE_BANDS))],
        Facet.HARVEST: months_from(today, MONTHS),
        Facet.SELLER_KIND: list(OrganisationKind),
        Facet.MARK: marks.all(),
    }
    keys = ((facet, value) for facet, its in values.items() for value in its)
    return _ordered({key: _up_to(many(token(*key))) for key in keys})


def _tallied(rows: Sequence[Any], search: Search, today: date) -> dict[Facet, list[Value]]:
    deep = search.filters.category.count(".") + 1 if search.filters.category else 0
    months = set(months_from(today, MONTHS))
    counts: Counter[tuple[Facet, str]] = Counter()
    for _, category, commune, price, harvest, seller_kind, its_marks in rows:
        steps = category.split(".")[: deep + 1]
        if len(steps) > deep:
            counts[Facet.CATEGORY, ".".join(steps)] += 1
        counts[Facet.COMMUNE, commune] += 1
        counts[Facet.PRICE, str(band(price))] += 1
        counts[Facet.SELLER_KIND, seller_kind] += 1
        counts.update((Facet.HARVEST, month) for month in harvest.split() if month in months)
        counts.update((Facet.MARK, mark) for mark in its_marks.split())
    return _ordered({key: Count(many) for key, many in counts.items()})


def _ordered(counts: Mapping[tuple[Facet, str], Count]) -> dict[Facet, list[Value]]:
    """Most first; price bands and months in their own order."""
    found: dict[Facet, list[Value]] = {facet: [] for facet in Facet}
    for (facet, value), count in sorted(counts.items()):
        if count.many:
            found[facet].append(Value(value, *count))
    for facet in (Facet.CATEGORY, Facet.COMMUNE, Facet.SELLER_KIND, Facet.MARK):
        found[facet].sort(key=lambda each: (-each.many, each.value))
    return found


def _up_to(many: int) -> Count:
    return Count(min(many, COUNTED_MAX), more=many > COUNTED_MAX)

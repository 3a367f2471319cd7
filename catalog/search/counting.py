"""How much of what is found is in each category, commune, price band, month: to a thousand."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from catalog import categories, marks
from catalog.search import matching, terms
from catalog.search.facets import KINDS, PRICE_BANDS, Facet, band, months_from, token
from catalog.search.finding import Search
from catalog.search.models import SearchDocument
from market import portable
from market.accounts.models import OrganisationKind
from market.db import table_of
from market.geography import units

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


def counted(connection: portable.Asker, search: Search, *, today: date) -> Counted:
    """Count what `find` would give for the search, page after page."""
    shelf = search.shelf()
    if shelf is not None:
        return _of_the_shelf(connection, search, shelf, today)
    tier = search.shown(connection)
    if tier is None:
        return Counted(Count(0), {facet: [] for facet in Facet})
    match = matching.Match(connection, tier, search.filters)
    rows = match.first(_COLUMNS, COUNTED_MAX + 1)
    if len(rows) <= COUNTED_MAX:
        return Counted(Count(len(rows)), _tallied(rows, search, today))
    known = terms.facets_known(connection)
    some = _values(known, search, today, lambda each: match.count(each, COUNTED_MAX + 1))
    return Counted(Count(COUNTED_MAX, more=True), some)


def _of_the_shelf(connection: portable.Asker, search: Search, shelf: str, today: date) -> Counted:
    """Of all that is for sale, or of all with one token, the counts are kept."""
    known = terms.facets_known(connection, within=shelf)
    total = _up_to(sum(known[each] for each in KINDS))
    return Counted(total, _values(known, search, today, known.__getitem__))


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

"""What a search can be narrowed by, as tokens of a document beside its words."""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from catalog import categories, marks
from catalog.categories import Sold
from catalog.search.words import JOINT, SYNONYM, All, Some
from market.accounts.models import OrganisationKind
from translations.folding import fold

PRICE_BANDS = (0, 20_000, 50_000, 100_000, 200_000, 500_000)  # from how many đồng each goes
MONTHS_MAX = 24  # of one harvest


class Facet(StrEnum):
    """What is counted of what is found."""

    CATEGORY = "category"
    COMMUNE = "commune"
    PRICE = "price"
    HARVEST = "harvest"
    SELLER_KIND = "seller_kind"
    MARK = "mark"


_LETTERS = dict(zip(Facet, "cubhwm", strict=True))
_KIND, _SELLER, _DELIVERED = "k", "o", "d"
EVERYWHERE = "all"  # instead of all units
KINDS = tuple(_KIND + kind for kind in Sold)  # each offer has one of them
NO_WORD = JOINT  # no word begins with it
_ALL = frozenset({*_LETTERS.values(), _KIND, _SELLER, _DELIVERED, SYNONYM})


class Filters(NamedTuple):
    """What narrows a search: a category and all below it, prices in đồng, `harvest` a `YYYY-MM`.

    `delivers_to` is a unit that goods can be brought to; visits are found all the same.
    """

    kind: Sold | None = None
    category: str | None = None
    commune: str | None = None
    seller_id: UUID | None = None
    seller_kind: OrganisationKind | None = None
    harvest: str | None = None
    mark: str | None = None
    price_from: int | None = None
    price_to: int | None = None
    delivers_to: str | None = None

    def wanted(self) -> All:
        """The tokens that a document must have; prices only as far as their bands tell."""
        category = self.category and categories.get(self.category).code
        single = (
            self.kind and _KIND + self.kind,
            category and token(Facet.CATEGORY, category),
            self.commune and token(Facet.COMMUNE, self.commune),
            self.seller_id and _SELLER + self.seller_id.hex,
            self.seller_kind and token(Facet.SELLER_KIND, self.seller_kind),
            self.harvest and token(Facet.HARVEST, self.harvest),
            self.mark and token(Facet.MARK, marks.get(self.mark).code),
        )
        wanted: All = tuple((one,) for one in single if one)
        if self.delivers_to:
            wanted += ((_DELIVERED + EVERYWHERE, _DELIVERED + self.delivers_to),)
        return wanted + self._bands()

    def _bands(self) -> All:
        lowest = band(self.price_from or 0)
        highest = len(PRICE_BANDS) - 1 if self.price_to is None else band(self.price_to)
        if highest - lowest == len(PRICE_BANDS) - 1:
            return ()
        some: Some = tuple(token(Facet.PRICE, str(at)) for at in range(lowest, highest + 1))
        return (some or ("-",),)  # from more than to: nothing has it


def tokens_of(document: Mapping[str, Any], delivers_to: Collection[str]) -> Iterator[str]:
    """One token for each value, for a category those above it too."""
    yield from (token(Facet.CATEGORY, it) for it in categories.lineage(document["category_code"]))
    yield from (token(Facet.HARVEST, month) for month in document["harvest"].split())
    yield from (_DELIVERED + code for code in delivers_to)
    yield from (token(Facet.MARK, mark) for mark in document["marks"].split())
    yield _KIND + document["kind"]
    yield _SELLER + document["seller_id"].hex
    yield token(Facet.COMMUNE, document["unit_code"])
    yield token(Facet.PRICE, str(band(document["price_minor"])))
    yield token(Facet.SELLER_KIND, document["seller_kind"])


def token(facet: Facet, value: str) -> str:
    """The token of a value, whatever was asked for: signs that would end a token are replaced."""
    return _LETTERS[facet] + "".join(sign if sign.isalnum() else JOINT for sign in value)


def counted(tokens: str) -> set[tuple[str, str]]:
    """What the shelf counts of a document beside its words: under which name, and the token.

    A token by itself, and under each by which the document can be narrowed all the others. Of the
    units that it can be brought to only whether that is everywhere: they are too many.
    """
    ones = [each for each in tokens.split() if is_one(each) and each[0] != _SELLER]
    own = [each for each in ones if each[0] != _DELIVERED or each[1:] == EVERYWHERE]
    narrowing = [each for each in own if each[0] not in (SYNONYM, _DELIVERED)]
    pairs = {(NO_WORD + one, other) for one in narrowing for other in narrowing}
    return pairs | {(NO_WORD, each) for each in own}


def is_one(token: str) -> bool:
    """Whether a token is no word of the document: something to narrow by, or a synonym."""
    return token[0] in _ALL


def name_of(token: str) -> str:
    """Under which plain word the number of documents with a token is kept."""
    return NO_WORD if is_one(token) else fold(token[1:])


def band(price: int) -> int:
    """In which price band a price is."""
    return bisect_right(PRICE_BANDS, max(price, 0)) - 1


def months(first: date | None, last: date | None) -> tuple[str, ...]:
    """The months from one day to another, as `YYYY-MM`."""
    begin, end = first or last, last or first
    if begin is None or end is None:
        return ()
    many = (end.year - begin.year) * 12 + end.month - begin.month + 1
    return months_from(begin, min(many, MONTHS_MAX))


def months_from(day: date, many: int) -> tuple[str, ...]:
    """The month of a day and those after it, as `YYYY-MM`."""
    first = day.year * 12 + day.month - 1
    return tuple(f"{at // 12:04}-{at % 12 + 1:02}" for at in range(first, first + many))

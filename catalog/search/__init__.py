"""Finding what is on the shelf by words, category, commune, price and seller.

One face and two engines behind it; both find the same things in the same order. A document is
kept by the transaction that changes its offer.
"""

from catalog.search.finding import Filters, Found, find, from_lot
from catalog.search.indexing import rebuild, refresh
from catalog.search.terms import complete, did_you_mean

__all__ = [
    "Filters",
    "Found",
    "complete",
    "did_you_mean",
    "find",
    "from_lot",
    "rebuild",
    "refresh",
]

"""Finding what is on the shelf by words, category, commune, price and seller.

One face and two engines behind it; both find the same things in the same order. A document is
kept by the transaction that changes its offer.
"""

from catalog.search.finding import Filters, Found, find, from_lot
from catalog.search.indexing import rebuild, refresh

__all__ = ["Filters", "Found", "find", "from_lot", "rebuild", "refresh"]

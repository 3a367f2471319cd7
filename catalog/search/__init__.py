"""Finding what is on the shelf by words, category, commune, price, harvest and seller.

One face and two engines behind it; both find the same things in the same order. A document is
kept by the transaction that changes its offer.
"""

from catalog.search.counting import Count, Counted, counted
from catalog.search.facets import Facet, Filters
from catalog.search.finding import Search, find, from_lot
from catalog.search.indexing import mend, rebuild, refresh
from catalog.search.matching import Found
from catalog.search.naming import places, sellers
from catalog.search.ordering import Sort
from catalog.search.terms import complete, did_you_mean

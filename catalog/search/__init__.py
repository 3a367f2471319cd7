"""Finding what is on the shelf: one face, and two engines that find the same in the same order."""

from catalog.search.facets import Facet, Filters
from catalog.search.finding import Search, counted, find, from_lot, places, sellers
from catalog.search.indexing import mend, refresh
from catalog.search.matching import Found, Sort
from catalog.search.terms import complete, did_you_mean

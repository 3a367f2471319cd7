"""Where things are: the 124 units of the province, and what people still call them."""

from market.geography.resolving import Candidate, ambiguous, beyond, elsewhere, kept, resolve
from market.geography.units import Unit, UnknownPlace, between, known, nearest, route, unit, units

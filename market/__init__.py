"""People, places, agreements and the machinery that the marketplace stands on."""

from market.actors import SYSTEM, Actor
from market.db import Database, by_id, changed, columns_of, newest_first, table_of, took_effect
from market.errors import FieldInvalid, Forbidden, Kind, MarketError, NotFound, Stale, existing
from market.ids import code_of, secret, uuid7
from market.money import MINOR_MAX, Money

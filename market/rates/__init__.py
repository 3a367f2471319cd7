"""Rates of commission, fees and taxes as dated rules; the first that fits counts."""

from market.rates.entering import NewRule, end, enter, told
from market.rates.matching import Rule, first_match, in_force
from market.rates.seeding import seed

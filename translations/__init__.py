"""Words, numbers and dates in every language of the market; knows no database and no web."""

from translations.formats import Amount, Day, Measure, Moment
from translations.languages import chain, offered, spoken
from translations.messages import MissingParameter, Served, UnknownMessage, plural, served, text

__all__ = [
    "Amount",
    "Day",
    "Measure",
    "MissingParameter",
    "Moment",
    "Served",
    "UnknownMessage",
    "chain",
    "offered",
    "plural",
    "served",
    "spoken",
    "text",
]

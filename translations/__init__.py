"""Words, numbers and dates in every language of the market; knows no database and no web."""

from translations.catalogues import UnknownMessage
from translations.formats import Amount, Measure
from translations.languages import chain, offered, spoken
from translations.messages import MissingParameter, said, text

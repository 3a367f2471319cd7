"""Messages by key, with named facts written as the language that is served writes them."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from string import Formatter
from uuid import UUID

from translations import formats
from translations.catalogues import find
from translations.formats import Amount, Measure
from translations.languages import SOURCE


class MissingParameter(KeyError):
    """The message names a fact that was not given."""


def text(languages: tuple[str, ...], key: str, /, **params: object) -> str:
    """The message in the first of the languages that has it, with its facts filled in.

    Whole numbers are grouped, so a year is passed as text; money, days, moments and measures come
    in their wrappers. Raises UnknownMessage and MissingParameter; a fact too many is no error.
    """
    message, tag = find(languages, key)
    return _filled(message, tag, key, params)


@lru_cache(maxsize=8192)
def placeholders(message: str) -> tuple[str, ...]:
    """The names between braces in a message, in order."""
    return tuple(name for _, name, _, _ in Formatter().parse(message) if name is not None)


def _filled(message: str, tag: str, key: str, params: Mapping[str, object]) -> str:
    names = placeholders(message)
    missing = [name for name in names if name not in params]
    if missing:
        raise MissingParameter(f"{key} needs {', '.join(missing)}")
    languages = (tag,) if tag == SOURCE else (tag, SOURCE)
    return message.format(**{name: said(params[name], languages) for name in names})


def said(value: object, languages: tuple[str, ...]) -> str:
    """A fact as the first of the languages writes it; raises TypeError for what is none."""
    match value:
        case int() | Decimal() if not isinstance(value, bool):
            return formats.number(value, languages)
        case Amount() | Measure():
            return value.said(languages)
        case datetime():
            return formats.moment(value, languages)
        case date():
            return formats.day(value, languages)
        case list() | tuple():
            return ", ".join(said(item, languages) for item in value)
        case str() | UUID():
            return str(value)
    raise TypeError(f"a message cannot say {value!r}")

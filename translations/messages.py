"""Messages by key, with named facts written as the language that is served writes them."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from string import Formatter
from typing import NamedTuple
from uuid import UUID

from translations import formats
from translations.catalogues import UnknownMessage, catalogue, find
from translations.formats import Amount, Day, Measure, Moment
from translations.languages import SOURCE

__all__ = ["MissingParameter", "Served", "UnknownMessage", "plural", "served", "text"]


class MissingParameter(KeyError):
    """The message names a fact that was not given."""


class Served(NamedTuple):
    """A message and the tag of the language it is in, which need not be the one asked for."""

    text: str
    lang: str


def text(languages: tuple[str, ...], key: str, /, **params: object) -> str:
    """The message in the first of the languages that has it, with its facts filled in.

    Whole numbers are grouped, so a year is passed as text; money, days, moments and measures come
    in their wrappers. Raises UnknownMessage and MissingParameter; a fact too many is no error.
    """
    return served(languages, key, **params).text


def served(languages: tuple[str, ...], key: str, /, **params: object) -> Served:
    """As `text`, and says which language the words are in."""
    message, tag = find(languages, key)
    return Served(_filled(message, tag, key, params), tag)


def plural(languages: tuple[str, ...], key: str, n: int, /, **params: object) -> str:
    """The message `key.one` or `key.other`, as the language counts; `{n}` is the number."""
    for tag in languages:
        message = catalogue(tag).get(f"{key}.{formats.plural_form(n, (tag,))}")
        if message is not None:
            return _filled(message, tag, key, {"n": n, **params})
    raise UnknownMessage(key)


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
    return message.format(**{name: _said(params[name], languages) for name in names})


def _said(value: object, languages: tuple[str, ...]) -> str:
    match value:
        case int() | Decimal() if not isinstance(value, bool):
            return formats.number(value, languages)
        case Amount() | Measure() | Moment() | datetime() | Day() | date():
            return _written(value, languages)
        case list() | tuple():
            return ", ".join(_said(item, languages) for item in value)
        case str() | UUID():
            return str(value)
    raise TypeError(f"a message cannot say {value!r}")


def _written(
    value: Amount | Measure | Moment | datetime | Day | date, languages: tuple[str, ...]
) -> str:
    match value:
        case Amount():
            return formats.money(value.minor, value.currency, languages)
        case Measure():
            return formats.measure(value.value, value.scale, value.unit, languages)
        case Moment(at=at) | (datetime() as at):
            return formats.moment(at, languages)
        case Day(date=when) | (date() as when):
            return formats.day(when, languages)

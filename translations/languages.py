"""Which languages there are, and which to try for a reader: their wish first, Vietnamese last.

The table is our own: CLDR knows none of the highland languages and guesses their country wrongly.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

from babel import localedata

SOURCE = "vi"
# What a phone sends is under 100 characters; the rest of a longer header is not read.
HEADER_MAX = 1_000

Status = Literal["source", "complete", "planned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language by its BCP 47 tag; `format_locale` is the Babel locale of its numbers and dates.

    `autonym` is empty until a speaker gives it: no name of a minority language is made up here.
    """

    tag: str
    autonym: str
    name_vi: str
    script: str
    fallbacks: tuple[str, ...]
    format_locale: str
    status: Status


# Tags and scripts agree with silnrsi/langtags; the names are those of the census of 2019. English
# has the day before the month and a 24-hour clock, as on signs and tickets here.
_FILE = resources.files("translations") / "languages.csv"
_ROWS: Iterable[Any] = csv.DictReader(_FILE.read_text("utf-8").splitlines())
_TABLE = tuple(
    Language(**row, fallbacks=() if row["tag"] == SOURCE else (SOURCE,)) for row in _ROWS
)
REGISTRY = {language.tag: language for language in _TABLE}
_BY_LOWER = {tag.lower(): tag for tag in REGISTRY}

_RANGE = re.compile(
    r"\s*(\*|[a-z]{1,8}(?:-[a-z0-9]{1,8})*)\s*"
    r"(?:;\s*q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\s*)?",
    re.ASCII | re.IGNORECASE,
)


def offered() -> tuple[Language, ...]:
    """The languages that a reader may pick: those whose catalogue is complete."""
    return tuple(language for language in _TABLE if language.status != "planned")


def is_language(tag: str) -> bool:
    """Whether the BCP 47 tag is of a language that we, or CLDR, know."""
    return tag in REGISTRY or localedata.exists(tag.replace("-", "_"))


def chain(*, explicit: str | None, preferred: str | None, accept: str | None) -> tuple[str, ...]:
    """The tags to try, best first, always ending in Vietnamese.

    The language of the address (`?lang=`) goes before the person's setting (one tag, or several
    with commas), and that before the Accept-Language header; an unknown tag falls through.
    """
    for wish in (explicit, preferred):
        found = _known((wish or "")[:HEADER_MAX].split(","))
        if found:
            return _with_fallbacks(found)
    return _with_fallbacks(_accepted(accept or ""))


@lru_cache(maxsize=256)
def spoken(tags: tuple[str, ...]) -> str:
    """The first of the tags that the market's own words are in."""
    return next(tag for tag in tags if REGISTRY[tag].status != "planned")


def lookup(wanted: str, refused: frozenset[str] = frozenset()) -> str | None:
    """The registered tag nearest to the wanted one, cut from its end (RFC 4647 §3.4)."""
    parts = wanted.strip().lower().split("-")
    while parts:
        tag = "-".join(parts)
        if tag in _BY_LOWER and tag not in refused:
            return _BY_LOWER[tag]
        parts.pop()
        # A single letter only opens an extension (`x-…`, `u-…`); alone it means nothing.
        while parts and len(parts[-1]) == 1:
            parts.pop()
    return None


def _with_fallbacks(tags: Iterable[str]) -> tuple[str, ...]:
    tags = tuple(tags)
    if SOURCE in tags:
        # Vietnamese is complete: nothing after it would ever be reached.
        return (*tags[: tags.index(SOURCE)], SOURCE)
    further = (other for tag in tags for other in REGISTRY[tag].fallbacks if other != SOURCE)
    return (*dict.fromkeys((*tags, *further)), SOURCE)


def _known(wishes: Sequence[str]) -> tuple[str, ...]:
    found = (lookup(wish) for wish in wishes)
    return tuple(dict.fromkeys(tag for tag in found if tag))


@lru_cache(maxsize=256)
def _accepted(header: str) -> tuple[str, ...]:
    ranges = _weighted(header)
    refused = frozenset(tag.lower() for tag, weight in ranges if weight == 0)
    found: dict[str, None] = {}
    any_other = next((each.tag for each in offered() if each.tag not in refused), None)
    for tag, weight in ranges:
        match = any_other if tag == "*" else lookup(tag, refused)
        if weight > 0 and match:
            found[match] = None
    return tuple(found)


def _weighted(header: str) -> list[tuple[str, float]]:
    parts = header[:HEADER_MAX].split(",")
    if len(header) > HEADER_MAX:
        parts.pop()  # cut through, so no longer what was meant
    matches = (_RANGE.fullmatch(part) for part in parts)
    ranges = [(match[1], float(match[2] or 1)) for match in matches if match]
    return sorted(ranges, key=lambda item: -item[1])

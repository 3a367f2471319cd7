"""What is wrong with the catalogues: the law that every PO file of the market keeps."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import NamedTuple

from translations.catalogues import FOLDER, Entry, entries, files
from translations.languages import REGISTRY, SOURCE, offered

_KEY_LINE = re.compile(r'^msgid "(.+)"', re.MULTILINE)
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Problem(NamedTuple):
    """One fault of one message, in plain words."""

    tag: str
    key: str
    what: str


def problems(folder: Path = FOLDER) -> list[Problem]:
    """Every fault of every catalogue; an empty list is what the market ships with."""
    source = _by_key(SOURCE, folder)
    found: list[Problem] = []
    for tag in REGISTRY:
        own = _by_key(tag, folder)
        found += duplicated(tag, folder)
        for entry in own.values():
            found += faults(tag, entry)
        if tag != SOURCE:
            found += strangers(tag, own, source)
            found += other_placeholders(tag, own, source)
    for language in offered():
        found += missing(language.tag, _by_key(language.tag, folder), source)
    return found


def duplicated(tag: str, folder: Path = FOLDER) -> Iterator[Problem]:
    """Keys given twice, in one file or in two; a reader would see whichever came last."""
    keys = Counter[str]()
    for path in files(tag, folder):
        keys.update(_KEY_LINE.findall(path.read_text(encoding="utf-8")))
    for key, times in keys.items():
        if times > 1:
            yield Problem(tag, key, f"given {times} times")


def faults(tag: str, entry: Entry) -> Iterator[Problem]:
    """What is wrong with a message by itself: empty, unsure, not NFC, or braces out of order."""
    if not entry.text.strip():
        yield Problem(tag, entry.key, "has no words")
    if entry.fuzzy:
        yield Problem(tag, entry.key, "is marked fuzzy")
    if not unicodedata.is_normalized("NFC", entry.text):
        yield Problem(tag, entry.key, "is not NFC")
    try:
        fields = list(Formatter().parse(entry.text))
    except ValueError as error:
        yield Problem(tag, entry.key, f"has broken braces: {error}")
        return
    for _, name, style, conversion in fields:
        if name is not None and (not _NAME.fullmatch(name) or style or conversion):
            yield Problem(tag, entry.key, f"has a placeholder that is not plain: {name!r}")


def missing(tag: str, own: Mapping[str, Entry], source: Mapping[str, Entry]) -> Iterator[Problem]:
    """Keys of the source that a complete language lacks."""
    for key in source:
        if key not in own:
            yield Problem(tag, key, "is missing")


def strangers(tag: str, own: Mapping[str, Entry], source: Mapping[str, Entry]) -> Iterator[Problem]:
    """Keys that the source does not have."""
    for key in own:
        if key not in source:
            yield Problem(tag, key, f"is not in {SOURCE}")


def other_placeholders(
    tag: str, own: Mapping[str, Entry], source: Mapping[str, Entry]
) -> Iterator[Problem]:
    """Messages that name other facts than the source does."""
    for key, entry in own.items():
        wanted = _placeholders(source[key].text) if key in source else None
        given = _placeholders(entry.text)
        if wanted is not None and given != wanted:
            yield Problem(tag, key, f"names {sorted(given)}, and {SOURCE} {sorted(wanted)}")


def _by_key(tag: str, folder: Path) -> dict[str, Entry]:
    return {entry.key: entry for entry in entries(tag, folder)}


def _placeholders(words: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", words))

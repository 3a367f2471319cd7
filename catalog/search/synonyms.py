"""Words that mean the same: by region (`quả`, `trái`) and by language (`cà phê`, `coffee`).

General knowledge of the two languages, kept as rows (concept, region, word) in a file of its own.
"""

import csv
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources

from translations.folding import fold

Phrase = tuple[str, ...]


def others(words: Sequence[str]) -> Iterable[str]:
    """The words of all phrases that mean the same as one that stands in the text."""
    by_first = _by_first()
    for at, word in enumerate(words):
        for phrase, same in by_first.get(word, ()):
            if tuple(words[at : at + len(phrase)]) == phrase:
                yield from (other for each in same if each != phrase for other in each)


def is_part(word: str) -> bool:
    """Whether a folded word is part of a phrase that has another."""
    return word in _parts()


@cache
def _by_first() -> dict[str, list[tuple[Phrase, list[Phrase]]]]:
    concepts: dict[str, list[Phrase]] = {}
    table = resources.files("catalog.search") / "data" / "synonyms.csv"
    for row in csv.DictReader(table.read_text(encoding="utf-8").splitlines()):
        concepts.setdefault(row["concept"], []).append(tuple(row["word"].split()))
    found: dict[str, list[tuple[Phrase, list[Phrase]]]] = {}
    for same in concepts.values():
        for phrase in same:
            found.setdefault(phrase[0], []).append((phrase, same))
    return found


@cache
def _parts() -> frozenset[str]:
    phrases = (phrase for found in _by_first().values() for phrase, _ in found)
    return frozenset(fold(word) for phrase in phrases for word in phrase)

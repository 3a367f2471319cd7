"""Words as they are looked for: exactly as written and folded, in the title and anywhere.

The same tokens go into both databases, past their own parsers, so that both find the same.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from market import tables
from translations.folding import APOSTROPHES, fold

WORD_LENGTH_MAX = 40
QUERY_WORDS_MAX = 8
# The class of a token is its first letter; those of facets are in `facets`.
TITLE_EXACT, ANY_EXACT, TITLE_FOLDED, ANY_FOLDED = "e", "x", "t", "f"
SYNONYM, SELLER = "s", "n"
TITLE_PAIR, JOINT = "p", "·"  # two words of a title: never looked for, only suggested
Phrase = tuple[str, ...]
Some = tuple[str, ...]  # tokens of which a document has at least one
All = tuple[Some, ...]
Shape = tuple[int, ...]  # of how many tokens each of `All` is


class Tier(NamedTuple):
    """Documents that have all that is wanted, but not all of what an earlier tier wanted."""

    wanted: All
    earlier: tuple[All, ...] = ()

    def written(self, *, both: str, either: str, but_not: str, quote: str) -> str:
        """In the language of an engine that has these signs."""

        def every(wanted: All) -> str:
            some = (either.join(f"{quote}{token}{quote}" for token in each) for each in wanted)
            return both.join(f"({each})" for each in some)

        return f"({every(self.wanted)})" + "".join(f"{but_not}({every(it)})" for it in self.earlier)


def tokens(
    *, titles: Iterable[str], others: Iterable[str], seller: str, facets: Iterable[str]
) -> str:
    """All tokens of a document, each once, sorted, with one blank between them."""
    found = set(facets)
    for title in titles:
        found.update(_tokens(title, (TITLE_EXACT, ANY_EXACT), (TITLE_FOLDED, ANY_FOLDED)))
        for other in _others(in_order(title)):
            found.update(_marked(SYNONYM, (other, fold(other))))
        found.update(TITLE_PAIR + JOINT.join(pair) for pair in pairwise(in_order(title)))
    for other in (*others, seller):
        found.update(_tokens(other, (ANY_EXACT,), (ANY_FOLDED,)))
    found.update(_tokens(seller, (), (SELLER,)))
    return " ".join(sorted(found))


def written(tokens: str) -> set[str]:
    """The words of a document and the pairs of its titles, as written, out of its tokens."""
    kept = (ANY_EXACT, TITLE_PAIR)
    return {token[1:].replace(JOINT, " ") for token in tokens.split() if token[0] in kept}


def asked(query: str) -> list[str]:
    """The first few words of a query, each once."""
    return list(dict.fromkeys(in_order(query)))[:QUERY_WORDS_MAX]


def tiers(words: Sequence[str]) -> list[Tier]:
    """Where to look, best first: as written in the title, anywhere, then without its marks.

    Words without marks are looked for folded only. The last tier has titles with other words for
    the same thing too; in a description `thơm` is seldom a pineapple.
    """
    folded = [fold(word) for word in words]
    in_title, anywhere = _each(TITLE_EXACT, words), _each(ANY_EXACT, words)
    plain_title = _each(TITLE_FOLDED, folded)
    plain = tuple(
        (ANY_FOLDED + bare, SYNONYM + word) if bare in _parts() else (ANY_FOLDED + bare,)
        for bare, word in zip(folded, words, strict=True)
    )
    if list(words) == folded:
        return [Tier(plain_title), Tier(plain, (plain_title,))]
    return [
        Tier(in_title),
        Tier(anywhere, (in_title,)),
        Tier(plain_title, (anywhere,)),
        Tier(plain, (anywhere, plain_title)),
    ]


def named(words: Sequence[str]) -> All:
    """What a seller's name has that is meant by the words."""
    return _each(SELLER, map(fold, words))


def in_order(text: str) -> list[str]:
    """The words of a text, in lower case."""
    plain = unicodedata.normalize("NFC", text).lower().translate(_DROPPED)
    return [word[:WORD_LENGTH_MAX] for word in _WORD.findall(unicodedata.normalize("NFC", plain))]


def _others(words: Sequence[str]) -> Iterable[str]:
    """The words of all phrases that mean the same as one of the text (`quả`, `trái`; `coffee`)."""
    by_first = _by_first()
    for at, word in enumerate(words):
        for phrase, same in by_first.get(word, ()):
            if tuple(words[at : at + len(phrase)]) == phrase:
                yield from (other for each in same if each != phrase for other in each)


def _each(letter: str, words: Iterable[str]) -> All:
    return tuple((token,) for token in _marked(letter, words))


def _tokens(
    text: str, exact_classes: tuple[str, ...], folded_classes: tuple[str, ...]
) -> Iterator[str]:
    words = in_order(text)
    folded = [fold(word) for word in words]
    joined = [first + second for first, second in pairwise(folded)]  # `dalat` for `Đà Lạt`
    for letter in exact_classes:
        yield from _marked(letter, words)
    for letter in folded_classes:
        yield from _marked(letter, [*folded, *joined])


def _marked(letter: str, words: Iterable[str]) -> tuple[str, ...]:
    return tuple(letter + word[: 2 * WORD_LENGTH_MAX] for word in words if word)


@cache
def _by_first() -> dict[str, list[tuple[Phrase, list[Phrase]]]]:
    concepts: dict[str, list[Phrase]] = {}
    for row in tables.facts("catalog.search", "synonyms.csv"):
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


# Signs without width, or that only turn the direction of writing, stand within words unseen.
_UNSEEN = [0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF]
_DROPPED = dict.fromkeys([*map(ord, APOSTROPHES), *_UNSEEN])
# Letters and digits of every script, with the marks that highland Latin and Cham put behind them.
_WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f\uaa29-\uaa4d])*")

"""Words as they are looked for: exactly as written and folded, in the title and anywhere.

The same tokens go into both databases, past their own parsers, so that both find the same.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from translations.folding import APOSTROPHES, fold

WORD_LENGTH_MAX = 40
QUERY_WORDS_MAX = 8

# The class of a token is its first letter.
TITLE_EXACT, ANY_EXACT, TITLE_FOLDED, ANY_FOLDED = "e", "x", "t", "f"
TITLE_PAIR, JOINT = "p", "·"  # two words of a title: never looked for, only suggested


@dataclass(frozen=True, slots=True)
class Tier:
    """Documents with all of the tokens, but not those of an earlier tier."""

    tokens: tuple[str, ...]
    earlier: tuple[tuple[str, ...], ...] = ()


def tokens(*, titles: Iterable[str], others: Iterable[str]) -> str:
    """All tokens of a document, each once, sorted, with one blank between them."""
    found: set[str] = set()
    for title in titles:
        found.update(_tokens(title, (TITLE_EXACT, ANY_EXACT), (TITLE_FOLDED, ANY_FOLDED)))
        found.update(TITLE_PAIR + JOINT.join(pair) for pair in pairwise(in_order(title)))
    for other in others:
        found.update(_tokens(other, (ANY_EXACT,), (ANY_FOLDED,)))
    return " ".join(sorted(found))


def written(tokens: str) -> set[str]:
    """The words of a document and the pairs of its titles, as written, out of its tokens."""
    kept = (ANY_EXACT, TITLE_PAIR)
    return {token[1:].replace(JOINT, " ") for token in tokens.split() if token[0] in kept}


def tiers(query: str) -> list[Tier]:
    """Where to look, best first: as written in the title, anywhere, then without its marks.

    A query without marks is looked for folded only; one without a word finds nothing.
    """
    exact = list(dict.fromkeys(in_order(query)))[:QUERY_WORDS_MAX]
    if not exact:
        return []
    folded = tuple(fold(word) for word in exact)
    in_title, anywhere = _marked(TITLE_EXACT, exact), _marked(ANY_EXACT, exact)
    folded_title, folded_anywhere = _marked(TITLE_FOLDED, folded), _marked(ANY_FOLDED, folded)
    if tuple(exact) == folded:
        return [Tier(folded_title), Tier(folded_anywhere, (folded_title,))]
    return [
        Tier(in_title),
        Tier(anywhere, (in_title,)),
        Tier(folded_title, (anywhere,)),
        Tier(folded_anywhere, (anywhere, folded_title)),
    ]


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


def in_order(text: str) -> list[str]:
    """The words of a text, in lower case."""
    plain = unicodedata.normalize("NFC", text).lower().translate(_DROPPED)
    return [word[:WORD_LENGTH_MAX] for word in _WORD.findall(unicodedata.normalize("NFC", plain))]


def _marked(letter: str, words: Iterable[str]) -> tuple[str, ...]:
    return tuple(letter + word[: 2 * WORD_LENGTH_MAX] for word in words if word)


_DROPPED = dict.fromkeys(map(ord, APOSTROPHES))
# Letters and digits of every script, with the marks that highland Latin and Cham put behind them.
_WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f\uaa29-\uaa4d])*")

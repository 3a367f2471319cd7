"""The words that are on the shelf: what a half-typed or mistyped one may have been meant for."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from catalog.search import facets, words
from catalog.search.facets import NO_WORD
from catalog.search.models import SearchTerm
from market import portable
from translations.folding import fold
from translations.slips import one_slip
from translations.telex import undone

SUGGESTIONS_MAX = 8
KNOWN_SECONDS, KNOWN_MAX = 60, 10_000
_KNOWN: WeakKeyDictionary[Any, tuple[float, dict[str, dict[str, int]]]] = WeakKeyDictionary()
_FACETS: Any = select(SearchTerm.term, SearchTerm.count).filter_by(folded=bindparam("name"))
LAST_LETTER = "\U0010ffff"
NEAR_LETTERS_MIN = 3  # of a word that may be another one but for a slip


def recount(session: Session, before: str, after: str) -> None:
    """Bring the counts up to date with a document whose tokens changed."""
    old, new = keys(before), keys(after)
    changes = [
        {"folded": folded, "term": term, "count": 1 if (folded, term) in new else -1}
        for folded, term in sorted(old ^ new)  # so that two changes at once cannot block each other
    ]
    batch = portable.Batch(session)
    batch.add_up(SearchTerm, *changes)
    batch.write(session)


def keys(tokens: str) -> set[tuple[str, str]]:
    """What is counted of a document: words by their plain form, facets under none."""
    terms = {(fold(term), term) for term in words.written(tokens)}
    joined = {(folded.replace(" ", ""), term) for folded, term in terms}  # `dalat`
    return terms | joined | facets.counted(tokens)


def most_of(connection: portable.Asker, wanted: words.All) -> int:
    """At most so many documents had all that is wanted a minute ago: a hint, not a fact."""
    wanted = wanted or (facets.KINDS,)  # without words everything is
    names = {token: facets.name_of(token) for some in wanted for token in some}
    known = _known(connection)
    unknown = sorted({*names.values()} - known.keys())
    if unknown:
        given = {f"name_{at}": name for at, name in enumerate(unknown)}
        known.update({name: {} for name in unknown})
        for folded, term, count in portable.fast_rows(connection, _counts(len(unknown)), given):
            known[folded][term] = count
    return min(sum(_count(known[names[each]], each) for each in some) for some in wanted)


def _count(terms: Mapping[str, int], token: str) -> int:
    if token[0] in (words.TITLE_FOLDED, words.ANY_FOLDED):
        return sum(terms.values())
    return terms.get(token if facets.is_one(token) else token[1:], 0)


def _known(connection: portable.Asker) -> dict[str, dict[str, int]]:
    """What this process remembers of the counts, by the plain form of a word."""
    since, known = _KNOWN.get(connection.engine, (0.0, {}))
    if len(known) > KNOWN_MAX or time.monotonic() - since > KNOWN_SECONDS:
        known = {}
        _KNOWN[connection.engine] = (time.monotonic(), known)
    return known


@lru_cache(maxsize=32)
def _counts(many: int) -> Any:
    names: list[Any] = [bindparam(f"name_{at}") for at in range(many)]
    return select(SearchTerm.folded, SearchTerm.term, SearchTerm.count).where(
        SearchTerm.folded.in_(names)
    )


def facets_known(connection: portable.Asker, *, within: str = "") -> Counter[str]:
    """How many offers on the shelf, or of those with a token, have each that can be narrowed by."""
    rows = portable.fast_rows(connection, _FACETS, {"name": NO_WORD + within})
    return Counter({row.term: row.count for row in rows})


def complete(session: Session, *, query: str) -> list[str]:
    """The query with its last word completed, by how many offers have it after the one before."""
    *before, last = words.in_order(query) or [""]
    if not last:
        return []
    found = _beginning(session, " ".join([*before[-1:], last]))
    if found or not before:
        return [" ".join([*before[:-1], term]) for term in found]
    return [" ".join([*before, term]) for term in _beginning(session, last)]


def did_you_mean(session: Session, *, query: str) -> str | None:
    """The query with each word that nothing has read as one that something has, if there is one.

    Which marks are meant the pairs of words in titles tell: `phe` is `phê` behind `cà`.
    """
    typed = words.in_order(query)[: words.QUERY_WORDS_MAX]
    known = [bool(_best(session, [fold(word)])) for word in typed]
    plain = [
        fold(word) if is_known else _meant(session, word)
        for word, is_known in zip(typed, known, strict=True)
    ]
    if all(known) or not all(plain):
        return None
    meant = " ".join(_marked(session, plain))
    return meant if words.in_order(meant) != typed else None


def _beginning(session: Session, text: str) -> list[str]:
    plain = fold(text)
    beginning = _begins(SearchTerm.folded, plain)
    if text != plain:
        beginning &= _begins(SearchTerm.term, text)
    terms = select(SearchTerm.term).where(beginning, SearchTerm.count > 0)
    terms = terms.group_by(SearchTerm.term)  # a pair is there joined, too
    commonest = terms.order_by(func.max(SearchTerm.count).desc(), SearchTerm.term)
    return list(session.scalars(commonest.limit(SUGGESTIONS_MAX)))


def _begins(column: Any, text: str) -> Any:
    """As the index can tell, on either database."""
    return column.between(text, text + LAST_LETTER)


def _marked(session: Session, plain: list[str]) -> Iterator[str]:
    """Words without marks with those that they mostly have, two by two where there are such."""
    if plain:
        pair = _best(session, [" ".join(plain[:2])]) if len(plain) > 1 else None
        yield pair or _best(session, plain[:1]) or plain[0]
        yield from _marked(session, plain[2 if pair else 1 :])


def _meant(session: Session, word: str) -> str:
    """The commonest word that a keyboard or a finger may have made this of; else nothing."""
    for guesses in ([undone(word)], _near(session, fold(word))):
        best = _best(session, guesses)
        if best:
            return fold(best)
    return ""


def _near(session: Session, word: str) -> Iterator[str]:
    """Words but for one slip, which is never in the first letter."""
    if len(word) < NEAR_LETTERS_MIN:
        return
    length = func.length(SearchTerm.folded)
    alike = _begins(SearchTerm.folded, word[0]), length.between(len(word) - 1, len(word) + 1)
    close = select(SearchTerm.folded).where(*alike, SearchTerm.count > 0)
    yield from (known for known in session.scalars(close.distinct()) if one_slip(word, known))


def _best(session: Session, folded: Iterable[str]) -> str | None:
    """Of the words without marks the commonest, as it is mostly written."""
    its = SearchTerm.folded.in_(list(folded)), SearchTerm.count > 0
    order = SearchTerm.count.desc(), SearchTerm.folded, SearchTerm.term
    return session.scalar(select(SearchTerm.term).where(*its).order_by(*order).limit(1))

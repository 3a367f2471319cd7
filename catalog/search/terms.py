"""The words that are on the shelf: what a half-typed or mistyped one may have been meant for."""

from collections import Counter
from collections.abc import Iterable, Iterator

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from catalog.search import words
from catalog.search.models import SearchTerm
from market import portable
from market.db import insert_rows
from translations.folding import fold
from translations.slips import one_slip
from translations.telex import undone

SUGGESTIONS_MAX = 8
NEAR_LETTERS_MIN = 3  # of a word that may be another one but for a slip


def recount(session: Session, before: str, after: str) -> None:
    """Bring the counts up to date with a document whose tokens changed."""
    old, new = words.written(before), words.written(after)
    for term in sorted(old ^ new):  # sorted, so that two changes at once cannot block each other
        key = {"folded": fold(term), "term": term}
        portable.add_up(session, SearchTerm, key, "count", by=1 if term in new else -1)


def count_anew(session: Session, documents: Iterable[str]) -> None:
    """Count the words of all documents, given by their tokens, from nothing."""
    session.execute(delete(SearchTerm))
    counts = Counter(term for tokens in documents for term in words.written(tokens))
    rows = [
        {"folded": fold(term), "term": term, "count": count}
        for term, count in sorted(counts.items())
    ]
    insert_rows(session, SearchTerm, rows)


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
    beginning = SearchTerm.folded.startswith(plain, autoescape=True)
    if text != plain:
        beginning &= SearchTerm.term.startswith(text, autoescape=True)
    return list(
        session.scalars(
            select(SearchTerm.term)
            .where(beginning, SearchTerm.count > 0)
            .order_by(SearchTerm.count.desc(), SearchTerm.folded, SearchTerm.term)
            .limit(SUGGESTIONS_MAX)
        )
    )


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
    close = select(SearchTerm.folded).where(
        SearchTerm.folded.startswith(word[0], autoescape=True),
        length.between(len(word) - 1, len(word) + 1),
        SearchTerm.count > 0,
    )
    yield from (known for known in session.scalars(close.distinct()) if one_slip(word, known))


def _best(session: Session, folded: Iterable[str]) -> str | None:
    """Of the words without marks the commonest, as it is mostly written."""
    return session.scalar(
        select(SearchTerm.term)
        .where(SearchTerm.folded.in_(list(folded)), SearchTerm.count > 0)
        .order_by(SearchTerm.count.desc(), SearchTerm.folded, SearchTerm.term)
        .limit(1)
    )

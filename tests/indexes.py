"""The whole index made anew at once: what one change after the other has to come to."""

from collections import Counter
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from catalog.models import Experience, Listing, ListingState
from catalog.search import indexing, terms
from catalog.search.models import SearchDocument, SearchTerm
from market.db import insert_rows


def rebuild(session: Session) -> int:
    """All that is live, numbered as it came on the shelf; how many documents there are."""
    session.flush()
    rows: list[Any] = []
    for kind in (Listing, Experience):
        live = select(kind.listed_at, kind.id).where(kind.state == ListingState.LIVE)
        rows += session.execute(live)
    ids = [subject_id for _, subject_id in sorted(map(tuple, rows))]
    documents = [indexing._document(session, subject_id) for subject_id in ids]
    known = set(session.scalars(select(SearchDocument.subject_id)))
    for subject_id in known - set(ids):
        session.execute(delete(SearchDocument).filter_by(subject_id=subject_id))
    for each in documents:
        if each["subject_id"] in known:
            its = update(SearchDocument).filter_by(subject_id=each["subject_id"])
            session.execute(its.values(**each))
        else:
            insert_rows(session, SearchDocument, [each])
    counts = Counter(key for each in documents for key in terms.keys(each["tokens"]))
    counted = [{"folded": key[0], "term": key[1], "count": counts[key]} for key in sorted(counts)]
    session.execute(delete(SearchTerm))
    insert_rows(session, SearchTerm, counted)
    return len(documents)

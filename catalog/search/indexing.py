"""What is live can be found, by its newest words; what is not live cannot."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, union_all, update
from sqlalchemy.orm import Session

from catalog import categories
from catalog.models import Experience, Listing, ListingState
from catalog.offers import Offer
from catalog.search import engines, terms, words
from catalog.search.models import SCORE_MAX, SearchDocument
from market import geography, texts
from market.accounts.models import Organisation
from translations.languages import offered
from translations.messages import text

_COUNTED_FROM = datetime(2025, 1, 1, tzinfo=UTC)
_LIVE = union_all(
    select(Listing.id).where(Listing.state == ListingState.LIVE),
    select(Experience.id).where(Experience.state == ListingState.LIVE),
)


def refresh(session: Session, *, subject_id: UUID) -> None:
    """Bring what can be found of a listing or visit up to date with what stands there now."""
    session.flush()
    values = _document(session, subject_id)
    old = session.execute(
        select(SearchDocument.rank_key, SearchDocument.tokens)
        .where(SearchDocument.subject_id == subject_id)
        .with_for_update()
    ).one_or_none()
    engine = engines.of(session)
    terms.recount(session, old.tokens if old else "", values["tokens"] if values else "")
    if old is not None:
        engine.remove(session, old.rank_key, old.tokens)
    if values is not None:
        engine.add(session, _keep(session, values), values["tokens"])
    elif old is not None:
        session.execute(delete(SearchDocument).where(SearchDocument.subject_id == subject_id))


def rebuild(session: Session) -> int:
    """Make the whole index anew from what is live; how many documents there are."""
    session.flush()
    engine = engines.of(session)
    engine.clear(session)
    live = _live(session)
    session.execute(delete(SearchDocument).where(SearchDocument.subject_id.not_in(_LIVE)))
    found: list[str] = []
    for subject_id in live:
        values = _document(session, subject_id)
        if values is not None:
            engine.add(session, _keep(session, values), values["tokens"])
            found.append(values["tokens"])
    terms.count_anew(session, found)
    return len(live)


def _live(session: Session) -> list[UUID]:
    """In the order in which they came on the shelf, so that a first build numbers them alike."""
    rows = [
        *session.execute(
            select(Listing.listed_at, Listing.id).where(Listing.state == ListingState.LIVE)
        ),
        *session.execute(
            select(Experience.listed_at, Experience.id).where(Experience.state == ListingState.LIVE)
        ),
    ]
    return [subject_id for _, subject_id in sorted((row[0], row[1]) for row in rows)]


def _keep(session: Session, values: dict[str, Any]) -> int:
    """Write the document's row, keeping the number of one that stands already; its key."""
    key = session.scalar(
        update(SearchDocument)
        .where(SearchDocument.subject_id == values["subject_id"])
        .values(**values)
        .returning(SearchDocument.rank_key)
    )
    if key is None:
        key = session.scalar(
            insert(SearchDocument).values(**values).returning(SearchDocument.rank_key)
        )
    assert key is not None  # noqa: S101  an insert returns its row
    return int(key)


def _document(session: Session, subject_id: UUID) -> dict[str, Any] | None:
    """The document of a live offer; None for anything else."""
    found: tuple[Listing | Experience, str] | None = _offer(session, Listing, subject_id)
    if found is None:
        found = _offer(session, Experience, subject_id)
    if found is None:
        return None
    offer, seller = found
    return _facts(offer) | {"tokens": _tokens(session, offer, seller)}


def _offer(session: Session, kind: type[Offer], subject_id: UUID) -> tuple[Offer, str] | None:
    """A live offer and the name of its seller."""
    row = session.execute(
        select(kind, Organisation.name)
        .join(Organisation, Organisation.id == kind.seller_id)
        .where(kind.id == subject_id, kind.state == ListingState.LIVE)
        .execution_options(populate_existing=True)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def _facts(offer: Listing | Experience) -> dict[str, Any]:
    goods = isinstance(offer, Listing)
    listed_at = offer.listed_at or offer.updated_at
    return {
        "subject_id": offer.id,
        "kind": categories.Sold.GOODS if goods else categories.Sold.VISIT,
        "rank": SCORE_MAX - _score(listed_at),
        "category_code": offer.category_code,
        "unit_code": offer.unit_code,
        "seller_id": offer.seller_id,
        "price_minor": offer.price_minor if isinstance(offer, Listing) else offer.adult_minor,
        "currency": offer.currency,
        "unit": offer.unit if isinstance(offer, Listing) else "IE",
        "scale": offer.scale if isinstance(offer, Listing) else 0,
        "listed_at": listed_at,
    }


def _score(listed_at: datetime) -> int:
    """What is newer is better: seconds since 2025."""
    return max(0, min(SCORE_MAX, int((listed_at - _COUNTED_FROM).total_seconds())))


def _tokens(session: Session, offer: Listing | Experience, seller: str) -> str:
    written = texts.every(session, subject_ids=[offer.id]).get(offer.id, {}).values()
    name_key = categories.get(offer.category_code).name_key
    return words.tokens(
        titles=[fields["title"] for fields in written if "title" in fields],
        others=[
            *(fields["description"] for fields in written if "description" in fields),
            *(text((language.tag,), name_key) for language in offered()),
            geography.unit(offer.unit_code).name,
            seller,
        ],
    )

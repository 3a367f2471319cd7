"""What is live can be found, by its newest words; what is not live cannot."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, delete, insert, select, union, union_all, update
from sqlalchemy.orm import Session

from catalog import categories
from catalog.models import Experience, Listing, ListingState
from catalog.offers import Offer
from catalog.search import terms, words
from catalog.search.facets import Facets, months
from catalog.search.matching import engine_of
from catalog.search.models import SCORE_MAX, SearchDocument
from market import geography, texts
from market.accounts.models import Organisation
from market.db import Database
from translations.collation import sort_key
from translations.languages import offered
from translations.messages import text

_COUNTED_FROM = datetime(2025, 1, 1, tzinfo=UTC)
_LIVE = (
    select(Listing.id).where(Listing.state == ListingState.LIVE),
    select(Experience.id).where(Experience.state == ListingState.LIVE),
)

_KNOWN = union(*_LIVE, select(SearchDocument.subject_id)).subquery()
_FOLLOWING = (
    select(_KNOWN.c[0])
    .where(_KNOWN.c[0] > bindparam("last", type_=Uuid()))
    .order_by(_KNOWN.c[0])
    .limit(bindparam("batch"))
)


def refresh(session: Session, *, subject_id: UUID) -> bool:
    """Bring what can be found of a listing or visit up to date; whether it was not."""
    session.flush()
    values = _document(session, subject_id)
    old = session.execute(
        select(SearchDocument).where(SearchDocument.subject_id == subject_id).with_for_update()
    ).scalar_one_or_none()
    if _is_as(old, values):
        return False
    engine = engine_of(session.get_bind().dialect)
    terms.recount(session, old.tokens if old else "", values["tokens"] if values else "")
    if old is not None:
        engine.remove(session, old.rank_key, old.tokens)
        session.expunge(old)
    if values is not None:
        engine.add(session, _keep(session, values), values["tokens"])
    else:
        session.execute(delete(SearchDocument).where(SearchDocument.subject_id == subject_id))
    return True


def mend(database: Database, *, batch: int = 50) -> int:
    """Refresh every offer by id, a few in each transaction; how many were out of date."""
    last, mended = UUID(int=0), 0
    while True:
        with database.transaction() as session:
            ids = session.scalars(_FOLLOWING, {"last": last, "batch": batch}).all()
            mended += sum(refresh(session, subject_id=each) for each in ids)
        if len(ids) < batch:
            return mended
        last = ids[-1]


def _is_as(old: SearchDocument | None, values: dict[str, Any] | None) -> bool:
    if old is None or values is None:
        return old is None and values is None
    return all(getattr(old, name) == value for name, value in values.items())


def rebuild(session: Session) -> int:
    """Make the whole index anew from what is live; how many documents there are."""
    session.flush()
    engine = engine_of(session.get_bind().dialect)
    engine.clear(session)
    session.execute(
        delete(SearchDocument).where(SearchDocument.subject_id.not_in(union_all(*_LIVE)))
    )
    live = _live(session)
    terms.count_anew(session, (_indexed(session, subject_id) for subject_id in live))
    return len(live)


def _indexed(session: Session, subject_id: UUID) -> str:
    """Keep and index the document of a live offer; its tokens."""
    values = _document(session, subject_id)
    if values is None:
        return ""
    engine_of(session.get_bind().dialect).add(session, _keep(session, values), values["tokens"])
    return str(values["tokens"])


def _live(session: Session) -> list[UUID]:
    """In the order in which they came on the shelf, so that a first build numbers them alike."""
    rows: list[Any] = []
    for kind in (Listing, Experience):
        live = select(kind.listed_at, kind.id).where(kind.state == ListingState.LIVE)
        rows += session.execute(live)
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
        new = insert(SearchDocument).values(**values)
        key = session.scalar(new.returning(SearchDocument.rank_key))
    assert key is not None  # noqa: S101  an insert returns its row
    return int(key)


def _document(session: Session, subject_id: UUID) -> dict[str, Any] | None:
    """The document of a live offer; None for anything else."""
    found: tuple[Listing | Experience, Organisation] | None = _offer(session, Listing, subject_id)
    if found is None:
        found = _offer(session, Experience, subject_id)
    written = texts.every(session, subject_ids=[subject_id]).get(subject_id, {})
    return None if found is None else document(*found, written)


def document(
    offer: Listing | Experience, seller: Organisation, written: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """What is kept of an offer of the seller, with its texts by language and field."""
    goods = offer if isinstance(offer, Listing) else None
    listed_at = offer.listed_at or offer.updated_at
    facets = Facets(
        kind=categories.Sold.GOODS if goods else categories.Sold.VISIT,
        category=offer.category_code,
        commune=offer.unit_code,
        price=offer.adult_minor if isinstance(offer, Experience) else offer.unit_minor,
        harvest=months(goods.harvest_from, goods.harvest_until) if goods else (),
        seller_id=offer.seller_id,
        seller_kind=seller.kind,
    )
    return {
        "subject_id": offer.id,
        "kind": facets.kind,
        "rank": SCORE_MAX - _score(listed_at),
        "category_code": facets.category,
        "unit_code": facets.commune,
        "seller_id": facets.seller_id,
        "seller_kind": facets.seller_kind,
        "harvest": " ".join(facets.harvest),
        "price_minor": facets.price,
        "currency": offer.currency,
        "unit": goods.unit if goods else "IE",
        "scale": goods.scale if goods else 0,
        "listed_at": listed_at,
        "name_key": sort_key(written.get(offer.source_lang, {}).get("title", "")),
        "tokens": _tokens(offer, seller, facets, written.values()),
    }


def _offer(
    session: Session, kind: type[Offer], subject_id: UUID
) -> tuple[Offer, Organisation] | None:
    """A live offer and its seller."""
    row = session.execute(
        select(kind, Organisation)
        .join(Organisation, Organisation.id == kind.seller_id)
        .where(kind.id == subject_id, kind.state == ListingState.LIVE)
        .execution_options(populate_existing=True)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def _score(listed_at: datetime) -> int:
    """What is newer is better: seconds since 2025."""
    return max(0, min(SCORE_MAX, int((listed_at - _COUNTED_FROM).total_seconds())))


def _tokens(
    offer: Listing | Experience,
    seller: Organisation,
    facets: Facets,
    written: Iterable[Mapping[str, str]],
) -> str:
    name_key = categories.get(offer.category_code).name_key
    written = list(written)
    return words.tokens(
        titles=[fields["title"] for fields in written if "title" in fields],
        others=[
            *(fields["description"] for fields in written if "description" in fields),
            *(text((language.tag,), name_key) for language in offered()),
            geography.unit(offer.unit_code).name,
        ],
        seller=seller.name,
        facets=facets.tokens(),
    )

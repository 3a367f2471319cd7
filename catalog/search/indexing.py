"""What is live can be found, by its newest words; what is not live cannot."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, union, update
from sqlalchemy.orm import Session

from catalog import categories, delivering
from catalog.delivering import Zone
from catalog.models import Experience, Listing
from catalog.search import terms, words
from catalog.search.facets import EVERYWHERE, months, tokens_of
from catalog.search.models import SCORE_MAX, SearchDocument
from market import geography, texts
from market.accounts.models import Organisation
from market.db import Database, in_batches, insert_rows, table_of
from market.texts import Texts
from translations.collation import sort_key
from translations.languages import offered
from translations.messages import text

Offer = Listing | Experience
_COUNTED_FROM = datetime(2025, 1, 1, tzinfo=UTC)
_LIVE = (
    select(Listing.id).where(Listing.is_live),
    select(Experience.id).where(Experience.is_live),
)

_COLUMNS = table_of(SearchDocument).c
_KNOWN = union(*_LIVE, select(SearchDocument.subject_id)).subquery()


def refresh(session: Session, *, subject_id: UUID) -> bool:
    """Bring what can be found of a listing or visit up to date; whether it was not."""
    session.flush()
    values, its = _document(session, subject_id), SearchDocument.subject_id == subject_id
    old: Any = session.execute(select(*_COLUMNS).where(its).with_for_update()).one_or_none()
    is_same = old and values and all(getattr(old, name) == it for name, it in values.items())
    if is_same or old is values:  # that is None: neither is there
        return False
    terms.recount(session, old.tokens if old else "", values["tokens"] if values else "")
    if values is None:
        session.execute(delete(SearchDocument).where(its))
    elif old is None:
        insert_rows(session, SearchDocument, [values])
    else:
        session.execute(update(SearchDocument).where(its).values(**values))
    return True


def mend(database: Database, *, batch: int = 50) -> int:
    """Refresh every offer by id, a few in each transaction; how many were out of date."""
    mended = 0
    for rows in in_batches(database, select(_KNOWN), _KNOWN.c[0], batch):
        with database.transaction() as session:
            mended += sum(refresh(session, subject_id=each) for (each,) in rows)
    return mended


def _document(session: Session, subject_id: UUID) -> dict[str, Any] | None:
    """The document of a live offer; None for anything else."""
    kinds: tuple[Any, ...] = (Listing, Experience)
    for kind in kinds:
        live = select(kind, Organisation).join(Organisation, Organisation.id == kind.seller_id)
        its = live.where(kind.id == subject_id, kind.is_live)
        found = session.execute(its, execution_options={"populate_existing": True}).one_or_none()
        if found is not None:
            offer, seller = found
            written = texts.every(session, subject_ids=[subject_id]).get(subject_id, {})
            zoned = [seller.id] if seller.zoned else []
            zones = delivering.zones_of(session, seller_ids=zoned).get(seller.id)
            return document(offer, seller, written, zones)
    return None


def document(
    offer: Offer, seller: Organisation, written: Texts, zones: Mapping[str, Zone] | None = None
) -> dict[str, Any]:
    """What is kept of an offer of the seller, with its texts by language and field, and zones."""
    goods = offer if isinstance(offer, Listing) else None
    listed_at = offer.listed_at or offer.updated_at
    as_told = ("category_code", "unit_code", "seller_id", "currency")
    values = {name: getattr(offer, name) for name in as_told} | {
        "subject_id": offer.id,
        "kind": categories.Sold.GOODS if goods else categories.Sold.VISIT,
        "rank": SCORE_MAX - _score(listed_at),
        "seller_kind": seller.kind,
        "harvest": " ".join(months(goods.harvest_from, goods.harvest_until)) if goods else "",
        "marks": " ".join(offer.marks),
        "price_minor": offer.unit_minor,
        "unit": goods.unit if goods else "IE",
        "scale": goods.scale if goods else 0,
        "listed_at": listed_at,
        "name_key": sort_key(written.get(offer.source_lang, {}).get("title", "")),
    }
    reached = delivering.reached(goods, zones) if goods else None
    facets = tokens_of(values, (EVERYWHERE,) if reached is None else reached)
    return values | {"tokens": _tokens(offer, seller, facets, written)}


def _score(listed_at: datetime) -> int:
    """What is newer is better: seconds since 2025."""
    return max(0, min(SCORE_MAX, int((listed_at - _COUNTED_FROM).total_seconds())))


def _tokens(offer: Offer, seller: Organisation, facets: Iterable[str], written: Texts) -> str:
    name_key = categories.get(offer.category_code).name_key
    return words.tokens(
        titles=[fields["title"] for fields in written.values() if "title" in fields],
        others=[
            *(fields["description"] for fields in written.values() if "description" in fields),
            *(text((language.tag,), name_key) for language in offered()),
            geography.unit(offer.unit_code).name,
        ],
        seller=seller.name,
        facets=facets,
    )

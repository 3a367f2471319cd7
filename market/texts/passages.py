"""A text is written per thing, field and language, and read in the best language there is."""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from market import portable
from market.accounts import Actor
from market.errors import MarketError
from market.texts.models import ContentText, Origin

Texts = Mapping[str, Mapping[str, str]]  # language → field → words


class BlankText(MarketError):
    """A text without a word in it; facts: `field` and `lang`."""

    code = "text.blank"


@dataclass(frozen=True, slots=True)
class Passage:
    """A text as it is served: the language it is in, and how it came to be."""

    body: str
    lang: str
    origin: str


def write(
    session: Session,
    *,
    subject_id: UUID,
    field: str,
    lang: str,
    body: str,
    origin: Origin,
    actor: Actor,
    now: datetime,
) -> None:
    """Keep the text in place of what this field said in this language before."""
    body = unicodedata.normalize("NFC", body).strip()
    if not any(map(str.isprintable, body.replace(" ", ""))):  # marks of no width alone are none
        raise BlankText(field=field, lang=lang)
    key = {"subject_id": subject_id, "field": field, "lang": lang}
    values = {"body": body, "origin": str(origin), "author_id": actor.person_id, "updated_at": now}
    if not portable.insert_new(session, ContentText, **key, **values):
        row = ContentText
        session.execute(
            update(row)
            .where(row.subject_id == subject_id, row.field == field, row.lang == lang)
            .values(**values)
        )


def read(
    session: Session, *, subject_ids: Collection[UUID], languages: Sequence[str]
) -> dict[UUID, dict[str, Passage]]:
    """Each thing's fields in the first of the languages that has them, else in their source."""
    text = ContentText
    rows = session.execute(
        select(text.subject_id, text.field, text.body, text.lang, text.origin)
        .where(text.subject_id.in_(subject_ids))
        .where(or_(text.lang.in_(languages), text.origin == Origin.SOURCE))
    )
    rank = {lang: place for place, lang in enumerate(languages)}
    found: dict[UUID, dict[str, Passage]] = {}
    for subject_id, field, body, lang, origin in rows:
        fields = found.setdefault(subject_id, {})
        known = fields.get(field)
        if known is None or rank.get(lang, len(rank)) < rank.get(known.lang, len(rank)):
            fields[field] = Passage(body, lang, origin)
    return found


def every(
    session: Session, *, subject_ids: Collection[UUID]
) -> dict[UUID, dict[str, dict[str, str]]]:
    """All that was written of things: each one's fields by language, its source language first."""
    text = ContentText
    rows = session.execute(
        select(text.subject_id, text.lang, text.field, text.body)
        .where(text.subject_id.in_(subject_ids))
        .order_by(text.origin != Origin.SOURCE, text.lang, text.field)
    )
    found: dict[UUID, dict[str, dict[str, str]]] = {}
    for subject_id, lang, field, body in rows:
        found.setdefault(subject_id, {}).setdefault(lang, {})[field] = body
    return found

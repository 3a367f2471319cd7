"""A text is written per thing, field and language, and read in the best language there is."""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ForeignKey, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from market import portable
from market.db import Base, columns_of
from market.errors import MarketError


class Origin(StrEnum):
    """How a text came to be; the source is what the others were made from."""

    SOURCE = "source"
    TRANSLATION = "translation"
    MACHINE = "machine"


class ContentText(Base):
    """One field of one thing in one language, and who wrote it."""

    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    lang: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[str]
    origin: Mapped[str]
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    updated_at: Mapped[datetime]


Texts = Mapping[str, Mapping[str, str]]  # language → field → words


class BlankText(MarketError, code="text.blank"):
    """A text without a word in it; facts: `field` and `lang`."""


class Passage(NamedTuple):
    """A text as it is served: the language it is in, and how it came to be."""

    body: str
    lang: str
    origin: str


def write(session: Session, text: ContentText) -> None:
    """Keep the text in place of what this field said in this language before."""
    text.body = unicodedata.normalize("NFC", text.body).strip()
    if not any(map(str.isprintable, text.body.replace(" ", ""))):  # marks of no width are none
        raise BlankText(field=text.field, lang=text.lang)
    said = columns_of(text)
    if not portable.insert_new(session, ContentText, **said):
        key = {name: said[name] for name in ("subject_id", "field", "lang")}
        session.execute(update(ContentText).filter_by(**key).values(**said))


def read(
    session: Session, *, subject_ids: Collection[UUID], languages: Sequence[str]
) -> dict[UUID, dict[str, Passage]]:
    """Each thing's fields in the first of the languages that has them, else in their source."""
    text = ContentText
    wanted = or_(text.lang.in_(languages), text.origin == Origin.SOURCE)
    asked = select(text.subject_id, text.field, text.body, text.lang, text.origin)
    rows = session.execute(asked.where(text.subject_id.in_(subject_ids), wanted))
    rank = {lang: place for place, lang in enumerate(languages)}
    found: dict[UUID, dict[str, Passage]] = {}
    for subject_id, field, body, lang, origin in rows:
        fields = found.setdefault(subject_id, {})
        known = fields.get(field)
        if known is None or rank.get(lang, len(rank)) < rank.get(known.lang, len(rank)):
            fields[field] = Passage(body, lang, origin)
    return found


def every(session: Session, *, subject_ids: Collection[UUID]) -> Mapping[UUID, Texts]:
    """All that was written of things: each one's fields by language, its source language first."""
    text = ContentText
    order = text.origin != Origin.SOURCE, text.lang, text.field
    asked = select(text.subject_id, text.lang, text.field, text.body).order_by(*order)
    rows = session.execute(asked.where(text.subject_id.in_(subject_ids)))
    found: dict[UUID, dict[str, dict[str, str]]] = {}
    for subject_id, lang, field, body in rows:
        found.setdefault(subject_id, {}).setdefault(lang, {})[field] = body
    return found

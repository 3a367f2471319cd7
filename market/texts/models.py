"""Content in people's own words: one row per thing, field and language, with its provenance."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base


class Origin(StrEnum):
    """How a text came to be; the source is what the others were made from."""

    SOURCE = "source"
    TRANSLATION = "translation"
    MACHINE = "machine"


class ContentText(Base):
    """One field of one thing in one language, and who wrote it."""

    __tablename__ = "content_text"

    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    field: Mapped[str] = mapped_column(primary_key=True)
    lang: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[str]
    origin: Mapped[str]
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    updated_at: Mapped[datetime]

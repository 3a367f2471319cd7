"""What people are told: an inbox, and the messages that carry it to phones and mailboxes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Json, partial_index


class Notice(Base):
    """One thing told to a person, or to a guest by phone or e-mail, in their language."""

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_person_id", "person_id", "created_at", "id"),
        partial_index("ix_notice_unread", "person_id", where="read_at IS NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    destination: Mapped[str | None]
    language: Mapped[str]
    key: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(Json)
    link: Mapped[str | None]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]

"""Who did what, for whom and on whose word: ids only, append-only, kept by the database."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, Session, mapped_column

from market.actors import Actor
from market.db import Base, Json, Serial, insert_rows


class AuditEntry(Base):
    """One deed; under a mandate it names the agent, the mandate and the one acted for."""

    __table_args__ = (Index("ix_audit_entry_subject_id", "subject_id", "number"),)

    number: Mapped[int] = mapped_column(Serial, primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    mandate_id: Mapped[UUID | None]
    acted_for_id: Mapped[UUID | None]
    verb: Mapped[str]
    subject_id: Mapped[UUID]
    facts: Mapped[dict[str, Any]] = mapped_column(Json)


def note(
    session: Session, actor: Actor, verb: str, subject_id: UUID, *, now: datetime, **facts: Any
) -> None:
    """Write the deed down with the work itself."""
    row = row_of(actor=actor, verb=verb, subject_id=subject_id, now=now, **facts)
    insert_rows(session, AuditEntry, [row])


def row_of(
    *, actor: Actor, verb: str, subject_id: UUID, now: datetime, **facts: Any
) -> dict[str, Any]:
    """The same as a row for a batch."""
    acted_for = next(iter(actor.seller_ids)) if actor.mandate_id else None
    by = {"actor_id": actor.person_id, "mandate_id": actor.mandate_id, "acted_for_id": acted_for}
    return {"at": now, **by, "verb": verb, "subject_id": subject_id, "facts": facts}

"""A case (hồ sơ): whatever waits for somebody's decision."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Identified, Json, Versioned, partial_index


class CaseKind(StrEnum):
    """What is to be decided."""

    SELLER_VERIFICATION = "seller-verification"
    LISTING_REVIEW = "listing-review"
    MANDATE = "mandate"
    COMPLAINT = "complaint"
    MONEY = "money"
    LISTING_CHANGE = "listing-change"
    REVIEW = "review"
    CLAIM = "claim"
    CALENDAR = "calendar"


class CaseState(StrEnum):
    """Open until one decision closes it."""

    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Case(Identified, Versioned, Base):
    """One decision to make: who asked, about what, with which papers, by when."""

    __tablename__ = "case_file"
    __table_args__ = (
        Index("ix_case_file_state", "state", "due_at", "id"),
        Index("ix_case_file_applicant_id", "applicant_id", "opened_at", "id"),
        Index("ix_case_file_organisation_id", "organisation_id", "opened_at", "id"),
        partial_index("uq_case_file_open", "subject_id", "kind", where="state = 'open'"),
    )

    number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    state: Mapped[str]
    applicant_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    subject_id: Mapped[UUID] = mapped_column(index=True)
    checklist: Mapped[dict[str, bool]] = mapped_column(Json)
    documents: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    statement: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(Json, server_default="{}")
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str | None]

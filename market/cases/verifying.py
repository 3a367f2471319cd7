"""A seller or a cooperative shows its papers and is verified."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from market.accounts import Actor, organisations
from market.cases import deciding
from market.cases.models import Case, CaseKind
from market.errors import Forbidden, Kind, MarketError


class AlreadyVerified(MarketError):
    """The organisation was verified before."""

    code, kind = "organisation.already_verified", Kind.CONFLICT


def ask_verification(
    session: Session,
    *,
    actor: Actor,
    organisation_id: UUID,
    statement: str,
    documents: Sequence[Mapping[str, Any]],
    now: datetime,
) -> Case:
    """Have one's organisation verified; a moderator may ask for one that has nobody."""
    organisation = organisations.get(session, actor=actor, organisation_id=organisation_id)
    if organisation_id not in organisations.belonging(actor) and not actor.oversees:
        raise Forbidden(what="organisation")
    if organisation.verified_at is not None:
        raise AlreadyVerified
    return deciding.open_case(
        session,
        actor=actor,
        kind=CaseKind.SELLER_VERIFICATION,
        subject_id=organisation_id,
        organisation_id=organisation_id,
        statement=statement,
        documents=documents,
        now=now,
    )


def seller_verified(session: Session, *, case: Case, approved: bool, now: datetime) -> None:
    """The consequence of a verification: buyers see the mark from this moment."""
    if approved:
        organisations.verify(session, organisation_id=case.subject_id, now=now)

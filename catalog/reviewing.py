"""An offer's way to the shelf: handed in, decided, paused and resumed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from catalog import search
from catalog.models import Experience, Listing, ListingState
from catalog.offers import Offer, WrongState
from market import audit, cases
from market.accounts import SYSTEM, Actor, require_scope
from market.accounts.models import Scope
from market.cases.models import Case, CaseKind
from market.errors import NotFound

# Each step with where it starts and where it leads; a first submission is always looked at.
STEPS: Mapping[str, tuple[ListingState, ListingState]] = {
    "submitted": (ListingState.DRAFT, ListingState.REVIEW),
    "approved": (ListingState.REVIEW, ListingState.LIVE),
    "declined": (ListingState.REVIEW, ListingState.DRAFT),
    "paused": (ListingState.LIVE, ListingState.PAUSED),
    "resumed": (ListingState.PAUSED, ListingState.LIVE),
}

DECISIONS = {"approved", "declined"}  # the desk's; all others are the seller's


def submit(
    session: Session, *, actor: Actor, kind: type[Offer], offer_id: UUID, now: datetime
) -> Offer:
    """Hand a draft in; a moderator decides whether it goes on the shelf."""
    offer = _step(session, "submitted", actor=actor, kind=kind, offer_id=offer_id, now=now)
    cases.open_case(
        session,
        actor=actor,
        kind=CaseKind.LISTING_REVIEW,
        subject_id=offer.id,
        organisation_id=offer.seller_id,
        statement="",
        documents=[],
        now=now,
    )
    return offer


def review_decided(session: Session, *, case: Case, approved: bool, now: datetime) -> None:
    """The consequence of a listing review: on the shelf, or back to the seller's drafts."""
    kind: type[Any] = Listing
    if session.scalar(select(Listing.id).where(Listing.id == case.subject_id)) is None:
        kind = Experience
    step = "approved" if approved else "declined"
    _step(session, step, actor=SYSTEM, kind=kind, offer_id=case.subject_id, now=now)


def pause(
    session: Session, *, actor: Actor, kind: type[Offer], offer_id: UUID, now: datetime
) -> Offer:
    """Take a live offer off the shelf; what is ordered stays ordered."""
    return _step(session, "paused", actor=actor, kind=kind, offer_id=offer_id, now=now)


def resume(
    session: Session, *, actor: Actor, kind: type[Offer], offer_id: UUID, now: datetime
) -> Offer:
    """Put a paused offer back in its old place on the shelf."""
    return _step(session, "resumed", actor=actor, kind=kind, offer_id=offer_id, now=now)


def _step(
    session: Session,
    step: str,
    *,
    actor: Actor,
    kind: type[Offer],
    offer_id: UUID,
    now: datetime,
) -> Offer:
    start, goal = STEPS[step]
    values: dict[str, Any] = {"state": goal, "version": kind.version + 1, "updated_at": now}
    if goal is ListingState.LIVE:
        values["listed_at"] = func.coalesce(kind.listed_at, now)
    if step not in DECISIONS:
        require_scope(actor, Scope.LISTINGS)
    whose = [] if step in DECISIONS else [kind.seller_id.in_(actor.seller_ids)]
    moved = session.execute(
        update(kind)
        .where(kind.id == offer_id, kind.state == start, *whose)
        .values(**values)
        .returning(kind.id)
    ).first()
    offer = session.scalar(
        select(kind).where(kind.id == offer_id, *whose).execution_options(populate_existing=True)
    )
    if offer is None:
        raise NotFound(what=kind.__tablename__)
    if moved is None:
        raise WrongState(state=offer.state)
    search.refresh(session, subject_id=offer_id)
    verb = f"{kind.__tablename__}.{step}"
    audit.note(session, actor=actor, verb=verb, subject_id=offer_id, now=now)
    return offer

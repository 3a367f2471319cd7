"""An offer's way to the shelf: handed in, decided, paused and resumed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Unpack

from sqlalchemy import func
from sqlalchemy.orm import Session

from catalog import offers, reference_prices, search
from catalog.models import Listing, ListingState
from catalog.offers import Which, WrongState
from market import cases
from market.accounts import SYSTEM
from market.cases.models import Case, CaseKind
from market.db import changed

# Each step with where it starts and where it leads; a first submission is always looked at.
STEPS: Mapping[str, tuple[ListingState, ListingState]] = {
    "submitted": (ListingState.DRAFT, ListingState.REVIEW),
    "approved": (ListingState.REVIEW, ListingState.LIVE),
    "declined": (ListingState.REVIEW, ListingState.DRAFT),
    "paused": (ListingState.LIVE, ListingState.PAUSED),
    "resumed": (ListingState.PAUSED, ListingState.LIVE),
}

DECISIONS = {"approved", "declined"}  # the desk's; all others are the seller's


def submit(session: Session, *, price_is_meant: bool = False, **which: Unpack[Which]) -> Any:
    """Hand a draft in, once its price is beyond question; a moderator decides about the shelf."""
    offer, now = _step(session, "submitted", **which), which["now"]
    if isinstance(offer, Listing):
        reference_prices.require_meant(session, listing=offer, is_meant=price_is_meant, now=now)
    about = {"subject_id": offer.id, "organisation_id": offer.seller_id, "now": now}
    cases.open_case(session, actor=which["actor"], kind=CaseKind.LISTING_REVIEW, **about)
    return offer


def review_decided(session: Session, *, case: Case, approved: bool, now: datetime) -> None:
    """The consequence of a listing review: on the shelf, or back to the seller's drafts."""
    kind = offers.kind_of(session, case.subject_id)
    step = "approved" if approved else "declined"
    _step(session, step, actor=SYSTEM, kind=kind, offer_id=case.subject_id, now=now)


def pause(session: Session, **which: Unpack[Which]) -> Any:
    """Take a live offer off the shelf; what is ordered stays ordered."""
    return _step(session, "paused", **which)


def resume(session: Session, **which: Unpack[Which]) -> Any:
    """Put a paused offer back in its old place on the shelf."""
    return _step(session, "resumed", **which)


def _step(session: Session, step: str, **which: Unpack[Which]) -> Any:
    actor, kind, offer_id, now = which["actor"], which["kind"], which["offer_id"], which["now"]
    if step in DECISIONS:
        offer = session.get_one(kind, offer_id)
    else:
        offer = offers.own(session, actor=actor, kind=kind, offer_id=offer_id)
    start, goal = STEPS[step]
    values: dict[str, Any] = {"state": goal, "updated_at": now}
    if goal is ListingState.LIVE:
        values["listed_at"] = func.coalesce(kind.listed_at, now)
    if not changed(session, offer, kind.state == start, **values):
        raise WrongState(state=offer.state)
    search.refresh(session, subject_id=offer_id)
    offers.note(session, step, **which)
    return offer

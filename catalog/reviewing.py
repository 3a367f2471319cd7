"""An offer's way to the shelf and its changes there: handed in, decided, paused, resumed.

What is on the shelf is changed by proposals where a cooperative wants to see them first.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Unpack
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog import claiming, offers, options, reference_prices, search, tiers
from catalog.models import Experience, Listing, ListingState
from catalog.offers import Values, Which, WrongState
from market import Kind, MarketError, Stale, cases, changed, notifications, texts
from market.accounts import SYSTEM, Actor, Organisation
from market.cases.models import Case, CaseKind, CaseState

_WAITING = select(Case).filter_by(kind=CaseKind.LISTING_CHANGE, state=CaseState.OPEN)
# Each step with where it starts and where it leads; a first submission is always looked at.
STEPS: Mapping[str, tuple[ListingState, ListingState]] = {
    "submitted": (ListingState.DRAFT, ListingState.REVIEW),
    "approved": (ListingState.REVIEW, ListingState.LIVE),
    "declined": (ListingState.REVIEW, ListingState.DRAFT),
    "paused": (ListingState.LIVE, ListingState.PAUSED),
    "resumed": (ListingState.PAUSED, ListingState.LIVE),
}

DECISIONS = {"approved", "declined"}  # the desk's; all others are the seller's


class MovedOn(MarketError, code="change.moved_on", kind=Kind.CONFLICT):
    """What the proposal would change is no longer as it was when it was made: decline it."""


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


def change(
    session: Session, *, actor: Actor, offer: Any, values: Values, words: texts.Texts, now: datetime
) -> None:
    """Change columns and words, if nobody did since the offer was read.

    It is proposed instead to a cooperative that approves its members' changes of what is or was
    on the shelf. While a moderator looks at an offer, it does not change.
    """
    kind = type(offer)
    if offer.state == ListingState.REVIEW:
        raise WrongState(state=offer.state)
    approver = _approver(session, actor, offer)
    if approver is not None:
        with session.begin_nested() as trial:  # what could not be written is not proposed either
            offers.write_texts(session, actor, offer.id, offer.source_lang, words, now)
            trial.rollback()
        _propose(session, actor, offer, approver, _asked(values, words), now)
        return
    before = getattr(offer, "price_minor", None)
    if not changed(session, offer, kind.version == offer.version, **values, updated_at=now):
        raise Stale(version=offer.version)
    if isinstance(offer, Listing) and offer.price_minor != before:
        tiers.keep_history(session, actor=actor, listing=offer, now=now)
    if isinstance(offer, Experience):
        options.follow(session, experience=offer)
    offers.write_texts(session, actor, offer.id, offer.source_lang, words, now)
    if offer.marks:
        claiming.recheck(session, subject_id=offer.id, now=now)
    search.refresh(session, subject_id=offer.id)
    offers.note(session, "revised", actor=actor, kind=kind, offer_id=offer.id, now=now)


def change_decided(session: Session, *, case: Case, approved: bool, now: datetime) -> None:
    """The consequence of a proposal: all of it holds, just as the decider saw it; or MovedOn."""
    if not approved:
        return
    offer = session.get_one(offers.kind_of(session, case.subject_id), case.subject_id)
    after: Values = case.facts["after"]
    words: dict[str, dict[str, str]] = {}
    if _standing(session, offer, after) != case.facts["before"]:
        raise MovedOn
    values: Values = {}
    for name, it in after.items():
        lang, is_said, field = name.partition(".")
        if is_said:
            words.setdefault(lang, {})[field] = it
        else:
            values[name] = date.fromisoformat(it) if it and name.startswith("harvest_") else it
    decider = replace(SYSTEM, person_id=case.decided_by)
    change(session, actor=decider, offer=offer, values=values, words=words, now=now)


def waiting(session: Session, *, offer_ids: Collection[UUID]) -> dict[UUID, str]:
    """The numbers of the proposals that wait, by offer."""
    found = session.scalars(_WAITING.where(Case.subject_id.in_(offer_ids)))
    return {case.subject_id: case.number for case in found}


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


def _approver(session: Session, actor: Actor, offer: Any) -> Organisation | None:
    """The cooperative that has to be asked, if the actor does not decide for it."""
    if offer.state == ListingState.DRAFT or actor.oversees:
        return None
    cooperative_id = claiming.cooperative_of(session, offer.seller_id)
    if cooperative_id is None or cooperative_id in actor.managed_ids:
        return None
    cooperative = session.get_one(Organisation, cooperative_id)
    return cooperative if cooperative.approves_changes else None


def _propose(
    session: Session, actor: Actor, offer: Any, approver: Organisation, asked: Values, now: datetime
) -> None:
    """Open a case in place of the one that waits, which may ask for more than this does."""
    before = session.scalar(_WAITING.filter_by(subject_id=offer.id))
    asked = (before.facts["after"] if before else {}) | asked
    stands = _standing(session, offer, asked)
    after = {name: value for name, value in asked.items() if value != stands[name]}
    if not after:
        return
    which: Any = {"actor": actor, "kind": CaseKind.LISTING_CHANGE, "subject_id": offer.id}
    cases.withdraw(session, **which, now=now)
    facts = {"before": {name: stands[name] for name in after}, "after": after}
    case = cases.open_case(session, **which, organisation_id=approver.id, facts=facts, now=now)
    seller = session.get_one(Organisation, offer.seller_id)
    told: Any = {"key": "notice.change.proposed", "link": f"/desk/cases/{case.number}"}
    notifications.tell_deciders(session, organisation=approver, seller=seller.name, **told, now=now)


def _asked(values: Values, words: texts.Texts) -> Values:
    """Columns by their names and words by `<lang>.<field>`, as a case keeps them."""
    said = {f"{lang}.{name}": body for lang, its in words.items() for name, body in its.items()}
    return {name: _plain(value) for name, value in values.items()} | said


def _standing(session: Session, offer: Any, names: Mapping[str, Any]) -> Values:
    """The same of the offer as it stands."""
    written = texts.every(session, subject_ids=[offer.id]).get(offer.id, {})
    said = _asked({}, written)
    return {name: said.get(name) if "." in name else _plain(getattr(offer, name)) for name in names}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value

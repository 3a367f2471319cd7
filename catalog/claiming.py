"""Claiming marks: within scope and dates, decided as cases, ended when they lapse and told why."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Unpack
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import marks, offers, search
from catalog.marks import Basis, MarkClaim, Standing
from catalog.models import Listing
from catalog.offers import Which
from market import FieldInvalid, Kind, MarketError, cases, clock, notifications, portable, uuid7
from market.accounts import SYSTEM, Organisation
from market.cases.models import Case, CaseKind
from market.cooperatives import CooperativeMember
from market.db import changed, inserted

LIVING = (Standing.ACTIVE, Standing.SUSPENDED)
DECLINED, UNBALANCED = "claim.declined", "claim.mass_balance"


class OutsideScope(MarketError, code="claim.outside_scope"):
    """The mark may not stand on this; facts: `mark`, `what`, and its words' key as `reason`.

    What: class, experience, commune, cultivar, dates, expired, document, prerequisite, cooperative.
    """


class ClaimExists(MarketError, code="claim.exists", kind=Kind.CONFLICT):
    """The offer bears the mark, or waits for it, already; facts: `mark`."""


def claim(session: Session, *, claim: MarkClaim, **which: Unpack[Which]) -> Case:
    """Ask that an offer of one's own may bear a mark; its cooperative decides, or else the desk.

    The claim says which mark, who says so, on which paper and for how long, both days included;
    it is the case's subject. Raises OutsideScope, FieldInvalid or ClaimExists.
    """
    actor, now, offer_id = which["actor"], which["now"], which["offer_id"]
    offer = offers.own(session, actor=actor, kind=which["kind"], offer_id=offer_id)
    held = {it.mark_code for it in of(session, [offer_id], Standing.PENDING, *LIVING)}
    cooperative, today = cooperative_of(session, offer.seller_id), clock.day_of(now)
    _refuse(claim, _without_paper(claim, today) or why_not(claim, offer, today, held, cooperative))
    claim.id, claim.organisation_id, claim.subject_id = uuid7(), offer.seller_id, offer_id
    claim.state, claim.claimed_by = Standing.PENDING, actor.person_id
    claim.created_at = claim.changed_at = now
    made = inserted(session, claim)
    if made is None:
        raise ClaimExists(mark=claim.mark_code)
    within = cooperative if claim.basis == Basis.COOPERATIVE else None
    asked: Any = {"organisation_id": within or offer.seller_id, "now": now}
    asked["facts"] = {"within": True} if within else None
    case = cases.open_case(session, actor, CaseKind.CLAIM, made.id, **asked)
    if within:
        tell(session, within, "notice.claim.asked", made, now, f"/desk/cases/{case.number}")
    return case


def decided(session: Session, *, case: Case, approved: bool, now: datetime) -> None:
    """The consequence of a claim's case: the mark is shown, or the claim is over.

    What lapsed meanwhile can only be declined: it is refused as a new claim would be.
    """
    ids = [UUID(each) for each in case.facts.get("claims", ())] or [case.subject_id]
    its = MarkClaim.id.in_(ids), MarkClaim.state != Standing.ENDED
    for each in session.scalars(select(MarkClaim).where(*its).order_by(MarkClaim.subject_id)):
        offer = _locked(session, each.subject_id)
        if not approved:
            _end(session, each, each.reason or DECLINED, now)
        else:
            held = {it.mark_code for it in of(session, [offer.id], Standing.ACTIVE)}
            member, today = cooperative_of(session, offer.seller_id), clock.day_of(now)
            _refuse(each, why_not(each, offer, today, held, member))
            if each.reason:
                tell(session, each.organisation_id, "notice.claim.restored", each, now)
            elif each.basis == Basis.CERTIFICATE and not case.documents:
                _refuse(each, "claim.document")
            changed(session, each, state=Standing.ACTIVE, reason=None, changed_at=now)
        _show(session, offer, now)


def recheck(session: Session, *, subject_id: UUID, now: datetime) -> int:
    """End what the offer may not claim any more, and what stood on that; how many claims."""
    offer, today, ended = _locked(session, subject_id), clock.day_of(now), 0
    held = {each.mark_code: each for each in of(session, [subject_id], *LIVING)}
    member = cooperative_of(session, offer.seller_id)
    for _ in range(2):  # what stands on another mark falls after it
        lapsed = {code: why_not(it, offer, today, held, member) for code, it in held.items()}
        for code, reason in lapsed.items():
            if reason:
                _end(session, held.pop(code), reason, now)
                ended += 1
    _show(session, offer, now)
    return ended


def suspend(
    session: Session, claims: Sequence[MarkClaim], figures: Mapping[str, Any], now: datetime
) -> None:
    """Take a mark off a seller's offers until the desk looked at the figures; managers are told."""
    over = {"state": Standing.SUSPENDED, "reason": UNBALANCED, "changed_at": now}
    done = []
    for each in sorted(claims, key=lambda one: one.subject_id):
        offer = _locked(session, each.subject_id)
        if changed(session, each, MarkClaim.state == Standing.ACTIVE, **over):
            done.append(each)
            _show(session, offer, now)
    if done:
        seller_id = done[0].organisation_id
        facts = {**figures, "claims": [str(each.id) for each in done]}
        about: Any = {"organisation_id": seller_id, "facts": facts}
        cases.open_case(session, SYSTEM, CaseKind.CLAIM, done[0].id, **about, now=now)
        for whose in (seller_id, cooperative_of(session, seller_id)):
            tell(session, whose, f"notice.{UNBALANCED}", done[0], now)


def shown(session: Session, subject_ids: Collection[UUID], now: datetime) -> list[MarkClaim]:
    """The claims that the offers may show at this moment, each offer's in order."""
    today, found = clock.day_of(now), of(session, subject_ids, Standing.ACTIVE)
    valid = [it for it in found if it.valid_until is None or it.valid_until >= today]
    held = {(it.subject_id, it.mark_code) for it in valid} | {(it.subject_id, None) for it in valid}
    return [it for it in valid if (it.subject_id, marks.get(it.mark_code).requires) in held]


def add_marks(session: Session, found: Mapping[UUID, list[Any]], now: datetime) -> None:
    """Put on the first row of each thing sold what its snapshot says of marks, and who says so.

    Whoever sells nothing with a mark asks nothing.
    """
    bearing = [_sold(its[0]) for its in found.values() if its[0].marks != "[]"]
    claims = shown(session, bearing, now) if bearing else []
    for its in found.values():
        own = [each for each in claims if each.subject_id == _sold(its[0])]
        said = [{"code": each.mark_code, "basis": each.basis} for each in own]
        its[0] = its[0]._replace(marks={"marks": said} if said else {})


def of(session: Session, subject_ids: Collection[UUID], *states: Standing) -> list[MarkClaim]:
    """The claims on the offers in any of the states, each offer's in order."""
    its = MarkClaim.subject_id.in_(subject_ids), MarkClaim.state.in_(states)
    return list(session.scalars(select(MarkClaim).where(*its).order_by(MarkClaim.id)))


def why_not(
    claim: Any, offer: Any, today: date, held: Collection[str], cooperative: UUID | None
) -> str | None:
    """The key of what is against a claim on the offer, which holds these marks."""
    mark, what = marks.get(claim.mark_code), None
    if claim.valid_until is not None and claim.valid_until < today:
        what = "expired"
    elif outside := mark.outside(offer.category_code, offer.unit_code, claim.cultivar):
        what = outside
    elif mark.requires and mark.requires not in held:
        what = "prerequisite"
    elif claim.basis == Basis.COOPERATIVE and cooperative is None:
        what = "cooperative"
    return what and f"claim.{what}"


def tell(
    session: Session, whose: UUID | None, key: str, claim: MarkClaim, now: datetime, *link: str
) -> None:
    """Tell those who decide for an organisation, if there is one, what became of a claim."""
    if whose is not None:
        what = "goods" if session.get(Listing, claim.subject_id) else "visits"
        path = link[0] if link else f"/sell/{what}/{claim.subject_id}#marks"
        until = claim.valid_until and claim.valid_until.strftime("%d/%m/%Y")
        said: Any = {"mark": marks.get(claim.mark_code).name_vi, "until": until or ""}
        organisation = session.get_one(Organisation, whose)
        notifications.tell_deciders(session, organisation, key, link=path, now=now, **said)


def _without_paper(claim: MarkClaim, today: date) -> str | None:
    mark = marks.get(claim.mark_code)
    if claim.basis == Basis.CERTIFICATE and not claim.number:
        raise FieldInvalid(field="number", reason="field.required")
    if claim.basis == Basis.SELF_DECLARED and mark.needs_document:
        return "claim.document"
    begin, end, years = claim.valid_from or today, claim.valid_until or today, mark.years or 9_999
    is_longer = (end.year - years, end.month, end.day) > (begin.year, begin.month, begin.day)
    is_open = mark.years and not (claim.valid_from and claim.valid_until)
    return "claim.dates" if begin > today or end < begin or is_longer or is_open else None


def _refuse(claim: Any, why: str | None) -> None:
    if why is not None:
        raise OutsideScope(mark=claim.mark_code, what=why.rpartition(".")[2], reason=why)


def cooperative_of(session: Session, seller_id: UUID) -> UUID | None:
    """The cooperative that the seller belongs to."""
    its = CooperativeMember.organisation_id == seller_id, CooperativeMember.belongs()
    return session.scalar(select(CooperativeMember.cooperative_id).where(*its))


def _locked(session: Session, subject_id: UUID) -> Any:
    """The offer, which nobody else changes until this transaction ends."""
    kind = offers.kind_of(session, subject_id)
    return session.get_one(kind, subject_id, with_for_update=True, populate_existing=True)


def _sold(row: Any) -> UUID:
    return portable.uuid_of(getattr(row, "experience_id", row.subject_id))


def _end(session: Session, claim: MarkClaim, reason: str, now: datetime) -> None:
    over = {"state": Standing.ENDED, "reason": reason, "changed_at": now}
    if changed(session, claim, MarkClaim.state != Standing.ENDED, **over):
        cases.withdraw(session, SYSTEM, CaseKind.CLAIM, claim.id, now=now)
        if reason != DECLINED:  # which its case tells
            tell(session, claim.organisation_id, f"notice.{reason}.ended", claim, now)


def _show(session: Session, offer: Any, now: datetime) -> None:
    """Bring what the offer and the search say of its marks up to date."""
    codes = [each.mark_code for each in shown(session, [offer.id], now)]
    if codes != offer.marks:
        changed(session, offer, marks=codes, updated_at=now)
        search.refresh(session, subject_id=offer.id)

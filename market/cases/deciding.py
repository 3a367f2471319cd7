"""One way for everything that waits for a decision: opened with papers, decided once, told."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from market import audit, clock, notifications, portable
from market.accounts import Actor, Membership, MembershipState, Organisation
from market.cases import queries
from market.cases.models import Case, CaseKind, CaseState
from market.db import changed
from market.errors import FieldInvalid, Forbidden, Kind, MarketError
from market.ids import new_code, uuid7

WORKING_DAYS = 2
WORKING_WEEK = 5
# What the desk ticks off before it says yes.
CHECKLISTS: Mapping[CaseKind, tuple[str, ...]] = {
    CaseKind.SELLER_VERIFICATION: ("identity", "place", "right_to_sell"),
    CaseKind.LISTING_REVIEW: ("photos", "words", "price", "allowed"),
    CaseKind.MANDATE: ("identity", "signature", "scope"),
    CaseKind.COMPLAINT: ("both_sides_heard",),
    CaseKind.MONEY: ("looked_up",),
}


class AlreadyOpen(MarketError):
    """The same question about the same thing waits for its decision already."""

    code, kind = "case.already_open", Kind.CONFLICT


class AlreadyDecided(MarketError):
    """The case was closed by one decision and stays so; facts: `state`."""

    code, kind = "case.already_decided", Kind.CONFLICT


class OwnCase(MarketError):
    """Nobody decides what they asked for themselves."""

    code, kind = "case.own", Kind.FORBIDDEN


class ConsentMissing(MarketError):
    """The principal's own people decide; without any, a signed paper has to be with the case."""

    code, kind = "case.consent_missing", Kind.CONFLICT


class Consequence(Protocol):
    """What a decision of one kind brings about at once."""

    def __call__(self, session: Session, /, *, case: Case, approved: bool, now: datetime) -> None:
        """Carry the decision out in the same transaction."""


def open_case(
    session: Session,
    *,
    actor: Actor,
    kind: CaseKind,
    subject_id: UUID,
    now: datetime,
    organisation_id: UUID | None = None,
    statement: str = "",
    documents: Sequence[Mapping[str, Any]] = (),
) -> Case:
    """Put a question to those who decide; raises AlreadyOpen while the same one waits."""
    case_id = uuid7()
    opened = portable.insert_new(
        session,
        Case,
        id=case_id,
        number=new_code(),
        kind=kind,
        state=CaseState.OPEN,
        applicant_id=actor.person_id,
        organisation_id=organisation_id,
        subject_id=subject_id,
        checklist=dict.fromkeys(CHECKLISTS[kind], False),
        documents=[dict(document) for document in documents],
        statement=statement,
        opened_at=now,
        due_at=due_after(now),
    )
    if not opened:
        raise AlreadyOpen(kind=kind)
    audit.note(session, actor=actor, verb="case.opened", subject_id=case_id, now=now, kind=kind)
    return session.get_one(Case, case_id)


def decide(
    session: Session,
    *,
    actor: Actor,
    case_id: UUID,
    approved: bool,
    reason: str,
    now: datetime,
    consequences: Mapping[CaseKind, Consequence],
    checked: Collection[str] = (),
) -> Case:
    """Say yes or no, once; what follows from it holds in the same moment, and the applicant hears.

    A no needs its reason. Raises Forbidden, OwnCase, ConsentMissing or AlreadyDecided.
    """
    case = queries.get(session, actor=actor, case_id=case_id)
    _check_decider(session, actor, case, approved=approved)
    if not approved and not reason:
        raise FieldInvalid(field="reason", reason="field.required")
    state = CaseState.APPROVED if approved else CaseState.DECLINED
    ticked = {name: name in checked for name in case.checklist}
    _close(session, case, state, now, actor=actor, reason=reason or None, checklist=ticked)
    consequences[CaseKind(case.kind)](session, case=case, approved=approved, now=now)
    audit.note(session, actor=actor, verb=f"case.{state}", subject_id=case.id, now=now)
    if case.applicant_id is not None:
        key, facts = f"notice.case.{state}", {"number": case.number, "reason": reason}
        notifications.tell(session, person_id=case.applicant_id, key=key, params=facts, now=now)
    return case


def withdraw(
    session: Session, *, actor: Actor, kind: CaseKind, subject_id: UUID, now: datetime
) -> None:
    """Close the open question about a thing because it is not asked any more; none is fine."""
    waiting = select(Case).filter_by(kind=kind, subject_id=subject_id, state=CaseState.OPEN)
    case = session.scalar(waiting)
    if case is not None:
        _close(session, case, CaseState.WITHDRAWN, now, actor=actor)
        audit.note(session, actor=actor, verb="case.withdrawn", subject_id=case.id, now=now)


def due_after(opened_at: datetime) -> datetime:
    """The end of the second working day (Monday to Friday in Việt Nam) after the opening."""
    day, left = clock.day_of(opened_at), WORKING_DAYS
    while left:
        day += timedelta(days=1)
        left -= _is_working(day)
    return clock.end_of(day)


def _is_working(day: date) -> bool:
    return day.weekday() < WORKING_WEEK


def _check_decider(session: Session, actor: Actor, case: Case, *, approved: bool) -> None:
    if case.applicant_id is not None and case.applicant_id == actor.person_id:
        raise OwnCase
    if case.kind == CaseKind.MANDATE and case.organisation_id in actor.managed_ids:
        return
    if not actor.oversees:
        raise Forbidden(what="case")
    if case.kind == CaseKind.MANDATE and approved:
        _check_consent(session, case)


def _check_consent(session: Session, case: Case) -> None:
    """A moderator speaks for a principal only where nobody else can, and on paper."""
    people = exists().where(
        Membership.organisation_id == Organisation.id, Membership.state == MembershipState.ACTIVE
    )
    alone = select(Organisation.id).where(Organisation.id == case.organisation_id, ~people)
    if not case.documents or session.scalar(alone) is None:
        raise ConsentMissing


def _close(
    session: Session, case: Case, state: CaseState, now: datetime, *, actor: Actor, **facts: Any
) -> None:
    facts |= {"state": state, "decided_at": now, "decided_by": actor.person_id}
    if not changed(session, case, Case.state == CaseState.OPEN, **facts):
        raise AlreadyDecided(state=case.state)

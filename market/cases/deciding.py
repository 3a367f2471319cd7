"""One way for all that waits for a decision: opened with papers, decided once, told, and read."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Select, or_, select, true, tuple_
from sqlalchemy.orm import Session

from market import audit, clock, notifications, portable
from market.accounts import Actor, organisations
from market.accounts.models import Membership, MembershipState
from market.accounts.organisations import belonging
from market.cases.models import Case, CaseKind, CaseState
from market.db import changed
from market.errors import FieldInvalid, Forbidden, Kind, MarketError, NotFound, existing
from market.files import Files
from market.ids import new_code, uuid7
from market.tables import facts

WORKING_DAYS = 2
WORKING_WEEK = 5
# What the desk ticks off before it says yes.
CHECKLISTS = {row["kind"]: row["items"].split() for row in facts("market", "checklists.csv")}
PAPERS_MAX = 10
# The first bytes tell what a file is; its name and what the sender calls it do not.
PAPERS: Mapping[bytes, tuple[str, str]] = {
    b"%PDF-": ("pdf", "application/pdf"),
    b"\xff\xd8\xff": ("jpg", "image/jpeg"),
    b"\x89PNG\r\n\x1a\n": ("png", "image/png"),
}


class AlreadyOpen(MarketError, code="case.already_open", kind=Kind.CONFLICT):
    """The same question about the same thing waits for its decision already."""


class AlreadyDecided(MarketError, code="case.already_decided", kind=Kind.CONFLICT):
    """The case was closed by one decision and stays so; facts: `state`."""


class OwnCase(MarketError, code="case.own", kind=Kind.FORBIDDEN):
    """Nobody decides what they asked for themselves."""


class ConsentMissing(MarketError, code="case.consent_missing", kind=Kind.CONFLICT):
    """The principal's own people decide; without any, a signed paper has to be with the case."""


Papers: TypeAlias = Sequence[Mapping[str, Any]]
# What a decision brings about in the same transaction: of the session, `case`, `approved`, `now`.
Consequence: TypeAlias = Callable[..., None]


def open_case(
    session: Session,
    actor: Actor,
    kind: CaseKind,
    subject_id: UUID,
    *,
    now: datetime,
    organisation_id: UUID | None = None,
    statement: str = "",
    documents: Papers = (),
    facts: Mapping[str, Any] | None = None,
) -> Case:
    """Put a question to those who decide; raises AlreadyOpen while the same one waits."""
    case_id = uuid7()
    about = {"subject_id": subject_id, "organisation_id": organisation_id, "kind": kind}
    papers = [dict(document) for document in documents]
    said: Any = {"statement": statement, "documents": papers, "facts": dict(facts or {})}
    said |= {"applicant_id": actor.person_id, "checklist": dict.fromkeys(CHECKLISTS[kind], False)}
    stands = {"state": CaseState.OPEN, "opened_at": now, "due_at": due_after(now)}
    key = {"id": case_id, "number": new_code()}
    if not portable.insert_new(session, Case, **key, **about, **said, **stands):
        raise AlreadyOpen(kind=kind)
    audit.note(session, actor, "case.opened", case_id, now=now, kind=kind)
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
    """Say yes, or no with its reason, once; what follows holds in the same moment, and is told."""
    case = get(session, actor=actor, case_id=case_id)
    _check_decider(session, actor, case, approved=approved)
    if not approved and not reason:
        raise FieldInvalid(field="reason", reason="field.required")
    state = CaseState.APPROVED if approved else CaseState.DECLINED
    ticked = {name: name in checked for name in case.checklist}
    _close(session, case, state, now, actor=actor, reason=reason or None, checklist=ticked)
    consequences[CaseKind(case.kind)](session, case=case, approved=approved, now=now)
    audit.note(session, actor, f"case.{state}", case.id, now=now)
    if case.applicant_id is not None:
        key, facts = f"notice.case.{state}", {"number": case.number, "reason": reason}
        notifications.tell(session, person_id=case.applicant_id, key=key, params=facts, now=now)
    return case


def withdraw(
    session: Session, actor: Actor, kind: CaseKind, subject_id: UUID, *, now: datetime
) -> None:
    """Close the open question about a thing because it is not asked any more; none is fine."""
    waiting = select(Case).filter_by(kind=kind, subject_id=subject_id, state=CaseState.OPEN)
    case = session.scalar(waiting)
    if case is not None:
        _close(session, case, CaseState.WITHDRAWN, now, actor=actor)
        audit.note(session, actor, "case.withdrawn", case.id, now=now)


def due_after(opened_at: datetime) -> datetime:
    """The end of the second working day (Monday to Friday in Việt Nam) after the opening."""
    day, left = clock.day_of(opened_at), WORKING_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < WORKING_WEEK
    return clock.end_of(day)


class AlreadyVerified(MarketError, code="organisation.already_verified", kind=Kind.CONFLICT):
    """The organisation was verified before."""


def ask_verification(
    session: Session, *, actor: Actor, organisation_id: UUID, now: datetime, **said: Any
) -> Case:
    """Have one's organisation verified; a moderator may ask for one that has nobody.

    What is said are the `statement` and the `documents`, as `open_case` takes them.
    """
    organisation = organisations.get(session, actor=actor, organisation_id=organisation_id)
    if organisation_id not in organisations.belonging(actor) and not actor.oversees:
        raise Forbidden(what="organisation")
    if organisation.verified_at is not None:
        raise AlreadyVerified
    said |= {"organisation_id": organisation_id, "now": now}
    return open_case(session, actor, CaseKind.SELLER_VERIFICATION, organisation_id, **said)


def seller_verified(session: Session, *, case: Case, approved: bool, now: datetime) -> None:
    """The consequence of a verification: buyers see the mark from this moment."""
    if approved:
        organisations.verify(session, organisation_id=case.subject_id, now=now)


class NotAPaper(MarketError, code="paper.unsupported", kind=Kind.UNSUPPORTED):
    """The file is neither PDF nor JPEG nor PNG."""


class TooManyPapers(MarketError, code="paper.too_many", kind=Kind.CONFLICT):
    """No more papers fit; facts: `most`."""


def attach(
    session: Session, *, actor: Actor, case_id: UUID, content: bytes, files: Files, now: datetime
) -> Case:
    """Put one more paper to an open case; the very same paper again changes nothing."""
    ending = next((kind[0] for start, kind in PAPERS.items() if content.startswith(start)), None)
    if ending is None:
        raise NotAPaper
    case = get(session, actor=actor, case_id=case_id, lock=True)
    if case.state != CaseState.OPEN:
        raise AlreadyDecided(state=case.state)
    file = f"papers/{case.id}/{hashlib.sha256(content).hexdigest()}.{ending}"
    if any(paper["file"] == file for paper in case.documents):
        return case
    if len(case.documents) >= PAPERS_MAX:
        raise TooManyPapers(most=PAPERS_MAX)
    files.put(file, content)
    name = f"{len(case.documents) + 1}.{ending}"
    case.documents = [*case.documents, {"name": name, "file": file}]
    case.version += 1
    audit.note(session, actor, "case.paper_added", case.id, now=now)
    return case


def read(
    session: Session, *, actor: Actor, case_id: UUID, name: str, files: Files
) -> tuple[bytes, str]:
    """A paper's content and media type, for whoever may see its case."""
    case = get(session, actor=actor, case_id=case_id)
    paper: dict[str, Any] = next((each for each in case.documents if each["name"] == name), {})
    if not paper:
        raise NotFound(what="paper")
    media_types = dict(PAPERS.values())
    return files.get(paper["file"]), media_types[name.rpartition(".")[2]]


def _check_decider(session: Session, actor: Actor, case: Case, *, approved: bool) -> None:
    if case.applicant_id is not None and case.applicant_id == actor.person_id:
        raise OwnCase
    if decided_within(case) and case.organisation_id in actor.managed_ids:
        return
    if not actor.oversees:
        raise Forbidden(what="case")
    if case.kind == CaseKind.MANDATE and approved:
        _check_consent(session, case)


def _check_consent(session: Session, case: Case) -> None:
    """A moderator speaks for a principal only where nobody else can, and on paper."""
    its = {"organisation_id": case.organisation_id, "state": MembershipState.ACTIVE}
    people = select(Membership.id).filter_by(**its).limit(1)
    if not case.documents or session.scalar(people) is not None:
        raise ConsentMissing


def _close(
    session: Session, case: Case, state: CaseState, now: datetime, *, actor: Actor, **facts: Any
) -> None:
    facts |= {"state": state, "decided_at": now, "decided_by": actor.person_id}
    if not changed(session, case, Case.state == CaseState.OPEN, **facts):
        raise AlreadyDecided(state=case.state)


def visible_to(actor: Actor) -> Select[Case]:
    """A moderator sees every case; others those they opened or that are about their own."""
    mine = or_(Case.applicant_id == actor.person_id, Case.organisation_id.in_(belonging(actor)))
    return select(Case).where(true() if actor.oversees else mine)


def decided_within(case: Case) -> bool:
    """Whether its organisation decides: who acts for it, what its members sell and vouch for."""
    by_its_kind = case.kind in (CaseKind.MANDATE, CaseKind.LISTING_CHANGE)
    return by_its_kind or bool(case.facts.get("within"))


def get(session: Session, *, actor: Actor, case_id: UUID, lock: bool = False) -> Case:
    """The case, if the actor may see it; locked until the transaction's end, if wished."""
    statement = visible_to(actor).where(Case.id == case_id)
    return existing(session.scalar(statement.with_for_update() if lock else statement), "case")


def open_about(session: Session, *, actor: Actor, subject_id: UUID) -> Case:
    """The case that waits about a thing, if the actor may see it."""
    waiting = visible_to(actor).where(Case.subject_id == subject_id, Case.state == CaseState.OPEN)
    return existing(session.scalars(waiting.order_by(Case.due_at).limit(1)).one_or_none(), "case")


def page(
    session: Session,
    *,
    actor: Actor,
    state: CaseState = CaseState.OPEN,
    kind: CaseKind | None = None,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 20,
) -> list[Case]:
    """The cases in one state, the one due first on top, up to one more than the limit."""
    statement = visible_to(actor).where(Case.state == state)
    if kind is not None:
        statement = statement.where(Case.kind == kind)
    if after is not None:
        statement = statement.where(tuple_(Case.due_at, Case.id) > after)
    return list(session.scalars(statement.order_by(Case.due_at, Case.id).limit(limit + 1)))

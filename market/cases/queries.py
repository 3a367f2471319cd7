"""Which cases somebody may read: their own, their organisation's, and at the desk all."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, or_, select, true, tuple_
from sqlalchemy.orm import Session

from market.accounts.organisations import belonging
from market.actors import Actor
from market.cases.models import Case, CaseKind, CaseState
from market.errors import existing


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

"""Mandates: an agent asks to act for an organisation, it consents, and either may end it."""

from datetime import datetime, timedelta
from typing import Any, Unpack
from uuid import UUID

from sqlalchemy import Select, or_, select, true, update
from sqlalchemy.orm import Session

from market import audit, limits, notifications
from market.accounts import Actor, Organisation, OrganisationKind, Person
from market.accounts.destinations import shown
from market.accounts.models import Mandate, MandateState
from market.cases import deciding
from market.cases.models import Case, CaseKind
from market.db import Paged, changed, inserted, newest_first
from market.errors import FieldInvalid, MarketError, existing
from market.ids import uuid7

LIFETIME_MAX = timedelta(days=366)
ASKED_PER_DAY_MAX = 20


class NotRepresentable(MarketError, code="mandate.not_representable"):
    """A cooperative acts through the people in its own posts."""


def ask_mandate(
    session: Session, *, actor: Actor, asked: Mandate, documents: deciding.Papers, now: datetime
) -> Mandate:
    """Ask to act for an organisation for a year at most; its people decide, or else a moderator."""
    if not now < asked.expires_at <= now + LIFETIME_MAX:
        raise FieldInvalid(field="expires_at", reason="field.too_far")
    organisation = existing(session.get(Organisation, asked.organisation_id), "organisation")
    if organisation.kind == OrganisationKind.COOPERATIVE:
        raise NotRepresentable
    limits.take(session, f"mandate:{actor.person_id}", ASKED_PER_DAY_MAX, now=now)
    agent = session.get_one(Person, actor.person_id)
    asked.id, asked.agent_id, asked.created_at = uuid7(), agent.id, now
    asked.scope, asked.state = sorted(set(asked.scope)), MandateState.PENDING
    waiting = inserted(session, asked)
    if waiting is None:
        raise deciding.AlreadyOpen(kind=CaseKind.MANDATE)
    about: Any = {"organisation_id": organisation.id, "documents": documents}
    case = deciding.open_case(session, actor, CaseKind.MANDATE, waiting.id, **about, now=now)
    who = agent.name or shown(agent.phone or agent.email or "")
    told: Any = {"link": f"/desk/cases/{case.number}", "person": who}
    notifications.tell_deciders(session, organisation, "notice.mandate.asked", **told, now=now)
    return waiting


def mandate_decided(session: Session, *, case: Case, approved: bool, now: datetime) -> None:
    """The consequence of a mandate's case: the agent may act, in place of any before, or never."""
    given = session.get_one(Mandate, case.subject_id)
    ended = {"state": MandateState.REVOKED, "revoked_at": now}
    if approved:
        its = {"agent_id": given.agent_id, "organisation_id": given.organisation_id}
        before = update(Mandate).filter_by(**its, state=MandateState.ACTIVE).values(**ended)
        session.execute(before, execution_options={"synchronize_session": "fetch"})
    active = {"state": MandateState.ACTIVE, "granted_by": case.decided_by}
    waits = Mandate.state == MandateState.PENDING
    changed(session, given, waits, **(active if approved else ended))


def end_mandate(session: Session, *, actor: Actor, mandate_id: UUID, now: datetime) -> Mandate:
    """The agent gives it up, the organisation takes it back, or a moderator ends it: at once."""
    ended = mandate(session, actor=actor, mandate_id=mandate_id)
    gone = MandateState.REVOKED
    changed(session, ended, Mandate.state != gone, state=gone, revoked_at=now)
    deciding.withdraw(session, actor, CaseKind.MANDATE, mandate_id, now=now)
    audit.note(session, actor, "mandate.ended", mandate_id, now=now)
    return ended


def visible_to(actor: Actor) -> Select[Mandate]:
    """The agent's own, those given by organisations one decides for, and to a moderator all."""
    given = Mandate.organisation_id.in_(actor.managed_ids)
    mine = or_(Mandate.agent_id == actor.person_id, given)
    return select(Mandate).where(true() if actor.oversees else mine)


def mandate(session: Session, *, actor: Actor, mandate_id: UUID) -> Mandate:
    """The mandate, if the actor may see it."""
    return existing(session.scalar(visible_to(actor).where(Mandate.id == mandate_id)), "mandate")


def mandates(session: Session, *, actor: Actor, **page: Unpack[Paged]) -> list[Mandate]:
    """The mandates the actor may see, newest first, up to one more than the limit."""
    return newest_first(session, visible_to(actor), Mandate.id, **page)

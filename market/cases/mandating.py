"""Mandates: an agent asks to act for an organisation, it consents, and either may end it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Unpack
from uuid import UUID

from sqlalchemy import Select, or_, select, true, update
from sqlalchemy.orm import Session

from market import audit, limits, notifications, portable
from market.accounts import Actor, Organisation, OrganisationKind, Person, Scope
from market.accounts.destinations import shown
from market.accounts.models import Mandate, MandateState
from market.cases import deciding
from market.cases.models import Case, CaseKind
from market.db import Paged, changed, newest_first
from market.errors import FieldInvalid, MarketError, existing
from market.ids import uuid7

LIFETIME_MAX = timedelta(days=366)
ASKED_PER_DAY_MAX = 20


class NotRepresentable(MarketError, code="mandate.not_representable"):
    """A cooperative acts through the people in its own posts."""


def ask_mandate(
    session: Session,
    *,
    actor: Actor,
    organisation_id: UUID,
    scope: Collection[Scope],
    expires_at: datetime,
    documents: Sequence[Mapping[str, Any]],
    now: datetime,
) -> Mandate:
    """Ask to act for an organisation for a year at most; its people decide, or else a moderator."""
    if not now < expires_at <= now + LIFETIME_MAX:
        raise FieldInvalid(field="expires_at", reason="field.too_far")
    kind = session.scalar(select(Organisation.kind).where(Organisation.id == organisation_id))
    if existing(kind, "organisation") == OrganisationKind.COOPERATIVE:
        raise NotRepresentable
    key = f"mandate:{actor.person_id}"
    limits.take(session, key=key, most=ASKED_PER_DAY_MAX, window=timedelta(days=1), now=now)
    mandate_id = uuid7()
    whose = {"id": mandate_id, "agent_id": actor.person_id, "organisation_id": organisation_id}
    facts = {"scope": sorted(set(scope)), "state": MandateState.PENDING}
    times = {"created_at": now, "expires_at": expires_at}
    if not portable.insert_new(session, Mandate, **whose, **facts, **times):
        raise deciding.AlreadyOpen(kind=CaseKind.MANDATE)
    asked = session.get_one(Mandate, mandate_id)
    _open(session, actor, asked, documents, now)
    return asked


def mandate_decided(session: Session, *, case: Case, approved: bool, now: datetime) -> None:
    """The consequence of a mandate's case: the agent may act, in place of any before, or never."""
    given = session.get_one(Mandate, case.subject_id)
    ended = {"state": MandateState.REVOKED, "revoked_at": now}
    if approved:
        session.execute(
            update(Mandate)
            .filter_by(agent_id=given.agent_id, organisation_id=given.organisation_id)
            .where(Mandate.state == MandateState.ACTIVE)
            .values(**ended)
            .execution_options(synchronize_session="fetch")
        )
    active = {"state": MandateState.ACTIVE, "granted_by": case.decided_by}
    waits = Mandate.state == MandateState.PENDING
    changed(session, given, waits, **(active if approved else ended))


def end_mandate(session: Session, *, actor: Actor, mandate_id: UUID, now: datetime) -> Mandate:
    """The agent gives it up, the organisation takes it back, or a moderator ends it: at once."""
    ended = mandate(session, actor=actor, mandate_id=mandate_id)
    kind, gone = CaseKind.MANDATE, MandateState.REVOKED
    changed(session, ended, Mandate.state != gone, state=gone, revoked_at=now)
    deciding.withdraw(session, actor=actor, kind=kind, subject_id=mandate_id, now=now)
    audit.note(session, actor=actor, verb="mandate.ended", subject_id=mandate_id, now=now)
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


def _open(
    session: Session,
    actor: Actor,
    asked: Mandate,
    documents: Sequence[Mapping[str, Any]],
    now: datetime,
) -> None:
    """Open the case, and let those who decide for the organisation hear of it."""
    about: Any = {"subject_id": asked.id, "organisation_id": asked.organisation_id}
    case = deciding.open_case(
        session, actor=actor, kind=CaseKind.MANDATE, **about, documents=documents, now=now
    )
    agent = session.get_one(Person, asked.agent_id)
    organisation = session.get_one(Organisation, asked.organisation_id)
    who = agent.name or shown(agent.phone or agent.email or "")
    key, link = "notice.mandate.asked", f"/desk/cases/{case.number}"
    notifications.tell_deciders(
        session, organisation=organisation, key=key, person=who, link=link, now=now
    )

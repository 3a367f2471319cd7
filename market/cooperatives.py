"""Cooperatives: sellers join one for a fee both sides agreed to, and leave it again."""

from collections.abc import Collection
from datetime import datetime
from typing import Unpack
from uuid import UUID

from sqlalchemy import Select, or_, select, true
from sqlalchemy.orm import Session

from market import audit
from market.accounts import Actor, CooperativeMember, Organisation, OrganisationKind
from market.db import Paged, changed, inserted, newest_first
from market.errors import Forbidden, Kind, MarketError, NotFound, existing
from market.ids import uuid7


def members_of(cooperative_ids: Collection[UUID]) -> Select[UUID]:
    """The sellers that belong to one of the cooperatives now; former ones do not."""
    its = CooperativeMember.cooperative_id.in_(cooperative_ids), CooperativeMember.belongs()
    return select(CooperativeMember.organisation_id).where(*its)


class AlreadyInOne(MarketError, code="cooperative.already_in_one", kind=Kind.CONFLICT):
    """A seller belongs to one cooperative at a time, and asks one at a time."""


class NotVerified(MarketError, code="cooperative.not_verified", kind=Kind.CONFLICT):
    """A cooperative takes members once it is verified itself."""


class NotWaiting(MarketError, code="cooperative.not_waiting", kind=Kind.CONFLICT):
    """The request was answered or withdrawn already."""


def ask_to_join(
    session: Session, *, actor: Actor, member: CooperativeMember, now: datetime
) -> CooperativeMember:
    """A seller asks to join and says which fee was agreed, in hundredths of a per cent."""
    if member.organisation_id not in actor.managed_ids & actor.seller_ids:
        raise NotFound(what="organisation")
    its = {"id": member.cooperative_id, "kind": OrganisationKind.COOPERATIVE}
    cooperative = session.scalar(select(Organisation).filter_by(**its))
    if existing(cooperative, "cooperative").verified_at is None:
        raise NotVerified
    member.id, member.requested_at = uuid7(), now
    asked = inserted(session, member)
    if asked is None:
        raise AlreadyInOne
    audit.note(session, actor, "cooperative.asked", asked.id, now=now)
    return asked


def approve(session: Session, *, actor: Actor, member_id: UUID, now: datetime) -> CooperativeMember:
    """The manager takes the seller in, for the fee that the seller named."""
    member = get(session, actor=actor, member_id=member_id)
    if member.cooperative_id not in actor.managed_ids:
        raise Forbidden(what="member")
    waits = CooperativeMember.approved_at.is_(None) & CooperativeMember.ended_at.is_(None)
    if not changed(session, member, waits, approved_at=now, approved_by=actor.person_id):
        raise NotWaiting
    audit.note(session, actor, "cooperative.approved", member_id, now=now)
    return member


def leave(session: Session, *, actor: Actor, member_id: UUID, now: datetime) -> CooperativeMember:
    """The seller leaves or takes the request back, or the manager ends it; orders stay."""
    member = get(session, actor=actor, member_id=member_id)
    if not {member.cooperative_id, member.organisation_id} & actor.managed_ids:
        raise Forbidden(what="member")
    changed(session, member, CooperativeMember.ended_at.is_(None), ended_at=now)
    audit.note(session, actor, "cooperative.left", member_id, now=now)
    return member


def visible_to(actor: Actor) -> Select[CooperativeMember]:
    """A cooperative's own people see its members, a seller its own membership."""
    kept = CooperativeMember.cooperative_id.in_(actor.cooperative_ids)
    own = CooperativeMember.organisation_id.in_(actor.seller_ids)
    return select(CooperativeMember).where(true() if actor.oversees else or_(kept, own))


def get(session: Session, *, actor: Actor, member_id: UUID) -> CooperativeMember:
    """The membership, if the actor may see it."""
    found = session.scalar(visible_to(actor).where(CooperativeMember.id == member_id))
    return existing(found, "member")


def page(
    session: Session, *, actor: Actor, cooperative_id: UUID, **page: Unpack[Paged]
) -> list[CooperativeMember]:
    """A cooperative's members and requests that stand, newest first, one more than the limit."""
    standing = visible_to(actor).filter_by(cooperative_id=cooperative_id, ended_at=None)
    return newest_first(session, standing, CooperativeMember.id, **page)

"""Sellers join a cooperative for a fee both sides agreed to, and leave it again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, or_, select, true, update
from sqlalchemy.orm import Session

from market import audit, portable
from market.accounts.actors import Actor
from market.accounts.models import Organisation, OrganisationKind
from market.cooperatives.models import CooperativeMember
from market.db import newest_first, took_effect
from market.errors import Forbidden, Kind, MarketError, NotFound, existing
from market.ids import uuid7


class AlreadyInOne(MarketError):
    """A seller belongs to one cooperative at a time, and asks one at a time."""

    code, kind = "cooperative.already_in_one", Kind.CONFLICT


class NotVerified(MarketError):
    """A cooperative takes members once it is verified itself."""

    code, kind = "cooperative.not_verified", Kind.CONFLICT


class NotWaiting(MarketError):
    """The request was answered or withdrawn already."""

    code, kind = "cooperative.not_waiting", Kind.CONFLICT


def ask_to_join(
    session: Session,
    *,
    actor: Actor,
    organisation_id: UUID,
    cooperative_id: UUID,
    fee_basis_points: int,
    now: datetime,
) -> CooperativeMember:
    """A seller asks to join and says which fee was agreed, in hundredths of a per cent."""
    if organisation_id not in actor.managed_ids & actor.seller_ids:
        raise NotFound(what="organisation")
    _check_cooperative(session, cooperative_id)
    member_id = uuid7()
    asked = portable.insert_new(
        session,
        CooperativeMember,
        id=member_id,
        cooperative_id=cooperative_id,
        organisation_id=organisation_id,
        fee_basis_points=fee_basis_points,
        requested_at=now,
    )
    if not asked:
        raise AlreadyInOne
    audit.note(session, actor=actor, verb="cooperative.asked", subject_id=member_id, now=now)
    return session.get_one(CooperativeMember, member_id)


def approve(session: Session, *, actor: Actor, member_id: UUID, now: datetime) -> CooperativeMember:
    """The manager takes the seller in, for the fee that the seller named."""
    member = get(session, actor=actor, member_id=member_id)
    if member.cooperative_id not in actor.managed_ids:
        raise Forbidden(what="member")
    approval = (
        update(CooperativeMember)
        .filter_by(id=member_id, approved_at=None, ended_at=None)
        .values(approved_at=now, approved_by=actor.person_id)
        .execution_options(synchronize_session="fetch")
    )
    if not took_effect(session, approval):
        raise NotWaiting
    audit.note(session, actor=actor, verb="cooperative.approved", subject_id=member_id, now=now)
    return member


def leave(session: Session, *, actor: Actor, member_id: UUID, now: datetime) -> CooperativeMember:
    """The seller leaves or takes the request back, or the manager ends it; orders stay."""
    member = get(session, actor=actor, member_id=member_id)
    if not {member.cooperative_id, member.organisation_id} & actor.managed_ids:
        raise Forbidden(what="member")
    session.execute(
        update(CooperativeMember)
        .where(CooperativeMember.id == member_id, CooperativeMember.ended_at.is_(None))
        .values(ended_at=now)
        .execution_options(synchronize_session="fetch")
    )
    audit.note(session, actor=actor, verb="cooperative.left", subject_id=member_id, now=now)
    return member


def visible_to(actor: Actor) -> Select[CooperativeMember]:
    """A cooperative's own people see its members, a seller its own membership."""
    either = or_(
        CooperativeMember.cooperative_id.in_(actor.cooperative_ids),
        CooperativeMember.organisation_id.in_(actor.seller_ids),
    )
    return select(CooperativeMember).where(true() if actor.oversees else either)


def get(session: Session, *, actor: Actor, member_id: UUID) -> CooperativeMember:
    """The membership, if the actor may see it."""
    found = session.scalar(visible_to(actor).where(CooperativeMember.id == member_id))
    return existing(found, "member")


def page(
    session: Session,
    *,
    actor: Actor,
    cooperative_id: UUID,
    after: UUID | None = None,
    limit: int = 20,
) -> list[CooperativeMember]:
    """A cooperative's members and requests that stand, newest first, one more than the limit."""
    standing = visible_to(actor).where(
        CooperativeMember.cooperative_id == cooperative_id, CooperativeMember.ended_at.is_(None)
    )
    return newest_first(session, standing, CooperativeMember.id, after=after, limit=limit)


def _check_cooperative(session: Session, cooperative_id: UUID) -> None:
    found = session.execute(
        select(Organisation.verified_at).where(
            Organisation.id == cooperative_id, Organisation.kind == OrganisationKind.COOPERATIVE
        )
    ).one_or_none()
    if found is None:
        raise NotFound(what="cooperative")
    if found.verified_at is None:
        raise NotVerified

"""Cooperatives: sellers join one for a fee both sides agreed to, and leave it again."""

from datetime import datetime
from typing import Unpack
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Select, or_, select, true
from sqlalchemy.orm import Mapped, Session, mapped_column

from market import audit, portable
from market.accounts import Actor, Organisation, OrganisationKind
from market.db import Base, Identified, Paged, changed, newest_first, partial_index
from market.errors import Forbidden, Kind, MarketError, NotFound, existing
from market.ids import uuid7

FEE_BASIS_POINTS_MAX = 5_000


class CooperativeMember(Identified, Base):
    """A seller's membership of a cooperative; at most one at a time."""

    __table_args__ = (
        CheckConstraint(f"fee_basis_points BETWEEN 0 AND {FEE_BASIS_POINTS_MAX}", name="fee"),
        partial_index(
            "uq_cooperative_member_current",
            "organisation_id",
            where="ended_at IS NULL",
            unique=True,
        ),
    )

    cooperative_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    fee_basis_points: Mapped[int]
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    requested_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    @classmethod
    def belongs(cls) -> ColumnElement[bool]:
        """The condition that the seller is a member now: taken in, and not gone."""
        return cls.approved_at.is_not(None) & cls.ended_at.is_(None)


class AlreadyInOne(MarketError, code="cooperative.already_in_one", kind=Kind.CONFLICT):
    """A seller belongs to one cooperative at a time, and asks one at a time."""


class NotVerified(MarketError, code="cooperative.not_verified", kind=Kind.CONFLICT):
    """A cooperative takes members once it is verified itself."""


class NotWaiting(MarketError, code="cooperative.not_waiting", kind=Kind.CONFLICT):
    """The request was answered or withdrawn already."""


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
    its = select(Organisation).filter_by(id=cooperative_id, kind=OrganisationKind.COOPERATIVE)
    if existing(session.scalar(its), "cooperative").verified_at is None:
        raise NotVerified
    member_id = uuid7()
    both = {"cooperative_id": cooperative_id, "organisation_id": organisation_id}
    terms = {"fee_basis_points": fee_basis_points, "requested_at": now}
    if not portable.insert_new(session, CooperativeMember, id=member_id, **both, **terms):
        raise AlreadyInOne
    audit.note(session, actor=actor, verb="cooperative.asked", subject_id=member_id, now=now)
    return session.get_one(CooperativeMember, member_id)


def approve(session: Session, *, actor: Actor, member_id: UUID, now: datetime) -> CooperativeMember:
    """The manager takes the seller in, for the fee that the seller named."""
    member = get(session, actor=actor, member_id=member_id)
    if member.cooperative_id not in actor.managed_ids:
        raise Forbidden(what="member")
    waits = CooperativeMember.approved_at.is_(None) & CooperativeMember.ended_at.is_(None)
    if not changed(session, member, waits, approved_at=now, approved_by=actor.person_id):
        raise NotWaiting
    audit.note(session, actor=actor, verb="cooperative.approved", subject_id=member_id, now=now)
    return member


def leave(session: Session, *, actor: Actor, member_id: UUID, now: datetime) -> CooperativeMember:
    """The seller leaves or takes the request back, or the manager ends it; orders stay."""
    member = get(session, actor=actor, member_id=member_id)
    if not {member.cooperative_id, member.organisation_id} & actor.managed_ids:
        raise Forbidden(what="member")
    changed(session, member, CooperativeMember.ended_at.is_(None), ended_at=now)
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
    session: Session, *, actor: Actor, cooperative_id: UUID, **page: Unpack[Paged]
) -> list[CooperativeMember]:
    """A cooperative's members and requests that stand, newest first, one more than the limit."""
    standing = visible_to(actor).filter_by(cooperative_id=cooperative_id, ended_at=None)
    return newest_first(session, standing, CooperativeMember.id, **page)

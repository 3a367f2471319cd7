"""Which plots and lots somebody may work with."""

from uuid import UUID

from sqlalchemy import Select, or_, select, true
from sqlalchemy.orm import Session

from market.accounts import Actor, Role
from market.cooperatives.models import CooperativeMember
from market.db import newest_first
from market.errors import existing
from market.traceability.models import Lot, Plot


def visible_to(actor: Actor) -> Select[Lot]:
    """Whoever weighs sees the members' lots, a moderator all, everybody else their own."""
    if actor.oversees:
        return select(Lot)
    own = Lot.producer_id.in_(actor.seller_ids)
    if not actor.has(Role.WEIGH_MASTER):
        return select(Lot).where(own)
    weighed = select(CooperativeMember.organisation_id).where(
        CooperativeMember.cooperative_id.in_(actor.cooperative_ids),
        CooperativeMember.approved_at.is_not(None),
        CooperativeMember.ended_at.is_(None),
    )
    return select(Lot).where(or_(own, Lot.producer_id.in_(weighed)))


def own_lot(session: Session, *, actor: Actor, code: str) -> Lot:
    """The lot with this printed code, if the actor may work with it."""
    return existing(session.scalar(visible_to(actor).where(Lot.code == code)), "lot")


def lots(
    session: Session, *, actor: Actor, after: UUID | None = None, limit: int = 20
) -> list[Lot]:
    """The lots the actor may work with, newest first, up to one more than the limit."""
    return newest_first(session, visible_to(actor), Lot.id, after=after, limit=limit)


def plots(
    session: Session, *, actor: Actor, after: UUID | None = None, limit: int = 20
) -> list[Plot]:
    """The plots of the actor's own farms, newest first, up to one more than the limit."""
    own = true() if actor.oversees else Plot.producer_id.in_(actor.seller_ids)
    return newest_first(session, select(Plot).where(own), Plot.id, after=after, limit=limit)

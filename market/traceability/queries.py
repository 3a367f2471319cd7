"""Which plots and lots somebody may work with."""

from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from market.accounts import Actor, Role
from market.cooperatives.models import CooperativeMember
from market.errors import NotFound
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
    lot = session.scalar(visible_to(actor).where(Lot.code == code))
    if lot is None:
        raise NotFound(what="lot")
    return lot


def lots(
    session: Session, *, actor: Actor, after: UUID | None = None, limit: int = 20
) -> list[Lot]:
    """The lots the actor may work with, newest first, up to one more than the limit."""
    statement = visible_to(actor).order_by(Lot.id.desc()).limit(limit + 1)
    if after is not None:
        statement = statement.where(Lot.id < after)
    return list(session.scalars(statement))


def plots(
    session: Session, *, actor: Actor, after: UUID | None = None, limit: int = 20
) -> list[Plot]:
    """The plots of the actor's own farms, newest first, up to one more than the limit."""
    statement = select(Plot).order_by(Plot.id.desc()).limit(limit + 1)
    if not actor.oversees:
        statement = statement.where(Plot.producer_id.in_(actor.seller_ids))
    if after is not None:
        statement = statement.where(Plot.id < after)
    return list(session.scalars(statement))

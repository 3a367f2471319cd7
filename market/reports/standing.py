"""How a seller and a cooperative stand right now: sold of late, and orders running out of time."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from market.accounts.actors import Actor
from market.accounts.models import Scope
from market.errors import NotFound
from market.orders.models import Order, State
from market.reports.sales import SOLD, require_cooperative


def sold_since(session: Session, *, actor: Actor, seller_id: UUID, since: datetime) -> int:
    """What one seller's orders since then are worth without delivery, in đồng; sure ones only."""
    if seller_id not in actor.seller_ids:
        raise NotFound(what="organisation")
    total = session.scalar(
        select(func.sum(Order.goods_minor)).where(
            Order.seller_id == seller_id,
            Order.seller_id.in_(actor.sells_for(Scope.ORDERS)),
            Order.state.in_(SOLD),
            Order.deadline.is_(None),
            Order.created_at >= since,
        )
    )
    return int(total or 0)


def unconfirmed(
    session: Session, *, actor: Actor, cooperative_id: UUID, now: datetime, limit: int
) -> list[Order]:
    """The members' orders that wait for a confirmation, the most urgent first."""
    require_cooperative(actor, cooperative_id)
    return list(session.scalars(_waiting(cooperative_id, now).limit(limit)))


def _waiting(cooperative_id: UUID, now: datetime) -> Select[Order]:
    return (
        select(Order)
        .where(Order.cooperative_id == cooperative_id, Order.state == State.PLACED)
        .where((Order.deadline.is_(None)) | (Order.deadline > now))
        .order_by(Order.deadline, Order.id)
    )

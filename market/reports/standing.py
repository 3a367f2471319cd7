"""How a seller and a cooperative stand right now: sold of late, and orders running out of time."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts import Actor, Scope
from market.errors import NotFound
from market.orders.models import Order, State
from market.reports.sales import SOLD, require_cooperative


def sold_since(session: Session, *, actor: Actor, seller_id: UUID, since: datetime) -> int:
    """What one seller's orders since then are worth without delivery, in đồng; sure ones only."""
    if seller_id not in actor.seller_ids:
        raise NotFound(what="organisation")
    total = session.scalar(
        select(func.sum(Order.goods_minor))
        .where(Order.seller_id == seller_id, Order.seller_id.in_(actor.sells_for(Scope.ORDERS)))
        .where(Order.state.in_(SOLD), Order.deadline.is_(None), Order.created_at >= since)
    )
    return int(total or 0)


def unconfirmed(
    session: Session, *, actor: Actor, cooperative_id: UUID, now: datetime, limit: int
) -> list[Order]:
    """The members' orders that wait for a confirmation, the most urgent first."""
    require_cooperative(actor, cooperative_id)
    waiting = select(Order).filter_by(cooperative_id=cooperative_id, state=State.PLACED)
    timely = waiting.where(Order.deadline.is_(None) | (Order.deadline > now))
    return list(session.scalars(timely.order_by(Order.deadline, Order.id).limit(limit)))

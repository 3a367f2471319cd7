"""The seller's steps that touch goods only: confirm and pack."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from market import bookings, inventory
from market.accounts.actors import Actor
from market.orders import queries
from market.orders.models import Order, Rail, State
from market.orders.moving import move


def confirm(session: Session, *, actor: Actor, order_id: UUID, now: datetime) -> Order:
    """The seller promises to deliver; what a cash order holds is sold with that word."""
    order = queries.sold_by(session, actor=actor, order_id=order_id)
    move(session, actor=actor, order=order, to=State.CONFIRMED, now=now)
    if order.rail == Rail.CASH:
        inventory.sell(session, owner_ids=[order.id], now=now)
    bookings.validate(session, order_id=order.id)
    return order


def pack(session: Session, *, actor: Actor, order_id: UUID, now: datetime) -> Order:
    """The goods stand ready in their boxes."""
    order = queries.sold_by(session, actor=actor, order_id=order_id)
    move(session, actor=actor, order=order, to=State.PACKED, now=now)
    return order

"""Questions about tickets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.actors import Actor
from market.accounts.models import Scope
from market.bookings.models import Ticket
from market.errors import existing


def by_code(session: Session, *, code: str) -> Ticket:
    """The ticket of a code that came under our seal."""
    return existing(session.scalar(select(Ticket).where(Ticket.code == code)), "ticket")


def of_orders(session: Session, *, order_ids: Sequence[UUID]) -> dict[UUID, list[Ticket]]:
    """The tickets of several orders at once."""
    found: dict[UUID, list[Ticket]] = {order_id: [] for order_id in order_ids}
    rows = session.scalars(
        select(Ticket).where(Ticket.order_id.in_(order_ids)).order_by(Ticket.unit, Ticket.code)
    )
    for ticket in rows:
        found[ticket.order_id].append(ticket)
    return found


def guests(session: Session, *, actor: Actor, since: datetime, until: datetime) -> list[Ticket]:
    """The tickets of the actor's departures that start in the half-open period."""
    mine: Any = Ticket.seller_id.in_(actor.sells_for(Scope.ORDERS))
    return list(
        session.scalars(
            select(Ticket)
            .where(mine, Ticket.starts_at >= since, Ticket.starts_at < until)
            .order_by(Ticket.starts_at, Ticket.code)
        )
    )

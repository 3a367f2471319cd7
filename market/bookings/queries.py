"""Questions about tickets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts import Actor, Scope
from market.bookings.models import Ticket
from market.db import grouped
from market.errors import existing


def by_code(session: Session, *, code: str) -> Ticket:
    """The ticket of a code that came under our seal."""
    return existing(session.scalar(select(Ticket).where(Ticket.code == code)), "ticket")


def of_orders(session: Session, *, order_ids: Sequence[UUID]) -> dict[UUID, list[Ticket]]:
    """The tickets of several orders at once."""
    rows = select(Ticket).order_by(Ticket.unit, Ticket.code)
    return grouped(session, rows, Ticket.order_id, order_ids)


def guests(session: Session, *, actor: Actor, since: datetime, until: datetime) -> list[Ticket]:
    """The tickets of the actor's departures that start in the half-open period."""
    mine: Any = Ticket.seller_id.in_(actor.sells_for(Scope.ORDERS))
    theirs = select(Ticket).where(mine, Ticket.starts_at >= since, Ticket.starts_at < until)
    return list(session.scalars(theirs.order_by(Ticket.starts_at, Ticket.code)))

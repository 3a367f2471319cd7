"""Housekeeping: lapsed holds go back before anybody asks for them."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.inventory.claiming import reclaim
from market.inventory.models import Cell

BATCH = 200


def sweep(session: Session, *, now: datetime) -> int:
    """Reclaim a batch of cells with lapsed holds; how many were looked at."""
    keys = session.execute(
        select(Cell.resource_id, Cell.bucket)
        .where(Cell.next_expiry <= now)
        .order_by(Cell.resource_id, Cell.bucket)
        .limit(BATCH)
    ).all()
    for key in keys:
        reclaim(session, (key[0], key[1]), now=now)
    return len(keys)

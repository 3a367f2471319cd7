"""What is left, and whether the cells and their claims agree."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, case, func, or_, select, tuple_
from sqlalchemy.orm import Session

from market.inventory.models import Cell, Claim, ClaimState

Key = tuple[UUID, int]


def free(session: Session, *, cells: Iterable[Key], now: datetime) -> dict[Key, int]:
    """What can be claimed of each cell now, lapsed holds counted as free, closed cells as empty."""
    keys = list(cells)
    lapsed = (
        select(func.coalesce(func.sum(Claim.qty), 0))
        .where(Claim.resource_id == Cell.resource_id, Claim.bucket == Cell.bucket)
        .where(Claim.state == ClaimState.HELD, Claim.expires_at <= now)
        .scalar_subquery()
    )
    left = Cell.capacity - Cell.held - Cell.sold + case((Cell.next_expiry <= now, lapsed), else_=0)
    rows = session.execute(
        select(Cell.resource_id, Cell.bucket, case((Cell.closed, 0), else_=left)).where(
            tuple_(Cell.resource_id, Cell.bucket).in_(keys)
        )
    )
    found = {(row[0], row[1]): int(row[2]) for row in rows}
    return {key: found.get(key, 0) for key in keys}


def drift(session: Session) -> list[Key]:
    """The cells whose counters differ from the sum of their claims: the auditor wants none."""
    held = func.coalesce(func.sum(case((Claim.state == ClaimState.HELD, Claim.qty), else_=0)), 0)
    sold = func.coalesce(func.sum(case((Claim.state == ClaimState.SOLD, Claim.qty), else_=0)), 0)
    same_cell = and_(Claim.resource_id == Cell.resource_id, Claim.bucket == Cell.bucket)
    rows = session.execute(
        select(Cell.resource_id, Cell.bucket)
        .outerjoin(Claim, same_cell)
        .group_by(Cell.resource_id, Cell.bucket, Cell.held, Cell.sold)
        .having(or_(Cell.held != held, Cell.sold != sold))
    )
    return [(row[0], row[1]) for row in rows]

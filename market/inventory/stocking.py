"""How much there is and what is left of it: changed with a reason, never below what is promised."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import case, func, insert, select, update
from sqlalchemy.orm import Session

from market import portable
from market.accounts.actors import Actor
from market.db import UtcDateTime, took_effect
from market.errors import Kind, MarketError, NotFound
from market.ids import uuid7
from market.inventory.models import Cell, Claim, ClaimState, Movement, Resource, ResourceKind

NOW = sa.bindparam("now", type_=UtcDateTime())
_LAPSED = (
    select(sa.cast(func.coalesce(func.sum(Claim.qty), 0), sa.BigInteger))
    .where(Claim.resource_id == Cell.resource_id, Claim.bucket == Cell.bucket)
    .where(Claim.state == ClaimState.HELD, Claim.expires_at <= NOW)
    .scalar_subquery()
)
# What can be claimed of a cell: a hold that has run out counts as free, a closed cell as empty.
FREE = case(
    (Cell.closed, 0),
    else_=Cell.capacity - Cell.held - Cell.sold + case((Cell.next_expiry <= NOW, _LAPSED), else_=0),
)


class BelowClaims(MarketError, code="stock.promised", kind=Kind.CONFLICT):
    """The capacity cannot fall below what is held and sold."""


def open_resource(session: Session, *, kind: ResourceKind, owner_id: UUID) -> UUID:
    """A new thing to count; its buckets are made by `change`."""
    resource_id = uuid7()
    session.execute(insert(Resource).values(id=resource_id, kind=kind, owner_id=owner_id))
    return resource_id


def change(
    session: Session,
    *,
    resource_id: UUID,
    bucket: int = 0,
    delta: int,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Add to (or take from) a bucket's capacity and write the movement down."""
    portable.insert_new(session, Cell, resource_id=resource_id, bucket=bucket, capacity=0)
    changing = (
        update(Cell)
        .where(Cell.resource_id == resource_id, Cell.bucket == bucket)
        .where(Cell.held + Cell.sold <= Cell.capacity + delta)
        .values(capacity=Cell.capacity + delta)
    )
    if not took_effect(session, changing):
        raise BelowClaims(resource_id=str(resource_id), bucket=bucket)
    said = {"delta": delta, "reason": reason, "actor_id": actor.person_id, "at": now}
    session.execute(insert(Movement).values(resource_id=resource_id, bucket=bucket, **said))


def close(session: Session, *, resource_id: UUID, bucket: int = 0) -> None:
    """Stop selling a bucket; what is promised stays promised."""
    closing = update(Cell).filter_by(resource_id=resource_id, bucket=bucket).values(closed=True)
    if not took_effect(session, closing):
        raise NotFound(what="cell")


Key = tuple[UUID, int]


def free(session: Session, *, cells: Iterable[Key], now: datetime) -> dict[Key, int]:
    """What can be claimed of each cell now, lapsed holds counted as free, closed cells as empty."""
    keys = list(cells)
    asked = select(Cell.resource_id, Cell.bucket, FREE).where(
        sa.tuple_(Cell.resource_id, Cell.bucket).in_(keys)
    )
    rows = session.execute(asked, {"now": now})
    found = {(row[0], row[1]): int(row[2]) for row in rows}
    return {key: found.get(key, 0) for key in keys}


def drift(session: Session) -> list[Key]:
    """The cells whose counters differ from the sum of their claims: the auditor wants none."""
    held = func.coalesce(func.sum(case((Claim.state == ClaimState.HELD, Claim.qty), else_=0)), 0)
    sold = func.coalesce(func.sum(case((Claim.state == ClaimState.SOLD, Claim.qty), else_=0)), 0)
    same_cell = sa.and_(Claim.resource_id == Cell.resource_id, Claim.bucket == Cell.bucket)
    rows = session.execute(
        select(Cell.resource_id, Cell.bucket)
        .outerjoin(Claim, same_cell)
        .group_by(Cell.resource_id, Cell.bucket, Cell.held, Cell.sold)
        .having(sa.or_(Cell.held != held, Cell.sold != sold))
    )
    return [(row[0], row[1]) for row in rows]

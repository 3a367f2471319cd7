"""How much there is: capacities change with a reason, never below what is already promised."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from market import portable
from market.accounts.actors import Actor
from market.db import took_effect
from market.errors import Kind, MarketError, NotFound
from market.ids import uuid7
from market.inventory.models import Cell, Movement, Resource, ResourceKind


class BelowClaims(MarketError):
    """The capacity cannot fall below what is held and sold."""

    code, kind = "stock.promised", Kind.CONFLICT


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

"""Claims: held until a moment, sold, or given back, in one order of cells so that nobody deadlocks.

Every verb touches its cells sorted by (resource, bucket) and each cell before its claims.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, insert, or_, select, update
from sqlalchemy.orm import Session

from market.errors import Kind, MarketError
from market.ids import uuid7
from market.inventory.models import Cell, Claim, ClaimState

Key = tuple[UUID, int]


class OutOfStock(MarketError):
    """Less is left than was asked for; facts: `resource_id`, `bucket`, `wanted`."""

    code, kind = "stock.too_little", Kind.CONFLICT


class HoldLapsed(MarketError):
    """What was held has run out, and may be somebody else's by now."""

    code, kind = "hold.lapsed", Kind.CONFLICT


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """A quantity asked of one bucket of a resource."""

    resource_id: UUID
    bucket: int = 0
    qty: int


def hold(
    session: Session,
    *,
    owner_id: UUID,
    wants: Iterable[Want],
    expires_at: datetime,
    now: datetime,
) -> None:
    """Hold every want for the owner until the moment, or refuse with OutOfStock and hold none."""
    hold_all(session, wants={owner_id: wants}, expires_at=expires_at, now=now)


def hold_all(
    session: Session,
    *,
    wants: Mapping[UUID, Iterable[Want]],
    expires_at: datetime,
    now: datetime,
) -> None:
    """The same for several owners at once, their cells in one sorted order over them all."""
    for (resource_id, bucket, owner_id), qty in sorted(_merged(wants).items()):
        if not _take(session, (resource_id, bucket), qty, expires_at):
            reclaim(session, (resource_id, bucket), now=now)
            if not _take(session, (resource_id, bucket), qty, expires_at):
                raise OutOfStock(resource_id=str(resource_id), bucket=bucket, wanted=qty)
        session.execute(
            insert(Claim).values(
                id=uuid7(),
                owner_id=owner_id,
                resource_id=resource_id,
                bucket=bucket,
                qty=qty,
                state=ClaimState.HELD,
                expires_at=expires_at,
            )
        )


def sell(session: Session, *, owner_ids: Sequence[UUID], now: datetime) -> None:
    """Turn all that the owners hold into sold, or refuse with HoldLapsed."""
    for claim in _claims_of(session, owner_ids, ClaimState.HELD):
        session.execute(
            update(Cell)
            .where(_at(Cell, (claim.resource_id, claim.bucket)))
            .values(held=Cell.held - claim.qty, sold=Cell.sold + claim.qty)
        )
        sold = session.execute(
            update(Claim)
            .where(Claim.id == claim.id, Claim.state == ClaimState.HELD, Claim.expires_at > now)
            .values(state=ClaimState.SOLD, expires_at=None)
            .returning(Claim.id)
        )
        if sold.first() is None:
            raise HoldLapsed(claim_id=str(claim.id))
    if _claims_of(session, owner_ids, ClaimState.RELEASED):
        raise HoldLapsed


def release(session: Session, *, owner_ids: Sequence[UUID]) -> None:
    """Give back whatever the owners still hold or had bought; a second time does nothing."""
    for claim in _claims_of(session, owner_ids, ClaimState.HELD, ClaimState.SOLD):
        column = Cell.held if claim.state == ClaimState.HELD else Cell.sold
        session.execute(
            update(Cell)
            .where(_at(Cell, (claim.resource_id, claim.bucket)))
            .values({column: column - claim.qty})
        )
        released = session.execute(
            update(Claim)
            .where(Claim.id == claim.id, Claim.state == claim.state)
            .values(state=ClaimState.RELEASED, expires_at=None)
            .returning(Claim.id)
        )
        if released.first() is None:
            raise HoldLapsed(claim_id=str(claim.id))


def reclaim(session: Session, key: Key, *, now: datetime) -> None:
    """Take a cell's lapsed holds back into what is free."""
    due = update(Cell).where(_at(Cell, key), Cell.next_expiry <= now).values(next_expiry=None)
    if session.execute(due.returning(Cell.bucket)).first() is None:
        return
    lapsed = session.scalars(
        update(Claim)
        .where(_at(Claim, key), Claim.state == ClaimState.HELD, Claim.expires_at <= now)
        .values(state=ClaimState.RELEASED, expires_at=None)
        .returning(Claim.qty)
    ).all()
    following = (
        select(Claim.expires_at)
        .where(_at(Claim, key), Claim.state == ClaimState.HELD)
        .order_by(Claim.expires_at)
        .limit(1)
        .scalar_subquery()
    )
    session.execute(
        update(Cell)
        .where(_at(Cell, key))
        .values(held=Cell.held - sum(lapsed), next_expiry=following)
    )


def _merged(wants: Mapping[UUID, Iterable[Want]]) -> dict[tuple[UUID, int, UUID], int]:
    merged: dict[tuple[UUID, int, UUID], int] = {}
    for owner_id, its in wants.items():
        for want in its:
            key = (want.resource_id, want.bucket, owner_id)
            merged[key] = merged.get(key, 0) + want.qty
    return merged


def _take(session: Session, key: Key, qty: int, expires_at: datetime) -> bool:
    sooner = or_(Cell.next_expiry.is_(None), Cell.next_expiry > expires_at)
    taken = session.execute(
        update(Cell)
        .where(_at(Cell, key), Cell.closed.is_(False))
        .where(Cell.held + Cell.sold + qty <= Cell.capacity)
        .values(
            held=Cell.held + qty, next_expiry=case((sooner, expires_at), else_=Cell.next_expiry)
        )
        .returning(Cell.bucket)
    )
    return taken.first() is not None


def _claims_of(session: Session, owner_ids: Sequence[UUID], *states: ClaimState) -> list[Any]:
    statement = (
        select(Claim.id, Claim.resource_id, Claim.bucket, Claim.qty, Claim.state)
        .where(Claim.owner_id.in_(owner_ids), Claim.state.in_(states))
        .order_by(Claim.resource_id, Claim.bucket, Claim.owner_id)
    )
    return list(session.execute(statement))


def _at(table: type[Cell] | type[Claim], key: Key) -> ColumnElement[bool]:
    return and_(table.resource_id == key[0], table.bucket == key[1])

"""How much there is and what is left of it: changed with a reason, never below what is promised.

Boats and guides are shared by what a host offers, one use at a time, by the half hour.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection, bindparam, case, func, insert, select, update
from sqlalchemy.orm import Session

from market import portable
from market.actors import Actor
from market.db import UtcDateTime, table_of, took_effect
from market.errors import Kind, MarketError, NotFound
from market.ids import uuid7
from market.inventory.claiming import HERE, Key, Want, locked
from market.inventory.models import Cell, Claim, ClaimState, Movement, Resource, ResourceKind

NOW = sa.bindparam("now", type_=UtcDateTime())
_OF_CELL = sa.and_(Claim.resource_id == Cell.resource_id, Claim.bucket == Cell.bucket)
_LAPSED = select(sa.cast(func.coalesce(func.sum(Claim.qty), 0), sa.BigInteger))
_LAPSED = _LAPSED.where(_OF_CELL, Claim.state == ClaimState.HELD, Claim.expires_at <= NOW)
# What can be claimed of a cell: a hold that has run out counts as free, a closed cell as empty.
_AGAIN = case((Cell.next_expiry <= NOW, _LAPSED.scalar_subquery()), else_=0)
FREE = case((Cell.closed, 0), else_=Cell.capacity - Cell.held - Cell.sold + _AGAIN)

_AMOUNT = sa.bindparam("amount", type_=sa.BigInteger())
_OPEN = update(table_of(Cell)).where(*HERE).values(capacity=_AMOUNT, closed=False)


class BelowClaims(MarketError, code="stock.promised", kind=Kind.CONFLICT):
    """The capacity cannot fall below what is held and sold."""


def open_resource(session: Session, *, kind: ResourceKind, owner_id: UUID, **its: Any) -> UUID:
    """A new thing to count, with what a boat or a guide is; its buckets are made by `change`."""
    resource_id = uuid7()
    session.execute(insert(Resource).values(id=resource_id, kind=kind, owner_id=owner_id, **its))
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
    cell = update(Cell).filter_by(resource_id=resource_id, bucket=bucket)
    fits = cell.where(Cell.held + Cell.sold <= Cell.capacity + delta)
    if not took_effect(session, fits.values(capacity=Cell.capacity + delta)):
        raise BelowClaims(resource_id=str(resource_id), bucket=bucket)
    said = {"delta": delta, "reason": reason, "actor_id": actor.person_id, "at": now}
    session.execute(insert(Movement).values(resource_id=resource_id, bucket=bucket, **said))


def set_capacities(
    session: Session,
    *,
    resource_id: UUID,
    wanted: Mapping[int, int],
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Open buckets with so much each, or as much as is promised of them already."""
    batch, movements = portable.Batch(session), []
    said = {"resource_id": resource_id, "reason": reason, "actor_id": actor.person_id, "at": now}
    standing = locked(session, Cell.resource_id == resource_id, Cell.bucket.in_(wanted))
    there = {it.bucket: (it.capacity, it.promised) for it in standing}
    keys = {"resource_id": resource_id, "capacity": 0}
    batch.add_new(Cell, *(keys | {"bucket": it} for it in sorted(wanted) if it not in there))
    for bucket in sorted(wanted):
        was, promised = there.get(bucket, (0, 0))
        amount = max(wanted[bucket], promised)
        batch.run(_OPEN, {"resource": resource_id, "number": bucket, "amount": amount})
        if amount != was:
            movements.append(said | {"bucket": bucket, "delta": amount - was})
    batch.add(Movement, *movements)
    batch.write(session)


def close_unclaimed(session: Session, *, resource_id: UUID, buckets: Iterable[int]) -> set[int]:
    """Stop selling those of the buckets of which nothing is promised; which others there are."""
    there = locked(session, Cell.resource_id == resource_id, Cell.bucket.in_(buckets))
    idle = [it.bucket for it in there if not it.promised]
    closing = update(Cell).where(Cell.resource_id == resource_id, Cell.bucket.in_(idle))
    session.execute(closing.values(closed=True))
    return {it.bucket for it in there if it.promised}


def close(session: Session, *, resource_id: UUID, bucket: int = 0, closed: bool = True) -> None:
    """Stop selling a bucket, or sell it again; what is promised stays promised."""
    closing = update(Cell).filter_by(resource_id=resource_id, bucket=bucket).values(closed=closed)
    if not took_effect(session, closing):
        raise NotFound(what="cell")


def free(session: Session, *, cells: Iterable[Key], now: datetime) -> dict[Key, int]:
    """What can be claimed of each cell now, lapsed holds counted as free, closed cells as empty."""
    keys = list(cells)
    asked = select(Cell.resource_id, Cell.bucket, FREE)
    these = asked.where(sa.tuple_(Cell.resource_id, Cell.bucket).in_(keys))
    found = {(row[0], row[1]): int(row[2]) for row in session.execute(these, {"now": now})}
    return {key: found.get(key, 0) for key in keys}


def drift(session: Session) -> list[Key]:
    """The cells whose counters differ from the sum of their claims: the auditor wants none."""
    held, sold = (
        func.coalesce(func.sum(case((Claim.state == state, Claim.qty), else_=0)), 0)
        for state in (ClaimState.HELD, ClaimState.SOLD)
    )
    its = select(Cell.resource_id, Cell.bucket).outerjoin(Claim, _OF_CELL)
    each = its.group_by(Cell.resource_id, Cell.bucket, Cell.held, Cell.sold)
    rows = session.execute(each.having(sa.or_(Cell.held != held, Cell.sold != sold)))
    return [(row[0], row[1]) for row in rows]


SLICE_SECONDS = 1_800
TURNAROUND_MAX = 24 * 60  # minutes
AFTER_MAX = TURNAROUND_MAX * 60 // SLICE_SECONDS
SHARED = (ResourceKind.VEHICLE, ResourceKind.GUIDE)
Period = tuple[datetime, datetime]
Use = tuple[Sequence[UUID], Period]  # which assets something needs, and when


def own_assets(session: Session, *, owner_ids: Iterable[UUID]) -> Sequence[Resource]:
    """The boats and guides of organisations, the oldest first."""
    its = select(Resource).where(Resource.owner_id.in_(owner_ids), Resource.kind.in_(SHARED))
    fresh = {"populate_existing": True}
    return session.scalars(its.order_by(Resource.id), execution_options=fresh).all()


def open_slices(session: Session, *, asset_ids: Iterable[UUID], periods: Sequence[Period]) -> None:
    """Let the assets be claimed in the periods: each half hour with all their places."""
    batch, cells = portable.Batch(session), dict(_slices(session, asset_ids, periods))
    rows = sorted((*key, places) for key, places in cells.items())
    named = ({"resource_id": it, "bucket": at, "capacity": places} for it, at, places in rows)
    batch.add_new(Cell, *named)
    batch.write(session)


def places_left(
    connection: Connection, *, uses: Mapping[UUID, Use], now: datetime
) -> dict[UUID, int]:
    """How many guests the assets of each use can still take: none while they serve another."""
    ids = {each for asset_ids, _ in uses.values() for each in asset_ids}
    first = min(slice_of(start) for _, (start, _) in uses.values())
    last = max(slice_of(end) for _, (_, end) in uses.values()) + AFTER_MAX
    given = {"assets": list(ids), "first": first, "last": last, "now": now}
    rows = connection.execute(_LEFT, given).all()
    cells = {(row.id, row.bucket): row for row in rows}
    minutes = {row.id: row.turnaround_minutes for row in rows}
    return {
        use_id: min(
            _left(cells.get((asset_id, bucket)), use_id)
            for asset_id in asset_ids
            for bucket in _buckets(period, minutes.get(asset_id))
        )
        for use_id, (asset_ids, period) in uses.items()
    }


def slices(
    session: Session, *, asset_ids: Iterable[UUID], period: Period, use: UUID, qty: int
) -> list[Want]:
    """What a use of the assets claims of them, their turnaround included."""
    keys = (key for key, _ in _slices(session, asset_ids, [period]))
    return [Want(resource_id=it, bucket=bucket, qty=qty, use=use) for it, bucket in keys]


def slice_of(moment: datetime) -> int:
    """The number of the half hour in which a moment lies: the bucket of an asset."""
    return int(moment.timestamp()) // SLICE_SECONDS


def _slices(
    session: Session, asset_ids: Iterable[UUID], periods: Sequence[Period]
) -> Iterator[tuple[Key, int]]:
    asked = select(Resource.id, Resource.places, Resource.turnaround_minutes)
    rows = session.execute(asked.where(Resource.id.in_(asset_ids)).order_by(Resource.id)).all()
    for asset_id, places, minutes in rows:
        for period in periods:
            for bucket in _buckets(period, minutes):
                yield (asset_id, bucket), places or 0


def _buckets(period: Period, turnaround_minutes: int | None) -> range:
    last = period[1] + timedelta(minutes=turnaround_minutes or 0, seconds=-1)
    return range(slice_of(period[0]), slice_of(last) + 1)


def _left(cell: Any, use_id: UUID) -> int:
    taken = cell is None or (cell.left < cell.capacity and cell.used_for != use_id)
    return 0 if taken else int(cell.left)


_ASSET = Resource.id, Resource.turnaround_minutes, Cell.bucket, Cell.capacity, Cell.used_for
_THEN = Cell.bucket.between(bindparam("first"), bindparam("last"))
_LEFT = select(*_ASSET, FREE.label("left")).join(Cell, Cell.resource_id == Resource.id)
_LEFT = _LEFT.where(Resource.id.in_(bindparam("assets", expanding=True)), _THEN)

"""Boats and guides: shared by what a host offers, one use at a time, by the half hour."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from market import portable
from market.inventory.claiming import Key, Want
from market.inventory.models import Cell, Resource, ResourceKind
from market.inventory.stocking import FREE

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


_LEFT = (
    select(Resource.id, Resource.turnaround_minutes, Cell.bucket, Cell.capacity, Cell.used_for)
    .add_columns(FREE.label("left"))
    .join(Cell, Cell.resource_id == Resource.id)
    .where(Resource.id.in_(bindparam("assets", expanding=True)))
    .where(Cell.bucket.between(bindparam("first"), bindparam("last")))
)

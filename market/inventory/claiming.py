"""Claims: held until a moment, sold, or given back, in one order of cells so that nobody deadlocks.

Every verb touches its cells sorted by (resource, bucket) and each cell before its claims.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from market import portable
from market.db import UtcDateTime, insert_rows, table_of, took_effect
from market.errors import Kind, MarketError
from market.inventory.models import Cell, Claim, ClaimState

Key = tuple[UUID, int]
Wanted = tuple[int, UUID | None]  # how much, and for which use
BATCH = 200


class OutOfStock(MarketError, code="stock.too_little", kind=Kind.CONFLICT):
    """Less is left than was asked for; facts: `resource_id`, `bucket`, `wanted`."""


class HoldLapsed(MarketError, code="hold.lapsed", kind=Kind.CONFLICT):
    """What was held has run out, and may be somebody else's by now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """A quantity asked of one bucket of a resource, where it serves one `use` at a time for it."""

    resource_id: UUID
    bucket: int = 0
    qty: int
    use: UUID | None = None


class Hold(NamedTuple):
    """What an owner wants, and until when it is kept for them."""

    owner_id: UUID
    wants: tuple[Want, ...]
    expires_at: datetime


def hold_all(session: Session, *, holds: Iterable[Hold], now: datetime) -> None:
    """Hold all that the owners want, their cells in one sorted order; OutOfStock holds none."""
    asked = [(key, hold, it) for hold in holds for key, it in merged(hold.wants).items()]
    claims = []
    for key, (owner_id, _, until), wanted in sorted(asked, key=lambda it: (it[0], it[1].owner_id)):
        take(session, key, wanted, until=until, now=now)
        kept = {"owner_id": owner_id, "state": ClaimState.HELD, "expires_at": until}
        claims.append({"resource_id": key[0], "bucket": key[1], "qty": wanted[0]} | kept)
    insert_rows(session, Claim, claims)


def take(session: Session, key: Key, wanted: Wanted, *, until: datetime, now: datetime) -> None:
    """Count a quantity as held of a cell, for its use; raises OutOfStock."""
    if not _take(session, key, wanted, until):
        reclaim(session, key, now=now)
        if not _take(session, key, wanted, until):
            raise OutOfStock(resource_id=str(key[0]), bucket=key[1], wanted=wanted[0])


def sell(session: Session, *, owner_ids: Sequence[UUID], now: datetime) -> None:
    """Turn all that the owners hold into sold, or refuse with HoldLapsed."""
    for claim in claims_of(session, owner_ids, ClaimState.HELD):
        key = (claim.resource_id, claim.bucket)
        count(session, key, held=Cell.held - claim.qty, sold=Cell.sold + claim.qty)
        _turn(session, claim, ClaimState.SOLD, Claim.expires_at > now)
    if claims_of(session, owner_ids, ClaimState.RELEASED):
        raise HoldLapsed


def release(session: Session, *, owner_ids: Sequence[UUID]) -> None:
    """Give back whatever the owners still hold or had bought; a second time does nothing."""
    for claim in claims_of(session, owner_ids, ClaimState.HELD, ClaimState.SOLD):
        column = Cell.held if claim.state == ClaimState.HELD else Cell.sold
        key = (claim.resource_id, claim.bucket)
        count(session, key, **{column.key: column - claim.qty})
        _turn(session, claim, ClaimState.RELEASED)


def standing(
    session: Session, *, resources: Select[UUID], now: datetime, lock: bool = False
) -> list[Any]:
    """The claims of these that count, in the order in which their owners came.

    With a `lock` nobody takes or gives back any of them before the end of the transaction.
    """
    if lock:
        locked(session, Cell.resource_id.in_(resources))
    its = select(Claim.owner_id, Claim.resource_id, Claim.qty, Claim.state, Claim.expires_at)
    counting = its.where(Claim.resource_id.in_(resources), counts(now))
    return list(session.execute(counting.order_by(Claim.owner_id)))


def counts(now: datetime) -> ColumnElement[bool]:
    """Whether a claim takes anything now: sold, or held and not lapsed (only holds expire)."""
    return or_(Claim.state == ClaimState.SOLD, Claim.expires_at > now)


def prolong(session: Session, *, owner_ids: Sequence[UUID], until: datetime) -> None:
    """Hold longer what is still held; for what somebody reclaims just now it is too late."""
    held = select(Claim).where(Claim.owner_id.in_(owner_ids), Claim.state == ClaimState.HELD)
    for claim in session.scalars(held.with_for_update(skip_locked=True)):
        claim.expires_at = until
    session.flush()


def reclaim(session: Session, key: Key, *, now: datetime) -> None:
    """Take a cell's lapsed holds back into what is free."""
    due = update(Cell).where(_at(Cell, key), Cell.next_expiry <= now).values(next_expiry=None)
    if not took_effect(session, due):
        return
    held = _at(Claim, key) & (Claim.state == ClaimState.HELD)
    lapsing = update(Claim).where(held, Claim.expires_at <= now)
    ended = lapsing.values(state=ClaimState.RELEASED, expires_at=None)
    lapsed = session.scalars(ended.returning(Claim.qty)).all()
    next_one = select(func.min(Claim.expires_at)).where(held)
    count(session, key, held=Cell.held - sum(lapsed), next_expiry=next_one.scalar_subquery())


def sweep(session: Session, *, now: datetime) -> int:
    """Reclaim a batch of cells with lapsed holds; how many were looked at."""
    due = select(Cell.resource_id, Cell.bucket).where(Cell.next_expiry <= now)
    ordered = due.order_by(Cell.resource_id, Cell.bucket)
    keys = session.execute(ordered.limit(BATCH)).all()
    for key in keys:
        reclaim(session, (key[0], key[1]), now=now)
    return len(keys)


def merged(wants: Iterable[Want]) -> dict[Key, Wanted]:
    """How much of each cell is wanted in all, and for which use."""
    found: dict[Key, Wanted] = {}
    for want in wants:
        key = (want.resource_id, want.bucket)
        found[key] = (found.get(key, (0, None))[0] + want.qty, want.use)
    return found


def _take(session: Session, key: Key, wanted: Wanted, until: datetime) -> bool:
    qty, use = wanted
    given: Any = {"resource": key[0], "number": key[1], "quantity": qty, "until": until}
    taking, more = (_TAKE, {}) if use is None else (_TAKE_FOR, {"use": use})
    return bool(portable.fast_rows(portable.flushed(session), taking, given | more))


def count(session: Session, key: Key, **counts: Any) -> None:
    """Set counters of a cell."""
    session.execute(update(Cell).where(_at(Cell, key)).values(counts))


def _turn(session: Session, claim: Any, state: ClaimState, *guards: ColumnElement[bool]) -> None:
    """Move a claim on from the state in which it was read; raises HoldLapsed."""
    key = {"owner_id": claim.owner_id, "resource_id": claim.resource_id, "bucket": claim.bucket}
    turning = update(Claim).filter_by(**key, state=claim.state).where(*guards)
    if not took_effect(session, turning.values(state=state, expires_at=None)):
        raise HoldLapsed(owner_id=str(claim.owner_id))


def locked(session: Session, *which: ColumnElement[bool]) -> Sequence[Any]:
    """Cells that nobody else changes before the transaction ends, and what is `promised` of them.

    The locks are taken in the one order of cells.
    """
    promised = (Cell.held + Cell.sold).label("promised")
    its = select(Cell.resource_id, Cell.bucket, Cell.capacity, Cell.used_for, promised)
    ordered = its.where(*which).order_by(Cell.resource_id, Cell.bucket)
    return session.execute(ordered.with_for_update()).all()


def claims_of(session: Session, owner_ids: Sequence[UUID], *states: ClaimState) -> list[Any]:
    """The owners' claims in these states, in the one order of cells."""
    its = select(*table_of(Claim).c).where(Claim.owner_id.in_(owner_ids), Claim.state.in_(states))
    ordered = its.order_by(Claim.resource_id, Claim.bucket, Claim.owner_id)
    return list(session.execute(ordered))


def _at(table: type[Cell] | type[Claim], key: Key) -> ColumnElement[bool]:
    return sa.and_(table.resource_id == key[0], table.bucket == key[1])


_CELL = table_of(Cell).c
_QUANTITY = bindparam("quantity", type_=sa.BigInteger())
_UNTIL = bindparam("until", type_=UtcDateTime())
_IS_SOONER = or_(_CELL.next_expiry.is_(None), _CELL.next_expiry > _UNTIL)
_EXPIRY = sa.case((_IS_SOONER, _UNTIL), else_=_CELL.next_expiry)
HERE = _CELL.resource_id == bindparam("resource"), _CELL.bucket == bindparam("number")
_FITS = _CELL.closed.is_(False), _CELL.held + _CELL.sold + _QUANTITY <= _CELL.capacity
_TAKING = update(table_of(Cell)).values(held=_CELL.held + _QUANTITY, next_expiry=_EXPIRY)
_TAKE = _TAKING.where(*HERE, *_FITS).returning(_CELL.bucket)
_TAKE_FOR = _TAKE.where(
    or_(_CELL.held + _CELL.sold == 0, _CELL.used_for == bindparam("use", type_=sa.Uuid()))
).values(used_for=bindparam("use", type_=sa.Uuid()))

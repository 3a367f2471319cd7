"""Claims: held until a moment, sold, or given back, in one order of cells so that nobody deadlocks.

Every verb touches its cells sorted by (resource, bucket) and each cell before its claims.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, and_, bindparam, case, or_, select, update
from sqlalchemy.orm import Session

from market import portable
from market.db import UtcDateTime, insert_rows, table_of, took_effect
from market.errors import Kind, MarketError
from market.inventory.models import Cell, Claim, ClaimState

Key = tuple[UUID, int]
BATCH = 200


class OutOfStock(MarketError, code="stock.too_little", kind=Kind.CONFLICT):
    """Less is left than was asked for; facts: `resource_id`, `bucket`, `wanted`."""


class HoldLapsed(MarketError, code="hold.lapsed", kind=Kind.CONFLICT):
    """What was held has run out, and may be somebody else's by now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """A quantity asked of one bucket of a resource."""

    resource_id: UUID
    bucket: int = 0
    qty: int


class Hold(NamedTuple):
    """What an owner wants, and until when it is kept for them."""

    owner_id: UUID
    wants: tuple[Want, ...]
    expires_at: datetime


def hold_all(session: Session, *, holds: Iterable[Hold], now: datetime) -> None:
    """Hold all that the owners want, their cells in one sorted order; OutOfStock holds none."""
    claims = []
    for (resource_id, bucket, owner_id, expires_at), qty in sorted(_merged(holds).items()):
        key = (resource_id, bucket)
        if not _take(session, key, qty, expires_at):
            reclaim(session, key, now=now)
            if not _take(session, key, qty, expires_at):
                raise OutOfStock(resource_id=str(resource_id), bucket=bucket, wanted=qty)
        cell = {"resource_id": resource_id, "bucket": bucket, "qty": qty}
        kept = {"owner_id": owner_id, "state": ClaimState.HELD, "expires_at": expires_at}
        claims.append(cell | kept)
    insert_rows(session, Claim, claims)


def sell(session: Session, *, owner_ids: Sequence[UUID], now: datetime) -> None:
    """Turn all that the owners hold into sold, or refuse with HoldLapsed."""
    for claim in _claims_of(session, owner_ids, ClaimState.HELD):
        _count(session, claim, held=Cell.held - claim.qty, sold=Cell.sold + claim.qty)
        _turn(session, claim, ClaimState.SOLD, Claim.expires_at > now)
    if _claims_of(session, owner_ids, ClaimState.RELEASED):
        raise HoldLapsed


def release(session: Session, *, owner_ids: Sequence[UUID]) -> None:
    """Give back whatever the owners still hold or had bought; a second time does nothing."""
    for claim in _claims_of(session, owner_ids, ClaimState.HELD, ClaimState.SOLD):
        column = Cell.held if claim.state == ClaimState.HELD else Cell.sold
        _count(session, claim, **{column.key: column - claim.qty})
        _turn(session, claim, ClaimState.RELEASED)


def exchange(session: Session, *, hold: Hold, now: datetime) -> None:
    """Give back all that the owner has, and hold this for them instead; raises OutOfStock."""
    mine = select(Claim.resource_id).where(Claim.owner_id == hold.owner_id)
    wanted = Cell.resource_id.in_(want.resource_id for want in hold.wants)
    cells = select(Cell.bucket).where(Cell.resource_id.in_(mine) | wanted)
    cells = cells.order_by(Cell.resource_id, Cell.bucket)
    session.execute(cells.with_for_update()).all()
    release(session, owner_ids=[hold.owner_id])
    session.execute(table_of(Claim).delete().filter_by(owner_id=hold.owner_id))
    hold_all(session, holds=[hold], now=now)


def standing(
    session: Session, *, resources: Select[UUID], now: datetime, lock: bool = False
) -> list[Any]:
    """The claims of these that count, in the order in which their owners came.

    With a `lock` nobody takes or gives back any of them before the end of the transaction.
    """
    if lock:
        cells = select(Cell.bucket).where(Cell.resource_id.in_(resources))
        session.execute(cells.order_by(Cell.resource_id, Cell.bucket).with_for_update()).all()
    live = or_(Claim.state == ClaimState.SOLD, Claim.expires_at > now)
    its = select(Claim.owner_id, Claim.resource_id, Claim.qty, Claim.state, Claim.expires_at)
    counting = its.where(Claim.resource_id.in_(resources), Claim.state != ClaimState.RELEASED, live)
    return list(session.execute(counting.order_by(Claim.owner_id)))


def pass_on(session: Session, *, claim: Any, to: UUID, now: datetime) -> None:
    """Claim the same of another resource instead, held or sold as it was; raises OutOfStock."""
    until = claim.expires_at or now + timedelta(minutes=1)
    wants = (Want(resource_id=to, qty=claim.qty),)
    exchange(session, hold=Hold(claim.owner_id, wants, until), now=now)
    if claim.state == ClaimState.SOLD:
        sell(session, owner_ids=[claim.owner_id], now=now)


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


def _merged(holds: Iterable[Hold]) -> dict[tuple[UUID, int, UUID, datetime], int]:
    merged: dict[tuple[UUID, int, UUID, datetime], int] = {}
    for hold in holds:
        for want in hold.wants:
            key = (want.resource_id, want.bucket, hold.owner_id, hold.expires_at)
            merged[key] = merged.get(key, 0) + want.qty
    return merged


def _take(session: Session, key: Key, qty: int, expires_at: datetime) -> bool:
    given = {"resource": key[0], "number": key[1], "quantity": qty, "until": expires_at}
    return bool(portable.fast_rows(portable.flushed(session), _TAKE, given))


def _count(session: Session, claim: Any, **counts: Any) -> None:
    session.execute(update(Cell).where(_at(Cell, (claim.resource_id, claim.bucket))).values(counts))


def _turn(
    session: Session, claim: Any, state: ClaimState, *conditions: ColumnElement[bool]
) -> None:
    """Move a claim on from the state in which it was read; raises HoldLapsed."""
    turning = (
        update(Claim)
        .where(_at(Claim, (claim.resource_id, claim.bucket)), Claim.owner_id == claim.owner_id)
        .where(Claim.state == claim.state, *conditions)
        .values(state=state, expires_at=None)
    )
    if not took_effect(session, turning):
        raise HoldLapsed(owner_id=str(claim.owner_id))


def _claims_of(session: Session, owner_ids: Sequence[UUID], *states: ClaimState) -> list[Any]:
    statement = (
        select(Claim.owner_id, Claim.resource_id, Claim.bucket, Claim.qty, Claim.state)
        .where(Claim.owner_id.in_(owner_ids), Claim.state.in_(states))
        .order_by(Claim.resource_id, Claim.bucket, Claim.owner_id)
    )
    return list(session.execute(statement))


def _at(table: type[Cell] | type[Claim], key: Key) -> ColumnElement[bool]:
    return and_(table.resource_id == key[0], table.bucket == key[1])


_CELL = table_of(Cell).c
_QUANTITY = bindparam("quantity", type_=BigInteger())
_UNTIL = bindparam("until", type_=UtcDateTime())
_TAKE = (
    update(table_of(Cell))
    .where(_CELL.resource_id == bindparam("resource"), _CELL.bucket == bindparam("number"))
    .where(_CELL.closed.is_(False), _CELL.held + _CELL.sold + _QUANTITY <= _CELL.capacity)
    .values(
        held=_CELL.held + _QUANTITY,
        next_expiry=case(
            (or_(_CELL.next_expiry.is_(None), _CELL.next_expiry > _UNTIL), _UNTIL),
            else_=_CELL.next_expiry,
        ),
    )
    .returning(_CELL.bucket)
)

"""Claims that become others: of other cells, of less, or again those that had lapsed.

The cells of before and after are locked in their one order first, so that nobody waits crosswise.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, tuple_, update
from sqlalchemy.orm import Session

from market.db import insert_rows, table_of, took_effect
from market.inventory import claiming
from market.inventory.claiming import HoldLapsed, Key, OutOfStock, Want, Wanted, claims_of, merged
from market.inventory.models import Cell, Claim, ClaimState

STANDING = (ClaimState.HELD, ClaimState.SOLD)
MOMENT = timedelta(minutes=1)  # for which something is held on its way to be sold


def wants_of(session: Session, *, owner_id: UUID) -> list[Want]:
    """What the owner holds or has bought, as it would be asked for again; without a use."""
    its = claims_of(session, [owner_id], *STANDING)
    return [Want(resource_id=it.resource_id, bucket=it.bucket, qty=it.qty) for it in its]


def lock(session: Session, *, owner_ids: Sequence[UUID], wants: Iterable[Want] = ()) -> None:
    """Nobody else changes the cells of what these have and want before the transaction ends."""
    claims = claims_of(session, owner_ids, *STANDING)
    _lock(session, {(it.resource_id, it.bucket) for it in (*claims, *wants)})


def change_claims(
    session: Session,
    *,
    owner_id: UUID,
    wants: Iterable[Want],
    absorbing: Sequence[UUID] = (),
    now: datetime,
) -> None:
    """Let the owner's claims be these, held or sold and until when as they were before.

    Only what is more is taken, after that of the owners it is `absorbing`, who have nothing then.
    Raises OutOfStock, or HoldLapsed where the owner had nothing; both change nothing for good.
    """
    owners, after = [owner_id, *absorbing], merged(wants)
    keys = {(it.resource_id, it.bucket) for it in claims_of(session, owners, *STANDING)}
    _lock(session, keys | after.keys())
    before: dict[Key, list[Any]] = defaultdict(list)
    for it in claims_of(session, owners, *STANDING):
        before[it.resource_id, it.bucket].append(it)
    mine = [it for its in before.values() for it in its if it.owner_id == owner_id]
    if not mine:
        raise HoldLapsed(owner_id=str(owner_id))
    state, until = ClaimState(mine[0].state), mine[0].expires_at
    for key in sorted(before.keys() | after.keys()):
        wanted, have = after.get(key, (0, None)), sum(it.qty for it in before[key])
        _fill(session, key, have, wanted, until or now + MOMENT, now)
        held = sum(it.qty for it in before[key] if it.state == ClaimState.HELD)
        _recount(session, key, (held + max(0, wanted[0] - have), have - held), wanted[0], state)
    session.execute(table_of(Claim).delete().where(Claim.owner_id.in_(owners)))
    kept = {"owner_id": owner_id, "state": state, "expires_at": until}
    cells = [{"resource_id": key[0], "bucket": key[1], "qty": it[0]} for key, it in after.items()]
    insert_rows(session, Claim, [cell | kept for cell in cells])


def claim_along(session: Session, *, along: Mapping[Key, Sequence[Want]], now: datetime) -> None:
    """Let whoever claims one of these cells claim as much of what goes along; raises OutOfStock."""
    at = tuple_(Claim.resource_id, Claim.bucket).in_(list(along)), claiming.counts(now)
    owners = select(Claim.owner_id).where(*at)
    theirs = select(Claim.resource_id, Claim.bucket).where(Claim.owner_id.in_(owners))
    more = {(it.resource_id, it.bucket) for wants in along.values() for it in wants}
    _lock(session, more | {(row[0], row[1]) for row in session.execute(theirs)})
    its = select(Claim.owner_id, Claim.resource_id, Claim.bucket, Claim.qty).where(*at)
    for owner_id, resource_id, bucket, qty in session.execute(its).all():
        new = [replace(it, qty=qty) for it in along[resource_id, bucket]]
        wants = [*wants_of(session, owner_id=owner_id), *new]
        every = {(it.resource_id, it.bucket): it for it in wants}
        change_claims(session, owner_id=owner_id, wants=every.values(), now=now)


def claim_again(
    session: Session, *, uses: Mapping[UUID, UUID | None], until: datetime, now: datetime
) -> None:
    """Hold anew what the owners held before it lapsed or was given back; raises OutOfStock.

    Each owner has the use that boats and guides were claimed for.
    """
    every = (*STANDING, ClaimState.RELEASED)
    wanted = claims_of(session, list(uses), *every)
    used = _lock(session, {(it.resource_id, it.bucket) for it in wanted})
    claiming.release(session, owner_ids=list(uses))
    for it in wanted:
        key = (it.resource_id, it.bucket)
        use = uses[it.owner_id] if used[key] else None
        claiming.take(session, key, (it.qty, use), until=until, now=now)
    again = update(Claim).where(Claim.owner_id.in_(uses))
    session.execute(again.values(state=ClaimState.HELD, expires_at=until))


def claim_anew(session: Session, *, owner_id: UUID, wants: Sequence[Want], now: datetime) -> None:
    """Sell these to an owner who has given back all that they had; raises OutOfStock."""
    given_back = {"owner_id": owner_id, "state": ClaimState.RELEASED}
    session.execute(table_of(Claim).delete().filter_by(**given_back))
    hold = claiming.Hold(owner_id, tuple(wants), now + MOMENT)
    claiming.hold_all(session, holds=[hold], now=now)
    claiming.sell(session, owner_ids=[owner_id], now=now)


def _lock(session: Session, keys: Iterable[Key]) -> dict[Key, UUID | None]:
    """What each of the cells is used for; nobody else changes them now."""
    cells = claiming.locked(session, tuple_(Cell.resource_id, Cell.bucket).in_(list(keys)))
    return {(it.resource_id, it.bucket): it.used_for for it in cells}


def _fill(
    session: Session, key: Key, have: int, wanted: Wanted, until: datetime, now: datetime
) -> None:
    """Have at least as much of the cell as is wanted, and for that use."""
    qty, use = wanted
    if have and use is not None:
        cell = update(Cell).where(Cell.resource_id == key[0], Cell.bucket == key[1])
        alone = or_(Cell.used_for == use, Cell.held + Cell.sold == have)
        if not took_effect(session, cell.where(alone).values(used_for=use)):
            raise OutOfStock(resource_id=str(key[0]), bucket=key[1], wanted=qty)
    if qty > have:
        claiming.take(session, key, (qty - have, use), until=until, now=now)


def _recount(session: Session, key: Key, had: tuple[int, int], qty: int, state: ClaimState) -> None:
    """What was held and sold is one claim in this state."""
    new = (qty, 0) if state is ClaimState.HELD else (0, qty)
    if new != had:
        held, sold = Cell.held + (new[0] - had[0]), Cell.sold + (new[1] - had[1])
        claiming.count(session, key, held=held, sold=sold)

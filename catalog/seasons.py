"""What a grower says of a harvest to come: expected, begun, over, later than was promised."""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import offers, search
from catalog.harvests import STANDS, Confidence, Harvest, HarvestState
from catalog.models import Listing
from market import Actor, audit, changed, clock, inventory, portable
from market.errors import Kind, MarketError, Stale, existing
from market.inventory.models import Cell, ResourceKind


class HarvestOver(MarketError, code="harvest.over", kind=Kind.CONFLICT):
    """The harvest is closed, or promises no day."""


class PromiseTooEarly(MarketError, code="harvest.promise_too_early"):
    """Nobody can promise goods for that day; facts: `after`, the last day that is too early."""


class Expected(NamedTuple):
    """What a grower expects. Without a promised day nothing is ordered ahead, else up to the limit.

    The limit is in 10^-scale of the listing's unit.
    """

    opens: date
    closes: date
    confidence: Confidence
    promised_day: date | None = None
    limit: int = 0


def expect(
    session: Session, *, actor: Actor, listing_id: UUID, expected: Expected, now: datetime
) -> Harvest:
    """Tell of a harvest to come, or anew of the one that is expected; the last word counts.

    Whoever has ordered keeps the day that was promised; see `payments.repromising.slip`. Raises
    WindowBackwards, PromiseTooEarly, OffIncrement, or BelowClaims for less than was ordered.
    """
    listing = offers.own(session, actor=actor, kind=Listing, offer_id=listing_id)
    columns, limit = _columns(listing, expected, now), expected.limit
    its = select(Harvest).filter_by(listing_id=listing_id)
    harvest = session.scalar(its.where(STANDS))
    if harvest is None:
        owner: dict[str, Any] = {"kind": ResourceKind.PRODUCE, "owner_id": listing.seller_id}
        new = {"id": inventory.open_resource(session, **owner), "listing_id": listing_id}
        columns |= {"state": HarvestState.EXPECTED, "created_at": now}
        if not portable.insert_new(session, Harvest, **new, **columns):
            raise Stale(version=1)  # told of twice at the same moment
        harvest = session.get_one(Harvest, new["id"])
    else:
        _change(session, harvest, **columns)
        held = select(Cell.capacity).where(Cell.resource_id == harvest.id)
        limit -= session.scalars(held).one()
    more: dict[str, Any] = {"delta": limit, "reason": "expected", "actor": actor}
    inventory.change(session, resource_id=harvest.id, **more, now=now)
    audit.note(session, actor, "harvest.expected", harvest.id, now=now)
    return harvest


def turn(
    session: Session, *, actor: Actor, harvest_id: UUID, to: HarvestState, now: datetime
) -> Harvest:
    """The picking has begun, or is over: nothing more is ordered ahead, promises stay.

    The listing's season follows: from today to the expected end, or until today.
    """
    harvest, listing = _own(session, actor, harvest_id)
    if harvest.state == HarvestState.CLOSED:
        raise HarvestOver
    today, was_open = clock.day_of(now), harvest.state == HarvestState.OPEN
    _change(session, harvest, state=to)
    season = {}
    if to is HarvestState.CLOSED:
        inventory.close(session, resource_id=harvest_id)
        season = {"harvest_until": max(today, listing.harvest_from or today)} if was_open else {}
    elif not was_open:
        season = {"harvest_from": today, "harvest_until": max(today, harvest.expected_until)}
    changed(session, listing, **season, updated_at=now)
    search.refresh(session, subject_id=listing.id)
    audit.note(session, actor, f"harvest.{to}", harvest_id, now=now)
    return harvest


def move_promise(
    session: Session, *, actor: Actor, harvest_id: UUID, to_day: date | None, now: datetime
) -> Harvest:
    """Promise a later day from now on, or with none close the harvest; a slip more either way."""
    harvest, _ = _own(session, actor, harvest_id)
    its = select(Harvest.id).where(Harvest.id == harvest_id)
    ahead = inventory.claiming.standing(session, resources=its, now=now)
    stands = harvest.promised_day and harvest.state != HarvestState.CLOSED
    if not (stands or ahead):
        raise HarvestOver
    moved: dict[str, Any] = {"slips": Harvest.slips + 1}
    if to_day is None:
        _change(session, harvest, state=HarvestState.CLOSED, **moved)
        inventory.close(session, resource_id=harvest_id)
        return harvest
    today = clock.day_of(now)
    if to_day <= (latest := max(harvest.promised_day or today, today)):
        raise PromiseTooEarly(after=latest)
    moved |= {"promised_day": to_day, "expected_until": max(to_day, harvest.expected_until)}
    _change(session, harvest, **moved)
    return harvest


def _own(session: Session, actor: Actor, harvest_id: UUID) -> tuple[Harvest, Listing]:
    harvest = existing(session.get(Harvest, harvest_id, populate_existing=True), "harvest")
    return harvest, offers.own(session, actor=actor, kind=Listing, offer_id=harvest.listing_id)


def _columns(listing: Listing, expected: Expected, now: datetime) -> dict[str, Any]:
    if expected.closes < expected.opens:
        raise offers.WindowBackwards(opens=expected.opens, closes=expected.closes)
    latest = max(clock.day_of(now), expected.opens - timedelta(days=1))
    if expected.promised_day and expected.promised_day <= latest:
        raise PromiseTooEarly(after=latest)
    if expected.limit:
        listing.stepped(expected.limit)
    days = {"expected_from": expected.opens, "expected_until": expected.closes}
    return days | {"confidence": expected.confidence, "promised_day": expected.promised_day}


def _change(session: Session, harvest: Harvest, **values: Any) -> None:
    """Unless somebody changed it since it was read."""
    if not changed(session, harvest, Harvest.version == harvest.version, **values):
        raise Stale(version=harvest.version)

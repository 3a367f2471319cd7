"""Waiting for a full departure: the first party that fits as a whole is offered its seats.

They are held for it, two hours and never past the cut-off. Who does not take them waits no more.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from catalog import baskets, offers, options, prices, pricing, visiting
from catalog.booking_models import Waiting
from catalog.models import Departure, Experience, SeatUnit
from catalog.shelves.visits import SEATS
from market import Actor, Kind, MarketError, db, existing, inventory, limits, secret, uuid7
from market.inventory.models import Cell
from market.inventory.stocking import FREE
from market.notifications import telling
from market.orders import Buyer, Line, LineKind, Order, OrderGroup, OrderLine, Rail, cutoffs, news
from market.orders.placing import CONTACT
from payments import checkout
from payments.checkout import House

BATCH = 200  # parties of each departure
OFFER, HOUR, KEPT = timedelta(hours=2), timedelta(hours=1), timedelta(days=30)
PER_HOUR_MAX = 20
Party = Mapping[SeatUnit, int]


class WaitState(StrEnum):
    """A party waits, is offered its seats, has taken them, or waits no more."""

    WAITING = "waiting"
    OFFERED = "offered"
    TAKEN = "taken"
    OVER = "over"


class NotFull(MarketError, code="waitlist.not_full", kind=Kind.CONFLICT):
    """The whole party fits now: it can be booked."""


class AlreadyWaiting(MarketError, code="waitlist.already", kind=Kind.CONFLICT):
    """Somebody with this contact waits for the departure already."""


class OfferOver(MarketError, code="waitlist.offer_over", kind=Kind.CONFLICT):
    """Nothing is offered to the party, or not any more; facts: `state`."""


def join(
    session: Session, *, departure_id: UUID, units: Party, buyer: Buyer, now: datetime
) -> Waiting:
    """Let a party wait for a departure that has too little for it.

    Raises NotFull, AlreadyWaiting, ContactMissing, and what keeps it from being booked at any time.
    """
    if not (buyer.person_id or buyer.phone or buyer.email):
        raise checkout.ContactMissing
    if not units:
        raise options.BadParty(unit="", least=1, most=None)
    for key in {f"waitlist:{buyer.contact}", f"waitlist:from:{buyer.address or buyer.contact}"}:
        limits.take(session, key=key, most=PER_HOUR_MAX, window=HOUR, now=now)
    counts = {str(unit): count for unit, count in units.items()}
    waiting = _new(departure_id, counts, buyer, buyer.person_id, now)
    its = ("departure_id", "state", "person_id", "phone", "email")
    same = select(Waiting.id).filter_by(**{name: getattr(waiting, name) for name in its})
    if session.scalars(same).first():
        raise AlreadyWaiting
    with suppress(inventory.OutOfStock):
        _lines(session, waiting, now)
        raise NotFull
    session.add(waiting)
    session.flush()
    return waiting


def wait_instead(
    session: Session, *, order: Order, lines: Sequence[OrderLine], now: datetime
) -> None:
    """The money for an order came too late: it goes back, and its guests wait for their seats."""
    seats = [line for line in lines if line.kind == LineKind.SEATS and line.departure_id]
    units = {line.snapshot["unit"]: line.quantity for line in seats}
    open_ones = select(Departure.id).join(Cell, SEATS).where(~Cell.closed)
    mine = open_ones.where(Departure.id.in_(line.departure_id for line in seats))
    may_wait = units and cutoffs(seats)[0] > now and session.scalar(mine)
    if may_wait:
        group = session.get_one(OrderGroup, order.group_id)
        session.add(_new(seats[0].departure_id, units, group, group.buyer_id, now))
    news.tell(session, order, f"notice.order.late.{'waits' if may_wait else 'back'}", now)


def offer_due(database: db.Database, *, now: datetime) -> None:
    """Offer seats that came free to the first parties that fit, a departure in a transaction."""
    gone = or_(Departure.cutoff_at <= now, Cell.closed)
    past = select(Departure.id).join(Cell, SEATS).where(gone)
    over = or_(Waiting.offered_until <= now, Waiting.departure_id.in_(past))
    waits = Waiting.state.in_((WaitState.WAITING, WaitState.OFFERED))
    parties = select(Waiting).filter_by(state=WaitState.WAITING)
    waited_for = Departure.id.in_(parties.with_only_columns(Waiting.departure_id))
    with database.transaction() as session:
        session.execute(update(Waiting).where(waits, over).values(state=WaitState.OVER))
        free = select(Departure.id).join(Cell, SEATS).where(FREE > 0, waited_for)
        found = session.scalars(free, {"now": now}).all()
    for departure_id in found:
        with database.transaction() as session:
            first = parties.filter_by(departure_id=departure_id).order_by(Waiting.id).limit(BATCH)
            for waiting in session.scalars(first).all():
                _offer(session, waiting, now)


def take(
    session: Session, *, actor: Actor, waiting: Waiting, rail: Rail, house: House, now: datetime
) -> OrderGroup:
    """Order what is offered: the hold passes to the checkout, and nobody comes between.

    Raises OfferOver, and what `checkout.prepare` and `checkout.place` do.
    """
    offered = (Waiting.state == WaitState.OFFERED, Waiting.offered_until > now)
    if not db.changed(session, waiting, *offered, state=WaitState.TAKEN):
        raise OfferOver(state=waiting.state)
    inventory.release(session, owner_ids=[waiting.id])
    basket = baskets.open_basket(session, actor=actor, secret=secret(), now=now)
    for unit, count in waiting.units.items():
        seats: Any = {"departure_id": waiting.departure_id, "unit": SeatUnit(unit)}
        baskets.put_seats(session, basket=basket, **seats, quantity=count, now=now)
    words = {name: getattr(waiting, name) for name in CONTACT}
    buyer = Buyer(person_id=actor.person_id, **words)
    asked: Any = {"wish": checkout.Wish(buyer, prices.Delivery(), rail, uuid7()), "house": house}
    ready = checkout.prepare(session, actor=actor, basket_id=basket.id, **asked, now=now)
    return checkout.place(session, prepared=ready, now=now)


def forget(session: Session, *, now: datetime) -> None:
    """Erase who waited for what left 30 days ago."""
    over = select(Departure.id).where(Departure.starts_at <= now - KEPT)
    session.execute(delete(Waiting).where(Waiting.departure_id.in_(over)))


def get(session: Session, *, waiting_id: UUID) -> Waiting:
    """The party of the id, which only it and who it told know; raises NotFound."""
    return existing(session.get(Waiting, waiting_id), "waitlist")


def leave(session: Session, *, waiting: Waiting) -> None:
    """Wait no more; what was offered is free again."""
    waits = Waiting.state.in_((WaitState.WAITING, WaitState.OFFERED))
    if db.changed(session, waiting, waits, state=WaitState.OVER):
        inventory.release(session, owner_ids=[waiting.id])


def of_host(session: Session, *, actor: Actor, departure_id: UUID) -> list[Waiting]:
    """The parties that wait for a departure of the actor's, the first first."""
    departure = existing(session.get(Departure, departure_id), "departure")
    offers.own(session, actor=actor, kind=Experience, offer_id=departure.experience_id)
    its = select(Waiting).filter_by(departure_id=departure_id, state=WaitState.WAITING)
    return list(session.scalars(its.order_by(Waiting.id)))


def _new(departure_id: Any, units: Any, who: Any, person_id: UUID | None, now: datetime) -> Waiting:
    its: Any = {name: getattr(who, name) for name in CONTACT}
    its |= {"departure_id": departure_id, "units": units, "person_id": person_id}
    return Waiting(id=uuid7(), state=WaitState.WAITING, created_at=now, **its)


def _lines(session: Session, waiting: Waiting, now: datetime) -> list[Line]:
    """The seats of the party as they would be sold."""
    its = LineKind.SEATS, waiting.departure_id
    puts = [baskets.Put(uuid7(), *its, unit, count) for unit, count in waiting.units.items()]
    free: Any = {"tariff": pricing.FREE_OF_CHARGE, "lang": waiting.language, "now": now}
    lines = [line for _, line in pricing.priced(session, lines=puts, **free)]
    visiting.require_parties(session, parts=[lines])
    return lines


def _offer(session: Session, waiting: Waiting, now: datetime) -> None:
    """Hold all that the party needs, and tell it; or nothing."""
    departure = session.get_one(Departure, waiting.departure_id)
    until, waits = min(now + OFFER, departure.cutoff_at), Waiting.state == WaitState.WAITING
    try:
        with session.begin_nested():
            given = {"state": WaitState.OFFERED, "offered_until": until}
            if not db.changed(session, waiting, waits, **given):
                return
            wants = [want for line in _lines(session, waiting, now) for want in line.wants]
            hold = inventory.Hold(waiting.id, tuple(wants), until)
            inventory.hold_all(session, holds=[hold], now=now)
    except MarketError:
        session.expire(waiting)
        return
    key, facts = "notice.waitlist.offered", {"starts_at": departure.starts_at, "until": until}
    it: Any = {"link": f"/w/{waiting.id}", "now": now}
    telling.tell_contact(session, waiting, waiting.person_id, key, facts, **it)

"""Bookings of resellers: held, changed, confirmed and cancelled as anybody's, paid on account.

A reseller has its customer's money, so that with the confirmation the net price is in its custody,
as cash is in a courier's. A test booking is its own row alone: no order, no seats, no money.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market import Actor, Kind, MarketError, audit, ledger, links, orders, portable
from market.ids import new_code, uuid7
from market.ledger import chart
from market.notifications import telling
from market.orders import Order, OrderGroup, State
from payments import cancelling, collecting, resold, seating, withdrawing
from payments.checkout import House
from payments.models import PaymentState
from payments.resold import ResellerBooking
from payments.seating import Deal, Said, Wanted
from translations import formats


class UuidTaken(MarketError, code="reseller.uuid_taken", kind=Kind.CONFLICT):
    """The reseller has given this id to another booking; facts: `what`, `id`."""


class NotOnHold(MarketError, code="reseller.not_on_hold", kind=Kind.CONFLICT):
    """It is held no more, or over; facts: `what`, `id`, `state`."""


def hold(
    session: Session,
    *,
    actor: Actor,
    wanted: Wanted,
    said: Said,
    given: Mapping[str, Any],
    house: House,
    now: datetime,
) -> ResellerBooking:
    """Hold the seats for as long as the key may; what was held under the same id is that again.

    `given` are the client's `uuid`, the `body_hash` of what it asks for, and `is_test`. Raises
    NotFound of what there is not (facts: `what`, `id`), UuidTaken, NothingBooked, OutsideWindow,
    and what `prices.quote` does.
    """
    key = resold.key_of(session, actor)
    mine = select(ResellerBooking).filter_by(uuid=given["uuid"], reseller_id=key.organisation_id)
    held = session.scalar(mine)
    if held is None:
        departure = seating.start_of(session, wanted, key, now)
        minutes = min(said.minutes or key.hold_minutes, key.hold_minutes)
        row: dict[str, Any] = {"id": uuid7(), "reseller_id": key.organisation_id, **given}
        row |= {"departure_id": departure.id, "starts_at": departure.starts_at, "items": []}
        row |= {"code": new_code(), "contact": said.contact or {}, "notes": said.notes}
        row |= {"reference": said.reference, "expires_at": now + timedelta(minutes=minutes)}
        row |= {"created_at": now, "updated_at": now}
        if portable.insert_new(session, ResellerBooking, **row):
            booking = session.get_one(ResellerBooking, row["id"])
            seating.fill(session, booking, Deal(actor, wanted, said, house, now))
            return booking
        held = session.scalars(mine).one()
    if held.body_hash != given["body_hash"]:
        raise UuidTaken(what="booking", id=str(held.uuid))
    return held


def take(session: Session, *, actor: Actor, uuid: UUID) -> ResellerBooking:
    """The reseller's booking, which nobody else changes meanwhile, to do one of these with it."""
    its = {"uuid": uuid, "reseller_id": resold.reseller_of(actor)}
    collecting.lock(session, group_id=select(ResellerBooking.id).filter_by(**its).scalar_subquery())
    booking = resold.get(session, actor=actor, uuid=uuid)
    if booking.is_test:  # it has no checkout
        session.refresh(booking, with_for_update=True)
    return booking


def change(
    session: Session,
    *,
    actor: Actor,
    booking: ResellerBooking,
    wanted: Wanted | None,
    said: Said,
    house: House,
    now: datetime,
) -> None:
    """Change who comes, when, or what is said of it, before the confirmation or after it.

    A confirmed booking changes its seats as long as all of its price would go back. Guests whose
    ids are named again keep their tickets. Raises NotOnHold, TooLateToCancel, and as `hold`.
    """
    order = _order(session, booking)
    _require(booking, order, now, but=orders.moving.CLOSED)
    _say(session, booking, said, now)
    if wanted is not None:
        deal = Deal(actor, wanted, said, house, now)
        departure = seating.start_of(session, wanted, resold.key_of(session, actor), now)
        if order is not None:
            seating.give_up(session, order, departure, deal)
        before, booking.starts_at = booking.items, departure.starts_at
        booking.departure_id = departure.id
        seating.fill(session, booking, deal)
        seating.keep_tickets(session, booking, before)
        if booking.confirmed_at is not None:
            _sell(session, actor, booking, now)
    if said.minutes and booking.confirmed_at is None:
        extend(session, actor=actor, booking=booking, minutes=said.minutes, now=now)
    session.flush()


def extend(
    session: Session, *, actor: Actor, booking: ResellerBooking, minutes: int | None, now: datetime
) -> None:
    """Hold so many minutes longer, as far as the key may; raises NotOnHold or HeldLongest."""
    order = _order(session, booking)
    _require(booking, order, now, but=frozenset(State) - {State.AWAITING_PAYMENT})
    most = resold.key_of(session, actor).hold_minutes
    step, before = timedelta(minutes=min(minutes or most, most)), booking.expires_at or now
    booking.expires_at, booking.updated_at = before + step, now
    if order is not None:
        its: Any = {"group": session.get_one(OrderGroup, booking.id), "step": step}
        booking.expires_at = collecting.extend(session, actor=actor, **its, now=now)
    session.flush()


def confirm(
    session: Session, *, actor: Actor, booking: ResellerBooking, said: Said, now: datetime
) -> None:
    """The customer has paid the reseller: the seats are sold, or its host is asked first.

    A second time changes nothing. Raises NotOnHold for what has lapsed or was cancelled.
    """
    order = _order(session, booking)
    _require(booking, order, now, but=orders.OFF)
    if booking.confirmed_at is None:
        booking.confirmed_at = now
        _say(session, booking, said, now)
        _sell(session, actor, booking, now)
    session.flush()


def cancel(
    session: Session, *, actor: Actor, booking: ResellerBooking, reason: str | None, now: datetime
) -> None:
    """Give the seats back; of the price goes back what the host's policy says. Once.

    All of it goes back for what cannot take place. Raises TooLateToCancel for what has begun, was
    used, or lapsed.
    """
    order = _order(session, booking)
    state = resold.state_of(booking, order, now)
    if state == State.CANCELLED:
        return
    if order is not None and orders.moving.is_suspended(order):
        seating.give_back(session, actor=actor, order=order, now=now)
    elif order is not None:
        withdrawing.withdraw(session, actor=actor, order=order, reason=reason or "", now=now)
    elif state in orders.moving.CLOSED:
        raise cancelling.TooLateToCancel(state=state)
    booking.cancelled_at, booking.reason, booking.updated_at = now, reason, now
    session.flush()


def tell_customer(session: Session, *, booking: ResellerBooking, now: datetime) -> None:
    """Send who is reachable by e-mail the tickets: each guest his own, the customer the others.

    Once, and of what its host has agreed to.
    """
    order = _order(session, booking)
    if order is None or order.state != State.CONFIRMED or booking.told_at:
        return
    booking.told_at = now
    (line, *_), *_ = orders.queries.lines(session, order_ids=[order.id]).values()
    language = session.get_one(OrderGroup, booking.id).language
    said = {"title": line.title, "starts_at": formats.moment(booking.starts_at, (language, "vi"))}
    for item in booking.items:
        to = item["contact"].get("emailAddress") or booking.contact.get("emailAddress")
        its: Any = {"destination": to, "language": language, "now": now}
        its |= {"params": said | {"code": item["ticket"]}, "key": "notice.reseller.ticket"}
        if to:
            telling.tell(session, link=f"{links.TICKETS}{item['ticket']}", **its)


def _require(booking: ResellerBooking, order: Order | None, now: datetime, *, but: Any) -> None:
    state = resold.state_of(booking, order, now)
    if state in but:
        raise NotOnHold(what="booking", id=str(booking.uuid), state=state)


def _say(session: Session, booking: ResellerBooking, said: Said, now: datetime) -> None:
    """Keep what is said; the host reads the customer's name, and how to call."""
    booking.reference = booking.reference if said.reference is None else said.reference
    booking.notes = booking.notes if said.notes is None else said.notes
    booking.updated_at = now
    if said.contact is not None:
        told = booking.contact = {**booking.contact, **said.contact}
        its = {"name": resold.name_of(told), "phone": told.get("phoneNumber")}
        known = {name: each for name, each in its.items() if each}
        if known:
            group = update(OrderGroup).where(OrderGroup.id == booking.id)
            session.execute(group.values(known))


def _sell(session: Session, actor: Actor, booking: ResellerBooking, now: datetime) -> None:
    if booking.order_id is None:
        return
    payment = collecting.of_order(session, order_id=booking.order_id)
    if not collecting.settle(session, payment, PaymentState.PAID, actor=actor, now=now):
        raise NotOnHold(what="booking", id=str(booking.uuid), state=payment.state)
    amounts = collecting.holding({booking.order_id: payment.amount_minor})
    cash, owed = chart.cash(booking.reseller_id), chart.payable(booking.reseller_id)
    amounts[owed] = min(payment.amount_minor, max(0, ledger.locked(session, [owed])[owed.code]))
    amounts[cash] = payment.amount_minor - amounts[owed]
    its: Any = {"order_id": booking.order_id, "actor": actor, "now": now}
    ledger.post(session, f"resold:{payment.id}", "reseller.confirmed", amounts, **its)
    audit.note(session, actor, "booking.resold", booking.id, now=now)


def _order(session: Session, booking: ResellerBooking) -> Order | None:
    """The order behind the booking; none of a test."""
    if booking.order_id is None:
        return None
    return session.get_one(Order, booking.order_id, populate_existing=True)

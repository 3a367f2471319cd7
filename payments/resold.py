"""What resellers booked, and questions about it, each narrowed to the reseller that asks."""

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from market import Actor, NotFound, bookings, existing, orders
from market.accounts.models import ResellerKey
from market.bookings import TicketState
from market.db import Base, Identified, Json
from market.orders import Order, State

SHOWN_MAX = 500
KEPT = timedelta(days=30)  # after the visit, until its guests are forgotten


class ResellerBooking(Identified, Base):
    """What a reseller booked, under the `uuid` that it gave, with what it says of each guest.

    Its id is its checkout's; `order_id` is the order that counts now, none of a test. `items` are
    the guests: `uuid`, `unit`, `reference`, `contact`, the `ticket`'s code, `net` and `retail` in
    đồng. State and times of a test booking are these rows' own.
    """

    __table_args__ = (
        UniqueConstraint("reseller_id", "uuid"),
        Index("ix_reseller_booking_reference", "reseller_id", "reference"),
        Index("ix_reseller_booking_starts_at", "reseller_id", "starts_at"),
    )

    reseller_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    uuid: Mapped[UUID]
    body_hash: Mapped[bytes] = mapped_column(LargeBinary)
    is_test: Mapped[bool]
    code: Mapped[str] = mapped_column(unique=True)
    order_id: Mapped[UUID | None] = mapped_column(ForeignKey("order_.id"), index=True)
    departure_id: Mapped[UUID] = mapped_column(ForeignKey("departure.id"))
    starts_at: Mapped[datetime]
    items: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    contact: Mapped[dict[str, Any]] = mapped_column(Json)
    reference: Mapped[str | None]
    notes: Mapped[str | None]
    reason: Mapped[str | None]
    expires_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    forgotten_at: Mapped[datetime | None]


def get(session: Session, *, actor: Actor, uuid: UUID) -> ResellerBooking:
    """The reseller's booking of the id that it gave; of anybody else's it is NotFound."""
    its = select(ResellerBooking).filter_by(uuid=uuid, reseller_id=reseller_of(actor))
    found = session.scalar(its.execution_options(populate_existing=True))
    if found is None:
        raise NotFound(what="booking", id=str(uuid))
    return found


def page(
    session: Session,
    *,
    actor: Actor,
    reference: str | None = None,
    code: str | None = None,
    period: tuple[datetime, datetime] | None = None,
) -> Sequence[ResellerBooking]:
    """The reseller's bookings of a reference, of our code, or that start in a period.

    The newest first, at most 500.
    """
    its = select(ResellerBooking).filter_by(reseller_id=reseller_of(actor))
    if reference is not None:
        its = its.where(ResellerBooking.reference == reference)
    if code is not None:
        its = its.where(ResellerBooking.code == code)
    if period is not None:
        since, until = period
        its = its.where(ResellerBooking.starts_at >= since, ResellerBooking.starts_at < until)
    return session.scalars(its.order_by(ResellerBooking.id.desc()).limit(SHOWN_MAX)).all()


def state_of(booking: ResellerBooking, order: Order | None, now: datetime) -> State:
    """Where it stands: as its order, or a test booking as an order would."""
    if order is not None:
        return orders.state_at(order, now)
    if booking.cancelled_at is not None:
        return State.CANCELLED
    if booking.confirmed_at is not None:
        return State.CONFIRMED
    is_over = booking.expires_at is not None and booking.expires_at <= now
    return State.EXPIRED if is_over else State.AWAITING_PAYMENT


def coming(session: Session, booking: ResellerBooking) -> list[dict[str, Any]]:
    """The guests of a booking but those who cancelled for themselves."""
    ids = [booking.order_id] if booking.order_id else []
    tickets = itertools.chain(*bookings.of_orders(session, order_ids=ids).values())
    void = {ticket.code for ticket in tickets if ticket.state == TicketState.VOID}
    return [item for item in booking.items if item["ticket"] not in void]


def follow(
    session: Session, *, order: Order, departure_id: UUID | None, starts_at: datetime
) -> None:
    """The order takes place then: so does the booking, if a reseller has it."""
    its = update(ResellerBooking).filter_by(order_id=order.id)
    session.execute(its.values(departure_id=departure_id, starts_at=starts_at))


def reseller_of(actor: Actor) -> UUID:
    """For whom the key speaks."""
    return next(iter(actor.managed_ids))


def key_of(session: Session, actor: Actor) -> ResellerKey:
    """The key that the actor speaks with."""
    return existing(session.get(ResellerKey, actor.device_id), "key")


def window_of(key: ResellerKey, now: datetime) -> tuple[datetime, datetime]:
    """Between which moments that begins which the key may book."""
    soonest = now + timedelta(minutes=key.notice_minutes)
    return soonest, now + timedelta(days=key.window_days)


def within(window: tuple[datetime, datetime], start: Any, *, by_day: bool) -> bool:
    """Whether a start is in the window of a key; opening hours are until they end."""
    soonest, latest = window
    last: datetime = start.ends_at if by_day else start.starts_at
    return soonest <= last and start.starts_at <= latest


def name_of(contact: Mapping[str, Any]) -> str:
    """A person's name, told whole or in two parts."""
    parts = (contact.get("firstName"), contact.get("lastName"))
    return contact.get("fullName") or " ".join(filter(None, parts))


def forget(session: Session, *, now: datetime) -> None:
    """Erase the guests of what was 30 days ago; whose seats they were stays."""
    known = select(ResellerBooking).filter_by(forgotten_at=None)
    over = known.where(ResellerBooking.starts_at <= now - KEPT)
    first = over.order_by(ResellerBooking.starts_at).limit(SHOWN_MAX)
    for booking in session.scalars(first):
        booking.contact, booking.notes, booking.forgotten_at = {}, None, now
        booking.items = [{**item, "contact": {}} for item in booking.items]

"""A ticket's life: pending with its order, valid once the seat is sold, redeemed at the gate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market import audit
from market.accounts import Actor, Scope
from market.bookings.models import Ticket, TicketState
from market.db import changed
from market.errors import Kind, MarketError, existing
from market.ids import new_code, uuid7
from market.portable import Batch


class AlreadyRedeemed(MarketError):
    """The ticket was used; facts: `redeemed_at`."""

    code, kind = "ticket.redeemed", Kind.CONFLICT


class TicketVoid(MarketError):
    """The ticket does not let anybody in: not paid or confirmed, or cancelled."""

    code, kind = "ticket.not_valid", Kind.CONFLICT


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Seats of one kind on a departure, as an order line bought them."""

    position: int
    departure_id: UUID
    unit: str
    count: int
    starts_at: datetime


def issue(batch: Batch, *, order_id: UUID, seller_id: UUID, guests: Sequence[Guest]) -> None:
    """One pending ticket per guest, to be written with their order."""
    tickets = [
        {
            "id": uuid7(),
            "code": new_code(),
            "order_id": order_id,
            "position": guest.position,
            "departure_id": guest.departure_id,
            "seller_id": seller_id,
            "unit": guest.unit,
            "starts_at": guest.starts_at,
            "state": TicketState.PENDING,
        }
        for guest in guests
        for _ in range(guest.count)
    ]
    batch.add(Ticket, *tickets)


def validate(session: Session, *, order_id: UUID) -> None:
    """The order is sure, so its tickets open the gate."""
    _turn(session, order_id, TicketState.PENDING, TicketState.VALID)


def void(session: Session, *, order_id: UUID) -> None:
    """The order is off, so its unused tickets open nothing."""
    _turn(session, order_id, TicketState.PENDING, TicketState.VOID)
    _turn(session, order_id, TicketState.VALID, TicketState.VOID)


def redeem(session: Session, *, actor: Actor, code: str, now: datetime) -> Ticket:
    """Let the guest in, once; raises AlreadyRedeemed, TicketVoid, or NotFound for other hosts."""
    mine = Ticket.seller_id.in_(actor.sells_for(Scope.ORDERS))
    ticket = existing(session.scalar(select(Ticket).where(Ticket.code == code, mine)), "ticket")
    said = {"redeemed_at": now, "redeemed_by": actor.person_id}
    is_valid = Ticket.state == TicketState.VALID
    fresh = changed(session, ticket, is_valid, state=TicketState.REDEEMED, **said)
    if not fresh and ticket.redeemed_at is not None:
        raise AlreadyRedeemed(redeemed_at=ticket.redeemed_at.isoformat())
    if not fresh:
        raise TicketVoid(state=ticket.state)
    audit.note(session, actor=actor, verb="ticket.redeemed", subject_id=ticket.id, now=now)
    return ticket


def _turn(session: Session, order_id: UUID, before: TicketState, after: TicketState) -> None:
    session.execute(
        update(Ticket)
        .where(Ticket.order_id == order_id, Ticket.state == before)
        .values(state=after)
    )

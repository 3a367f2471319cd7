"""Tickets: one per guest of what seats were sold; issued, made valid, shown and redeemed once."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from market import audit
from market.accounts import Actor, Scope
from market.db import Base, Identified, changed, grouped
from market.errors import Kind, MarketError, existing
from market.ids import new_code, uuid7
from market.portable import Batch

BOUGHT = ("position", "departure_id", "unit", "starts_at")


class TicketState(StrEnum):
    """A ticket waits for its order to be sure, is valid, used or void."""

    PENDING = "pending"
    VALID = "valid"
    REDEEMED = "redeemed"
    VOID = "void"


class Ticket(Identified, Base):
    """One guest's seat on one departure."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["order_id", "position"], ["order_line.order_id", "order_line.position"]
        ),
    )

    code: Mapped[str] = mapped_column(unique=True)
    order_id: Mapped[UUID] = mapped_column(index=True)
    position: Mapped[int]  # of the order's line
    departure_id: Mapped[UUID] = mapped_column(index=True)
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    unit: Mapped[str]
    starts_at: Mapped[datetime]
    state: Mapped[str]
    redeemed_at: Mapped[datetime | None]
    redeemed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class AlreadyRedeemed(MarketError, code="ticket.redeemed", kind=Kind.CONFLICT):
    """The ticket was used; facts: `redeemed_at`."""


class TicketVoid(MarketError, code="ticket.not_valid", kind=Kind.CONFLICT):
    """The ticket does not let anybody in: not paid or confirmed, or cancelled."""


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
    its = {"order_id": order_id, "seller_id": seller_id, "state": TicketState.PENDING}
    seats = (asdict(guest) for guest in guests for _ in range(guest.count))
    tickets = [
        {"id": uuid7(), "code": new_code(), **its, **{name: seat[name] for name in BOUGHT}}
        for seat in seats
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


def by_code(session: Session, *, code: str) -> Ticket:
    """The ticket of a code that came under our seal."""
    return existing(session.scalar(select(Ticket).where(Ticket.code == code)), "ticket")


def of_orders(session: Session, *, order_ids: Sequence[UUID]) -> dict[UUID, list[Ticket]]:
    """The tickets of several orders at once."""
    rows = select(Ticket).order_by(Ticket.unit, Ticket.code)
    return grouped(session, rows, Ticket.order_id, order_ids)


def guests(session: Session, *, actor: Actor, since: datetime, until: datetime) -> list[Ticket]:
    """The tickets of the actor's departures that start in the half-open period."""
    mine: Any = Ticket.seller_id.in_(actor.sells_for(Scope.ORDERS))
    theirs = select(Ticket).where(mine, Ticket.starts_at >= since, Ticket.starts_at < until)
    return list(session.scalars(theirs.order_by(Ticket.starts_at, Ticket.code)))


def _turn(session: Session, order_id: UUID, before: TicketState, after: TicketState) -> None:
    session.execute(update(Ticket).filter_by(order_id=order_id, state=before).values(state=after))

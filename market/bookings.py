"""Tickets: one per guest of what seats were sold; issued, made valid, shown and redeemed once."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from market import audit
from market.accounts import Actor, Scope
from market.db import Base, Identified, Json, changed, grouped, took_effect
from market.errors import Kind, MarketError, existing
from market.ids import new_code, uuid7
from market.portable import Batch

Guest = Mapping[str, Any]


class TicketState(StrEnum):
    """A ticket waits for its order to be sure, is valid, used or void."""

    PENDING = "pending"
    VALID = "valid"
    REDEEMED = "redeemed"
    VOID = "void"
    NO_SHOW = "no-show"


OPENING = (TicketState.VALID, TicketState.NO_SHOW)
LIVE = (TicketState.PENDING, TicketState.VALID)
DAY = timedelta(days=1)


class Ticket(Identified, Base):
    """One guest's seat on one departure, or one room of a stay (`departure_id` is its option)."""

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


class Scan(Identified, Base):
    """A ticket that was shown, under the id that the scanning phone gave it; append-only.

    The earliest scan lets in; `outcome` is what this one came to when it was received.
    """

    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("ticket.id"), index=True)
    scanned_at: Mapped[datetime]
    received_at: Mapped[datetime]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    device: Mapped[str | None]
    outcome: Mapped[str]


class GuestList(Base):
    """Who sleeps where, as the declaration of residence needs it; forgotten soon after.

    Law on Residence 68/2020/QH14, art. 30: full name, number of a paper, reason, time and address.
    """

    order_id: Mapped[UUID] = mapped_column(ForeignKey("order_.id"), primary_key=True)
    guests: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    written_at: Mapped[datetime]
    declared_at: Mapped[datetime | None]


class AlreadyRedeemed(MarketError, code="ticket.redeemed", kind=Kind.CONFLICT):
    """The ticket was used; facts: `redeemed_at`."""


class TicketVoid(MarketError, code="ticket.not_valid", kind=Kind.CONFLICT):
    """The ticket does not let anybody in: not paid or confirmed, or cancelled."""


class TooEarly(MarketError, code="ticket.too_early", kind=Kind.CONFLICT):
    """Nobody is missing before the start, or let in a day before; facts: `starts_at`."""


def issue(batch: Batch, *, order_id: UUID, seller_id: UUID, guests: Sequence[Guest]) -> None:
    """One pending ticket per guest, to be written with their order.

    Of each are told `position`, `departure_id`, `unit` and `starts_at`.
    """
    its = {"order_id": order_id, "seller_id": seller_id, "state": TicketState.PENDING}
    rows = ({"id": uuid7(), "code": new_code(), **its, **guest} for guest in guests)
    batch.add(Ticket, *rows)


def validate(session: Session, *, order_id: UUID) -> None:
    """The order is sure, so its tickets open the gate."""
    _turn(session, order_id, TicketState.PENDING, TicketState.VALID)


def revive(session: Session, *, order_id: UUID) -> None:
    """The order was off, and is not any more."""
    _turn(session, order_id, TicketState.VOID, TicketState.PENDING)


def void(session: Session, *, order_id: UUID, codes: Collection[str] | None = None) -> None:
    """The order is off, so its unused tickets open nothing; or only those of these guests."""
    its = update(Ticket).where(Ticket.order_id == order_id, Ticket.state.in_(LIVE))
    if codes is not None:
        its = its.where(Ticket.code.in_(codes))
    session.execute(its.values(state=TicketState.VOID))


def rebook(
    session: Session, order_id: UUID, position: int, *, departure_id: UUID, starts_at: datetime
) -> None:
    """The unused tickets of a line let in on another departure."""
    its = update(Ticket).filter_by(order_id=order_id, position=position)
    moved = {"departure_id": departure_id, "starts_at": starts_at}
    session.execute(its.where(Ticket.state.in_(LIVE)).values(moved))


def keep_codes(session: Session, kept: Mapping[str, str]) -> None:
    """Let the tickets of another order, by code, stand in the place of these new ones."""
    tickets = of_codes(session, codes={*kept, *kept.values()})
    for new, old in kept.items():
        stays, goes = tickets[old], tickets[new]
        for name in ("order_id", "position", "departure_id", "starts_at", "state"):
            setattr(stays, name, getattr(goes, name))
        session.delete(goes)
    session.flush()


def suspend(session: Session, *, order_id: UUID) -> None:
    """The order does not take place as it was booked: its tickets open nothing for the moment."""
    _turn(session, order_id, TicketState.VALID, TicketState.PENDING)


def redeem(session: Session, *, actor: Actor, ticket: Ticket, at: datetime, now: datetime) -> None:
    """Let the guest in, once; a scan earlier than the one that counted counts instead of it.

    Whoever did not come may come late. The caller has seen that the ticket is the actor's. Raises
    AlreadyRedeemed or TicketVoid.
    """
    said = {"redeemed_at": at, "redeemed_by": actor.person_id}
    is_later = (Ticket.state == TicketState.REDEEMED) & (Ticket.redeemed_at > at)
    opens = or_(Ticket.state.in_(OPENING), is_later)
    fresh = changed(session, ticket, opens, state=TicketState.REDEEMED, **said)
    if not fresh and ticket.redeemed_at is not None:
        raise AlreadyRedeemed(redeemed_at=ticket.redeemed_at.isoformat())
    if not fresh:
        raise TicketVoid(state=ticket.state)
    audit.note(session, actor, "ticket.redeemed", ticket.id, now=now)


def require_due(session: Session, *, order_id: UUID, now: datetime) -> None:
    """Refuse to let the order's guests in more than a day before the start; raises TooEarly."""
    its = select(Ticket.starts_at).where(Ticket.order_id == order_id, Ticket.starts_at > now + DAY)
    starts_at = session.scalar(its.where(Ticket.state != TicketState.VOID))
    if starts_at is not None:
        raise TooEarly(starts_at=starts_at.isoformat())


def stay_away(session: Session, *, order_id: UUID, now: datetime) -> bool:
    """Nobody came on the order's valid tickets that have begun; whether there were any.

    Raises TooEarly where the visit is still to begin.
    """
    its: Any = (Ticket.order_id == order_id, Ticket.state == TicketState.VALID)
    begun = update(Ticket).where(*its, Ticket.starts_at <= now).values(state=TicketState.NO_SHOW)
    if took_effect(session, begun):
        return True
    starts_at = session.scalar(select(Ticket.starts_at).where(*its).order_by(Ticket.starts_at))
    if starts_at is not None:
        raise TooEarly(starts_at=starts_at.isoformat())
    return False


def by_code(session: Session, *, code: str) -> Ticket:
    """The ticket of a code that came under our seal."""
    return existing(session.scalar(select(Ticket).where(Ticket.code == code)), "ticket")


def of_codes(session: Session, *, codes: Collection[str]) -> dict[str, Ticket]:
    """The tickets of these codes as they stand now, whoever their host is."""
    rows = select(Ticket).where(Ticket.code.in_(codes)).execution_options(populate_existing=True)
    return {ticket.code: ticket for ticket in session.scalars(rows)}


def again(session: Session, *, ticket_ids: Sequence[UUID]) -> dict[UUID, list[Scan]]:
    """The scans of each ticket that let nobody in, because an earlier one did."""
    rows = select(Scan).where(Scan.outcome.in_(("redeemed", "already")))
    found = grouped(session, rows.order_by(Scan.scanned_at, Scan.id), Scan.ticket_id, ticket_ids)
    return {ticket_id: scans[1:] for ticket_id, scans in found.items()}


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

"""The gate: tickets that phones have scanned, perhaps without signal, and sent when they could."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from market import bookings, portable
from market.accounts import Actor, Scope, require_scope
from market.bookings import AlreadyRedeemed, Scan, Ticket, TicketState, TicketVoid
from market.errors import MarketError
from market.orders import Order
from market.ticket_tokens import shown_code
from payments import collecting, fulfilling

SCANS_MAX = 200
AHEAD_MAX = timedelta(minutes=5)  # a clock that is a little fast
OLD_MAX = timedelta(days=7)


class Outcome(StrEnum):
    """What a scan came to; a scan is refused where its payment is not to be had any more.

    Its ticket lets in, did so before, is not paid yet, is off, is not ours, is another host's.
    """

    REDEEMED = "redeemed"
    ALREADY = "already"
    PENDING = "pending"
    VOID = "void"
    UNKNOWN = "unknown"
    FOREIGN = "foreign"
    FORGED = "forged"
    BAD_TIME = "bad-time"
    ID_TAKEN = "id-taken"
    REFUSED = "refused"


class Shown(NamedTuple):
    """A ticket's code or token, scanned at a moment by the phone's clock, under the phone's id."""

    id: UUID
    ticket: str
    scanned_at: datetime
    device: str | None = None


class Answer(NamedTuple):
    """What a scan came to; of one's own ticket the code, and since when its guest is in."""

    id: UUID
    outcome: Outcome
    code: str | None = None
    redeemed_at: datetime | None = None


def receive(
    session: Session, *, actor: Actor, secret: str, scans: Sequence[Shown], now: datetime
) -> list[Answer]:
    """Let in whom the scans show, the earliest first; none that fails keeps another from counting.

    A scan that was received before is answered as it was then.
    """
    require_scope(actor, Scope.ORDERS)
    read = [shown_code(secret, scan.ticket) for scan in scans]
    codes = {code for code, _ in read if code}
    _lock(session, actor, codes)
    tickets = bookings.of_codes(session, codes=codes)
    answers: dict[int, Answer] = {}
    for place, scan in sorted(enumerate(scans), key=lambda each: each[1].scanned_at):
        code, signed = read[place]
        ticket = tickets.get(code or "")
        if ticket is not None and ticket.seller_id in actor.seller_ids:
            outcome = _received(session, actor, ticket, scan, now)
            answers[place] = Answer(scan.id, outcome, ticket.code, ticket.redeemed_at)
        elif signed is None:
            answers[place] = Answer(scan.id, Outcome.FORGED)
        else:
            is_others = signed and ticket is not None
            answers[place] = Answer(scan.id, Outcome.FOREIGN if is_others else Outcome.UNKNOWN)
    return [answers[place] for place in range(len(scans))]


def _lock(session: Session, actor: Actor, codes: set[str]) -> None:
    """All the checkouts first and in one order, so that two phones never wait crosswise."""
    mine = Ticket.seller_id.in_(actor.seller_ids)
    tickets = select(Ticket.order_id).where(Ticket.code.in_(codes), mine)
    groups = select(Order.group_id).where(Order.id.in_(tickets)).distinct()
    for group_id in sorted(session.scalars(groups)):
        collecting.lock(session, group_id=group_id)


def _received(
    session: Session, actor: Actor, ticket: Ticket, scan: Shown, now: datetime
) -> Outcome:
    before = session.get(Scan, scan.id)
    if before is not None:
        return Outcome(before.outcome) if before.ticket_id == ticket.id else Outcome.ID_TAKEN
    at = min(scan.scanned_at, now)
    outcome = _let_in(session, actor, ticket, scan, now)
    said: dict[str, Any] = {"id": scan.id, "ticket_id": ticket.id, "outcome": outcome}
    said |= {"scanned_at": at, "received_at": now, "device": scan.device}
    portable.insert_new(session, Scan, **said, person_id=actor.person_id)
    return outcome


def _let_in(session: Session, actor: Actor, ticket: Ticket, scan: Shown, now: datetime) -> Outcome:
    if not now - OLD_MAX <= scan.scanned_at <= now + AHEAD_MAX:
        return Outcome.BAD_TIME
    at = min(scan.scanned_at, now)
    try:
        with session.begin_nested():
            fulfilling.let_in(session, actor=actor, ticket=ticket, at=at, now=now)
    except AlreadyRedeemed:
        return Outcome.ALREADY
    except TicketVoid as refusal:
        waits = refusal.facts["state"] == TicketState.PENDING
        return Outcome.PENDING if waits else Outcome.VOID
    except MarketError:
        return Outcome.REFUSED
    return Outcome.REDEEMED

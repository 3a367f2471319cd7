"""Checkout: from a basket to orders, holds and payments, in one transaction or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import baskets, prices
from catalog.models import Basket
from market import audit, bookings, limits, orders
from market.accounts.actors import Actor
from market.errors import Kind, MarketError
from market.money import Money
from market.orders import Buyer, Fulfilment, LineKind, Part, Rail
from market.orders.models import Order, OrderGroup, OrderLine
from payments import asking
from payments.asking import BankAccount

HOLD_MAX = timedelta(hours=24)
OPEN_HOLDS_MAX = 5
CHECKOUTS_PER_HOUR_MAX = 60


class ContactMissing(MarketError):
    """A buyer must be reachable by phone or e-mail."""

    code, kind = "contact.missing", Kind.INVALID


class TooManyHolds(MarketError):
    """The buyer holds stock in several unpaid orders already; facts: `most`."""

    code, kind = "orders.too_many_open", Kind.TOO_MANY


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The market's own terms: its commission and the account that keeps buyers' money."""

    commission_basis_points: int
    custody: BankAccount


def checkout(
    session: Session,
    *,
    actor: Actor,
    basket: Basket,
    buyer: Buyer,
    delivery: prices.Delivery,
    rail: Rail,
    house: House,
    group_id: UUID,
    now: datetime,
) -> OrderGroup:
    """Order the basket: everything in it is held for this buyer, or the whole is refused."""
    if not (buyer.phone or buyer.email or buyer.person_id):
        raise ContactMissing
    _guard_open_holds(session, buyer, now)
    quoted = prices.quote(
        session,
        lines=baskets.lines(session, basket=basket),
        delivery=delivery,
        commission_basis_points=house.commission_basis_points,
        languages=(buyer.language, "vi"),
        now=now,
    )
    if any(part.fulfilment is Fulfilment.DELIVERY and not part.address for part in quoted):
        raise prices.AddressMissing
    total = sum((part.total for part in quoted), Money(0))
    group = orders.place_group(
        session, actor=actor, buyer=buyer, total=total, group_id=group_id, now=now
    )
    _place(session, actor, group, quoted, rail, house.custody, now)
    baskets.empty(session, basket=basket, now=now)
    audit.note(session, actor=actor, verb="checkout", subject_id=group.id, now=now)
    return group


def _guard_open_holds(session: Session, buyer: Buyer, now: datetime) -> None:
    """The counter row also makes checkouts of one buyer wait for each other."""
    key = f"checkout:{buyer.contact}"
    limits.take(session, key=key, most=CHECKOUTS_PER_HOUR_MAX, window=timedelta(hours=1), now=now)
    if orders.queries.open_holds(session, contact=buyer.contact, now=now) >= OPEN_HOLDS_MAX:
        raise TooManyHolds(most=OPEN_HOLDS_MAX)


def _place(
    session: Session,
    actor: Actor,
    group: OrderGroup,
    quoted: Sequence[Part],
    rail: Rail,
    custody: BankAccount,
    now: datetime,
) -> None:
    deadline = min(_deadline(part, now) for part in quoted)
    placed = [
        (
            orders.place_order(
                session,
                actor=actor,
                group=group,
                part=part,
                rail=rail,
                deadline=deadline,
                now=now,
            ),
            part,
        )
        for part in quoted
    ]
    orders.claim(session, placed, deadline=deadline, now=now)
    for order, _ in placed:
        _issue_tickets(session, order)
    its_orders = [order for order, _ in placed]
    if rail is Rail.CASH:
        asking.ask_cash(session, orders=its_orders, now=now)
    else:
        asking.ask_transfers(
            session, orders=its_orders, custody=custody, expires_at=deadline, now=now
        )


def _deadline(part: Part, now: datetime) -> datetime:
    """min(24 hours, the earliest cut-off): how long stock waits for money or for the seller."""
    cutoffs = [
        datetime.fromisoformat(line.snapshot["cutoff_at"])
        for line in part.lines
        if line.kind is LineKind.SEATS
    ]
    return min([now + HOLD_MAX, *cutoffs])


def _issue_tickets(session: Session, order: Order) -> None:
    seats = session.scalars(
        select(OrderLine).where(OrderLine.order_id == order.id, OrderLine.kind == LineKind.SEATS)
    )
    guests = [_guest(line) for line in seats]
    bookings.issue(session, order_id=order.id, seller_id=order.seller_id, guests=guests)


def _guest(line: OrderLine) -> bookings.Guest:
    facts: dict[str, Any] = line.snapshot
    if line.departure_id is None:
        raise ValueError("seats without a departure")
    return bookings.Guest(
        order_line_id=line.id,
        departure_id=line.departure_id,
        unit=facts["unit"],
        count=line.quantity,
        starts_at=datetime.fromisoformat(facts["starts_at"]),
    )

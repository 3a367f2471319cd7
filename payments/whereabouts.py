"""Where a seller's money is, order by order: awaited, promised, held, waiting, or his."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy.orm import Session

from market import Actor, cases, orders
from market.orders import Order, Rail, State
from market.orders.queries import SellerCursor as Cursor
from payments import collecting, disputing, unsettled
from payments.models import Payment, PaymentState, Refund


class Place(StrEnum):
    """Where the money of an order is now."""

    AWAITED = "awaited"
    PROMISED = "promised"
    HELD = "held"
    WAITING = "waiting"
    COMPLAINED = "complained"
    DISPUTED = "disputed"
    EARNED = "earned"
    CASH = "cash"
    DIRECT = "direct"
    OFF = "off"


class Whereabouts(NamedTuple):
    """An order's money in đồng: where it is, until when, and what of its price went back.

    What the scales took off is no part of the price.
    """

    order: Order
    place: Place
    until: datetime | None
    refunds: Sequence[Refund]

    @property
    def refunded_minor(self) -> int:
        """What of the price went back."""
        return self.order.given_back_minor - self.order.weighed_off_minor

    @property
    def yours_minor(self) -> int:
        """What is left for the seller when all goes well."""
        left = self.order.left_minor
        return 0 if self.place is Place.OFF else left - sum(self.order.fees_of(left))


def of_seller(
    session: Session, *, actor: Actor, wait: timedelta, after: Cursor | None = None, limit: int
) -> list[Whereabouts]:
    """The orders that one sells, the newest first, one more than the limit."""
    found = orders.queries.page(session, actor=actor, selling=True, after=after, limit=limit + 1)
    ids = [order.id for order in found]
    payments = collecting.of_orders(session, order_ids=ids)
    refunds = unsettled.of_orders(session, order_ids=ids)
    disputes = disputing.of_orders(session, order_ids=ids)
    complaints = orders.moving.complaints(session, order_ids=ids)
    rows = []
    for order in found:
        told, disputed = complaints.get(order.id), disputes.get(order.id)
        place = _place(order, payments[order.id])
        if place is Place.WAITING and told is not None and told.state == cases.CaseState.OPEN:
            place = Place.COMPLAINED
        if disputed is not None and disputed.state in disputing.OPEN:
            place = Place.DISPUTED
        until = order.closed_at + wait if place is Place.WAITING and order.closed_at else None
        rows.append(Whereabouts(order, place, until, refunds[order.id]))
    return rows


def _place(order: Order, payment: Payment) -> Place:
    if order.state in {State.CANCELLED, State.EXPIRED, State.RETURNED}:
        return Place.OFF
    if payment.state == PaymentState.AUTHORIZED:
        return Place.PROMISED
    if payment.state != PaymentState.PAID:
        return Place.AWAITED
    if payment.beneficiary_id is not None:
        return Place.DIRECT
    if order.earned_at is not None:
        return Place.CASH if order.rail == Rail.CASH else Place.EARNED
    return Place.WAITING if order.state == State.DELIVERED else Place.HELD

"""Where a seller's money is, order by order: awaited, promised, held, waiting, or his."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from market import orders
from market.accounts.actors import Actor
from market.cases.models import CaseState
from market.orders import Order, Rail, State
from payments import disputing, unsettled
from payments.models import Payment, PaymentOrder, PaymentState
from payments.refund_models import Refund


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """An order's money in đồng: where it is, until when, and what of its price went back.

    What the scales took off is no part of the price. `yours_minor` is what is left for the seller
    when all goes well.
    """

    order: Order
    place: Place
    until: datetime | None
    refunded_minor: int
    yours_minor: int
    refunds: Sequence[Refund]


def of_seller(
    session: Session,
    *,
    actor: Actor,
    wait: timedelta,
    after: tuple[datetime, UUID] | None = None,
    limit: int,
) -> list[Whereabouts]:
    """The orders that one sells, the newest first, one more than the limit."""
    found = orders.queries.page(session, actor=actor, selling=True, after=after, limit=limit + 1)
    ids = [order.id for order in found]
    payments = _payments(session, ids)
    refunds = unsettled.of_orders(session, order_ids=ids)
    disputes = disputing.of_orders(session, order_ids=ids)
    complaints = orders.complaints(session, order_ids=ids)
    rows = []
    for order in found:
        told, disputed = complaints.get(order.id), disputes.get(order.id)
        place = _place(order, payments[order.id])
        if place is Place.WAITING and told is not None and told.state == CaseState.OPEN:
            place = Place.COMPLAINED
        if disputed is not None and disputed.state in disputing.OPEN:
            place = Place.DISPUTED
        until = order.closed_at + wait if place is Place.WAITING and order.closed_at else None
        rest, its = order.left_minor, refunds[order.id]
        yours = 0 if place is Place.OFF else rest - sum(order.fees_of(rest))
        sums = {"refunded_minor": order.given_back_minor - order.weighed_off_minor}
        rows.append(
            Whereabouts(
                order=order, place=place, until=until, refunds=its, yours_minor=yours, **sums
            )
        )
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


def _payments(session: Session, order_ids: Sequence[UUID]) -> dict[UUID, Payment]:
    """The payment that each order counts on now."""
    rows = session.execute(
        select(PaymentOrder.order_id, Payment)
        .join(Payment, Payment.id == PaymentOrder.payment_id)
        .where(PaymentOrder.order_id.in_(order_ids))
        .order_by(Payment.created_at, Payment.id)
    )
    return {row[0]: row[1] for row in rows}

"""What an order looks like from outside: the order with its lines, steps, tickets and payments."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api import house
from market import bookings
from market.db import columns_of
from market.errors import existing
from market.money import Money
from market.orders import Rail, queries, state_at
from market.orders.models import Order, OrderGroup
from payments import asking, attempting, collecting, refunding, unsettled


def details(session: Session, orders: list[Order], *, now: datetime) -> list[dict[str, Any]]:
    """The orders with all that hangs on them, in five statements however many there are."""
    ids = [order.id for order in orders]
    lines = queries.lines(session, order_ids=ids)
    events = queries.events(session, order_ids=ids)
    tickets = bookings.of_orders(session, order_ids=ids)
    refunds = refunding.of_orders(session, order_ids=ids)
    return [
        {
            **columns_of(order),
            "state": state_at(order, now),
            "lines": lines[order.id],
            "events": events[order.id],
            "tickets": tickets[order.id],
            "refunds": refunds[order.id],
        }
        for order in orders
    ]


def detail(session: Session, order: Order, *, now: datetime) -> dict[str, Any]:
    """One order with all that hangs on it."""
    return details(session, [order], now=now)[0]


def group_detail(session: Session, group: OrderGroup, *, now: datetime) -> dict[str, Any]:
    """A checkout with its orders and payments."""
    orders = queries.of_group(session, group_id=group.id)
    return {
        "id": group.id,
        "code": group.code,
        "total": Money(group.total_minor, group.currency),
        "orders": details(session, orders, now=now),
        "payments": payments_of(session, group),
    }


def payments_of(session: Session, group: OrderGroup) -> list[dict[str, Any]]:
    """The payments of a checkout as they stand, each with its `row` and the last try by card.

    What came of it already is told, and its QR asks for what is missing.
    """
    payments = collecting.of_group(session, group_id=group.id)
    came = unsettled.came(session, payments=payments)
    by_card = [payment.id for payment in payments if payment.rail == Rail.CARD]
    tries = attempting.of_payments(session, payment_ids=by_card)
    return [
        {
            **columns_of(payment),
            "row": payment,
            "came_minor": came[payment.id],
            "vietqr": asking.payload(payment, came=came[payment.id]) if payment.memo else None,
            "attempt": tries.get(payment.id),
        }
        for payment in payments
    ]


def group_of_secret(session: Session, secret: str) -> OrderGroup:
    """The checkout that a secret link opens, or NotFound."""
    code = existing(house.code_of(house.ORDER, secret), "order")
    return queries.group_by_code(session, code=code)


def order_of_secret(session: Session, secret: str, order_id: UUID) -> Order:
    """One order of the checkout that a secret link opens, or NotFound."""
    group = group_of_secret(session, secret)
    orders = queries.of_group(session, group_id=group.id)
    return existing(next((order for order in orders if order.id == order_id), None), "order")

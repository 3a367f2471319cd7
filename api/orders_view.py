"""What an order looks like from outside: the order with its lines, steps, tickets and payments."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api import house
from market import Money, bookings, columns_of, existing
from market.orders import Order, OrderGroup, Rail, queries, state_at
from payments import asking, attempting, collecting, unsettled


def details(session: Session, orders: list[Order], *, now: datetime) -> list[dict[str, Any]]:
    """The orders with all that hangs on them, in five statements however many there are.

    One more tells what supplements those that are weighed.
    """
    ids = [order.id for order in orders]
    hanging: dict[str, Mapping[UUID, Any]] = {
        "lines": queries.lines(session, order_ids=ids),
        "events": queries.events(session, order_ids=ids),
        "tickets": bookings.of_orders(session, order_ids=ids),
        "refunds": unsettled.of_orders(session, order_ids=ids),
        "weighings": queries.weighings(session, order_ids=ids),
    }
    lines = hanging["lines"]
    by_weight = [at for at in lines if any("weight" in line.snapshot for line in lines[at])]
    hanging["supplements"] = queries.supplements(session, order_ids=by_weight) if by_weight else {}
    return [
        columns_of(order)
        | _settled(order)
        | {"state": state_at(order, now)}
        | {name: its.get(order.id, []) for name, its in hanging.items()}
        for order in orders
    ]


def _settled(order: Order) -> dict[str, int]:
    """The sums of an order by what the scales said of its goods, if they were asked."""
    off = order.weighed_off_minor
    commission, fee = order.fees_of(order.total_minor - off)
    return {
        "goods_minor": order.goods_minor - off,
        "total_minor": order.total_minor - off,
        "commission_minor": commission,
        "cooperative_minor": fee,
    }


def group_detail(session: Session, group: OrderGroup, *, now: datetime) -> dict[str, Any]:
    """A checkout with its orders and payments."""
    orders = details(session, queries.of_group(session, group_id=group.id), now=now)
    return {
        "id": group.id,
        "code": group.code,
        "total": Money(sum(order["total_minor"] for order in orders), group.currency),
        "orders": orders,
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

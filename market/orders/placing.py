"""Placing: one group, one order per seller, every line a snapshot, every claim held, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from market import inventory, outbox, portable
from market.accounts.actors import Actor
from market.errors import Kind, MarketError
from market.ids import new_code, uuid7
from market.money import Money
from market.orders.drafts import Buyer, Line, Part, Rate
from market.orders.models import Order, OrderEvent, OrderGroup, OrderLine, Rail, State
from market.outbox import Event
from market.portable import Batch

Row = dict[str, Any]


class IdTaken(MarketError):
    """The id that the client made is another checkout's."""

    code, kind = "order.id_taken", Kind.CONFLICT


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(Event):
    """A buyer has ordered; the seller is to be told."""

    name: ClassVar[str] = "order.placed"
    order_id: UUID


@dataclass(frozen=True, slots=True)
class Due:
    """A seller's part of a checkout, how it is paid, and until when its stock waits for that."""

    part: Part
    deadline: datetime
    rail: Rail


class NewOrder(NamedTuple):
    """What others need to know of an order before it is written."""

    id: UUID
    group_id: UUID
    part: Part
    deadline: datetime
    rail: Rail

    @property
    def seller_id(self) -> UUID:
        """Whose order it is."""
        return self.part.seller_id

    @property
    def total_minor(self) -> int:
        """What is to be paid for it, in the smallest unit of its currency."""
        return self.part.total.minor

    @property
    def currency(self) -> str:
        """The currency of its sums (ISO 4217)."""
        return self.part.total.currency

    @property
    def hold(self) -> inventory.Hold:
        """The stock that waits for it."""
        wants = tuple(want for line in self.part.lines for want in line.wants)
        return inventory.Hold(self.id, wants, self.deadline)


@dataclass(frozen=True, slots=True)
class Drafted:
    """A checkout before it is written: its group's columns and its orders."""

    group: Row
    orders: list[NewOrder]


def draft(
    batch: Batch, *, actor: Actor, buyer: Buyer, dues: Sequence[Due], group_id: UUID, now: datetime
) -> Drafted:
    """Make the orders of a checkout ready to be written, behind their group."""
    orders = [_order(group_id, due, now) for due in dues]
    batch.add(Order, *orders)
    for order, due in zip(orders, dues, strict=True):
        for position, line in enumerate(due.part.lines):
            batch.add(OrderLine, _line(order["id"], position, line))
    batch.add(OrderEvent, *(_first_event(order, actor, now) for order in orders))
    placed = [OrderPlaced(order_id=order["id"]) for order in orders]
    batch.add(outbox.OutboxEvent, *outbox.rows_of(*placed))
    return Drafted(
        group=_group(actor, buyer, dues, group_id, now),
        orders=[
            NewOrder(order["id"], group_id, due.part, due.deadline, due.rail)
            for order, due in zip(orders, dues, strict=True)
        ],
    )


def open_group(session: Session, *, group: Row) -> OrderGroup:
    """Write the neutral container of a checkout's orders; raises IdTaken."""
    if not portable.insert_new(session, OrderGroup, **group):
        raise IdTaken(id=str(group["id"]))
    return OrderGroup(**group)


def _group(actor: Actor, buyer: Buyer, dues: Sequence[Due], group_id: UUID, now: datetime) -> Row:
    total = sum((due.part.total for due in dues), Money(0))
    return {
        "id": group_id,
        "code": new_code(),
        "buyer_id": actor.person_id,
        "name": buyer.name,
        "phone": buyer.phone,
        "email": buyer.email,
        "language": buyer.language,
        "total_minor": total.minor,
        "currency": total.currency,
        "created_at": now,
    }


def _order(group_id: UUID, due: Due, now: datetime) -> Row:
    part, paid_first = due.part, due.rail is not Rail.CASH
    return {
        "id": uuid7(),
        "code": new_code(),
        "group_id": group_id,
        "seller_id": part.seller_id,
        "cooperative_id": part.cooperative_id,
        "state": State.AWAITING_PAYMENT if paid_first else State.PLACED,
        "rail": due.rail,
        "fulfilment": part.fulfilment,
        "address": dict(part.address) if part.address else None,
        "goods_minor": part.goods.minor,
        "delivery_minor": part.delivery.minor,
        "total_minor": part.total.minor,
        "currency": part.total.currency,
        "commission_minor": sum(_commission(line) for line in part.lines),
        "cooperative_minor": sum(_fee(line) for line in part.lines),
        "deadline": due.deadline,
        "created_at": now,
        "version": 1,
    }


def _first_event(order: Row, actor: Actor, now: datetime) -> Row:
    return {
        "id": uuid7(),
        "order_id": order["id"],
        "state": order["state"],
        "at": now,
        "actor_id": actor.person_id,
        "facts": {},
    }


def _commission(line: Line) -> int:
    return line.amount.part(line.terms.commission.basis_points).minor


def _fee(line: Line) -> int:
    return line.amount.part(line.terms.cooperative.basis_points).minor


def _frozen(rate: Rate, line: Line) -> Row:
    rule = rate.rule_id and str(rate.rule_id)
    return {"rule": rule, "basis_points": rate.basis_points, "base": line.amount.minor}


def _line(order_id: UUID, position: int, line: Line) -> Row:
    taken = {"commission": line.terms.commission, "cooperative": line.terms.cooperative}
    rates = {name: _frozen(rate, line) for name, rate in taken.items()}
    return {
        "order_id": order_id,
        "position": position,
        "kind": line.kind,
        "listing_id": line.listing_id,
        "departure_id": line.departure_id,
        "category_code": line.category_code,
        "title": line.title,
        "quantity": line.quantity.value,
        "scale": line.quantity.scale,
        "unit": line.quantity.unit,
        "price_minor": line.price.minor,
        "amount_minor": line.amount.minor,
        "currency": line.amount.currency,
        "commission_minor": _commission(line),
        "cooperative_minor": _fee(line),
        "snapshot": {**line.snapshot, "rates": rates},
    }

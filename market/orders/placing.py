"""Placing: one group, one order per seller, every line a snapshot, every claim held, or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from market import inventory, outbox, portable
from market.actors import Actor
from market.errors import Kind, MarketError
from market.ids import new_code, uuid7
from market.inventory import Want
from market.money import Money
from market.orders import models
from market.orders.models import Fulfilment, LineKind, Order, OrderGroup, Rail, State
from market.outbox import Event
from market.portable import Batch
from market.quantity import Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who orders: a signed-in person or a guest, reachable by phone or e-mail."""

    person_id: UUID | None
    name: str
    phone: str | None
    email: str | None
    language: str
    address: str | None = None  # of the machine that a guest writes from

    @property
    def contact(self) -> str:
        """The one address that counts this buyer's open holds."""
        return str(self.person_id or self.phone or self.email)


class Rate(NamedTuple):
    """What is taken of a line's amount, and by which dated rule; None where by none of them."""

    basis_points: int
    rule_id: UUID | None = None


class Terms(NamedTuple):
    """What is taken from a line: the market's commission and the cooperative's fee."""

    commission: Rate
    cooperative: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a quote: what, how much, in which steps, at which price, and its stock."""

    kind: LineKind
    listing_id: UUID
    departure_id: UUID | None = None
    category_code: str
    title: str
    quantity: Quantity
    price: Money
    amount: Money
    wants: tuple[Want, ...]
    terms: Terms
    increment: int = 1
    snapshot: Mapping[str, Any] = field(default_factory=dict)

    @property
    def promised_day(self) -> date | None:
        """From which day on it is delivered, where it is ordered ahead of its harvest."""
        promise = self.snapshot.get("promise")
        return date.fromisoformat(promise["day"]) if promise else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One seller's part of a basket, with how it reaches the buyer and what that costs."""

    seller_id: UUID
    cooperative_id: UUID | None
    fulfilment: Fulfilment
    address: Mapping[str, Any] | None
    lines: tuple[Line, ...]
    delivery: Money
    promised_day: date | None = None

    @property
    def wants(self) -> tuple[Want, ...]:
        """The stock that all its lines would claim."""
        return tuple(want for line in self.lines for want in line.wants)

    @property
    def goods(self) -> Money:
        """The sum of the lines."""
        return sum((line.amount for line in self.lines), Money(0, self.delivery.currency))

    @property
    def total(self) -> Money:
        """Goods and delivery."""
        return self.goods + self.delivery


Row = dict[str, Any]
CONTACT = ("name", "phone", "email", "language")
# What a line's row says as the line of the quote does.
AS_QUOTED = ("kind", "listing_id", "departure_id", "category_code", "title")


class IdTaken(MarketError, code="order.id_taken", kind=Kind.CONFLICT):
    """The id that the client made is another checkout's."""


class OrderPlaced(Event, name="order.placed"):
    """A buyer has ordered; the seller is to be told."""

    order_id: UUID


class NewOrder(NamedTuple):
    """An order before it is written: its part, how it is paid, and until when its stock waits."""

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
    def left_minor(self) -> int:
        """What is to be paid for it, in the smallest unit of its currency."""
        return self.part.total.minor

    @property
    def currency(self) -> str:
        """The currency of its sums (ISO 4217)."""
        return self.part.total.currency

    @property
    def hold(self) -> inventory.Hold:
        """The stock that waits for it."""
        return inventory.Hold(self.id, self.part.wants, self.deadline)


def draft(
    batch: Batch, *, actor: Actor, buyer: Buyer, orders: Sequence[NewOrder], now: datetime
) -> Row:
    """Make the orders of a checkout ready to be written behind their group; the group's row."""
    for order in orders:
        _write(batch, actor, order, _order(order, now), now)
    placed = [OrderPlaced(order_id=order.id) for order in orders]
    batch.add(outbox.OutboxEvent, *outbox.rows_of(*placed))
    return _group(actor, buyer, orders, now)


def add(
    batch: Batch, *, actor: Actor, order: NewOrder, supplements: Order | None = None, now: datetime
) -> None:
    """Make one more order of a checkout ready; what supplements another one waits for its buyer."""
    row = _order(order, now)
    if supplements is None:
        batch.add(outbox.OutboxEvent, *outbox.rows_of(OrderPlaced(order_id=order.id)))
    else:
        row |= {"supplements_id": supplements.id, "state": State.AWAITING_PAYMENT}
    _write(batch, actor, order, row, now)


def open_group(session: Session, *, group: Row) -> OrderGroup:
    """Write the neutral container of a checkout's orders; raises IdTaken."""
    if not portable.insert_new(session, OrderGroup, **group):
        raise IdTaken(id=str(group["id"]))
    return OrderGroup(**group)


def _write(batch: Batch, actor: Actor, order: NewOrder, row: Row, now: datetime) -> None:
    batch.add(Order, row)
    for position, line in enumerate(order.part.lines):
        batch.add(models.OrderLine, _line(order.id, position, line))
    first = {"id": uuid7(), "order_id": order.id, "state": row["state"], "at": now}
    batch.add(models.OrderEvent, first | {"actor_id": actor.person_id, "facts": {}})


def _group(actor: Actor, buyer: Buyer, orders: Sequence[NewOrder], now: datetime) -> Row:
    total = sum((order.part.total for order in orders), Money(0))
    return {
        "id": orders[0].group_id,
        "code": new_code(),
        "buyer_id": actor.person_id,
        **{name: getattr(buyer, name) for name in CONTACT},
        "total_minor": total.minor,
        "currency": total.currency,
        "created_at": now,
    }


def _order(order: NewOrder, now: datetime) -> Row:
    part, paid_first = order.part, order.rail is not Rail.CASH
    return {
        "id": order.id,
        "code": new_code(),
        "group_id": order.group_id,
        "seller_id": part.seller_id,
        "cooperative_id": part.cooperative_id,
        "state": State.AWAITING_PAYMENT if paid_first else State.PLACED,
        "rail": order.rail,
        "fulfilment": part.fulfilment,
        "address": dict(part.address) if part.address else None,
        "goods_minor": part.goods.minor,
        "delivery_minor": part.delivery.minor,
        "total_minor": part.total.minor,
        "currency": part.total.currency,
        "commission_minor": sum(_commission(line) for line in part.lines),
        "cooperative_minor": sum(_fee(line) for line in part.lines),
        "deadline": order.deadline,
        "promised_day": part.promised_day,
        "created_at": now,
        "version": 1,
    }


def _commission(line: Line) -> int:
    return line.amount.part(line.terms.commission.basis_points).minor


def _fee(line: Line) -> int:
    return line.amount.part(line.terms.cooperative.basis_points).minor


def _frozen(rate: Rate, line: Line) -> Row:
    rule = rate.rule_id and str(rate.rule_id)
    return {"rule": rule, "basis_points": rate.basis_points, "base": line.amount.minor}


def _line(order_id: UUID, position: int, line: Line) -> Row:
    rates = {name: _frozen(rate, line) for name, rate in line.terms._asdict().items()}
    return {
        "order_id": order_id,
        "position": position,
        **{name: getattr(line, name) for name in AS_QUOTED},
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

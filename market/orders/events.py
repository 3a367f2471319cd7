"""What other parts hear of orders."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from market.outbox import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(Event):
    """A buyer has ordered; the seller is to be told."""

    name: ClassVar[str] = "order.placed"
    order_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMoved(Event):
    """An order has come to a new state."""

    name: ClassVar[str] = "order.moved"
    order_id: UUID
    state: str

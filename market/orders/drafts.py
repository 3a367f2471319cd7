"""What an order is made from: the buyer, and each seller's part with its lines as they are now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from market.inventory import Want
from market.money import Money
from market.orders.models import Fulfilment, LineKind
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a quote: what, how much, at which price, and the stock it would claim."""

    kind: LineKind
    listing_id: UUID
    departure_id: UUID | None = None
    category_code: str
    title: str
    quantity: Quantity
    price: Money
    amount: Money
    wants: tuple[Want, ...]
    snapshot: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is taken from a seller's sale: the market's commission and the cooperative's fee."""

    commission_basis_points: int
    cooperative_id: UUID | None = None
    cooperative_basis_points: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One seller's part of a basket, with how it reaches the buyer and what that costs."""

    seller_id: UUID
    fulfilment: Fulfilment
    address: Mapping[str, Any] | None
    lines: tuple[Line, ...]
    delivery: Money
    terms: Terms

    @property
    def goods(self) -> Money:
        """The sum of the lines."""
        return sum((line.amount for line in self.lines), Money(0, self.delivery.currency))

    @property
    def total(self) -> Money:
        """Goods and delivery."""
        return self.goods + self.delivery

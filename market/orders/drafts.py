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


@dataclass(frozen=True, slots=True)
class Rate:
    """What is taken of a line's amount, and by which dated rule; None where by none of them."""

    basis_points: int
    rule_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is taken from a line: the market's commission and the cooperative's fee."""

    commission: Rate
    cooperative: Rate


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
    terms: Terms
    snapshot: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One seller's part of a basket, with how it reaches the buyer and what that costs."""

    seller_id: UUID
    cooperative_id: UUID | None
    fulfilment: Fulfilment
    address: Mapping[str, Any] | None
    lines: tuple[Line, ...]
    delivery: Money

    @property
    def goods(self) -> Money:
        """The sum of the lines."""
        return sum((line.amount for line in self.lines), Money(0, self.delivery.currency))

    @property
    def total(self) -> Money:
        """Goods and delivery."""
        return self.goods + self.delivery

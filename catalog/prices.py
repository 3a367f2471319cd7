"""Quotes: what a basket costs now, per seller, and the stock that each line would claim."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from catalog import pricing
from catalog.pricing import Seller
from market import geography
from market.errors import Kind, MarketError
from market.money import Money
from market.orders import Fulfilment, Line, LineKind, Part

ADDRESS_LINE_MAX = 300
FREE = Money(0)


class EmptyBasket(MarketError):
    """There is nothing to buy."""

    code, kind = "basket.empty", Kind.CONFLICT


class AddressMissing(MarketError):
    """A delivery needs a commune and a line of address."""

    code, kind = "address.missing", Kind.INVALID


class Delivery(NamedTuple):
    """How goods are to come: to an address, or picked up at the seller's, by seller id.

    `pick_up` names the sellers to whom the buyer goes; the others deliver to the address for
    `fee` each. `place` is the unit as the buyer wrote it.
    """

    unit_code: str | None = None
    address: str | None = None
    place: str | None = None
    pick_up: frozenset[UUID] = frozenset()
    fee: Money = FREE


def quote(
    session: Session,
    *,
    lines: Sequence[Any],
    delivery: Delivery,
    commission_basis_points: int,
    lang: str,
    now: datetime,
) -> list[Part]:
    """The parts of the basket: per seller the goods, and apart from them the visits.

    Commission and cooperative's fee of a line are those of the first dated rule that fits, else
    the commission given here and the fee agreed with the member.

    Raises EmptyBasket, NotForSale, OffIncrement, OutOfStock or TooMuchMoney for what cannot be
    sold as asked.
    """
    if not lines:
        raise EmptyBasket
    tariff = pricing.tariff(session, commission_basis_points=commission_basis_points, now=now)
    sold: dict[tuple[Seller, LineKind], list[Line]] = defaultdict(list)
    for seller, line in pricing.priced(session, lines=lines, lang=lang, tariff=tariff, now=now):
        sold[seller, line.kind].append(line)
    parts = [_part(seller, kind, tuple(its), delivery) for (seller, kind), its in sold.items()]
    pricing.within_bounds(sum((part.total for part in parts), FREE))
    return parts


def _part(seller: Seller, kind: LineKind, lines: tuple[Line, ...], delivery: Delivery) -> Part:
    fulfilment = Fulfilment.PICK_UP if seller.id in delivery.pick_up else Fulfilment.DELIVERY
    if kind is LineKind.SEATS:
        fulfilment = Fulfilment.VISIT
    by_courier = fulfilment is Fulfilment.DELIVERY
    return Part(
        seller_id=seller.id,
        cooperative_id=seller.cooperative_id,
        fulfilment=fulfilment,
        address=_address(delivery) if by_courier else None,
        lines=lines,
        delivery=delivery.fee if by_courier else Money(0, delivery.fee.currency),
    )


def _address(delivery: Delivery) -> Mapping[str, Any] | None:
    if delivery.unit_code is None and delivery.address is None:
        return None  # a first look at the price, before anybody asked where to
    if not delivery.unit_code or not delivery.address or not delivery.address.strip():
        raise AddressMissing
    return geography.kept(delivery.address, delivery.unit_code, place=delivery.place)

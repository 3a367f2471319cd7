"""Quotes: what a basket costs now, per seller, and the stock that each line would claim."""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from catalog import delivering, pricing, visiting
from catalog.pricing import Seller
from market import Kind, MarketError, Money, clock, geography, rates
from market.orders import Fulfilment, Line, LineKind, Part

ADDRESS_LINE_MAX = 300
FREE = Money(0)


class EmptyBasket(MarketError, code="basket.empty", kind=Kind.CONFLICT):
    """There is nothing to buy."""


class AddressMissing(MarketError, code="address.missing"):
    """A delivery needs a commune and a line of address."""


Zones = Mapping[str, delivering.Zone] | None
Point = delivering.PickupPoint
Sold = dict[tuple[Seller, LineKind, Hashable], list[Line]]


class Delivery(NamedTuple):
    """How goods are to come: to an address, or picked up at the seller's, by seller id.

    `pick_up` names the sellers to whom the buyer goes, `points` the ids of points of theirs to go
    to instead; the others deliver to the address, for `fee` where they have no zones of their own.
    `place` is the unit as the buyer wrote it.
    """

    unit_code: str | None = None
    address: str | None = None
    place: str | None = None
    pick_up: frozenset[UUID] = frozenset()
    points: frozenset[UUID] = frozenset()
    fee: Money = FREE


def quote(
    session: Session,
    *,
    lines: Sequence[Any],
    delivery: Delivery,
    commission_basis_points: int,
    lang: str,
    buyer_id: UUID | None = None,
    reseller_id: UUID | None = None,
    now: datetime,
) -> list[Part]:
    """The parts of the basket: per seller the goods, and apart from them each visit and each stay.

    What is ordered ahead is a part of its own for each harvest, which comes or fails by itself.

    Commission and cooperative's fee of a line are those of the first dated rule that fits, else
    the commission given here and the fee agreed with the member. Without a buyer it is retail,
    to a reseller it is net.
    Where no unit is told yet, delivery costs at least the sum that stands there.

    Raises EmptyBasket, NotForSale, SellerClosed, OffIncrement, OutOfStock or TooMuchMoney for what
    cannot be sold as asked, PointClosed, OutsideZone, NotCooled or Spoils for what cannot reach
    the buyer.
    """
    if not lines:
        raise EmptyBasket
    rules = rates.in_force(session, on=clock.day_of(now), purposes=pricing.AGREED)
    tariff = pricing.Tariff(rules, commission_basis_points, reseller_id)
    asked: Any = {"lines": lines, "lang": lang, "buyer_id": buyer_id, "now": now}
    sold: Sold = defaultdict(list)
    for seller, line in pricing.priced(session, tariff=tariff, **asked):
        sold[seller, line.kind, _apart(line)].append(line)
    visiting.require_parties(session, parts=sold.values())
    parts = _parts(session, sold, delivery)
    pricing.within_bounds(sum((part.total for part in parts), FREE))
    return parts


def _apart(line: Line) -> Hashable:
    """What is an order by itself: a harvest to come, one departure, one stay."""
    if line.kind is not LineKind.GOODS:
        return line.departure_id, line.snapshot["starts_at"], line.snapshot["ends_at"]
    return line.listing_id if line.promised_day else None


def _parts(session: Session, sold: Sold, delivery: Delivery) -> list[Part]:
    points = delivering.points_named(session, ids=delivery.points)
    zoned = {seller.id for seller, *_ in sold if seller.zoned}
    zones = delivering.zones_of(session, seller_ids=zoned - points.keys())
    return [
        Part(
            seller_id=seller.id,
            cooperative_id=seller.cooperative_id,
            lines=tuple(its),
            promised_day=its[0].promised_day,
            **_way(its, delivery, points.get(seller.id), zones.get(seller.id), seller),
        )
        for (seller, *_), its in sold.items()
    ]


def _way(
    lines: Sequence[Line], delivery: Delivery, point: Point | None, zones: Zones, seller: Seller
) -> dict[str, Any]:
    """How a part reaches the buyer, where to, and what that costs."""
    if lines[0].kind is not LineKind.GOODS:
        return {"fulfilment": Fulfilment.VISIT, "address": None, "delivery": FREE}
    if point or seller.id in delivery.pick_up:
        address = point and delivering.told(point)
        return {"fulfilment": Fulfilment.PICK_UP, "address": address, "delivery": FREE}
    fee = _fee(lines, delivery, zones)
    return {"fulfilment": Fulfilment.DELIVERY, "address": _address(delivery), "delivery": fee}


def _fee(lines: Sequence[Line], delivery: Delivery, zones: Zones) -> Money:
    to = delivery.unit_code
    if to is None:
        return min(zone.fee for zone in zones.values()) if zones else delivery.fee
    for line in lines:
        about = {"listing_id": str(line.listing_id), "title": line.title}
        if why := delivering.why_not(line.snapshot, to=to, zones=zones, **about):
            raise why
    return delivery.fee if zones is None else zones[to].fee


def _address(delivery: Delivery) -> Mapping[str, Any] | None:
    if delivery.address is None:
        return None  # a first look at the price, before anybody asked where to
    if not delivery.unit_code or not delivery.address.strip():
        raise AddressMissing
    return geography.kept(delivery.address, delivery.unit_code, place=delivery.place)

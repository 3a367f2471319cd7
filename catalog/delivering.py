"""Where a seller delivers and where goods wait, and which promises the road can keep."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from market import MINOR_MAX, Kind, MarketError, Money, geography
from market.db import Base, Created, Identified, Json, by_id
from market.orders import Part
from market.quantity import Quantity


class DeliveryZone(Base):
    """A unit to which a seller delivers, for how much, and whether cooled all the way."""

    __table_args__ = (CheckConstraint(f"fee_minor BETWEEN 0 AND {MINOR_MAX}", name="fee"),)

    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    unit_code: Mapped[str] = mapped_column(primary_key=True)
    fee_minor: Mapped[int]
    cooled: Mapped[bool]


class PickupPoint(Identified, Created, Base):
    """Where buyers of a seller fetch their goods; `hours` by weekday (ISO 8601, 1 is Monday)."""

    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str]
    unit_code: Mapped[str]
    address: Mapped[str]
    hours: Mapped[dict[str, Any]] = mapped_column(Json)
    closed_at: Mapped[datetime | None]


class OutsideZone(MarketError, code="delivery.outside_zone", kind=Kind.CONFLICT):
    """The seller does not deliver to the unit; facts: `place`, `unit_code`."""


class NotCooled(MarketError, code="delivery.not_cooled", kind=Kind.CONFLICT):
    """The goods must stay cold, and the way to the unit is not; facts: `place`, `unit_code`."""


class Spoils(MarketError, code="delivery.spoils", kind=Kind.CONFLICT):
    """The way takes longer than the goods keep; facts: `shelf_hours`, `route_hours`, `estimate`."""


class PointClosed(MarketError, code="delivery.point_closed", kind=Kind.CONFLICT):
    """Goods are not handed out there any more."""


class Zone(NamedTuple):
    """A unit to which a seller delivers, for how much, and whether cooled all the way."""

    unit_code: str
    fee: Money
    cooled: bool = False


class Landed(NamedTuple):
    """Freight by the value of the goods; above the ratio, from how much on it would not be."""

    basis_points: int
    goods: Money | None = None
    quantity: Quantity | None = None


def zones_of(session: Session, *, seller_ids: Collection[UUID]) -> dict[UUID, dict[str, Zone]]:
    """The zones of sellers who have some, by unit."""
    found: dict[UUID, dict[str, Zone]] = {seller_id: {} for seller_id in seller_ids}
    if found:
        its = select(DeliveryZone).where(DeliveryZone.seller_id.in_(found))
        for row in session.scalars(its.order_by(DeliveryZone.unit_code)):
            zone = Zone(row.unit_code, Money(row.fee_minor), row.cooled)
            found[row.seller_id][zone.unit_code] = zone
    return found


def points_of(session: Session, *, seller_ids: Collection[UUID]) -> list[PickupPoint]:
    """The open points of sellers, by name."""
    mine = PickupPoint.seller_id.in_(seller_ids) & PickupPoint.closed_at.is_(None)
    return list(session.scalars(select(PickupPoint).where(mine).order_by(PickupPoint.name)))


def points_named(session: Session, *, ids: Collection[UUID]) -> dict[UUID, PickupPoint]:
    """The points by their sellers; raises PointClosed for one that is closed or none."""
    found = by_id(session, PickupPoint, ids) if ids else {}
    if len(found) < len(ids) or any(point.closed_at for point in found.values()):
        raise PointClosed
    return {point.seller_id: point for point in found.values()}


def told(point: PickupPoint) -> dict[str, Any]:
    """The point as it is kept with an order: an address with its name and hours."""
    pickup = {"name": point.name, "hours": point.hours}
    return geography.kept(point.address, point.unit_code) | {"pickup": pickup}


def why_not(
    needs: Mapping[str, Any], *, to: str, zones: Mapping[str, Zone] | None, **about: Any
) -> MarketError | None:
    """What keeps goods, of which a line's snapshot tells, from a unit; `zones` None: everywhere."""
    zone = zones and zones.get(to)
    about |= {"unit_code": to, "place": geography.unit(to).name}
    if zones is not None and zone is None:
        return OutsideZone(**about)
    if needs.get("cold_chain") and not (zone and zone.cooled):
        return NotCooled(**about)
    if shelf_hours := needs.get("shelf_hours"):
        way = geography.route(needs["commune"], to)
        about |= {"shelf_hours": shelf_hours, "route_hours": way.hours, "estimate": way.estimate}
        return Spoils(**about) if shelf_hours < way.hours else None
    return None


def reached(listing: Any, zones: Mapping[str, Zone] | None) -> list[str] | None:
    """The units that a listing can be brought to; None for everywhere."""
    needs = {name: getattr(listing, name) for name in ("cold_chain", "shelf_hours")}
    if zones is None and not any(needs.values()):
        return None
    needs["commune"] = listing.unit_code
    every = (unit.code for unit in geography.units())
    return [code for code in every if why_not(needs, to=code, zones=zones) is None]


def landed(part: Part, *, warning_basis_points: int) -> Landed | None:
    """What delivery adds to the goods, in hundredths of a per cent, rounded up; None for nothing.

    Above the ratio it tells the least goods that stay within, of a single line the quantity.
    """
    freight, goods = part.delivery.minor, part.goods.minor
    if not freight or not goods:
        return None
    ratio = -(-freight * 10_000 // goods)
    if ratio <= warning_basis_points:
        return Landed(ratio)
    least = -(-freight * 10_000 // warning_basis_points)
    (line, *others), quantity = part.lines, None
    if not others:
        steps = -(-line.quantity.value * least // (goods * line.increment))
        quantity = replace(line.quantity, value=steps * line.increment)
    return Landed(ratio, Money(least), quantity)

"""A seller says where they deliver, and where goods are handed out."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from catalog import offers, search
from catalog.delivering import DeliveryZone, PickupPoint, Zone
from catalog.models import Listing
from market import FieldInvalid, NotFound, audit, changed, geography, took_effect, uuid7
from market.accounts import Actor, Organisation

WEEK = "1234567"
_DAY = re.compile(rf"[{WEEK}] ([01]\d|2[0-3]):[0-5]\d ([01]\d|2[0-3]):[0-5]\d", re.ASCII)


def set_zones(
    session: Session, *, actor: Actor, seller_id: UUID, zones: Sequence[Zone], now: datetime
) -> None:
    """Deliver to these units and no others from now on; to none named is everywhere.

    Raises UnknownPlace, PriceOutOfRange, or FieldInvalid for a unit named twice.
    """
    offers.require_seller(actor, seller_id)
    if len({geography.unit(zone.unit_code) for zone in zones}) < len(zones):
        raise FieldInvalid(field="unit_code", reason="delivery.zone_twice")
    changed(session, session.get_one(Organisation, seller_id), zoned=bool(zones))
    session.execute(delete(DeliveryZone).where(DeliveryZone.seller_id == seller_id))
    for code, fee, cooled in zones:
        its = {"unit_code": code, "fee_minor": offers.minor_of(fee, least=0), "cooled": cooled}
        session.add(DeliveryZone(seller_id=seller_id, **its))
    live = (Listing.seller_id == seller_id) & Listing.is_live
    for listing_id in session.scalars(select(Listing.id).where(live).order_by(Listing.id)).all():
        search.refresh(session, subject_id=listing_id)
    audit.note(session, actor, "organisation.zones_set", seller_id, now=now)


def open_point(
    session: Session, *, actor: Actor, seller_id: UUID, now: datetime, **told: Any
) -> PickupPoint:
    """Hand goods out at a place with `name`, `unit_code`, `address` and, by weekday, `hours`.

    Hours are as `{"1": ["07:00", "11:00"]}`. Raises UnknownPlace, or FieldInvalid for hours that
    are none, or end before they begin.
    """
    offers.require_seller(actor, seller_id)
    geography.unit(told["unit_code"])
    _require_hours(told["hours"])
    point = PickupPoint(id=uuid7(), seller_id=seller_id, created_at=now, **told)
    session.add(point)
    session.flush()
    audit.note(session, actor, "pickup_point.opened", point.id, now=now)
    return point


def close_point(
    session: Session, *, actor: Actor, seller_id: UUID, point_id: UUID, now: datetime
) -> None:
    """Hand nothing more out there; what was promised there stays. Raises NotFound."""
    offers.require_seller(actor, seller_id)
    its = (PickupPoint.id == point_id) & (PickupPoint.seller_id == seller_id)
    closing = update(PickupPoint).where(its, PickupPoint.closed_at.is_(None)).values(closed_at=now)
    if not took_effect(session, closing):
        raise NotFound(what="point")
    audit.note(session, actor, "pickup_point.closed", point_id, now=now)


def _require_hours(hours: Mapping[str, Sequence[str]]) -> None:
    days = [" ".join((day, *span)) for day, span in hours.items()]
    if not days or not all(_DAY.fullmatch(day) and day[2:7] < day[8:] for day in days):
        raise FieldInvalid(field="hours", reason="delivery.hours")

"""Makers of what guests book: a house with rooms by the night, and departures that share a boat."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from catalog import baskets, experiences, scheduling
from catalog.booking_models import ExperienceOption
from catalog.models import Basket, Departure, Experience, ListingState
from market import clock, inventory
from market.accounts import NOBODY, Actor
from market.ids import secret
from market.inventory.models import ResourceKind
from market.money import Money
from tests import makers


def option_of(session: Session, experience: Experience, **changes: Any) -> ExperienceOption:
    """The first option of an experience, changed."""
    option = session.get_one(ExperienceOption, experience.id)
    for name, value in changes.items():
        setattr(option, name, value)
    session.flush()
    return option


def guesthouse(
    session: Session,
    now: datetime,
    *,
    rooms: int = 2,
    nights: int = 40,
    of: Actor | None = None,
    **changes: Any,
) -> ExperienceOption:
    """A live homestay with rooms of one type for so many nights from today on."""
    host = of or makers.seller(session, now)
    visit = experiences.Visit(
        seller_id=makers.only(host.seller_ids),
        category_code="stay.homestay",
        unit_code=makers.COMMUNE,
        duration_minutes=60 * 22,
        cutoff_minutes=60,
        adult=Money(400_000),
        texts={"vi": {"title": "Nhà gỗ trên đồi"}},
    )
    house = experiences.draft(session, actor=host, visit=visit, now=now)
    house.state, house.listed_at = ListingState.LIVE, now
    option = option_of(session, house, **changes)
    first = clock.day_of(now).toordinal()
    for bucket in range(first, first + nights):
        where: dict[str, Any] = {"resource_id": option.resource_id, "bucket": bucket}
        inventory.change(session, **where, delta=rooms, reason="opened", actor=host, now=now)
    return option


def open_daily(
    session: Session, now: datetime, host: Actor, *, seats: int = 50, **changes: Any
) -> Experience:
    """A live garden, open from seven to five on every day of a month from tomorrow."""
    garden, departure = makers.tour(session, now, of=host)
    session.delete(departure)
    session.flush()
    option_of(session, garden, **changes)
    starts = f"{clock.day_of(now) + timedelta(days=1)}T07:00"
    rule = {"starts": starts, "rrule": "FREQ=DAILY;COUNT=32", "except": [], "until": "17:00"}
    which: Any = {"actor": host, "option_id": garden.id, "now": now}
    scheduling.set_schedule(session, **which, rules=[rule | {"seats": seats}])
    return garden


def boat(
    session: Session, host: Actor, *, minutes: int = 30, places: int = 12, name: str = "Hải Âu"
) -> UUID:
    """A boat that needs so many minutes between two uses."""
    its: Any = {"kind": ResourceKind.VEHICLE, "owner_id": makers.only(host.seller_ids)}
    named: Any = {"name": name, "places": places, "turnaround_minutes": minutes}
    return inventory.open_resource(session, **its, **named)


def at_sea(
    session: Session, now: datetime, host: Actor, boat_id: UUID, *hours: int, seats: int = 10
) -> list[Departure]:
    """Departures of a new tour of three hours with the boat, so many hours after two days."""
    tour, _ = makers.tour(session, now, of=host)
    option_of(session, tour, asset_ids=[str(boat_id)])
    starts = [now + timedelta(days=2, hours=it) for it in hours]
    its: Any = {"experience_id": tour.id, "starts": starts, "seats": seats}
    return experiences.open_departures(session, actor=host, **its, now=now)


def basket_of_nights(
    session: Session, now: datetime, option: ExperienceOption, nights: str, rooms: int = 1
) -> Basket:
    """A guest's basket with rooms for `2026-12-24/2026-12-26`."""
    basket = baskets.open_basket(session, actor=NOBODY, secret=secret(16), now=now)
    which: Any = {"option_id": option.id, "nights": nights, "quantity": rooms}
    baskets.put_nights(session, basket=basket, **which, now=now)
    return basket

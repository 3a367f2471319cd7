"""Who sleeps where: written by buyer or host, told to the police, and forgotten soon after.

For guests with Vietnamese papers Law on Residence 68/2020/QH14, art. 30, asks for full name, number
of the personal identification or passport, reason and time of the stay, and its address. Foreigners
are told by form NA17 (Circular 04/2015/TT-BCA): name, day of birth, nationality and passport are
kept here; what else that form asks its writer adds.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from market import audit, clock, orders, portable
from market.accounts import Actor
from market.bookings import GuestList
from market.db import took_effect
from market.errors import FieldInvalid, NotFound
from market.orders import LineKind, Order, OrderLine, State
from translations import formats

GUESTS_MAX = 100
TOLD, UNTOLD = timedelta(hours=24), timedelta(days=30)
OFF = (State.CANCELLED, State.EXPIRED, State.RETURNED)


class Paper(StrEnum):
    """What a guest is known by."""

    CITIZEN = "citizen-id"
    PASSPORT = "passport"
    OTHER = "other"


def keep(
    session: Session, *, order: Order, guests: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    """Have these guests on the list of a stay; nothing of them is written anywhere else.

    Each has a `name`, a day of birth `born`, a `nationality` (ISO 3166-1 alpha-2), a `paper` with
    its `number`, perhaps an `address`. Raises FieldInvalid (of `born-0`) or NotFound.
    """
    lines = orders.queries.lines(session, order_ids=[order.id])[order.id]
    if any(line.kind != LineKind.NIGHTS for line in lines):
        raise NotFound(what="guest_list")
    for number, guest in enumerate(guests):
        if not _is_day_of_birth(guest["born"], clock.day_of(now)):
            raise FieldInvalid(field=f"born-{number}", reason="field.bad_day")
        if guest["nationality"] not in formats.countries("en"):
            raise FieldInvalid(field=f"nationality-{number}", reason="field.not_allowed")
    said: Any = {"guests": list(map(dict, guests)), "written_at": now, "declared_at": None}
    if not portable.insert_new(session, GuestList, order_id=order.id, **said):
        session.execute(update(GuestList).filter_by(order_id=order.id).values(**said))


def of_orders(session: Session, *, order_ids: Sequence[UUID]) -> dict[UUID, GuestList]:
    """The lists of those orders that have one."""
    found = session.scalars(select(GuestList).where(GuestList.order_id.in_(order_ids)))
    return {each.order_id: each for each in found}


def declare(session: Session, *, actor: Actor, order_id: UUID, now: datetime) -> None:
    """The host has told the police: the list goes after 24 hours. Raises NotFound without one."""
    order = orders.queries.sold_by(session, actor=actor, order_id=order_id)
    telling = update(GuestList).where(GuestList.order_id == order.id)
    if not took_effect(session, telling.values(declared_at=now)):
        raise NotFound(what="guest_list")
    audit.note(session, actor, "guests.declared", order.id, now=now)


def forget_guests(session: Session, *, now: datetime) -> None:
    """Erase what was declared a day ago, what nobody declared for 30 days, and what is off."""
    called_off = GuestList.order_id.in_(select(Order.id).where(Order.state.in_(OFF)))
    session.execute(delete(GuestList).where(called_off | (GuestList.declared_at <= now - TOLD)))
    its = select(OrderLine.order_id, OrderLine.snapshot)
    kept = session.execute(its.join(GuestList, GuestList.order_id == OrderLine.order_id))
    said = [(order_id, datetime.fromisoformat(stay["ends_at"])) for order_id, stay in kept]
    over = [order_id for order_id, left_at in said if left_at <= now - UNTOLD]
    session.execute(delete(GuestList).where(GuestList.order_id.in_(over)))


def _is_day_of_birth(said: str, today: date) -> bool:
    try:
        return date(1900, 1, 1) <= date.fromisoformat(said) <= today
    except ValueError:
        return False

"""Holidays: days on which a shop sells no goods and answers nobody, both of the ends included."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from market import clock, inventory
from market.accounts import Organisation
from market.db import changed
from market.errors import Kind, MarketError
from market.orders import Fulfilment, Order, State

LATE = timedelta(hours=1)  # a clock that ran out longer ago is not wound up by a holiday


class SellerClosed(MarketError, code="seller.closed", kind=Kind.CONFLICT):
    """The shop sells no goods these days; facts: `until`, the last of them."""


def coming(shop: Any, now: datetime) -> tuple[date, date] | None:
    """The first and the last day on which the shop is closed, unless they are over.

    Of a row with `closed_from` and `closed_until`, days or ISO 8601.
    """
    if not shop.closed_from:
        return None
    first, last = (date.fromisoformat(str(day)) for day in (shop.closed_from, shop.closed_until))
    return (first, last) if clock.day_of(now) <= last else None


def require_open(shop: Any, now: datetime) -> None:
    """Refuse goods that a closed shop would have to pack; raises SellerClosed."""
    days = coming(shop, now)
    if days and days[0] <= clock.day_of(now):
        raise SellerClosed(until=days[1].isoformat())


def postpone(session: Session, *, now: datetime) -> None:
    """Let the clocks of closed shops stand still.

    What would have to be answered on a closed day is, until the end of the first day after.
    """
    asked = select(Order, Organisation).join(Organisation, Organisation.id == Order.seller_id)
    closed = asked.where(Organisation.closed_until >= clock.day_of(now))
    waiting = closed.where(Order.state == State.PLACED, Order.offered_at.is_(None))
    goods = waiting.where(Order.fulfilment != Fulfilment.VISIT, Order.deadline > now - LATE)
    for order, shop in session.execute(goods.order_by(Order.id)).all():
        days, day = coming(shop, now), clock.day_of(order.deadline or now)
        if days and days[0] <= day <= days[1]:
            until = clock.end_of(days[1] + timedelta(days=1))
            if changed(session, order, Order.state == State.PLACED, deadline=until):
                inventory.claiming.prolong(session, owner_ids=[order.id], until=until)

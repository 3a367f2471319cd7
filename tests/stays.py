"""Houses for tests: a guesthouse with rooms, whoever books them, and their tickets."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from catalog import baskets, experiences, stays
from catalog.booking_models import ExperienceOption
from catalog.models import ListingState
from market import bookings, clock, orders
from market.accounts import NOBODY, Actor
from market.bookings import Ticket
from market.ids import secret
from market.money import Money
from market.orders import Order
from tests import makers


class House:
    """A live homestay of one's own with rooms of one type; `night(3)` is three days from today."""

    def __init__(
        self, session: Any, now: datetime, *, rooms: int = 3, nights: int = 60, **changes: Any
    ) -> None:
        self.now, self.today = now, clock.day_of(now)
        self.host: Actor = makers.seller(session, now, member=True)
        house = experiences.draft(
            session,
            actor=self.host,
            visit=experiences.Visit(
                seller_id=makers.only(self.host.seller_ids),
                category_code="stay.homestay",
                unit_code=changes.pop("commune", makers.COMMUNE),
                duration_minutes=60 * 22,
                cutoff_minutes=60,
                adult=Money(changes.pop("price", 400_000)),
                texts={"vi": {"title": changes.pop("title", "Nhà gỗ trên đồi")}},
            ),
            now=now,
        )
        house.state, house.listed_at = ListingState.LIVE, now
        session.flush()
        self.id = house.id
        if nights:
            self.opens(session, 0, nights - 1, rooms=rooms)
        option = session.get_one(ExperienceOption, house.id)
        for name, value in changes.items():
            setattr(option, name, value)
        session.flush()

    def night(self, number: int) -> date:
        return self.today + timedelta(days=number)

    def opens(self, session: Any, first: int, last: int, **said: Any) -> None:
        """Change nights, both ends counted from today."""
        span: Any = {"first": self.night(first), "last": self.night(last)}
        its: Any = {"option_id": self.id, "actor": said.pop("actor", self.host), **span, **said}
        stays.change(session, **its, now=self.now)

    def basket(self, session: Any, first: int, last: int, rooms: int = 1) -> Any:
        """A guest's basket with rooms for the nights from `first` on and before `last`."""
        basket = baskets.open_basket(session, actor=NOBODY, secret=secret(16), now=self.now)
        nights = f"{self.night(first)}/{self.night(last)}"
        its: Any = {"option_id": self.id, "nights": nights, "quantity": rooms}
        baskets.put_nights(session, basket=basket, **its, now=self.now)
        return basket

    def books(
        self, session: Any, first: int, last: int, *, rooms: int = 1, phone: str = "+84912345678"
    ) -> Order:
        """An order that is paid: its tickets are valid."""
        basket = self.basket(session, first, last, rooms)
        group = makers.check_out(session, self.now, basket, phone=phone)
        (order,) = orders.queries.of_group(session, group_id=group.id)
        bookings.validate(session, order_id=order.id)
        return order

    def tickets(self, session: Any, order: Order) -> list[Ticket]:
        return list(session.scalars(select(Ticket).where(Ticket.order_id == order.id)))

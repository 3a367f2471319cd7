"""Booked trips in a small market: a host with departures on two days, a house, and its guests."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from catalog import experiences
from catalog.booking_models import ExperienceOption, Waiting
from catalog.models import Departure, SeatUnit
from market import bookings, inventory, orders
from market.accounts import NOBODY
from market.inventory.models import Cell
from market.money import Money
from market.orders import Buyer, OrderGroup, OrderLine, Rail
from payments import cancelling, collecting, rescheduling, waiting, withdrawing
from payments.rescheduling import To
from tests import makers
from tests.payments.market import Market

TIERS = [{"hours": 72, "percent": 100}, {"hours": 24, "percent": 50}]


class Trips(Market):
    """The same market with a tour on two days."""

    def opens(self) -> None:
        super().opens()
        with self.database.transaction() as session:
            self.host = makers.seller(session, self.now, name="Nhà Gió", member=True)
            self.tour, self.first = makers.tour(session, self.now, of=self.host, seats=10)
            session.expunge_all()
        self.soon = self.departs(days=2)
        self.later = self.departs(days=5)
        self.changes(tiers=TIERS)

    def seller(self, order_id: UUID) -> Any:
        seller_id = self.order(order_id).seller_id
        return self.host if seller_id in self.host.seller_ids else super().seller(order_id)

    def departs(self, *, seats: int = 10, **after: float) -> Departure:
        with self.database.transaction() as session:
            (made,) = experiences.open_departures(
                session,
                actor=self.host,
                experience_id=self.tour.id,
                starts=[self.now + timedelta(**after)],
                seats=seats,
                now=self.now,
            )
            session.expunge_all()
            return made

    def changes(self, **values: Any) -> None:
        """The option is sold otherwise from now on."""
        with self.database.transaction() as session:
            option = session.get_one(ExperienceOption, self.tour.id)
            for name, value in values.items():
                setattr(option, name, value)

    def books(
        self, departure: Departure, guests: int = 2, *, rail: Rail = Rail.BANK_TRANSFER
    ) -> UUID:
        """Guests who have paid, or pay cash there."""
        (order_id,) = self.buys((departure, guests), rail=rail)
        if rail is Rail.CARD:
            self.pays(order_id)
            self.hears()
        if rail is Rail.BANK_TRANSFER:
            self.transfers(order_id)
            self.bank_tells()
        return order_id

    def terms(self, order_id: UUID, *codes: str) -> withdrawing.Terms:
        with self.database.reading() as session:
            order = session.get_one(orders.Order, order_id)
            return withdrawing.terms(session, order=order, codes=codes, now=self.now)

    def withdraws(self, order_id: UUID, *codes: str, expected: int | None = None) -> None:
        with self.database.transaction() as session:
            withdrawing.withdraw(
                session,
                actor=NOBODY,
                order=session.get_one(orders.Order, order_id),
                codes=codes,
                expected=None if expected is None else Money(expected),
                now=self.now,
            )

    def goes(self, order_id: UUID, departure: Departure | None = None, **more: Any) -> UUID:
        """Change the booking; the id of the order, or of the one that is to be paid."""
        to = To(departure and departure.id, more.pop("nights", None))
        with self.database.transaction() as session:
            return rescheduling.change(
                session,
                actor=NOBODY,
                order=session.get_one(orders.Order, order_id),
                to=to,
                now=self.now,
                **more,
            ).id

    def difference(self, order_id: UUID, departure: Departure) -> int:
        with self.database.reading() as session:
            order = session.get_one(orders.Order, order_id)
            to = To(departure.id)
            its = rescheduling.preview(session, order=order, to=to, now=self.now)
            return its.difference.minor

    def extends(self, order_id: UUID) -> Any:
        with self.database.transaction() as session:
            group = session.get_one(OrderGroup, session.get_one(orders.Order, order_id).group_id)
            return collecting.extend(session, actor=NOBODY, group=group, now=self.now)

    def expires(self) -> None:
        with self.database.transaction() as session:
            cancelling.expire_due(session, now=self.now)
            inventory.sweep(session, now=self.now)

    def waits(self, departure: Departure, guests: int, phone: str = "+84933000111") -> UUID:
        buyer = Buyer(person_id=None, name="Mai", phone=phone, email=None, language="vi")
        with self.database.transaction() as session:
            units = {SeatUnit.ADULT: guests}
            its = {"departure_id": departure.id, "units": units, "buyer": buyer}
            return waiting.join(session, **its, now=self.now).id

    def offers(self) -> None:
        waiting.offer_due(self.database, now=self.now)

    def takes(self, waiting_id: UUID, rail: Rail = Rail.BANK_TRANSFER) -> UUID:
        with self.database.transaction() as session:
            group = waiting.take(
                session,
                actor=NOBODY,
                waiting=session.get_one(Waiting, waiting_id),
                rail=rail,
                house=makers.HOUSE,
                now=self.now,
            )
            (order,) = orders.queries.of_group(session, group_id=group.id)
            return order.id

    def party(self, waiting_id: UUID) -> Waiting:
        return self._one(Waiting, waiting_id)

    def tickets(self, order_id: UUID, *states: bookings.TicketState) -> list[bookings.Ticket]:
        with self.database.reading() as session:
            found = bookings.of_orders(session, order_ids=[order_id])[order_id]
            session.expunge_all()
            return [each for each in found if each.state in (states or bookings.LIVE)]

    def line(self, order_id: UUID) -> OrderLine:
        with self.database.reading() as session:
            line = session.get_one(OrderLine, (order_id, 0))
            session.expunge_all()
            return line

    def taken(self, departure: Departure) -> tuple[int, int]:
        """Seats held and sold."""
        return self.counted(departure.resource_id, departure.bucket)

    def counted(self, resource_id: UUID, bucket: int) -> tuple[int, int]:
        with self.database.reading() as session:
            cell = session.get_one(Cell, (resource_id, bucket))
            assert inventory.drift(session) == []
            return cell.held, cell.sold

    def told(self) -> list[str]:
        """The keys of all that anybody was told."""
        from market.notifications.telling import Notice

        with self.database.reading() as session:
            return list(session.scalars(select(Notice.key).order_by(Notice.id)))

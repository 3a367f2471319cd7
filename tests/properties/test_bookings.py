"""A random life of bookings: what is claimed, ticketed, held and owed always agrees."""

import random
from contextlib import suppress

import pytest
from sqlalchemy import select

from catalog.booking_models import ExperienceOption
from market import bookings, inventory, orders
from market.errors import MarketError
from market.inventory.models import Claim, ClaimState
from market.orders import Rail
from market.orders.models import Order
from payments import fulfilling
from tests.databases import settings_for
from tests.payments.test_booking_life import calls_off, chooses
from tests.payments.trips import Trips
from tests.visits import at_sea, boat

pytestmark = pytest.mark.slow

STEPS, GONE_MAX = 120, 5
COUNTING = {"pending", "valid", "redeemed", "no-show"}
PRICES = (100_000, 150_000, 200_000)
RAILS = (Rail.BANK_TRANSFER, Rail.CASH, Rail.CARD)
REMEDIES = ("rebook", "rebook", "credit", "refund")


class Life:
    """What guests, hosts and the sea do, each deed at random."""

    def __init__(self, trips, now, seed):
        self.trips, self.chance = trips, random.Random(seed)
        with trips.database.transaction() as session:
            boat_id = boat(session, trips.host, places=12)
            sea = at_sea(session, now, trips.host, boat_id, 1, 6, 30, seats=8)
            session.expunge_all()
        self.starts = [trips.soon, trips.later, trips.departs(days=6, seats=6), *sea]
        self.made, self.unpaid, self.waiting, self.gone, self.number = [], [], [], set(), 0

    def phone(self):
        self.number += 1
        return f"+8491{self.number:07}"

    def any_booked(self):
        return self.chance.choice(self.made)

    def any_start(self):
        return self.chance.choice(self.starts)

    def book(self):
        rail = self.chance.choice(RAILS)
        self.made.append(self.trips.books(self.any_start(), self.chance.randint(1, 4), rail=rail))
        if rail is Rail.CASH:
            self.trips.confirms(self.made[-1])

    def book_and_pay_later(self):
        what = (self.any_start(), self.chance.randint(1, 3))
        (order_id,) = self.trips.buys(what, rail=Rail.BANK_TRANSFER, phone=self.phone())
        self.made.append(order_id)
        self.unpaid.append(order_id)

    def cancel_for_some(self):
        order_id = self.any_booked()
        tickets = self.trips.tickets(order_id)
        some = self.chance.sample(tickets, self.chance.randint(1, max(1, len(tickets) - 1)))
        self.trips.withdraws(order_id, *(ticket.code for ticket in some))

    def cancel(self):
        self.trips.withdraws(self.any_booked())

    def change(self):
        order_id = self.any_booked()
        asked = self.trips.goes(order_id, self.any_start())
        if asked != order_id:
            self.unpaid.append(asked)

    def price(self):
        with self.trips.database.transaction() as session:
            for option in session.scalars(select(ExperienceOption)):
                price = {"price": self.chance.choice(PRICES)}
                option.units = [unit | price for unit in option.units]

    def pay(self):
        order_id = self.unpaid.pop(self.chance.randrange(len(self.unpaid)))
        self.trips.transfers(order_id)
        self.trips.bank_tells()

    def close_the_sea(self):
        if len(self.gone) < GONE_MAX:
            start = self.any_start()
            self.gone.add(start.id)
            calls_off(self.trips, start)
            self.starts.append(self.trips.departs(days=self.chance.randint(3, 12), seats=5))

    def choose(self):
        with self.trips.database.reading() as session:
            every = session.scalars(select(Order)).all()
            ids = [it.id for it in every if orders.moving.is_suspended(it) and it.id in self.made]
        remedy = self.chance.choice(REMEDIES)
        chooses(self.trips, self.chance.choice(ids), remedy, self.any_start().id)

    def wait(self):
        its = self.any_start(), self.chance.randint(1, 5)
        self.waiting.append(self.trips.waits(*its, phone=self.phone()))

    def offer(self):
        self.trips.offers()

    def take(self):
        self.made.append(self.trips.takes(self.chance.choice(self.waiting)))
        self.unpaid.append(self.made[-1])

    def pass_time(self):
        self.trips.pass_time(hours=self.chance.choice((1, 3, 13)))
        self.trips.expires()

    def hold_longer(self):
        self.trips.extends(self.any_booked())

    def stay_away(self):
        with self.trips.database.transaction() as session:
            its = {"order_id": self.any_booked(), "now": self.trips.now}
            fulfilling.miss(session, actor=self.trips.host, **its)

    def call_off(self):
        self.trips.cancels(self.any_booked())


DEEDS = [
    *[Life.book] * 4,
    *[Life.book_and_pay_later, Life.pay, Life.offer, Life.take, Life.wait] * 2,
    *[Life.cancel_for_some, Life.change] * 3,
    *[Life.choose] * 4,
    *[Life.cancel, Life.price, Life.close_the_sea, Life.pass_time],
    *[Life.hold_longer, Life.stay_away, Life.call_off],
]


def agrees(trips):
    """Claims are those of the tickets, a suspended booking has none, nobody owes below nothing."""
    with trips.database.reading() as session:
        assert inventory.drift(session) == []
        for order in session.scalars(select(Order).where(Order.supplements_id.is_(None))).all():
            assert order.left_minor >= 0
            if order.deadline and order.deadline <= trips.now:
                continue  # nobody has expired it yet
            its = select(Claim.qty).where(Claim.owner_id == order.id)
            claimed = session.scalars(its.where(Claim.state != ClaimState.RELEASED)).all()
            tickets = bookings.of_orders(session, order_ids=[order.id])[order.id]
            guests = sum(ticket.state in COUNTING for ticket in tickets)
            none = order.state in orders.OFF or orders.moving.is_suspended(order)
            assert set(claimed) <= (set() if none else {guests})
            assert claimed or none or order.state == "delivered"
    trips.audits()


@pytest.mark.parametrize("seed", range(3))
def test_claims_tickets_and_money_agree(database, tmp_path, now, seed):
    trips = Trips(database, settings_for("sqlite:///unused", tmp_path), now)
    life = Life(trips, now, seed)

    for _ in range(STEPS):
        with suppress(MarketError, IndexError, ValueError):  # refused, or nothing to do it to
            life.chance.choice(DEEDS)(life)
        agrees(trips)

"""More guests come along: an order of their own for the same time, paid by itself."""

import pytest

from catalog import options
from catalog.models import SeatUnit
from market import bookings, inventory, orders
from market.accounts import NOBODY
from market.inventory import OutOfStock
from market.orders import Rail, State
from payments import asking, rescheduling
from payments.rescheduling import NotChangeable
from tests.databases import settings_for
from tests.payments.trips import Trips


@pytest.fixture
def trips(database, tmp_path, now) -> Trips:
    return Trips(database, settings_for("sqlite:///unused", tmp_path), now)


def enlarges(trips, order_id, **units):
    """The id of the order of those who come along."""
    with trips.database.transaction() as session:
        its = {SeatUnit(unit): count for unit, count in units.items()}
        order = session.get_one(orders.Order, order_id)
        doing = {"actor": NOBODY, "now": trips.now}
        return rescheduling.enlarge(session, order=order, units=its, **doing).id


def tickets(trips, order_id):
    with trips.database.reading() as session:
        return bookings.of_orders(session, order_ids=[order_id])[order_id]


def test_they_have_seats_at_once_and_tickets_when_it_is_paid(trips):
    first = trips.books(trips.soon, 2)

    more = enlarges(trips, first, adult=1, child=2)

    assert trips.order(more).state == State.AWAITING_PAYMENT
    assert trips.order(more).group_id == trips.order(first).group_id
    assert {it.state for it in tickets(trips, more)} == {"pending"}
    trips.transfers(more)
    trips.bank_tells()
    assert trips.order(more).state == State.CONFIRMED
    assert [it.state for it in tickets(trips, more)] == ["valid"] * 3
    trips.withdraws(first)  # each is cancelled by itself
    assert trips.order(more).state == State.CONFIRMED
    trips.audits()


def test_is_paid_to_the_account_that_the_first_was_paid_to(trips):
    trips.pays_directly(trips.host)
    first = trips.books(trips.soon, 2)

    more = enlarges(trips, first, adult=1)

    asked = asking.account_of(trips.payment(more))
    assert asked == asking.account_of(trips.payment(first))
    assert asked.owner_id == trips.order(more).seller_id
    trips.transfers(more)
    trips.bank_tells()
    assert trips.order(more).state == State.CONFIRMED


def test_no_more_than_there_are_seats(trips):
    first = trips.books(trips.soon, 8)

    with pytest.raises(OutOfStock):
        enlarges(trips, first, adult=3)


def test_the_party_is_looked_at_as_a_whole(trips):
    unit = {"type": "adult", "price": 100_000, "pax": 1, "most": 3}
    child = {"type": "child", "price": 50_000, "pax": 1, "accompanied_by": ["adult"]}
    trips.changes(units=[unit, child])
    first = trips.books(trips.soon, 2)

    with pytest.raises(options.BadParty):
        enlarges(trips, first, adult=2)
    assert enlarges(trips, first, child=1)  # the adults are there already


def test_only_what_is_sure_is_enlarged(trips):
    (unpaid,) = trips.buys((trips.soon, 2), rail=Rail.BANK_TRANSFER)

    with pytest.raises(NotChangeable):
        enlarges(trips, unpaid, adult=1)


def test_seats_that_are_not_paid_are_free_again(trips):
    first = trips.books(trips.soon, 2)
    more = enlarges(trips, first, adult=8)

    trips.pass_time(hours=25)
    trips.expires()

    assert trips.order(more).state == State.EXPIRED
    with trips.database.reading() as session:
        assert inventory.drift(session) == []
    trips.audits()

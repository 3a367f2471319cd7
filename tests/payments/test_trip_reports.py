"""What the reports say when guests cancel late, or some of them do."""

from datetime import timedelta

import pytest

from market import reports
from market.orders import Rail
from tests import makers, people
from tests.databases import settings_for
from tests.payments.trips import Trips

SEAT = 150_000


@pytest.fixture
def trips(database, tmp_path, now) -> Trips:
    return Trips(database, settings_for("sqlite:///unused", tmp_path), now)


def sold(trips):
    with trips.database.reading() as session:
        its = {"actor": trips.host, "seller_id": makers.only(trips.host.seller_ids)}
        return reports.sold_since(session, **its, since=trips.now - timedelta(days=30))


def awaited(trips):
    with trips.database.reading() as session:
        its = {"actor": trips.host, "seller_id": makers.only(trips.host.seller_ids)}
        return reports.owed_to(session, **its).awaited_minor


def test_a_cooperative_counts_the_guests_who_still_come(trips):
    with trips.database.transaction() as session:
        chair, _ = people.cooperative_of(session, trips.now, trips.host)
    order_id = trips.books(trips.later, 4)
    trips.withdraws(order_id, *[it.code for it in trips.tickets(order_id)[:3]])

    with trips.database.reading() as session:
        its = {"actor": chair, "cooperative_id": makers.only(chair.cooperative_ids)}
        (row,) = reports.sales(session, **its, since=trips.now.date(), until=trips.now.date())

    assert (row.quantity, row.amount_minor) == (1, SEAT)


def test_what_is_kept_of_a_late_cancellation_is_awaited(trips):
    order_id = trips.books(trips.soon, 2)
    trips.withdraws(order_id, expected=SEAT)

    assert awaited(trips) == SEAT - SEAT * 3 // 100


def test_guests_who_cancelled_before_they_paid_are_not_sold(trips):
    order_id = trips.books(trips.later, 4, rail=Rail.CASH)
    trips.confirms(order_id)
    trips.withdraws(order_id, *[it.code for it in trips.tickets(order_id)[:3]])

    assert sold(trips) == SEAT

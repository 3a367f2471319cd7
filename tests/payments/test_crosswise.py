"""Cells that are locked in another order than their own: two who wait crosswise (PostgreSQL)."""

import threading
import time
from datetime import timedelta

import pytest

from catalog import experiences
from market import bookings, inventory
from market.errors import MarketError
from market.ids import uuid7
from market.orders import Rail
from payments import waiting
from tests import makers
from tests.databases import settings_for
from tests.payments.test_booking_life import season
from tests.payments.trips import Trips


@pytest.fixture
def trips(real_url, real_database, tmp_path, now) -> Trips:
    return Trips(real_database, settings_for(real_url, tmp_path), now)


def both(first, second, reached):
    """Run the first; when it has come so far, the second beside it; what went wrong."""
    wrong = []

    def run(deed):
        try:
            deed()
        except MarketError as error:
            wrong.append(error)

    one = threading.Thread(target=run, args=(first,))
    one.start()
    assert reached.wait(10)
    two = threading.Thread(target=run, args=(second,))
    two.start()
    one.join(30)
    two.join(30)
    return wrong


class TestADearerChangeThatIsPaid:
    def test_waits_crosswise_with_nobody(self, trips, real_url, monkeypatch):
        mover = trips.books(trips.soon, 2)
        other = trips.books(trips.soon, 2, rail=Rail.CARD)  # no line of the bank's names it
        season(trips, trips.later, 180_000)
        extra = trips.goes(mover, trips.later)
        trips.changes(seasons=[])
        trips.transfers(extra)
        reached, validate = threading.Event(), bookings.validate

        def slow(session, *, order_id):
            validate(session, order_id=order_id)
            if order_id == extra:
                reached.set()
                time.sleep(1.5 if "postgres" in str(real_url) else 0)

        monkeypatch.setattr(bookings, "validate", slow)

        assert both(trips.bank_tells, lambda: trips.goes(other, trips.later), reached) == []
        assert trips.taken(trips.later) == (0, 4)


class TestOffersOfSeats:
    def test_wait_crosswise_with_no_bundle(self, trips, real_url, now, monkeypatch):
        with trips.database.transaction() as session:
            tour_a, _ = makers.tour(session, now, of=trips.host, seats=2)
            tour_b, _ = makers.tour(session, now, of=trips.host, seats=2)
            session.flush()
            its = {"actor": trips.host, "seats": 4, "now": now, "starts": [now + timedelta(days=6)]}
            (dep_b,) = experiences.open_departures(session, experience_id=tour_b.id, **its)
            (dep_a,) = experiences.open_departures(session, experience_id=tour_a.id, **its)
            session.expunge_all()
        assert dep_b.id < dep_a.id
        assert dep_a.resource_id < dep_b.resource_id
        full = [trips.books(dep, 4) for dep in (dep_a, dep_b)]
        trips.waits(dep_b, 2)
        trips.waits(dep_a, 2, phone="+84933000112")
        for order_id in full:
            trips.withdraws(order_id)
        reached, tell = threading.Event(), waiting.telling.tell_contact

        def slow(*given, **more):
            tell(*given, **more)
            if not reached.is_set():
                reached.set()
                time.sleep(1.5 if "postgres" in str(real_url) else 0)

        monkeypatch.setattr(waiting.telling, "tell_contact", slow)

        def bundle():
            with trips.database.transaction() as session:
                wants = [
                    inventory.Want(resource_id=it.resource_id, bucket=it.bucket, qty=1)
                    for it in (dep_a, dep_b)
                ]
                makers.hold(
                    session,
                    owner_id=uuid7(),
                    wants=wants,
                    expires_at=now + timedelta(hours=1),
                    now=now,
                )

        assert both(trips.offers, bundle, reached) == []

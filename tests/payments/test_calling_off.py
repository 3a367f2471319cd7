"""What is called off, by whom, and what is not: the past, and what enough had booked in time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from market.accounts import Scope
from market.accounts.authenticating import OutOfScope
from market.ids import uuid7
from payments import disrupting
from payments.disruptions import Cause, Disruption
from tests.databases import settings_for
from tests.payments.trips import Trips


@pytest.fixture
def trips(real_url, real_database, tmp_path, now) -> Trips:
    return Trips(real_database, settings_for(real_url, tmp_path), now)


class TestMinimumGuests:
    def test_are_counted_at_the_cut_off_and_not_when_somebody_cancels_later(self, trips):
        trips.changes(tiers=[], minimum_guests=4)
        near = trips.departs(hours=3)
        order_id = trips.books(near, 4)
        trips.pass_time(hours=2, minutes=10)  # the cut-off is over: nothing goes back
        assert trips.terms(order_id).percent == 0
        trips.withdraws(order_id, trips.tickets(order_id)[0].code)
        with trips.database.transaction() as session:
            disrupting.call_off_too_few(session, now=trips.now)
        trips.works()

        assert trips.order(order_id).deadline is None  # else 3 of 4 get all back by a choice


class TestAMandate:
    def test_over_listings_alone_calls_off_nobodys_booking(self, trips):

        order_id = trips.books(trips.soon, 2)
        clerk = replace(trips.host, mandate_id=uuid7(), scope=frozenset({Scope.LISTINGS}))
        its = {"departure_id": trips.soon.id, "cause": Cause.OTHER, "now": trips.now}
        with pytest.raises(OutOfScope), trips.database.transaction() as session:
            disrupting.call_off_departure(session, actor=clerk, **its)
        trips.works()
        assert trips.order(order_id).deadline is None


class TestADisruption:
    def test_touches_nothing_that_took_place_before_it_was_known(self, trips):
        order_id = trips.books(trips.soon, 2)
        trips.pass_time(days=3)  # they came; nobody scanned them
        with trips.database.transaction() as session:
            new = Disruption(
                cause=Cause.WEATHER, source="x", unit_codes=[],
                from_at=trips.now - timedelta(days=4), until_at=trips.now + timedelta(days=1),
            )  # fmt: skip
            made = disrupting.declare(session, actor=trips.host, new=new, now=trips.now)
            disrupting.apply(session, actor=trips.host, disruption_id=made.id, now=trips.now)
        trips.works()
        assert trips.order(order_id).deadline is None

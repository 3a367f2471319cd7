"""A closed sea over five hundred bookings, killed midway, and by two workers: each handled once."""

import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from sqlalchemy import func, select, update

from market import bookings, inventory
from market.db import table_of
from market.errors import Busy
from market.notifications.telling import Notice
from market.orders import Rail, State
from market.orders.models import Order, OrderEvent
from payments import disrupting
from payments.disrupting import BATCH, Applied
from payments.disruptions import DisruptedOrder
from tests import makers
from tests.databases import settings_for
from tests.faults import mortal
from tests.payments.island import Island
from tests.payments.market import Market

pytestmark = pytest.mark.slow

ORDERS = 500


@pytest.fixture
def island(real_url, real_database, tmp_path, now):
    market = Market(real_database, settings_for(real_url, tmp_path), now)
    island = Island(market, seats=ORDERS)
    boat = island.departures[0]
    with market.database.transaction() as session:
        for number in range(ORDERS):
            makers.bought(session, now, (boat, 1), rail=Rail.CASH, phone=f"+8491{number:07}")
        ids = session.scalars(select(Order.id)).all()
        session.execute(update(table_of(Order)).values(state=State.CONFIRMED, deadline=None))
        inventory.sell(session, owner_ids=ids, now=now)
        for order_id in ids:
            bookings.validate(session, order_id=order_id)
    return island


def handled(market):
    with market.database.reading() as session:
        return session.scalars(select(func.count()).select_from(DisruptedOrder)).one()


def each_once(market):
    with market.database.reading() as session:
        steps = session.scalars(select(OrderEvent)).all()
        disrupted = Counter(step.order_id for step in steps if "cause" in step.facts)
        told = session.scalars(
            select(Notice.destination).where(Notice.key == "notice.order.disrupted")
        ).all()
        assert len(disrupted) == len(told) == len(set(told)) == ORDERS
        assert set(disrupted.values()) == {1}
        assert inventory.drift(session) == []
    market.audits()


def test_it_goes_on_where_it_was_killed(island, real_url, tmp_path, now):
    market = island.market
    event = Applied(disruption_id=island.closes(works=False))
    for lives in (4, 3):
        ended = mortal.ending_of(mortal.disrupt_on, real_url, tmp_path, now, event, lives)
        assert ended == -signal.SIGKILL
    assert handled(market) == 5 * BATCH  # what was committed, and nothing of the last batch

    disrupting.handle_all(market.context, event)
    disrupting.handle_all(market.context, event)

    assert handled(market) == ORDERS
    each_once(market)


def test_two_workers_at_once_handle_each_order_once(island):
    market = island.market
    event = Applied(disruption_id=island.closes(works=False))

    def works(_):
        while True:  # as an outbox delivery does that found the database busy
            with suppress(Busy):
                return disrupting.handle_all(market.context, event)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(works, range(2)))
    each_once(market)

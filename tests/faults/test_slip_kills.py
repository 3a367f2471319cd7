"""A slip over five hundred orders, killed midway and taken up again: each is handled once."""

import signal
from collections import Counter

import pytest
from sqlalchemy import func, select

from market import inventory
from market.notifications.telling import Notice
from market.orders import Rail, State
from market.orders.models import Order, OrderEvent
from payments import repromising
from payments.repromising import BATCH, Slip
from tests import makers
from tests.databases import settings_for
from tests.faults import mortal
from tests.payments.market import Market
from tests.payments.seasons import Season, day

pytestmark = pytest.mark.slow

ORDERS = 500


@pytest.fixture
def season(real_url, real_database, tmp_path, now):
    market = Market(real_database, settings_for(real_url, tmp_path), now)
    season = Season(market, limit=ORDERS * 1_000)
    with market.database.transaction() as session:
        for number in range(ORDERS):
            phone = f"+8491{number:07}"
            makers.bought(session, now, (season.listing, 1_000), rail=Rail.CASH, phone=phone)
    return season


def kept(market):
    with market.database.reading() as session:
        return session.scalars(select(func.count()).select_from(Slip)).one()


@pytest.mark.parametrize("to", [50, None])
def test_it_goes_on_where_it_was_killed(season, real_url, tmp_path, now, to):
    market = season.market
    event = season.slips(to, works=False)
    for lives in (4, 3):
        assert mortal.ending_of(mortal.slip_on, real_url, tmp_path, now, event, lives) == (
            -signal.SIGKILL
        )
    assert kept(market) == 5 * BATCH  # what was committed, and nothing of the last batch

    repromising.work_off(market.context, event)
    repromising.work_off(market.context, event)

    assert kept(market) == ORDERS
    with market.database.reading() as session:
        steps = [one.order_id for one in session.scalars(select(OrderEvent)) if one.facts]
        assert Counter(steps).most_common(1)[0][1] == 1
        assert len(steps) == ORDERS
        told = session.scalars(
            select(Notice.destination).where(Notice.key == "notice.order.promised")
        ).all()
        orders = session.scalars(select(Order)).all()
        assert inventory.drift(session) == []
    if to:
        assert len(set(told)) == len(told) == ORDERS
        assert {order.promised_day for order in orders} == {day(now, 50)}
    else:
        assert {order.state for order in orders} == {State.CANCELLED}
    market.audits()

"""Hands on one harvest to come at the same moment, with real commits."""

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from market import inventory
from market.errors import MarketError
from market.orders import Rail, State
from market.orders.models import Order
from payments import cancelling
from payments.models import Refund
from payments.repromising import Slip
from tests import makers
from tests.databases import settings_for
from tests.payments.market import Market
from tests.payments.seasons import Season, day

PRICE = 90_000


@pytest.fixture
def market(real_database, tmp_path, now):
    return Market(real_database, settings_for("sqlite:///unused", tmp_path), now)


def at_once(*deeds):
    """How each deed ended: `ok`, or the refusal's code."""
    start = Barrier(len(deeds))

    def do(deed):
        start.wait()
        try:
            deed()
        except MarketError as refusal:
            return refusal.code
        return "ok"

    with ThreadPoolExecutor(len(deeds)) as pool:
        return [each.result() for each in [pool.submit(do, deed) for deed in deeds]]


def audits(market):
    market.audits()
    with market.database.reading() as session:
        assert inventory.drift(session) == []


def test_the_last_of_the_limit_goes_to_one_of_two(market):
    season = Season(market, limit=1_000, grams=500)

    def buying(number):
        return lambda: market.buys(
            (season.listing, 1_000), rail=Rail.CASH, phone=f"+8491234567{number}"
        )

    ends = at_once(*map(buying, range(4)))

    assert sorted(ends) == ["ok", *["stock.too_little"] * 3]
    assert season.left() == 0
    audits(market)


@pytest.mark.parametrize("to", [50, None])
def test_a_slip_while_buyers_cancel_and_order_touches_each_order_once(market, now, to):
    season = Season(market, limit=500_000)
    ids = []
    for number in range(8):
        ids += market.buys(
            (season.listing, 1_000), phone=f"+849123456{number:02}", rail=Rail.BANK_TRANSFER
        )
    for order_id in ids[:4]:
        market.transfers(order_id)
    market.bank_tells()

    def cancelled(order_id):
        def deed():
            with market.database.transaction() as session:
                cancelling.cancel(
                    session,
                    actor=makers.NOBODY,
                    order=session.get_one(Order, order_id),
                    by_buyer=True,
                    reason="",
                    now=now,
                )

        return deed

    def bought():
        ids.extend(market.buys((season.listing, 1_000), phone="+84912345699", rail=Rail.CASH))

    deeds = [lambda: season.slips(to), *map(cancelled, ids[::2]), bought]
    random.Random(7).shuffle(deeds)
    at_once(*deeds)
    market.works()

    with market.database.reading() as session:
        slipped = session.scalars(select(Slip.order_id)).all()
    assert len(slipped) == len(set(slipped))
    for order_id in ids:
        order = market.order(order_id)
        if order.state == State.CANCELLED:
            continue
        assert (order.promised_day, to) == (day(now, 50), 50)
    refunds = [each.order_id for each in market.all(Refund)]
    assert len(refunds) == len(set(refunds))
    audits(market)

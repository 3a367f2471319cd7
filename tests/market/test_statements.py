"""Statements of the ledger: whatever the periods, they add up and go on from each other."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market import ledger
from market.accounts import SYSTEM
from market.ids import uuid7
from market.ledger import chart

DAY = timedelta(days=1)
DAYS = 9
BANK = chart.bank("0001")


def post(session, at, amounts) -> None:
    more = {"key": uuid7().hex, "kind": "test", "order_id": None, "actor": SYSTEM}
    assert ledger.post(session, amounts=amounts, now=at, **more)


def earn(session, at, shop, amount: int) -> None:
    post(session, at, {BANK: amount, chart.payable(shop): -amount})


@pytest.fixture
def shop():
    return uuid7()


def read(session, shop, since, until, **more):
    accounts = chart.of_seller(shop)
    return ledger.queries.statement(session, accounts=accounts, since=since, until=until, **more)


class TestStatement:
    def test_of_what_was_never_used_is_empty(self, session, now, shop):
        found = read(session, shop, now, now + DAY)

        assert (found.opening, found.closing, list(found.lines)) == (0, 0, [])

    def test_says_what_the_market_owes_less_what_it_is_owed(self, session, now, shop):
        earn(session, now, shop, 500)
        post(session, now, {chart.cash(shop): 200, BANK: -200})
        post(session, now, {chart.receivable(shop): 30, chart.COMMISSION: -30})
        post(session, now, {chart.payable(shop): 100, chart.reserve(shop): -100})

        found = read(session, shop, now, now + DAY)

        lines = [(line.account, line.amount, line.balance) for line in found.lines]
        assert lines == [
            ("payable", 500, 500),
            ("cash", -200, 300),
            ("receivable", -30, 270),
            ("payable", -100, 170),
            ("reserve", 100, 270),
        ]
        assert found.closing == 270

    def test_counts_a_moment_in_the_period_that_it_begins(self, session, now, shop):
        earn(session, now, shop, 500)

        assert read(session, shop, now - DAY, now).closing == 0
        assert read(session, shop, now, now + DAY).opening == 0
        assert read(session, shop, now, now + DAY).closing == 500

    def test_shows_nothing_of_anybody_else(self, session, now, shop):
        earn(session, now, shop, 500)
        earn(session, now, uuid7(), 70)

        assert [line.amount for line in read(session, shop, now, now + DAY).lines] == [500]

    def test_goes_on_page_by_page(self, session, now, shop):
        for amount in range(1, 8):
            earn(session, now + DAY * (amount // 3), shop, amount)
        period = (session, shop, now, now + 9 * DAY)
        whole = list(read(*period).lines)

        pages, after = [], None
        while page := list(read(*period, after=after, limit=3).lines):
            pages += page
            after = page[-1].key

        assert pages == whole
        assert len(whole) == 7

    @given(
        amounts=st.lists(
            st.tuples(st.integers(0, DAYS - 1), st.integers(-(10**12), 10**12)), max_size=12
        ),
        cuts=st.sets(st.integers(0, DAYS), max_size=4),
    )
    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    def test_of_any_periods_go_on_from_each_other(self, session, now, amounts, cuts):
        shop = uuid7()
        for day, amount in amounts:
            if amount > 0:
                earn(session, now + day * DAY, shop, amount)
            elif amount < 0:  # fees of a direct sale
                fees = {chart.receivable(shop): -amount, chart.COMMISSION: amount}
                post(session, now + day * DAY, fees)
        edges = sorted(cuts | {0, DAYS})

        balance = 0
        for begin, end in pairwise(edges):
            found = read(session, shop, now + begin * DAY, now + end * DAY)
            assert found.opening == balance
            for line in found.lines:
                balance += line.amount
                assert line.balance == balance
            assert found.closing == balance
        assert balance == sum(amount for _, amount in amounts)

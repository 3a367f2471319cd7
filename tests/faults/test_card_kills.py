"""Processes killed while a card's money moves: whoever comes after finds the same books."""

import signal
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from market.db import Database
from market.ledger import Posting, chart
from market.money import Money
from market.orders import State
from market.outbox import OutboxDelivery, OutboxEvent
from payments.models import Attempt, AttemptState, Refund, RefundState
from tests.databases import settings_for
from tests.faults import mortal
from tests.payments import desk
from tests.payments.market import Market

pytestmark = pytest.mark.slow

NEVER = ("commit", 10**6)
# What a process was about, and before or after which of its steps it was killed.
KILLS = [
    ("starts", ("before ask", 1)),  # our intent stands, nobody was asked
    ("starts", ("after ask", 1)),  # asked, and nobody knows
    ("starts", ("commit", 2)),  # known, and not yet kept
    ("works", ("before capture", 1)),
    ("works", ("after capture", 2)),  # in the middle of a batch
    ("works", ("after refund", 1)),
    ("works", ("before refund", 2)),
    ("reconciles", ("after look", 2)),  # one of two is known
    ("reconciles", ("after movements", 1)),
    ("reconciles", ("after look", 3)),  # of what nobody here did
]


class Trade:
    """One sale still to be paid, two to be taken, two refunds to be sent, two nobody heard of.

    And a refund that somebody made at the provider's desk, of which nobody heard either.
    """

    def __init__(self, url, data, now):
        self.url, self.data = url, data
        settings = settings_for(url, data)
        self.market = market = Market(Database(settings), settings, now)
        sold = [self.sold(number) for number in range(4)]
        for order_id in sold[:2]:
            market.hands_over(order_id)
        market.works()
        for order_id in sold[:2]:
            market.refunds(order_id, 40_000)
        for order_id in sold[2:]:
            market.hands_over(order_id)
        for number in (4, 5):
            market.pays(*self.ordered(number), told=0)
        reference, some = market.all(Attempt)[0].reference, Money(1_111)
        desk.refund_by_hand(market.folder, reference, amount=some, told=0, now=market.now)
        (self.open,) = self.ordered(6)

    def ordered(self, number):
        return self.market.buys(phone=f"+8491{number:07}")

    def sold(self, number):
        (order_id,) = self.ordered(number)
        self.market.pays(order_id)
        self.market.hears()
        return order_id

    def killed(self, deed, at):
        given = (self.open,) if deed == "starts" else ()
        minutes = 3 if deed == "reconciles" else 0  # so long things are left in peace
        now = self.market.now + timedelta(minutes=minutes)
        return mortal.ending_of(mortal.move_money, self.url, self.data, now, at, deed, *given)

    def goes_on(self):
        """Others come after, and the buyer pays what was still to be paid."""
        market = self.market
        with market.database.transaction() as session:  # what the dead held is given up by then
            for table in (OutboxEvent, OutboxDelivery):
                session.scalars(select(table).with_for_update()).all()
        market.pass_time(minutes=11)  # longer than a lease, shorter than a checkout waits
        for _ in range(2):
            market.reconciles()
            market.hears()
        market.pays(self.open)
        for _ in range(2):
            market.hears()
            market.reconciles()

    def end(self):
        """What it came to, without the ids that each run makes anew."""
        market = self.market
        market.audits()
        assert market.at_stripe() == market.balance(chart.clearing("stripe"))
        taken = Counter(each.state for each in market.all(Attempt))
        del taken[AttemptState.FAILED]  # a try that never arrived is one more
        with market.database.reading() as session:
            postings = Counter(session.scalars(select(Posting.kind)))
        refunds = Counter(each.state for each in market.all(Refund))
        return market.books(), postings, taken, refunds, market.order(self.open).state


@pytest.fixture
def trade(templates, tmp_path, now):
    """A trade in a database of its own, as often as one is asked for."""
    made = []

    def make():
        made.append(Trade(templates.fresh_url(), tmp_path / str(len(made)), now))
        return made[-1]

    yield make
    for each in made:
        each.market.database.close()


def test_wherever_a_process_is_killed_the_books_end_the_same(trade):
    ends = {}
    for deed in ("starts", "works", "reconciles"):
        untroubled = trade()
        assert untroubled.killed(deed, NEVER) == 0
        untroubled.goes_on()
        ends[deed] = untroubled.end()
    expected = ends["starts"]
    _, postings, _, refunds, state = expected
    assert [ends["works"], ends["reconciles"]] == [expected, expected]
    assert state == State.PLACED
    assert (postings["card.captured"], postings["refund.paid"]) == (4, 3)
    assert refunds == {RefundState.SUCCEEDED: 3}

    for deed, at in KILLS:
        killed = trade()
        assert killed.killed(deed, at) == -signal.SIGKILL, (deed, at)
        killed.goes_on()
        assert killed.end() == expected, (deed, at)

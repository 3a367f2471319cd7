"""Two hands on one order at the same moment, with real commits: money and goods stay whole."""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from market import bookings, inventory, ledger, orders
from market.accounts import Actor
from market.errors import MarketError
from market.ledger import chart
from market.orders import Rail, State
from market.orders.models import Order
from payments import cancelling, collecting, fulfilling
from payments.models import BankLine, BankLineState, Payment, PaymentState
from tests import makers

ROUNDS = 3
DAY = timedelta(days=1)
Deed = Callable[[Session], object]


class Market:
    """A farmer, a host and their guest, and two things done at once."""

    def __init__(self, database, now) -> None:
        self.database, self.now = database, now
        with database.transaction() as session:
            self.farmer = makers.seller(session, now)
            self.host = makers.seller(session, now, name="Nhà Gió")
            self.berries = makers.strawberries(session, now, of=self.farmer, grams=90_000)
            self.beans = makers.strawberries(session, now, of=self.host, grams=90_000)
            _, self.departure = makers.tour(session, now, of=self.host, seats=90)
            session.expunge_all()

    def bought(self, *things, paid: bool = False, confirmed_by: Actor | None = None, **terms):
        """The ids of the orders of a new checkout, and its payment."""
        phone = f"+849{random.randrange(10**8):08}"
        with self.database.transaction() as session:
            group = makers.bought(session, self.now, *things, phone=phone, **terms)
            ids = [order.id for order in orders.queries.of_group(session, group_id=group.id)]
            payment = collecting.of_group(session, group_id=group.id)[0]
            if paid:
                makers.receive(session, self.now, makers.transfer(payment, self.now))
            if confirmed_by:
                orders.confirm(session, actor=confirmed_by, order_id=ids[0], now=self.now)
            session.refresh(payment)
            session.expunge_all()
        return ids, payment

    def both(self, *deeds: Deed) -> list[str]:
        """How each deed ended: `ok`, or the refusal's code; then the books are audited."""
        start = Barrier(len(deeds))

        def do(deed: Deed) -> str:
            start.wait()
            try:
                with self.database.transaction() as session:
                    deed(session)
            except MarketError as refusal:
                return refusal.code
            return "ok"

        with ThreadPoolExecutor(len(deeds)) as pool:
            ends = list(pool.map(do, deeds))
        with self.database.reading() as session:
            assert ledger.problems(session) == collecting.stuck(session) == []
            assert inventory.drift(session) == []
        return ends

    def paying(self, payment, *, at=None) -> Deed:
        at = at or self.now
        line = makers.transfer(payment, at)
        return lambda session: makers.receive(session, at, line)

    def cancelling(self, order_id, *, by_buyer=True, actor=None) -> Deed:
        return lambda session: cancelling.cancel(
            session,
            actor=actor or makers.NOBODY,
            order=session.get_one(Order, order_id),
            by_buyer=by_buyer,
            reason="",
            custody=makers.HOUSE.custody,
            now=self.now,
        )

    def state(self, order_id) -> State:
        with self.database.reading() as session:
            return State(session.get_one(Order, order_id).state)

    def balance(self, name) -> int:
        with self.database.reading() as session:
            return ledger.balance(session, name)


@pytest.fixture(params=range(ROUNDS))
def market(real_database, now) -> Market:
    """With a short pause before each statement, so that any two may fall between each other."""
    made = Market(real_database, now)
    chance = random.Random(7)
    event.listen(
        real_database.write_engine,
        "before_cursor_execute",
        lambda *_: time.sleep(chance.random() / 300),
    )
    return made


class TestAtTheSameMoment:
    def test_paid_and_cancelled_the_money_is_owed_back_or_unapplied(self, market):
        (order_id,), payment = market.bought((market.berries, 500))

        ends = market.both(market.paying(payment), market.cancelling(order_id))

        assert ends == ["ok", "ok"]
        assert market.state(order_id) == State.CANCELLED
        owed = market.balance(chart.refund(order_id)) + market.balance(chart.UNAPPLIED)
        assert owed == payment.amount_minor

    def test_confirmed_and_cancelled_by_the_buyer_one_of_them_is_refused(self, market):
        (order_id,), _ = market.bought((market.berries, 500), paid=True)

        ends = market.both(
            lambda session: orders.confirm(
                session, actor=market.farmer, order_id=order_id, now=market.now
            ),
            market.cancelling(order_id),
        )

        won = State.CONFIRMED if ends[0] == "ok" else State.CANCELLED
        assert ends.count("ok") == 1
        assert market.state(order_id) == won

    def test_handed_over_and_cancelled_by_the_seller_one_of_them_is_refused(self, market):
        (order_id,), payment = market.bought(
            (market.berries, 500), rail=Rail.CASH, confirmed_by=market.farmer
        )

        ends = market.both(
            lambda session: fulfilling.hand_over(
                session, actor=market.farmer, order_id=order_id, now=market.now
            ),
            market.cancelling(order_id, by_buyer=False, actor=market.farmer),
        )

        assert sorted(ends) == ["ok", "order.wrong_state"]
        collected = market.balance(chart.held(order_id))
        assert collected == (payment.amount_minor if ends[0] == "ok" else 0)

    def test_paid_and_expired_it_is_one_or_the_other(self, market):
        (order_id,), payment = market.bought((market.berries, 500))
        just_before = market.now + DAY - timedelta(seconds=1)

        market.both(
            market.paying(payment, at=just_before),
            lambda session: cancelling.expire_due(session, now=market.now + DAY),
        )

        held, unapplied = market.balance(chart.held(order_id)), market.balance(chart.UNAPPLIED)
        ends = {State.PLACED: (payment.amount_minor, 0), State.EXPIRED: (0, payment.amount_minor)}
        assert (held, unapplied) == ends[market.state(order_id)]

    def test_two_orders_of_one_transfer_cancelled_leave_nothing_asked_for(self, market):
        ids, payment = market.bought((market.berries, 500), (market.beans, 500))

        ends = market.both(*(market.cancelling(order_id) for order_id in ids))

        assert ends == ["ok", "ok"]
        with market.database.reading() as session:
            asked = select(Payment.state).where(Payment.group_id == payment.group_id)
            assert PaymentState.AWAITING not in session.scalars(asked).all()

    def test_two_guests_of_one_order_are_both_let_in(self, market):
        (order_id,), _ = market.bought((market.departure, 2), paid=True)
        with market.database.reading() as session:
            tickets = bookings.of_orders(session, order_ids=[order_id])[order_id]
            codes = [ticket.code for ticket in tickets]

        ends = market.both(
            *(
                lambda session, code=code: fulfilling.redeem(
                    session, actor=market.host, code=code, now=market.now
                )
                for code in codes
            )
        )

        assert ends == ["ok", "ok"]
        assert market.state(order_id) == State.DELIVERED

    def test_one_bank_line_told_twice_counts_once(self, market):
        _, payment = market.bought((market.berries, 500))
        telling = market.paying(payment)
        told = []

        ends = market.both(*[lambda session: told.extend(telling(session))] * 2)

        assert ends == ["ok", "ok"]
        assert sorted(each.duplicate for each in told) == [False, True]
        assert {each.state for each in told} == {BankLineState.MATCHED}
        assert market.balance(chart.bank("0123456789")) == payment.amount_minor
        with market.database.reading() as session:
            assert len(session.scalars(select(BankLine)).all()) == 1

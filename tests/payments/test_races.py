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
from market.accounts import SYSTEM, Actor
from market.errors import MarketError
from market.ledger import chart
from market.orders import Rail, State
from market.orders.models import Order
from payments import bank_transfer, cancelling, collecting, fulfilling, remitting
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

    def paying(self, payment, *, at=None, **changes) -> Deed:
        at = at or self.now
        line = makers.transfer(payment, at, **changes)
        return lambda session: makers.receive(session, at, line)

    def lines(self) -> list[str]:
        """What the bank's lines turned out to be."""
        with self.database.reading() as session:
            return sorted(session.scalars(select(BankLine.state)))

    def cancelling(self, order_id, *, by_buyer=True, actor=None) -> Deed:
        return lambda session: cancelling.cancel(
            session,
            actor=actor or makers.NOBODY,
            order=session.get_one(Order, order_id),
            by_buyer=by_buyer,
            reason="",
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
            (market.berries, 500), rail=Rail.CASH, confirmed_by=market.farmer, pick_up=True
        )

        ends = market.both(
            lambda session: fulfilling.hand_over(
                session, actor=market.farmer, order_id=order_id, now=market.now
            ),
            market.cancelling(order_id, by_buyer=False, actor=market.farmer),
        )

        assert sorted(ends) == ["ok", "order.wrong_state"]
        collected = market.balance(chart.cash(makers.only(market.farmer.seller_ids)))
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


class TestShortTransfersAtTheSameMoment:
    @pytest.fixture
    def payment(self, market):
        """A transfer of 120.000 ₫ that is awaited."""
        return market.bought((market.berries, 500))[1]

    def test_make_one_payment_together(self, market, payment):
        parts = [market.paying(payment, amount_minor=part) for part in (50_000, 70_000)]

        assert market.both(*parts) == ["ok", "ok"]

        assert market.lines() == ["matched", "partial"]
        assert market.balance(chart.UNAPPLIED) == 0

    def test_make_it_once(self, market, payment):
        market.both(market.paying(payment, amount_minor=50_000))
        rests = [market.paying(payment, amount_minor=70_000) for _ in "ab"]

        assert market.both(*rests) == ["ok", "ok"]

        assert market.lines() == ["late", "matched", "partial"]
        assert market.balance(chart.UNAPPLIED) == 70_000

    def test_told_twice_are_no_whole(self, market, payment):
        half = market.paying(payment, amount_minor=60_000)

        assert market.both(half, half) == ["ok", "ok"]

        assert market.lines() == ["partial"]
        assert market.balance(chart.UNAPPLIED) == 60_000


class TestAllottingAtTheSameMoment:
    def allotting(self, market, payment) -> Deed:
        with market.database.reading() as session:
            (line_id,) = session.scalars(select(BankLine.id).where(BankLine.text == "TIEN DAU"))
        return lambda session: bank_transfer.allocate(
            session, actor=SYSTEM, line_id=line_id, payment_id=payment.id, now=market.now
        )

    def test_one_line_to_two_payments_one_is_refused(self, market):
        payments = [market.bought((market.berries, 500))[1] for _ in "ab"]
        market.both(market.paying(payments[0], text="TIEN DAU"))

        ends = market.both(*(self.allotting(market, payment) for payment in payments))

        assert sorted(ends) == ["bank_line.spent", "ok"]
        assert market.balance(chart.UNAPPLIED) == 0

    def test_while_the_payments_own_transfer_comes_one_of_them_pays(self, market):
        _, payment = market.bought((market.berries, 500))
        market.both(market.paying(payment, text="TIEN DAU"))

        ends = market.both(self.allotting(market, payment), market.paying(payment))

        assert ends in (["ok", "ok"], ["payment.not_awaited", "ok"])
        assert market.balance(chart.UNAPPLIED) == payment.amount_minor
        assert market.lines()[0] == ("late" if ends[0] == "ok" else "matched")


class TestCashAtTheSameMoment:
    @pytest.fixture
    def farm(self, market):
        """The farm, with an order of 120.000 ₫ on the way."""
        (order_id,), _ = market.bought(
            (market.berries, 500), rail=Rail.CASH, confirmed_by=market.farmer
        )
        doing = {"actor": market.farmer, "order_id": order_id, "now": market.now}
        market.both(lambda session: fulfilling.hand_over(session, **doing))
        market.order_id = order_id
        return makers.only(market.farmer.seller_ids)

    def delivering(self, market, actor) -> Deed:
        return lambda session: fulfilling.deliver(
            session, actor=actor, order=session.get_one(Order, market.order_id), now=market.now
        )

    def announcing(self, market, farm, amount=120_000) -> Deed:
        return lambda session: remitting.announce(
            session, actor=market.farmer, holder_id=farm, amount_minor=amount, now=market.now
        )

    def test_seller_and_buyer_say_that_it_came_and_it_was_taken_once(self, market, farm):
        ends = market.both(
            self.delivering(market, market.farmer), self.delivering(market, makers.NOBODY)
        )

        assert sorted(ends) == ["ok", "order.wrong_state"]
        assert market.balance(chart.cash(farm)) == 120_000

    def test_delivered_and_refused_it_is_one_or_the_other(self, market, farm):
        refusing = {"actor": market.farmer, "reason": "dập", "now": market.now}
        ends = market.both(
            self.delivering(market, market.farmer),
            lambda session: fulfilling.refuse(session, order_id=market.order_id, **refusing),
        )

        assert sorted(ends) == ["ok", "order.wrong_state"]
        assert market.balance(chart.cash(farm)) == (120_000 if ends[0] == "ok" else 0)

    def test_it_is_announced_once(self, market, farm):
        market.both(self.delivering(market, market.farmer))

        ends = market.both(*(self.announcing(market, farm) for _ in "ab"))

        assert sorted(ends) == ["ok", "remittance.too_much"]

    def test_it_is_handed_in_once(self, market, farm):
        market.both(self.delivering(market, market.farmer))
        market.both(self.announcing(market, farm))
        with market.database.reading() as session:
            (made,) = remitting.page(session, actor=market.farmer, limit=2)
        facts = {"account": "0123456789", "amount_minor": 120_000, "text": made.memo}
        lines = [
            makers.StatementLine(reference=each, booked_at=market.now, **facts) for each in "ab"
        ]

        market.both(
            *(
                lambda session, line=line: makers.receive(session, market.now, line)
                for line in lines
            )
        )

        assert market.lines() == ["late", "remitted"]
        assert market.balance(chart.cash(farm)) == 0
        assert market.balance(chart.UNAPPLIED) == 120_000

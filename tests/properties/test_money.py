"""Whatever happens to money, in whatever order, the books hold: a market played by chance.

After each step nothing is broken that was promised; at the end, when everything that was lost has
been asked for, the ledger says what Stripe says, and each order's đồng are all somewhere.
"""

import tempfile
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as play

from market import ledger
from market.db import Database
from market.errors import MarketError
from market.ids import uuid7
from market.ledger import chart
from market.money import Money
from market.orders import State
from market.orders.models import Order
from payments import attempting, calling, disputing, reconciling, refunding, returning, taking
from payments.fake_psp import delivering, faults, payer
from payments.fake_psp.books import opened
from payments.fake_psp.faults import Fault
from payments.fake_psp.refusals import Refused
from payments.gateway import GatewayUnsure, Standing
from payments.models import RANK, Attempt, AttemptState
from payments.refund_models import Dispute, Refund, RefundState
from payments.returning import SENDABLE
from tests.databases import BoundDatabase, settings_for
from tests.payments.market import Market

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
CARDS = (payer.GOOD, payer.GOOD, payer.DECLINED, payer.SECURED, payer.REFUNDS_PENDING)
UNDONE = (RefundState.FAILED, RefundState.REJECTED)
GONE = (State.CANCELLED, State.EXPIRED, State.RETURNED)
TOLD = st.sampled_from([0, 1, 1, 2])
PICK = st.integers(0, 99)


with_orders = precondition(lambda self: bool(self.orders))


class Crash(RuntimeError):
    """The process goes down between what the provider did and our commit."""


class Play(RuleBasedStateMachine):
    """Buyers, sellers, banks and a network, each doing what they like."""

    shared: Database

    def __init__(self) -> None:
        super().__init__()
        self.connection = self.shared.write_engine.connect()
        self.transaction = self.connection.begin()
        self.database = BoundDatabase(self.connection)
        self.folder = tempfile.TemporaryDirectory()
        given = settings_for("sqlite:///unused", Path(self.folder.name))
        self.market = Market(self.database, given, NOON)
        self.orders: list = []
        self.ranks: dict = {}
        self.crashing, self.patch = 0, pytest.MonkeyPatch()
        self.patch.setattr(attempting, "hear", self.hear_or_crash(attempting.hear))

    def hear_or_crash(self, hear):
        def heard(session, **facts):
            done = hear(session, **facts)
            if self.crashing:
                self.crashing -= 1
                raise Crash
            return done

        return heard

    @initialize(strict=st.booleans(), sold=st.booleans())
    def opens(self, strict, sold):
        faults.be_strict(self.market.folder, strict=strict, now=NOON)
        if sold:
            self.sell(two=True, card=payer.GOOD)

    @precondition(lambda self: len(self.orders) < 6)
    @rule(two=st.booleans(), kilos=st.integers(1, 3))
    def buy(self, two, kilos):
        self.orders_of_a_checkout(two=two, kilos=kilos)

    def orders_of_a_checkout(self, *, two, kilos):
        things = [(self.market.berries, kilos * 500), (self.market.beans, 1500)]
        phone = f"+8491{len(self.orders):07}"
        bought = self.market.buys(*things[: 1 + two], phone=phone)
        self.orders += bought
        return bought

    @precondition(lambda self: len(self.orders) < 6)
    @rule(two=st.booleans(), card=st.sampled_from((payer.GOOD, payer.REFUNDS_PENDING)))
    def sell(self, two, card):
        """All the way to the hand-over of one order, if nothing comes between."""
        bought = self.orders_of_a_checkout(two=two, kilos=2)
        with suppress(MarketError, Refused, Crash):
            self.market.pays(bought[0], card=card)
            self.market.hears()
            self.market.hands_over(bought[-1])
            self.market.works()

    @with_orders
    @rule(pick=PICK, card=st.sampled_from(CARDS), told=TOLD)
    def pay(self, pick, card, told):
        with self.trying(pick) as order_id:
            self.market.pays(order_id, card=card, told=told)

    @with_orders
    @rule(pick=PICK, passed=st.booleans(), told=TOLD)
    def authenticate(self, pick, passed, told):
        with self.trying(pick) as order_id:
            reference = self.attempt(order_id).reference
            payer.authenticate(
                self.market.folder, reference, passed=passed, told=told, now=self.market.now
            )

    @rule(
        what=st.sampled_from([None, None, delivering.repeat, delivering.reorder, delivering.lose])
    )
    def hear(self, what):
        if what is not None:
            what(self.market.folder, now=self.market.now)
        self.market.hears()

    @rule(fault=st.sampled_from(list(Fault)), times=st.sampled_from([1, 3, 4]))
    def disturb_the_line(self, fault, times):
        faults.happen(self.market.folder, fault, times=times, now=self.market.now)

    @rule()
    def crash(self):
        self.crashing += 1

    @with_orders
    @rule(pick=PICK)
    def hand_over(self, pick):
        with self.trying(pick) as order_id:
            self.market.hands_over(order_id)

    @with_orders
    @rule(pick=PICK)
    def cancel(self, pick):
        with self.trying(pick) as order_id:
            self.market.cancels(order_id)

    @with_orders
    @rule(pick=PICK, thousandths=st.integers(1, 1000))
    def refund(self, pick, thousandths):
        with self.trying(pick) as order_id:
            total = self.market.order(order_id).total_minor
            self.market.refunds(order_id, max(1, total * thousandths // 1000))
            self.market.works()

    @with_orders
    @rule(pick=PICK)
    def refund_the_rest(self, pick):
        with self.trying(pick) as order_id:
            self.market.refunds(order_id)
            self.market.works()

    @with_orders
    @rule(pick=PICK, told=TOLD)
    def dispute(self, pick, told):
        with self.trying(pick) as order_id:
            reference = self.attempt(order_id).reference
            payer.dispute(self.market.folder, reference, told=told, now=self.market.now)

    @rule(pick=PICK, won=st.booleans(), told=TOLD)
    def decide_a_dispute(self, pick, won, told):
        disputes = self.market.all(Dispute)
        if disputes:
            reference = disputes[pick % len(disputes)].reference
            with suppress(Refused):
                payer.close_dispute(
                    self.market.folder, reference, won=won, told=told, now=self.market.now
                )

    @with_orders
    @rule(pick=PICK, told=TOLD)
    def refund_at_the_dashboard(self, pick, told):
        with self.trying(pick) as order_id:
            reference, dong = self.attempt(order_id).reference, Money(1_111)
            payer.refund_by_hand(
                self.market.folder, reference, amount=dong, told=told, now=self.market.now
            )

    @rule(pick=PICK, failed=st.booleans(), told=TOLD)
    def bounce(self, pick, failed, told):
        sent = [each for each in self.market.all(Refund) if each.reference]
        if sent:
            with suppress(Refused):
                payer.finish_refund(
                    self.market.folder,
                    sent[pick % len(sent)].reference,
                    failed=failed,
                    told=told,
                    now=self.market.now,
                )

    @rule()
    def release(self):
        self.market.releases()

    @rule()
    def reconcile(self):
        self.market.pass_time(minutes=3)
        with suppress(Crash, GatewayUnsure):
            self.market.reconciles()

    @invariant()
    def the_books_hold(self):
        with self.database.reading() as session:
            assert ledger.problems(session) == []

    @invariant()
    def nobody_gets_more_back_than_was_paid(self):
        refunds = [each for each in self.market.all(Refund) if each.state not in UNDONE]
        for attempt in self.market.all(Attempt):
            back = sum(each.amount_minor for each in refunds if each.attempt_id == attempt.id)
            made_elsewhere = sum(
                each.amount_minor
                for each in refunds
                if each.attempt_id == attempt.id and each.external
            )
            assert back - made_elsewhere <= attempt.captured_minor <= attempt.amount_minor

    @invariant()
    def each_order_has_all_of_its_money_somewhere(self):
        for order in self.market.all(Order):
            held = self.market.balance(chart.held(order.id))
            if order.earned_at is None:
                assert held in {0, order.left_minor}
            else:
                assert held == 0
                assert self.owned(order) == order.left_minor

    @invariant()
    def no_try_goes_back(self):
        for attempt in self.market.all(Attempt):
            rank = RANK.get(AttemptState(attempt.state), len(RANK))
            before = self.ranks.get(attempt.id, 0)
            ended_then_paid = attempt.state == AttemptState.CAPTURED
            assert rank >= before or ended_then_paid
            assert before != RANK[AttemptState.CAPTURED] or ended_then_paid
            self.ranks[attempt.id] = rank

    def teardown(self):
        try:
            self.comes_to_an_end()
        finally:
            self.patch.undo()
            self.transaction.rollback()
            self.connection.close()
            self.folder.cleanup()

    def comes_to_an_end(self):
        self.crashing = 0
        with opened(self.market.folder, self.market.now) as books:
            books.file.execute("UPDATE fault SET times = 0 WHERE name <> 'lax'")
        for _ in range(3):
            self.market.pass_time(hours=25)  # a provider keeps an answer of 500 for a day
            self.market.reconciles()
            self.market.hears()
        self.all_is_known()
        self.all_that_is_given_back_left_nothing()

    def all_is_known(self):
        market = self.market
        assert market.balance(chart.clearing("stripe")) == market.at_stripe()
        doubtful = {AttemptState.SUBMITTING, AttemptState.UNKNOWN}
        assert doubtful.isdisjoint(attempt.state for attempt in market.all(Attempt))
        refunds = market.all(Refund)
        assert not [each for each in refunds if each.state in SENDABLE]
        kept = [each for each in refunds if each.order_id is None and not each.external]
        failed = sum(each.amount_minor for each in kept if each.state == RefundState.FAILED)
        assert market.balance(chart.UNAPPLIED) == failed
        assert market.balance(chart.REFUND_PAYABLE) == 0
        self.was_made_elsewhere = [each for each in refunds if each.external]
        outside = sum(each.amount_minor for each in refunds if self.is_outside(each))
        assert market.balance(chart.SUSPENSE) == outside

    def is_outside(self, refund):
        return refund.external and refund.state != RefundState.FAILED

    def all_that_is_given_back_left_nothing(self):
        market = self.market
        disputed = {each.state for each in market.all(Dispute)}
        failed = {each.order_id for each in market.all(Refund) if each.state in UNDONE}
        for order in market.all(Order):
            assert market.balance(chart.refund(order.id)) == 0
            if order.left_minor == 0:
                assert market.balance(chart.held(order.id)) == 0
                if not disputed & {"needs-response", "under-review"}:
                    assert self.owned(order) == self.owned(order, "commission") == 0
                    assert market.balance(chart.reserve(order.seller_id)) == 0
            if order.state in GONE and order.id not in failed:
                assert market.balance(chart.held(order.id)) == 0

    def owned(self, order, *only):
        """What everybody has of the order, its reserve apart."""
        with self.database.reading() as session:
            stands = ledger.of_order(session, order_id=order.id)
        sides = {"payable": 1, "commission": 1, "receivable": -1}
        return sum(
            amount * sides.get(code.rpartition(":")[2], 0)
            for code, amount in stands.items()
            if not only or code in only
        )

    def attempt(self, order_id):
        payment_id = self.market.payment(order_id).id
        tries = [each for each in self.market.all(Attempt) if each.payment_id == payment_id]
        if not tries or tries[-1].reference is None:
            raise Refused("none")
        return tries[-1]

    @contextmanager
    def trying(self, pick):
        """Somebody tries something with an order; to be refused, or to go down, is fine."""
        with suppress(MarketError, Refused, Crash):
            yield self.orders[pick % len(self.orders)]


PLAY = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
)


def played(database, **changes):
    """A play over a database in which nothing stays, with some of the market changed."""
    return type("PlayHere", (Play,), {"shared": database, **changes})


def test_whatever_happens_the_books_hold(shared):
    play(played(shared), settings=PLAY)


def unlimited(session, order, amount_minor):
    """Refunds without a look at what is left."""
    order.given_back_minor += amount_minor
    session.flush()
    return True


def keep_the_commission(order, _rest):
    """The market gives nothing of its part back."""
    return order.commission_minor, order.cooperative_minor


def new_key(gateway):
    """A refund sent again is another refund."""
    sent = gateway.refund
    return lambda reference, amount, **_: sent(reference, amount, refund_id=uuid7())


def say_it_failed(session, *, refund_id, now):
    """What was not answered has not happened."""
    returning.refused(session, refund_id=refund_id, error="timeout", now=now)


def captured_again(advance):
    """That money was taken is news each time it is told."""

    def advanced(session, attempt, told, now):
        moved = advance(session, attempt, told, now)
        return moved or told.standing is Standing.CAPTURED

    return advanced


NOTHING = lambda *_, **__: 0  # noqa: E731
MUTANTS = {
    "refunds are not limited": (taking, "_count", unlimited),
    "the market keeps its commission": (Order, "fees_of", keep_the_commission),
    "what was not answered has failed": (returning, "doubt", say_it_failed),
    "nobody compares": (reconciling, "compare", NOTHING),
    "nobody asks about what is open": (reconciling, "resolve", NOTHING),
    "a refund that fails stays reserved": (returning, "_release", NOTHING),
    "a dispute reserves nothing": (disputing, "_reserved", lambda *_: []),
    "late money is kept": (refunding, "give_back_unapplied", NOTHING),
    "what is called off after all is not given back": (refunding, "request_rest", NOTHING),
}


def story(machine):
    """One course of events in which every promise is put to the test; lax, and all at its worst."""
    market = machine.market

    def steps():
        machine.opens(strict=False, sold=True)
        yield
        machine.hand_over(pick=0)
        market.hears()
        yield
        faults.happen(market.folder, Fault.ANSWER_LOST, times=3, path="/refunds", now=market.now)
        machine.refund(pick=1, thousandths=600)  # beans: sent, and nobody hears of it
        yield
        machine.release()
        yield
        machine.reconcile()
        yield
        for thousandths in (333, 333, 7):
            machine.refund(pick=0, thousandths=thousandths)
            yield
        machine.bounce(pick=1, failed=True, told=1)
        market.hears()
        yield
        machine.refund(pick=1, thousandths=600)  # more than is left
        yield
        machine.refund_the_rest(pick=0)
        yield
        machine.sell(two=True, card=payer.GOOD)
        machine.cancel(pick=2)
        yield
        machine.dispute(pick=3, told=1)
        market.hears()
        yield
        machine.decide_a_dispute(pick=0, won=True, told=1)
        market.hears()
        yield
        first, second = machine.orders_of_a_checkout(two=True, kilos=1)
        market.pays(first)
        market.hears()
        market.hands_over(second)  # decided: both are taken
        market.cancels(first)  # and one is called off before that is done
        market.works()
        yield
        (late,) = machine.orders_of_a_checkout(two=False, kilos=3)
        market.pays(late, told=0)
        (lost,) = machine.orders_of_a_checkout(two=False, kilos=2)
        faults.happen(market.folder, Fault.ANSWER_LOST, times=3, now=market.now)
        with suppress(MarketError):
            market.starts(lost)
        delivering.lose(market.folder, now=market.now)

    for _ in steps():
        machine.the_books_hold()
        machine.nobody_gets_more_back_than_was_paid()
        machine.each_order_has_all_of_its_money_somewhere()
        machine.no_try_goes_back()


def told(play_class):
    """The story over that market, to its end."""
    machine = play_class()
    try:
        story(machine)
    finally:
        machine.teardown()
    assert not machine.was_made_elsewhere  # nobody was at the provider's desk


def test_a_story_of_everything_holds(shared):
    told(played(shared))


@pytest.mark.parametrize("name", MUTANTS)
def test_a_market_that_does_not_care_is_found_out(shared, name):
    target, attribute, careless = MUTANTS[name]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(target, attribute, careless)
        with pytest.raises(AssertionError):
            told(played(shared))


def test_what_is_booked_each_time_it_is_told_is_found_out(shared):
    """The state and the key each keep a capture single; without both it is not."""

    def posted(session, *, key, **facts):
        return ledger.post(session, key=f"{key}:{uuid7()}", **facts)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attempting, "_advance", captured_again(attempting._advance))
        patch.setattr(attempting, "post", posted)
        with pytest.raises(AssertionError):
            told(played(shared))


def test_a_refund_under_a_new_key_is_found_out(shared):
    class Careless(played(shared)):
        def __init__(self):
            super().__init__()
            self.patch.setattr(calling, "_was_sent", lambda *_: False)
            self.market.gateway.refund = new_key(self.market.gateway)

    with pytest.raises(AssertionError):
        told(Careless)

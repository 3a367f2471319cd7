"""Whatever happens to money, in whatever order, the books hold: a market played by chance.

Cards, transfers and cash are played in one world. After each step nothing is broken that was
promised; at the end, when everything that was lost has been asked for and people have decided what
is theirs, the ledger says what Stripe and the bank say, and each order's đồng are all somewhere.
"""

import tempfile
from collections import Counter
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as play
from sqlalchemy import func, select

from api.wiring import CONSEQUENCES
from catalog import experiences
from catalog.booking_models import ExperienceOption
from catalog.models import Listing
from market import cases, ledger
from market.accounts import NOBODY
from market.cases.models import Case
from market.db import Database
from market.errors import MarketError, NotFound
from market.ids import uuid7
from market.ledger import Account, Entry, Posting, chart
from market.money import Money
from market.orders import Rail, State, queries
from market.orders.models import Order
from payments import (
    attempting,
    bank_lines,
    bank_transfer,
    calling,
    cancelling,
    collecting,
    disputing,
    fake_bank,
    matching,
    reconciling,
    refunding,
    remitting,
    returning,
    taking,
    unsettled,
    withdrawing,
)
from payments.fake_psp import payer
from payments.fake_psp.books import Refused
from payments.gateway import GatewayUnsure, Standing
from payments.local_gateway import EVER, CashGateway
from payments.matching import Verdict
from payments.models import (
    RANK,
    Attempt,
    AttemptState,
    BankLine,
    BankLineState,
    Dispute,
    Payment,
    PaymentState,
    Refund,
    RefundState,
    Remittance,
)
from payments.returning import SENDABLE
from tests import makers, people
from tests.databases import CUSTODY, BoundDatabase, settings_for
from tests.payments import desk, faults
from tests.payments.faults import Fault
from tests.payments.market import Market

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
CARDS = (payer.GOOD, payer.GOOD, payer.DECLINED, payer.SECURED, payer.REFUNDS_PENDING)
UNDONE = (RefundState.FAILED, RefundState.REJECTED)
GONE = (State.CANCELLED, State.EXPIRED, State.RETURNED)
TOLD = st.sampled_from([0, 1, 1, 2])
PART = st.sampled_from([10, 10, 10, 4, 6, 13])  # tenths of what is asked for
ROUNDED = 2  # đồng: a part of a refund is never more than the refund
NAMED = st.sampled_from([True, True, True, False])
RAILS = [(Rail.CARD,), (Rail.BANK_TRANSFER,), (Rail.BANK_TRANSFER, Rail.CASH), tuple(Rail)]
PICK = st.integers(0, 99)


with_orders = precondition(lambda self: bool(self.orders))
with_cards = precondition(lambda self: Rail.CARD in self.orders.values())
with_transfers = precondition(lambda self: Rail.BANK_TRANSFER in self.orders.values())
with_cash = precondition(lambda self: Rail.CASH in self.orders.values())
with_people = precondition(lambda self: set(self.orders.values()) - {Rail.CARD})


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
        self.orders: dict = {}  # and by which rail each is paid
        self.ranks: dict = {}
        self.paid: set = set()
        with self.database.transaction() as session:
            self.clerk = people.administrator(session, NOON)
            self.chief = people.administrator(session, NOON)
            self.durians = makers.durians(session, NOON, of=self.market.farmer, price=33_333).id
            self.departures = self.tours(session)
        self.crashing, self.patch = 0, pytest.MonkeyPatch()
        self.patch.setattr(attempting, "hear", self.hear_or_crash(attempting.hear))
        self.patch.setattr(returning, "tell", self.hear_or_crash(returning.tell))

    def tours(self, session):
        """One soon, so that a card only promises it, and one far ahead; two fifths are kept."""
        who = self.market.farmer
        tour, _ = makers.tour(session, NOON, of=who)
        session.get_one(ExperienceOption, tour.id).tiers = [{"hours": 0, "percent": 60}]
        starts = [NOON + timedelta(days=days) for days in (4, 90)]
        its = {"experience_id": tour.id, "starts": starts, "seats": 400}
        opened = experiences.open_departures(session, actor=who, **its, now=NOON)
        session.flush()
        session.expunge_all()
        return opened

    def hear_or_crash(self, hear):
        def heard(session, **facts):
            done = hear(session, **facts)
            if self.crashing:
                self.crashing -= 1
                raise Crash
            return done

        return heard

    @initialize(
        strict=st.booleans(),
        sold=st.booleans(),
        rails=st.sampled_from(RAILS),
        together=st.booleans(),
    )
    def opens(self, strict, sold, rails, together=False):
        desk.be_strict(self.market.folder, strict=strict, now=NOON)
        self.rails = rails
        self.custodians = [self.market.farmer, self.market.grower]
        if together:
            self.market.joins_a_cooperative()
            self.custodians[0] = self.market.driver
        for rail in rails if sold else ():
            self.sell(two=True, rail=rail, card=payer.GOOD)

    @precondition(lambda self: len(self.orders) < 6)
    @rule(two=st.booleans(), kilos=st.integers(1, 3), rail=PICK)
    def buy(self, two, kilos, rail):
        self.orders_of_a_checkout(two=two, kilos=kilos, rail=self.rails[rail % len(self.rails)])

    def orders_of_a_checkout(self, *, two, kilos, rail=Rail.CARD):
        things = [(self.market.berries, kilos * 500), (self.market.beans, 1500)]
        phone = f"+8491{len(self.orders):07}"
        bought = self.market.buys(*things[: 1 + two], rail=rail, phone=phone)
        self.orders |= dict.fromkeys(bought, rail)
        return bought

    @precondition(lambda self: len(self.orders) < 6)
    @rule(two=st.booleans(), card=st.sampled_from((payer.GOOD, payer.REFUNDS_PENDING)), rail=PICK)
    def sell_some(self, two, card, rail):
        self.sell(two=two, card=card, rail=self.rails[rail % len(self.rails)])

    def sell(self, *, two, card, rail=Rail.CARD):
        """All the way to the hand-over of one order, if nothing comes between."""
        bought = self.orders_of_a_checkout(two=two, kilos=2, rail=rail)
        with suppress(MarketError, Refused, Crash):
            if rail is Rail.CARD:
                self.market.pays(bought[0], card=card)
                self.market.hears()
            if rail is Rail.BANK_TRANSFER:
                self.market.transfers(bought[0])
                self.market.bank_tells()
            self.market.hands_over(bought[-1])
            if rail is Rail.CASH:
                self.market.at_the_door(bought[-1])
            self.market.works()

    @precondition(lambda self: len(self.orders) < 6)
    @rule(pieces=st.integers(1, 3), rail=PICK, agreed=st.booleans())
    def sell_by_the_piece(self, pieces, rail, agreed):
        """Durians, which the scales may find lighter or heavier than what is held for."""
        its = self.rails[rail % len(self.rails)]
        with self.database.reading() as session:
            durians = session.get_one(Listing, self.durians)
        phone = f"+8491{len(self.orders):07}"
        (order_id,) = self.market.buys((durians, pieces), rail=its, phone=phone)
        self.orders[order_id] = its
        with suppress(MarketError, Refused, Crash):
            if its is Rail.CARD:
                self.market.pays(order_id)
                self.market.hears()
            if its is Rail.BANK_TRANSFER:
                self.market.transfers(order_id)
                self.market.bank_tells()
            if agreed:
                self.market.confirms(order_id)

    @precondition(lambda self: len(self.orders) < 6)
    @rule(guests=st.integers(1, 3), rail=PICK, far=st.integers(0, 1))
    def book(self, guests, rail, far):
        """A visit, paid at once where it is not paid there."""
        its, phone = self.rails[rail % len(self.rails)], f"+8491{len(self.orders):07}"
        with suppress(MarketError, Refused, Crash):
            (it,) = self.market.buys((self.departures[far], guests), rail=its, phone=phone)
            self.orders[it] = its
            if its is Rail.CARD:
                self.market.pays(it)
                self.market.hears()
            if its is Rail.BANK_TRANSFER:
                self.market.transfers(it)
                self.market.bank_tells()

    @with_orders
    @rule(pick=PICK, some=st.booleans())
    def cancel_by_policy(self, pick, some):
        with self.trying(pick) as order_id, self.database.transaction() as session:
            order = session.get_one(Order, order_id)
            party = withdrawing.party_of(session, order)
            withdrawing.withdraw(
                session,
                actor=NOBODY,
                order=order,
                codes=[ticket.code for ticket in party[:1] if some],
                now=self.market.now,
            )

    @with_orders
    @rule(pick=PICK, hundredths=st.sampled_from([1, 60, 97, 110, 115, 130]))
    def weigh(self, pick, hundredths):
        with self.trying(pick) as order_id:
            self.market.packs(order_id, self.estimate(order_id) * hundredths // 100)
            self.market.works()

    @with_orders
    @rule(pick=PICK, hundredths=st.sampled_from([111, 115, 130]), agreed=st.booleans())
    def ask_for_more(self, pick, hundredths, agreed):
        """What weighs more than is held is an order of its own, paid or declined like any."""
        with self.trying(pick) as order_id:
            grams = self.estimate(order_id) * hundredths // 100
            extra = self.market.asks_for_more(order_id, grams)
            self.orders[extra] = self.orders[order_id]
            if agreed and self.orders[order_id] is Rail.CASH:
                self.market.agrees(extra)

    def estimate(self, order_id):
        with self.database.reading() as session:
            (first, *_) = queries.lines(session, order_ids=[order_id])[order_id]
        return first.snapshot.get("weight", {"grams": 1_000})["grams"]

    @with_cards
    @rule(pick=PICK, card=st.sampled_from(CARDS), told=TOLD)
    def pay(self, pick, card, told):
        with self.trying(pick, Rail.CARD) as order_id:
            self.market.pays(order_id, card=card, told=told)

    @with_cards
    @rule(pick=PICK, passed=st.booleans(), told=TOLD)
    def authenticate(self, pick, passed, told):
        with self.trying(pick, Rail.CARD) as order_id:
            reference = self.attempt(order_id).reference
            payer.authenticate(
                self.market.folder, reference, passed=passed, told=told, now=self.market.now
            )

    @with_transfers
    @rule(pick=PICK, part=PART, named=NAMED, told=TOLD)
    def transfer(self, pick, part, named, told):
        """Just what is asked for, too little or too much; told late, at once, or twice."""
        with self.trying(pick, Rail.BANK_TRANSFER) as order_id:
            amount = self.market.payment(order_id).amount_minor * part // 10
            self.market.transfers(order_id, amount, named=named)
            for _ in range(told):
                self.market.bank_tells()

    @with_people
    @rule(backwards=st.booleans())
    def hear_the_bank(self, backwards):
        self.market.bank_tells(backwards=backwards)

    @with_people
    @rule(pick=PICK, approved=st.sampled_from([True, True, False]))
    def decide_a_refund(self, pick, approved):
        """A second person lets it go, or whoever holds the cash gives it; or it is not given."""
        waiting = [
            each
            for each in self.market.all(Refund)
            if each.state == RefundState.REQUESTED or self.is_to_be_given(each)
        ]
        if waiting:
            with suppress(MarketError, Crash):
                self.decides(waiting[pick % len(waiting)], approved=approved)

    @with_people
    @rule(pick=PICK)
    def give_a_line_back(self, pick):
        with suppress(MarketError), self.database.transaction() as session:
            line_id = self.a_line_left(session, pick)
            refunding.give_back_line(
                session, actor=self.clerk, line_id=line_id, now=self.market.now
            )

    @with_transfers
    @rule(pick=PICK, which=PICK)
    def allot(self, pick, which):
        with self.trying(pick, Rail.BANK_TRANSFER) as it, self.database.transaction() as session:
            bank_transfer.allocate(
                session,
                actor=self.clerk,
                line_id=self.a_line_left(session, which),
                payment_id=collecting.of_order(session, order_id=it).id,
                now=self.market.now,
            )

    @with_cash
    @rule(pick=PICK, takes=st.sampled_from([True, True, False]))
    def be_at_the_door(self, pick, takes):
        with self.trying(pick, Rail.CASH) as order_id:
            self.market.at_the_door(order_id, takes=takes)

    @with_cash
    @rule(which=st.integers(0, 1), part=PART, told=TOLD)
    def hand_in(self, which, part, told):
        """All the cash in hand is announced; what is sent may be less, or more."""
        who = self.custodians[which]
        holder_id = makers.only(who.seller_ids or who.cooperative_ids)
        in_hand = self.market.balance(chart.cash(holder_id))
        with suppress(MarketError):
            self.market.hands_in(who, in_hand, sends=in_hand * part // 10)
            for _ in range(told):
                self.market.bank_tells()

    @with_cash
    @rule(pick=PICK, approved=st.booleans())
    def decide_a_shortage(self, pick, approved):
        short = [each.id for each in self.market.all(Remittance) if each.state == "short"]
        if short:
            about = select(Case.id).where(Case.subject_id == short[pick % len(short)])
            with suppress(MarketError), self.database.transaction() as session:
                cases.decide(
                    session,
                    actor=self.clerk,
                    case_id=session.scalars(about).one(),
                    approved=approved,
                    reason="đã hỏi",
                    checked=["looked_up"],
                    consequences=CONSEQUENCES,
                    now=self.market.now,
                )

    @rule()
    def run_out_of_time(self):
        self.market.pass_time(hours=25)
        with self.database.transaction() as session:
            cancelling.expire_due(session, now=self.market.now)

    @with_cards
    @rule(what=st.sampled_from([None, None, desk.repeat, desk.reorder, payer.lose]))
    def hear(self, what):
        if what is not None:
            what(self.market.folder, now=self.market.now)
        self.market.hears()

    @with_cards
    @rule(fault=st.sampled_from(list(Fault)), times=st.sampled_from([1, 3, 4]))
    def disturb_the_line(self, fault, times):
        desk.happen(self.market.folder, fault, times=times, now=self.market.now)

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

    @with_cards
    @rule(pick=PICK, told=TOLD)
    def dispute(self, pick, told):
        with self.trying(pick, Rail.CARD) as order_id:
            reference = self.attempt(order_id).reference
            payer.dispute(self.market.folder, reference, told=told, now=self.market.now)

    @with_cards
    @rule(pick=PICK, won=st.booleans(), told=TOLD)
    def decide_a_dispute(self, pick, won, told):
        disputes = self.market.all(Dispute)
        if disputes:
            reference = disputes[pick % len(disputes)].reference
            with suppress(Refused):
                desk.close_dispute(
                    self.market.folder, reference, won=won, told=told, now=self.market.now
                )

    @with_cards
    @rule(pick=PICK, told=TOLD)
    def refund_at_the_dashboard(self, pick, told):
        with self.trying(pick, Rail.CARD) as order_id:
            reference, dong = self.attempt(order_id).reference, Money(1_111)
            desk.refund_by_hand(
                self.market.folder, reference, amount=dong, told=told, now=self.market.now
            )

    @with_cards
    @rule(pick=PICK, failed=st.booleans(), told=TOLD)
    def bounce(self, pick, failed, told):
        sent = [each for each in self.market.all(Refund) if each.attempt_id and each.reference]
        if sent:
            with suppress(Refused):
                desk.finish_refund(
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
    def all_holds(self):
        self.look_around()
        self.the_books_hold()
        self.nobody_gets_more_back_than_was_paid()
        self.the_bank_sends_what_is_owed_once()
        self.what_the_bank_told_is_on_its_account_and_what_is_nobodys_is_seen()
        self.cash_is_in_the_hands_of_who_took_it()
        self.each_order_has_all_of_its_money_somewhere()
        self.no_try_goes_back()
        self.who_has_paid_has_paid()

    def look_around(self):
        """All that stands in the books now, read once for all promises."""
        stands = (
            select(Account.code, Account.normal * func.sum(Entry.amount))
            .join(Entry, Entry.account_id == Account.id)
            .group_by(Account.code, Account.normal)
        )
        with self.database.reading() as session:
            self.stands = Counter(dict(map(tuple, session.execute(stands))))
            self.left = sum(line.left_minor for line in unsettled.lines(session, limit=99))
        self.refunds = self.market.all(Refund)
        self.going = [each for each in self.refunds if each.state not in UNDONE]
        self.attempts, self.payments = self.market.all(Attempt), self.market.all(Payment)
        self.lines = self.market.all(BankLine)

    def the_books_hold(self):
        with self.database.reading() as session:
            assert ledger.problems(session) == []

    def nobody_gets_more_back_than_was_paid(self):
        back = Counter()
        for each in self.going:
            paid_by = each.attempt_id or each.line_id or each.payment_id
            back[paid_by] += 0 if each.external else each.amount_minor
        for attempt in self.attempts:
            assert back[attempt.id] <= attempt.captured_minor <= attempt.amount_minor
        for payment in self.payments:
            is_paid = payment.state == PaymentState.PAID
            assert back[payment.id] <= (payment.amount_minor if is_paid else 0)
        for line in self.lines:
            assert back[line.id] <= max(0, line.left_minor)

    def the_bank_sends_what_is_owed_once(self):
        owed = {each.memo: each.amount_minor for each in self.refunds}
        lines = fake_bank.Feed(folder=self.market.folder).lines(EVER)
        sent = [line for line in lines if line.amount_minor < 0]
        memos = [line.text.split()[0] for line in sent]
        assert len(memos) == len(set(memos))
        assert all(-line.amount_minor == owed[memo] for line, memo in zip(sent, memos, strict=True))

    def what_the_bank_told_is_on_its_account_and_what_is_nobodys_is_seen(self):
        told = sum(each.amount_minor for each in self.lines)
        assert self.stands[chart.bank(CUSTODY).code] == told
        late = [each for each in self.refunds if each.attempt_id and each.order_id is None]
        failed = [each for each in late if each.state == RefundState.FAILED and not each.external]
        kept = sum(each.amount_minor for each in failed)
        assert self.stands[chart.UNAPPLIED.code] == self.left + kept

    def cash_is_in_the_hands_of_who_took_it(self):
        in_hand = sum(it for code, it in self.stands.items() if chart.kind_of(code) == "cash")
        moved = sum(each.amount.minor for each in CashGateway(self.database).movements(since=NOON))
        laid_out = self.posted("refund.paid", "payable")
        owed = self.posted("cash.shortage", "receivable")
        assert in_hand == moved + laid_out - owed

    def posted(self, kind, account):
        """What one kind of postings has left on one kind of account."""
        rows = (
            select(Account.code, Account.normal * Entry.amount)
            .join(Entry, Entry.account_id == Account.id)
            .join(Posting, Posting.tx == Entry.tx)
            .where(Posting.kind == kind)
        )
        with self.database.reading() as session:
            found = session.execute(rows).all()
        return sum(amount for code, amount in found if chart.kind_of(code) == account)

    def who_has_paid_has_paid(self):
        paid = {each.id for each in self.payments if each.state == PaymentState.PAID}
        assert self.paid <= paid
        self.paid = paid

    def each_order_has_all_of_its_money_somewhere(self):
        for order in self.market.all(Order):
            held = self.stands[chart.held(order.id).code]
            if order.earned_at is None:
                assert held in {0, order.left_minor}
            else:
                assert held == 0
                assert self.owned(order) == order.left_minor
                keeps = order.fees_of(order.left_minor)
                assert abs(self.owned(order, "commission") - keeps[0]) <= ROUNDED
                if order.cooperative_id:
                    code = f"seller:{order.cooperative_id}:"
                    its = self.owned(order, f"{code}payable", f"{code}receivable")
                    assert abs(its - keeps[1]) <= ROUNDED

    def no_try_goes_back(self):
        for attempt in self.attempts:
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
        faults.end(self.market.folder, self.market.now, lax=False)
        for _ in range(3):
            self.market.pass_time(hours=25)  # a provider keeps an answer of 500 for a day
            self.market.reconciles()
            self.market.hears()
            for refund in self.market.all(Refund):
                if refund.state == RefundState.REQUESTED or self.is_to_be_given(refund):
                    self.decides(refund, approved=True)
        self.all_holds()
        with self.database.reading() as session:
            self.kinds = set(session.scalars(select(Posting.kind)))
        self.all_is_known()
        self.all_that_is_given_back_left_nothing()

    def all_is_known(self):
        market = self.market
        assert market.balance(chart.clearing("stripe")) == market.at_stripe()
        at_bank = fake_bank.balance(market.folder, account=CUSTODY)
        assert market.balance(chart.bank(CUSTODY)) == at_bank
        doubtful = {AttemptState.SUBMITTING, AttemptState.UNKNOWN}
        assert doubtful.isdisjoint(attempt.state for attempt in market.all(Attempt))
        refunds = market.all(Refund)
        assert not [each for each in refunds if each.state in SENDABLE]
        by_people = [each.state for each in refunds if each.attempt_id is None]
        assert set(by_people) <= {RefundState.SUCCEEDED, RefundState.REJECTED}
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
            if order.state in GONE and order.id not in failed and not order.kept_minor:
                assert market.balance(chart.held(order.id)) == 0

    def owned(self, order, *only):
        """What everybody has of the order, its reserve apart, and what he laid out for it."""
        laid_out = "refund.paid"
        with self.database.reading() as session:
            stands = ledger.of_order(session, order_id=order.id, besides=laid_out)
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

    def is_to_be_given(self, refund):
        return refund.state == RefundState.PENDING and returning.is_by_hand(refund)

    def decides(self, refund, *, approved):
        doing = {"refund_id": refund.id, "now": self.market.now}
        with self.database.transaction() as session:
            if not approved:
                refunding.reject(session, actor=self.chief, reason="nhầm", **doing)
            elif self.is_to_be_given(refund):
                returning.give_by_hand(session, actor=self.market.seller(refund.order_id), **doing)
            else:
                refunding.approve(session, actor=self.chief, **doing)
        self.market.works()

    def a_line_left(self, session, pick):
        lines = unsettled.lines(session, limit=99)
        if not lines:
            raise NotFound(what="line")
        return lines[pick % len(lines)].id

    @contextmanager
    def trying(self, pick, rail=None):
        """Somebody tries something with an order; to be refused, or to go down, is fine."""
        some = [order_id for order_id, its in self.orders.items() if rail in {None, its}]
        with suppress(MarketError, Refused, Crash):
            yield some[pick % len(some)]


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


def unlimited(session, *, order, amount_minor):
    """Refunds without a look at what is left."""
    order.given_back_minor += amount_minor
    session.flush()


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
    "refunds are not limited": (taking, "count", unlimited),
    "the market keeps its commission": (Order, "fees_of", keep_the_commission),
    "what was not answered has failed": (returning, "doubt", say_it_failed),
    "nobody compares": (reconciling, "compare", NOTHING),
    "nobody asks about what is open": (reconciling, "resolve", NOTHING),
    "a refund that fails stays reserved": (returning, "_release", NOTHING),
    "a dispute reserves nothing": (disputing, "_reserved", lambda *_: []),
    "late money is kept": (refunding, "give_back_unapplied", NOTHING),
    "what is called off after all is not given back": (refunding, "request_rest", NOTHING),
}


def as_income(state, line, payment=None):
    """What fits nothing is the market's."""
    return Verdict(state=state, payment=payment, amounts={chart.COMMISSION: -line.amount_minor})


def as_nobodys(session, remittance, line, _teller, now):
    """Cash that was handed in is not taken off its custodian."""
    remitting.settle(session, remittance=remittance, amount_minor=line.amount_minor, now=now)
    return matching._unapplied(BankLineState.REMITTED, line)


def from_the_market(_session, refund, _order):
    """Who gives cash back keeps what is in his hands."""
    return {chart.COMMISSION: refund.amount_minor}


def with_what_was_laid_out(session, order):
    """Cash that the cooperative laid out is a part of its fee."""
    stands = ledger.of_order(session, order_id=order.id)
    its = stands.get(chart.payable(order.cooperative_id).code, 0) if order.cooperative_id else 0
    return stands.get(chart.COMMISSION.code, 0), its


MUTANTS_OF_PEOPLE = {
    "cash laid out is earned": (taking, "_parts_now", with_what_was_laid_out),
    "what fits nothing is income": (matching, "_unapplied", as_income),
    "a debit settles no refund": (matching, "_settles", lambda *_: False),
    "what is handed in stays in hand": (matching, "_remitted", as_nobodys),
    "cash is given back by the market": (returning, "_given_by", from_the_market),
    "what is short is credited": (bank_lines, "spend", NOTHING),
}


def story(machine):
    """One course of events in which every promise is put to the test; lax, and all at its worst."""
    market = machine.market

    def steps():
        machine.opens(strict=False, sold=True, rails=(Rail.CARD,))
        yield
        machine.hand_over(pick=0)
        market.hears()
        yield
        desk.happen(market.folder, Fault.ANSWER_LOST, times=3, path="/refunds", now=market.now)
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
        desk.happen(market.folder, Fault.ANSWER_LOST, times=3, now=market.now)
        with suppress(MarketError):
            market.starts(lost)
        payer.lose(market.folder, now=market.now)

    for _ in steps():
        machine.all_holds()


def story_of_people(machine):
    """The same for transfers and cash, where people pay, send, count and decide."""

    def steps():
        machine.opens(strict=False, sold=True, rails=(Rail.BANK_TRANSFER, Rail.CASH), together=True)
        yield
        machine.refund(pick=0, thousandths=333)  # transfers: paid, and handed over the second
        machine.decide_a_refund(pick=0, approved=True)
        machine.crashing = 1  # sent, and we go down before that is noted
        machine.refund(pick=1, thousandths=500)
        machine.decide_a_refund(pick=0, approved=True)
        yield
        machine.reconcile()
        machine.hear_the_bank(backwards=True)
        yield
        machine.transfer(pick=0, part=10, named=True, told=2)  # paid twice
        machine.give_a_line_back(pick=0)
        yield
        machine.decide_a_refund(pick=0, approved=True)
        machine.orders_of_a_checkout(two=False, kilos=2, rail=Rail.BANK_TRANSFER)
        machine.transfer(pick=2, part=4, named=True, told=1)
        yield
        machine.transfer(pick=2, part=6, named=False, told=1)  # nobody's, until it is allotted
        yield
        machine.allot(pick=2, which=0)
        yield
        machine.orders_of_a_checkout(two=False, kilos=2, rail=Rail.BANK_TRANSFER)
        machine.transfer(pick=3, part=13, named=True, told=1)
        yield
        machine.hand_in(which=1, part=6, told=1)
        yield
        machine.decide_a_shortage(pick=0, approved=True)
        yield
        machine.hand_over(pick=2)
        machine.be_at_the_door(pick=0, takes=True)
        yield
        machine.refund(pick=2, thousandths=250)
        machine.decide_a_refund(pick=0, approved=True)
        yield
        machine.hand_in(which=0, part=13, told=2)
        yield
        for pick in (2, 3):  # it was handed in: who took it lays it out
            machine.refund(pick=pick, thousandths=100)
            machine.decide_a_refund(pick=0, approved=True)
        machine.release()
        yield
        machine.refund(pick=2, thousandths=300)
        machine.decide_a_refund(pick=0, approved=True)
        yield
        machine.refund_the_rest(pick=3)
        machine.refund_the_rest(pick=0)
        (late,) = machine.orders_of_a_checkout(two=False, kilos=1, rail=Rail.BANK_TRANSFER)
        machine.run_out_of_time()
        machine.market.transfers(late)
        machine.market.bank_tells()

    for _ in steps():
        machine.all_holds()


def told(play_class, story=story):
    """The story over that market, to its end."""
    machine = play_class()
    try:
        story(machine)
    finally:
        machine.teardown()
    assert not machine.was_made_elsewhere  # nobody was at the provider's desk
    return machine


def test_a_story_of_everything_holds(shared):
    told(played(shared))


def test_a_story_of_transfers_and_cash_holds(shared):
    machine = told(played(shared), story_of_people)

    every_state = set(BankLineState) - {BankLineState.FOREIGN}  # on another account
    assert {line.state for line in machine.lines} == every_state
    assert {"bank.allocated", "cash.shortage", "refund.paid"} <= machine.kinds


@pytest.mark.parametrize("name", [*MUTANTS, *MUTANTS_OF_PEOPLE])
def test_a_market_that_does_not_care_is_found_out(shared, name):
    target, attribute, careless = (MUTANTS | MUTANTS_OF_PEOPLE)[name]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(target, attribute, careless)
        with pytest.raises(AssertionError):
            told(played(shared), story if name in MUTANTS else story_of_people)


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


def test_a_transfer_that_is_sent_anew_each_time_is_found_out(shared):
    """The bank's key and its lines each keep a refund single; without both it is not."""

    class Careless(played(shared)):
        def __init__(self):
            super().__init__()
            bank = self.market.context.ports["gateways"][Rail.BANK_TRANSFER]
            bank._came = lambda _session, payment: (10 * payment.amount_minor, [])
            send = fake_bank.Feed.send
            self.patch.setattr(
                fake_bank.Feed, "send", lambda feed, **it: send(feed, **it | {"key": str(uuid7())})
            )

    with pytest.raises(AssertionError):
        told(Careless, story_of_people)

"""Money by card, from the promise to the seller's part, and all that can happen on the way."""

from datetime import timedelta

import pytest

from market.cases.models import Case, CaseKind
from market.ledger import chart
from market.money import Money
from market.orders import Rail, State
from payments import attempting, cancelling, capturing, differences, disputing, reconciling
from payments.attempting import NotPayable, PaymentUnsure
from payments.fake_psp import payer
from payments.fulfilling import NotPaid
from payments.gateway import Contested
from payments.models import Attempt, AttemptState, PaymentState, Refund, RefundState
from payments.taking import RefundTooMuch
from tests import makers
from tests.databases import settings_for
from tests.payments import desk
from tests.payments.faults import Fault
from tests.payments.market import Market


@pytest.fixture
def market(database, tmp_path, now):
    return Market(database, settings_for("sqlite:///unused", tmp_path), now)


def cases_of(market):
    return [case for case in market.all(Case) if case.kind == CaseKind.MONEY]


class TestACard:
    def test_promises_at_the_checkout_and_pays_at_the_hand_over(self, market):
        (order_id,) = market.bought()

        assert market.order(order_id).state == State.PLACED
        assert market.payment(order_id).state == PaymentState.AUTHORIZED
        assert market.balance(chart.held(order_id)) == 0

        market.hands_over(order_id)
        market.works()

        assert market.payment(order_id).state == PaymentState.PAID
        assert market.balance(chart.held(order_id)) == 180_000
        market.audits()

    def test_pays_the_seller_after_the_waiting_time(self, market):
        (order_id,) = market.bought()
        market.hands_over(order_id)
        market.works()
        market.releases()

        seller = chart.payable(market.order(order_id).seller_id)
        assert market.balance(seller) == 174_600
        assert market.balance(chart.COMMISSION) == 5_400
        assert market.balance(chart.held(order_id)) == 0

    def test_that_is_refused_can_be_followed_by_another(self, market):
        (order_id,) = market.buys()
        market.pays(order_id, card=payer.DECLINED)
        market.hears()
        assert market.order(order_id).state == State.AWAITING_PAYMENT
        (attempt,) = market.all(Attempt)
        assert attempt.error == "card_declined"

        market.pays(order_id)
        market.hears()

        assert market.order(order_id).state == State.PLACED
        assert len(market.all(Attempt)) == 1

    @pytest.mark.parametrize("passed", [True, False])
    def test_may_ask_for_3d_secure(self, market, passed):
        (order_id,) = market.buys()
        reference = market.pays(order_id, card=payer.SECURED)
        market.hears()
        assert market.order(order_id).state == State.AWAITING_PAYMENT

        payer.authenticate(market.folder, reference, passed=passed, now=market.now)
        market.hears()

        state = State.PLACED if passed else State.AWAITING_PAYMENT
        assert market.order(order_id).state == state

    def test_is_taken_at_once_for_a_visit_that_is_far_off(self, market):
        with market.database.transaction() as session:
            _, departure = makers.tour(session, market.now + timedelta(days=8), of=market.farmer)
            session.expunge_all()
        (order_id,) = market.buys((departure, 2))
        market.pays(order_id)
        market.hears()

        assert market.payment(order_id).state == PaymentState.PAID
        assert market.balance(chart.held(order_id)) == 300_000

    def test_pays_two_sellers_with_one_promise_taken_once(self, market):
        first, second = market.bought((market.berries, 1000), (market.beans, 500))
        market.hands_over(first)
        market.works()

        assert [market.balance(chart.held(each)) for each in (first, second)] == [180_000, 90_000]
        market.hands_over(second)
        market.works()
        assert market.at_stripe() == 270_000 - 9_180
        market.audits()

    def test_is_not_taken_for_a_sibling_that_was_called_off(self, market):
        first, second = market.bought((market.berries, 1000), (market.beans, 500))
        market.cancels(first)
        market.hands_over(second)
        market.works()

        (attempt,) = market.all(Attempt)
        assert (attempt.amount_minor, attempt.captured_minor) == (270_000, 90_000)
        assert market.balance(chart.held(second)) == 90_000
        assert market.all(Refund) == []

    def test_is_let_go_when_all_is_called_off(self, market):
        first, second = market.bought((market.berries, 1000), (market.beans, 500))
        market.cancels(first)
        market.cancels(second)
        market.works()

        (attempt,) = market.all(Attempt)
        assert attempt.state == AttemptState.CANCELLED
        assert market.payment(first).state == PaymentState.CANCELLED

    def test_gives_back_what_was_taken_for_a_sibling_called_off_meanwhile(self, market):
        first, second = market.bought((market.berries, 1000), (market.beans, 500))
        market.hands_over(second)  # decided: all of it
        market.cancels(first)  # before Stripe was told
        market.works()

        (refund,) = market.all(Refund)
        assert (refund.amount_minor, refund.state) == (180_000, RefundState.SUCCEEDED)
        assert market.balance(chart.UNAPPLIED) == market.balance(chart.REFUND_PAYABLE) == 0
        market.audits()

    def test_that_pays_too_late_gets_its_money_back(self, market):
        (order_id,) = market.buys()
        reference = market.starts(order_id).reference
        market.pass_time(minutes=16)
        payer.pay(market.folder, reference, now=market.now)
        market.hears()

        assert market.order(order_id).state == State.AWAITING_PAYMENT  # its time is over
        (attempt,) = market.all(Attempt)
        assert attempt.state == AttemptState.CANCELLED  # the promise was let go

    def test_whose_order_has_expired_is_called_off_at_the_provider(self, market):
        (order_id,) = market.buys()
        market.starts(order_id)
        market.pass_time(minutes=16)
        with market.database.transaction() as session:
            cancelling.expire_due(session, now=market.now)
        market.works()

        (attempt,) = market.all(Attempt)
        assert attempt.state == AttemptState.CANCELLED
        with pytest.raises(NotPayable):
            market.starts(order_id)

    @pytest.mark.parametrize("others", [True, False])
    def test_of_what_no_seller_accepts_is_not_taken(self, market, others):
        things = (market.berries, 1000), *([(market.beans, 1000)] if others else [])
        berries, *rest = market.bought(*things)
        for order_id in rest:
            market.hands_over(order_id)
        market.pass_time(hours=24)
        with market.database.transaction() as session:
            cancelling.expire_due(session, now=market.now)
        market.works()

        assert market.order(berries).state == State.EXPIRED
        assert market.balance(chart.held(berries)) == 0
        assert sum(market.order(each).left_minor for each in rest) == sum(
            market.balance(chart.held(each)) for each in rest
        )
        market.audits()

    def test_is_taken_before_its_promise_lapses(self, market):
        (order_id,) = market.bought()
        market.pass_time(days=6, hours=12)
        with market.database.transaction() as session:
            capturing.take_lapsing(session, now=market.now)
        market.works()

        assert market.payment(order_id).state == PaymentState.PAID

    def test_that_takes_its_promise_back_stops_the_hand_over(self, market):
        (order_id,) = market.bought()
        (attempt,) = market.all(Attempt)
        market.gateway.cancel(attempt.reference, key="somebody at the dashboard")
        market.hears()

        with pytest.raises(NotPaid):
            market.hands_over(order_id)
        assert len(cases_of(market)) == 1


class TestAProviderThatDoesNotAnswer:
    def test_is_asked_again_and_charges_once(self, market):
        (order_id,) = market.buys()
        desk.happen(market.folder, Fault.ANSWER_LOST, times=3, now=market.now)
        with pytest.raises(PaymentUnsure):
            market.starts(order_id)
        (attempt,) = market.all(Attempt)
        assert attempt.state == AttemptState.UNKNOWN

        market.pass_time(minutes=3)
        market.reconciles()

        (attempt,) = market.all(Attempt)
        assert attempt.state == AttemptState.AWAITING_PAYER
        assert market.starts(order_id).reference == attempt.reference

    def test_and_never_was_asked_leaves_the_way_free(self, market):
        (order_id,) = market.buys()
        desk.happen(market.folder, Fault.NEVER_ARRIVED, times=3, now=market.now)
        with pytest.raises(PaymentUnsure):
            market.starts(order_id)
        market.pass_time(minutes=11)
        market.reconciles()

        market.pays(order_id)
        market.hears()
        assert market.order(order_id).state == State.PLACED
        states = [attempt.state for attempt in market.all(Attempt)]
        assert states == [AttemptState.FAILED, AttemptState.AUTHORIZED]

    def test_and_is_paid_at_the_moment_it_is_given_up_goes_on(self, market):
        (order_id,) = market.buys()
        market.pays(order_id)
        market.hears()
        (attempt,) = market.all(Attempt)

        with market.database.transaction() as session:
            attempting.give_up(session, attempt_id=attempt.id, error="late", now=market.now)

        (attempt,) = market.all(Attempt)
        assert attempt.state == AttemptState.AUTHORIZED

    def test_to_a_capture_is_asked_until_it_does(self, market):
        (order_id,) = market.bought()
        desk.happen(market.folder, Fault.AWAY, times=6, path="/capture", now=market.now)
        market.hands_over(order_id)
        market.works()
        assert market.payment(order_id).state == PaymentState.AUTHORIZED

        for _ in range(4):
            market.pass_time(minutes=1)
            market.works()

        assert market.payment(order_id).state == PaymentState.PAID
        assert market.at_stripe() == 180_000 - 6_120

    def test_to_a_refund_gives_back_once(self, market):
        (order_id,) = market.bought()
        market.hands_over(order_id)
        market.works()
        desk.happen(market.folder, Fault.ANSWER_LOST, times=3, path="/refunds", now=market.now)

        refund_id = market.refunds(order_id)
        market.works()
        assert market.refund(refund_id).state == RefundState.UNKNOWN
        market.pass_time(minutes=3)
        market.reconciles()

        assert market.refund(refund_id).state == RefundState.SUCCEEDED
        assert market.at_stripe() == -6_120
        market.audits()

    def test_and_whose_notifications_are_all_lost_leaves_the_same_books(self, market):
        (order_id,) = market.buys()
        market.pays(order_id, told=0)
        market.pass_time(minutes=3)
        market.reconciles()

        assert market.order(order_id).state == State.PLACED

    def test_about_one_payment_holds_no_other_back(self, market, monkeypatch):
        monkeypatch.setattr(reconciling, "PAGE", 1)
        (silent,) = market.buys()
        (other,) = market.buys(phone="+84912345679")
        reference = market.pays(silent, told=0)
        market.pass_time(seconds=1)
        market.pays(other, told=0)
        desk.happen(market.folder, Fault.AWAY, times=9, path=reference, now=market.now)

        for _ in range(2):
            market.pass_time(minutes=3)
            reconciling.resolve(market.context)

        assert market.order(silent).state == State.AWAITING_PAYMENT
        assert market.order(other).state == State.PLACED


class TestARefund:
    def paid(self, market, *things):
        ids = market.bought(*things)
        market.hands_over(ids[0])
        market.works()
        return ids

    @pytest.mark.parametrize("released", [False, True])
    @pytest.mark.parametrize("parts", [[180_000], [1, 59_999, 60_000], [33_333, 33_334, 7]])
    def test_of_all_that_is_left_leaves_nobody_a_dong(self, market, parts, released):
        (order_id,) = self.paid(market)
        if released:
            market.releases()
        for part in parts:
            market.refunds(order_id, part)
        if sum(parts) < 180_000:
            market.refunds(order_id)
        market.works()

        order = market.order(order_id)
        seller = chart.payable(order.seller_id)
        for name in (seller, chart.COMMISSION, chart.refund(order_id), chart.held(order_id)):
            assert market.balance(name) == 0
        assert order.left_minor == 0
        assert market.at_stripe() == -6_120
        market.audits()

    def test_above_what_is_left_is_refused(self, market):
        (order_id,) = self.paid(market)
        market.refunds(order_id, 108_000)

        with pytest.raises(RefundTooMuch) as refusal:
            market.refunds(order_id, 108_000)
        assert refusal.value.facts == {"left": 72_000}

    def test_of_a_line_is_its_price(self, market):
        ids = self.paid(market, (market.berries, 1000), (market.beans, 500))

        refund = market.refund(market.refunds(ids[0], positions=[0]))

        assert refund.amount_minor == 180_000

    def test_of_an_order_that_is_called_off_after_its_capture_goes_by_itself(self, market):
        first, second = market.bought((market.berries, 1000), (market.beans, 500))
        market.hands_over(first)
        market.works()
        market.cancels(second)
        market.works()

        (refund,) = market.all(Refund)
        assert (refund.amount_minor, refund.state) == (90_000, RefundState.SUCCEEDED)
        market.audits()

    def test_after_the_seller_was_paid_is_his_debt_and_paid_from_his_next_sale(self, market):
        (order_id,) = self.paid(market)
        market.releases()
        seller_id = market.order(order_id).seller_id
        with market.database.transaction() as session:  # as a payout would do it
            payable, paid = chart.payable(seller_id), chart.bank("0")
            makers.post(session, market.now, {payable: 174_600, paid: -174_600})
        market.refunds(order_id)
        market.works()
        assert market.balance(chart.receivable(seller_id)) == 174_600

        (another,) = self.paid(market)
        market.releases()

        assert market.balance(chart.receivable(seller_id)) == 0
        assert market.balance(chart.payable(seller_id)) == 0
        assert market.order(another).earned_at is not None
        market.audits()

    def test_that_bounces_is_free_again_and_somebody_is_told(self, market):
        (order_id,) = self.paid(market)
        market.refunds(order_id, 80_000)
        market.works()
        (refund,) = market.all(Refund)
        desk.finish_refund(market.folder, refund.reference, failed=True, now=market.now)
        market.hears()

        assert market.refund(refund.id).state == RefundState.FAILED
        assert market.order(order_id).left_minor == 180_000
        assert len(cases_of(market)) == 1
        market.audits()

    @pytest.mark.parametrize("by_sellers", [True, False])
    def test_made_at_the_dashboard_waits_for_somebody_to_say_whose_it_is(self, market, by_sellers):
        (order_id,) = self.paid(market)
        (attempt,) = market.all(Attempt)
        dong = Money(30_000)
        desk.refund_by_hand(market.folder, attempt.reference, amount=dong, now=market.now)
        market.hears()
        assert market.balance(chart.SUSPENSE) == 30_000
        (case,) = cases_of(market)

        with market.database.transaction() as session:
            disputing.money_decided(session, case=case, approved=by_sellers, now=market.now)

        assert market.balance(chart.SUSPENSE) == 0
        assert market.balance(chart.LOSS) == (0 if by_sellers else 30_000)
        assert market.order(order_id).left_minor == (150_000 if by_sellers else 180_000)
        market.audits()

    @pytest.mark.parametrize("decided_first", [True, False])
    def test_made_at_the_dashboard_that_bounces_is_borne_by_nobody(self, market, decided_first):
        (order_id,) = self.paid(market)
        (attempt,) = market.all(Attempt)
        dong = Money(30_000)
        desk.refund_by_hand(market.folder, attempt.reference, amount=dong, now=market.now)
        market.hears()
        (case,) = cases_of(market)
        (refund,) = market.all(Refund)
        deeds = [
            lambda: self.decide(market, case),
            lambda: desk.finish_refund(
                market.folder, refund.reference, failed=True, now=market.now
            ),
        ]
        for deed in deeds if decided_first else reversed(deeds):
            deed()
            market.hears()

        assert market.balance(chart.SUSPENSE) == market.balance(chart.LOSS) == 0
        assert market.order(order_id).left_minor == 180_000
        market.audits()

    def decide(self, market, case):
        with market.database.transaction() as session:
            disputing.money_decided(session, case=case, approved=True, now=market.now)

    def test_that_bounces_after_its_debt_was_repaid_is_the_sellers_again(self, market):
        (order_id,) = self.paid(market)
        market.releases()
        seller_id = market.order(order_id).seller_id
        payable = chart.payable(seller_id)
        with market.database.transaction() as session:  # as a payout would do it
            makers.post(session, market.now, {payable: 174_600, chart.bank("0"): -174_600})
        refund_id = market.refunds(order_id)
        market.works()
        self.paid(market)
        market.releases()  # the debt is paid
        reference = market.refund(refund_id).reference
        desk.finish_refund(market.folder, reference, failed=True, now=market.now)
        market.hears()

        assert market.refund(refund_id).state == RefundState.FAILED
        assert market.balance(chart.receivable(seller_id)) == 0
        assert market.balance(payable) == 174_600
        market.audits()

    def test_does_not_reach_beyond_a_provider_that_would_let_it(self, market):
        (order_id,) = self.paid(market)
        desk.be_strict(market.folder, strict=False, now=market.now)
        market.refunds(order_id, 100_000)

        with pytest.raises(RefundTooMuch):
            market.refunds(order_id, 100_000)
        market.works()
        assert market.at_stripe() == 180_000 - 6_120 - 100_000


class TestADispute:
    @pytest.fixture
    def order_id(self, market):
        (order_id,) = market.bought()
        market.hands_over(order_id)
        market.works()
        return order_id

    def dispute(self, market):
        (attempt,) = market.all(Attempt)
        return payer.dispute(market.folder, attempt.reference, now=market.now)

    @pytest.mark.parametrize("released", [False, True])
    def test_keeps_the_sellers_money_back_until_it_is_won(self, market, order_id, released):
        if released:
            market.releases()
        before = market.books()
        reference = self.dispute(market)
        market.hears()
        seller_id = market.order(order_id).seller_id
        assert market.balance(chart.reserve(seller_id)) == 180_000
        assert market.order(order_id).left_minor == 0

        desk.close_dispute(market.folder, reference, won=True, now=market.now)
        market.hears()

        assert market.books() == before
        assert market.order(order_id).left_minor == 180_000
        market.audits()

    @pytest.mark.parametrize("released", [False, True])
    def test_that_is_lost_takes_everybodys_part(self, market, order_id, released):
        if released:
            market.releases()
        reference = self.dispute(market)
        desk.close_dispute(market.folder, reference, won=False, now=market.now)
        market.hears()

        seller_id = market.order(order_id).seller_id
        for name in (chart.payable(seller_id), chart.reserve(seller_id), chart.COMMISSION):
            assert market.balance(name) == 0
        assert market.balance(chart.LOSS) == 0
        market.audits()

    def test_of_what_was_given_back_already_is_the_markets_loss(self, market, order_id):
        market.refunds(order_id)
        market.works()
        (attempt,) = market.all(Attempt)
        lost = Contested(reference="du_1", amount=Money(180_000), state="lost")
        told = market.gateway.look(attempt.reference)._replace(disputes=(lost,))
        with market.database.transaction() as session:
            attempting.hear(session, provider="stripe", told=told, now=market.now)

        assert market.balance(chart.LOSS) == 180_000
        market.audits()

    def test_stops_the_release(self, market, order_id):
        self.dispute(market)
        market.hears()
        market.releases()

        assert market.order(order_id).earned_at is None


class TestReconciling:
    def test_books_the_fees_and_then_agrees_with_the_provider(self, market):
        (order_id,) = market.bought()
        market.hands_over(order_id)
        market.works()
        market.refunds(order_id, 70_000)
        market.works()

        market.reconciles()

        assert market.balance(chart.clearing("stripe")) == market.at_stripe()
        assert market.balance(chart.PSP_FEE) == 6_120
        market.reconciles()  # and once more
        assert market.balance(chart.clearing("stripe")) == market.at_stripe()
        assert cases_of(market) == []

    def test_goes_on_where_one_payment_is_not_told_and_comes_back_to_it(self, market):
        (silent,) = market.buys()
        (other,) = market.buys(phone="+84912345679")
        reference, heard = market.pays(silent, told=0), market.pays(other, told=0)
        for each in (reference, heard):
            market.gateway.capture(each, Money(180_000), key=each)
        desk.happen(market.folder, Fault.AWAY, times=3, path=reference, now=market.now)

        reconciling.compare(market.context)
        assert market.payment(other).state == PaymentState.PAID
        assert market.payment(silent).state == PaymentState.AWAITING

        reconciling.compare(market.context)
        assert market.payment(silent).state == PaymentState.PAID
        market.audits()

    def test_puts_what_nobody_knows_to_a_person(self, market):
        (order_id,) = market.buys()
        market.starts(order_id)
        charge = market.gateway.ask(makers.charge(90_000))
        payer.pay(market.folder, charge.reference, now=market.now)
        market.reconciles()

        assert market.balance(chart.clearing("stripe")) == market.at_stripe()
        (case,) = cases_of(market)
        assert "không biết của ai" in differences.statement(case, ("vi",))
        assert "nobody knows whose" in differences.statement(case, ("en",))

    def test_hears_of_disputes_and_refunds_of_which_nothing_came(self, market):
        (order_id,) = market.bought()
        market.hands_over(order_id)
        market.works()
        (attempt,) = market.all(Attempt)
        reference = payer.dispute(market.folder, attempt.reference, told=0, now=market.now)
        market.reconciles()
        assert market.balance(chart.disputed("stripe")) == 180_000

        desk.close_dispute(market.folder, reference, won=True, told=0, now=market.now)
        market.reconciles()
        assert market.balance(chart.clearing("stripe")) == market.at_stripe()


class TestABasketOfTwoKindsOfSellers:
    def test_is_paid_by_card_and_by_transfer(self, market):
        market.pays_directly(market.grower)
        first, second = market.buys((market.berries, 1000), (market.beans, 500))

        assert market.payment(first).rail == Rail.CARD
        assert market.payment(second).rail == Rail.BANK_TRANSFER
        assert market.payment(second).beneficiary_id == market.order(second).seller_id


class TestNotifications:
    def test_that_come_turned_round_and_twice_change_nothing(self, market):
        (order_id,) = market.buys()
        market.pays(order_id, card=payer.DECLINED, told=2)
        market.pays(order_id, told=2)
        desk.reorder(market.folder, now=market.now)
        market.hears()

        assert market.order(order_id).state == State.PLACED
        market.hands_over(order_id)
        market.works()
        market.hears()
        assert market.balance(chart.held(order_id)) == 180_000

"""Bank lines: short transfers that add up, money that goes out, and what a person allots."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from market import audit, ledger, orders
from market.accounts import SYSTEM
from market.cases.models import Case, CaseKind
from market.errors import Forbidden, NotFound
from market.ids import new_code, uuid7
from market.ledger import chart
from market.orders import State, queries
from market.orders.models import Order
from payments import (
    asking,
    bank_transfer,
    cancelling,
    collecting,
    memos,
    unsettled,
    vietqr,
)
from payments.bank_lines import LineSpent
from payments.bank_transfer import NotAwaited, WrongAccount, WrongAmount
from payments.differences import statement
from payments.models import BankLine, BankLineState, PaymentState, Refund, RefundState
from tests import makers, people
from tests.databases import CUSTODY

DAY = timedelta(days=1)


@pytest.fixture
def payment(session, now):
    """A transfer of 120.000 ₫ that is awaited."""
    return asked(session, now)


def asked(session, now, *, of=None, phone="+84912345678", grams=500):
    berries = makers.strawberries(session, now, of=of or makers.seller(session, now))
    group = makers.bought(session, now, (berries, grams), phone=phone)
    (payment,) = collecting.of_group(session, group_id=group.id)
    return payment


def direct(session, now, account="5550001"):
    bank = {"bank_bin": "970405", "bank_account": account, "bank_holder": "VUON"}
    return makers.seller(session, now, payment_mode="direct", **bank)


def come(session, now, payment, *amounts, **changes):
    """The states in which transfers of these amounts end."""
    lines = [makers.transfer(payment, now, amount_minor=each, **changes) for each in amounts]
    return [each.state for line in lines for each in makers.receive(session, now, line)]


def order_of(session, payment):
    (order,) = queries.of_group(session, group_id=payment.group_id)
    return order


def kept_lines(session):
    return session.scalars(select(BankLine).order_by(BankLine.id)).all()


def sums(session, payment):
    """Held for the order, unapplied, on the bank."""
    names = (chart.held(order_of(session, payment).id), chart.UNAPPLIED, chart.bank(CUSTODY))
    return tuple(ledger.balance(session, name) for name in names)


class TestShortTransfers:
    def test_add_up_until_the_payment_is_made(self, session, now, payment):
        states = come(session, now, payment, 50_000, 30_000, 40_000)

        assert states == [BankLineState.PARTIAL, BankLineState.PARTIAL, BankLineState.MATCHED]
        assert payment.state == PaymentState.PAID
        assert order_of(session, payment).state == State.PLACED
        assert sums(session, payment) == (120_000, 0, 120_000)
        assert unsettled.unapplied(session, group_id=payment.group_id) == {}
        assert unsettled.lines(session, limit=9) == []
        assert ledger.problems(session) == []

    def test_that_bring_too_much_leave_the_rest_unapplied(self, session, now, payment):
        states = come(session, now, payment, 50_000, 70_005)

        assert states == [BankLineState.PARTIAL, BankLineState.OVER]
        assert sums(session, payment) == (120_000, 5, 120_005)
        assert unsettled.unapplied(session, group_id=payment.group_id) == {payment.id: 5}
        (line,) = unsettled.lines(session, limit=9)
        assert line.amount_minor - line.applied_minor == 5

    def test_say_what_is_missing_and_the_qr_asks_for_that(self, session, now, payment):
        come(session, now, payment, 50_000)

        came = unsettled.came(session, payments=[payment])
        asks = vietqr.parse(asking.payload(payment, came=came[payment.id]))
        assert came == {payment.id: 50_000}
        assert (asks.amount_minor, asks.purpose) == (70_000, payment.memo)

    def test_told_twice_count_once(self, session, now, payment):
        short = makers.transfer(payment, now, amount_minor=60_000)

        makers.receive(session, now, short)
        (again,) = makers.receive(session, now, short)

        assert again.duplicate
        assert payment.state == PaymentState.AWAITING

    @pytest.mark.parametrize("reference", ["FT1", ""])
    def test_that_stand_twice_in_one_file_are_not_added_by_guess(
        self, session, now, payment, reference
    ):
        short = makers.transfer(payment, now, amount_minor=60_000, reference=reference)

        states = [each.state for each in makers.receive(session, now, short, short)]

        assert states == [BankLineState.PARTIAL, BankLineState.UNMATCHED]
        assert payment.state == PaymentState.AWAITING
        assert sums(session, payment) == (0, 120_000, 120_000)

    def test_after_the_payment_ran_out_are_late(self, session, now, payment):
        come(session, now, payment, 60_000)

        assert come(session, now + DAY, payment, 60_000) == [BankLineState.LATE]
        assert sums(session, payment) == (0, 120_000, 120_000)

    def test_on_a_direct_sellers_account_add_up_without_the_markets_books(self, session, now):
        payment = asked(session, now, of=direct(session, now))

        states = come(session, now, payment, 50_000, 70_000)

        assert states == [BankLineState.PARTIAL, BankLineState.MATCHED]
        assert ledger.totals(session) == {}

    def test_of_his_own_that_a_seller_sends_are_not_kept(self, session, now):
        seller = direct(session, now)
        payment = asked(session, now, of=seller)
        sent = makers.transfer(payment, now, amount_minor=-60_000)

        told = bank_transfer.receive(
            session,
            lines=[sent],
            teller=bank_transfer.Teller(seller.seller_ids, CUSTODY),
            actor=seller,
            now=now,
        )

        assert told == kept_lines(session) == []

    def test_told_by_two_of_one_account_are_one_and_the_same_money(self, session, now):
        seller = direct(session, now)
        payment = asked(session, now, of=seller)
        half = makers.transfer(payment, now, amount_minor=60_000)

        makers.receive(session, now, half)
        (told,) = bank_transfer.receive(
            session,
            lines=[half],
            teller=bank_transfer.Teller(seller.seller_ids, CUSTODY),
            actor=seller,
            now=now,
        )

        assert (told.state, told.duplicate) == (BankLineState.PARTIAL, False)
        assert payment.state == PaymentState.AWAITING
        assert unsettled.came(session, payments=[payment]) == {payment.id: 60_000}


class TestALineFor:
    """Lines that name a payment which no longer waits for them, or none that there is."""

    def test_an_unknown_order_is_unmatched(self, session, now, payment):
        text = memos.memo_for(new_code())

        assert come(session, now, payment, 120_000, text=text) == [BankLineState.UNMATCHED]
        assert sums(session, payment) == (0, 120_000, 120_000)

    def test_two_orders_at_once_is_nobodys(self, session, now, payment):
        other = asked(session, now, phone="+84912345679")
        text = f"{payment.memo} {other.memo}"

        assert come(session, now, payment, 240_000, text=text) == [BankLineState.UNMATCHED]

    @pytest.mark.parametrize("amount", [60_000, 120_000, 130_000])
    def test_a_paid_order_is_late(self, session, now, payment, amount):
        come(session, now, payment, 120_000)

        assert come(session, now, payment, amount) == [BankLineState.LATE]
        assert sums(session, payment) == (120_000, amount, 120_000 + amount)

    @pytest.mark.parametrize("amount", [60_000, 120_000])
    def test_a_cancelled_order_is_late(self, session, now, payment, amount):
        cancelling.cancel(
            session,
            actor=makers.NOBODY,
            order=order_of(session, payment),
            by_buyer=True,
            reason="",
            now=now,
        )

        assert come(session, now, payment, amount) == [BankLineState.LATE]
        assert sums(session, payment) == (0, amount, amount)

    def test_an_expired_order_is_paid_while_its_goods_are_there(self, session, now, payment):
        cancelling.expire_due(session, now=now + DAY)

        assert come(session, now + DAY, payment, 120_000) == [BankLineState.MATCHED]
        assert order_of(session, payment).state == State.PLACED

    def test_a_direct_sellers_order_on_the_markets_account_is_foreign(self, session, now):
        payment = asked(session, now, of=direct(session, now))

        assert come(session, now, payment, 120_000, account=CUSTODY) == [BankLineState.FOREIGN]
        assert ledger.balance(session, chart.UNAPPLIED) == 120_000
        assert orders.state_at(order_of(session, payment), now) == State.AWAITING_PAYMENT

    def test_keeps_who_paid(self, session, now, payment):
        come(session, now, payment, 1, payer_bin="970436", payer_account="0351", payer_name="LAN")

        (line,) = kept_lines(session)
        assert (line.payer_bin, line.payer_account, line.payer_name) == ("970436", "0351", "LAN")


class TestMoneyThatGoesOut:
    @pytest.fixture
    def refund(self, session, now, payment):
        """What a cancelled order's buyer gets back, approved and not yet sent."""
        come(session, now, payment, 120_000)
        order = order_of(session, payment)
        cancelling.cancel(
            session,
            actor=makers.NOBODY,
            order=order,
            by_buyer=True,
            reason="",
            now=now,
        )
        made = Refund(
            id=uuid7(),
            payment_id=payment.id,
            order_id=order.id,
            rail=payment.rail,
            amount_minor=120_000,
            currency="VND",
            state=RefundState.APPROVED,
            reason="cancelled",
            memo=memos.memo_for(new_code()),
            created_at=now,
            changed_at=now,
        )
        session.add(made)
        session.flush()
        return made

    def sent(self, session, now, payment, refund, **changes):
        facts = {"amount_minor": -120_000, "text": f"{refund.memo} HOAN TIEN", "reference": "FT9"}
        return makers.receive(session, now, makers.transfer(payment, now, **facts | changes))

    @pytest.mark.parametrize("state", [RefundState.APPROVED, RefundState.PENDING])
    def test_settles_the_refund_that_it_names(self, session, now, payment, refund, state):
        refund.state = state

        (line,) = self.sent(session, now, payment, refund)

        assert line.state == BankLineState.REFUND
        assert refund.state == RefundState.SUCCEEDED
        assert sums(session, payment) == (0, 0, 0)
        assert ledger.balance(session, chart.refund(refund.order_id)) == 0
        assert unsettled.lines(session, limit=9) == []

    def test_told_twice_settles_once(self, session, now, payment, refund):
        self.sent(session, now, payment, refund)
        (again,) = self.sent(session, now, payment, refund)

        assert (again.state, again.duplicate) == (BankLineState.REFUND, True)
        assert ledger.balance(session, chart.bank(CUSTODY)) == 0

    @pytest.mark.parametrize(
        "change",
        [{"amount_minor": -119_999}, {"text": "PHI DICH VU"}, {"account": "999"}],
    )
    def test_for_anything_else_is_kept_and_waits_for_a_person(
        self, session, now, payment, refund, change
    ):
        (line,) = self.sent(session, now, payment, refund, **change)

        assert line.state == BankLineState.UNMATCHED
        assert refund.state == RefundState.APPROVED
        (waiting,) = unsettled.lines(session, limit=9)
        assert waiting.amount_minor < 0
        gone = -waiting.amount_minor if waiting.account == CUSTODY else 0
        assert ledger.balance(session, chart.SUSPENSE) == gone
        assert ledger.balance(session, chart.bank(CUSTODY)) == 120_000 - gone

    @pytest.mark.parametrize("state", [RefundState.REQUESTED, RefundState.SUCCEEDED])
    def test_for_a_refund_that_nobody_was_to_send_is_not_its(
        self, session, now, payment, refund, state
    ):
        refund.state = state

        (line,) = self.sent(session, now, payment, refund)

        assert line.state == BankLineState.UNMATCHED


class TestAllotting:
    @pytest.fixture
    def administrator(self, session, now):
        return people.administrator(session, now)

    def allot(self, session, now, actor, payment, line=None):
        line = line or kept_lines(session)[-1]
        return bank_transfer.allocate(
            session, actor=actor, line_id=line.id, payment_id=payment.id, now=now
        )

    def test_lets_a_line_without_a_memo_pay(self, session, now, payment, administrator):
        come(session, now, payment, 120_000, text="TIEN DAU")

        self.allot(session, now, administrator, payment)

        assert order_of(session, payment).state == State.PLACED
        assert payment.settled_by == administrator.person_id
        assert sums(session, payment) == (120_000, 0, 120_000)
        assert unsettled.lines(session, limit=9) == []
        verbs = session.scalars(select(audit.AuditEntry.verb)).all()
        assert "bank_line.allocated" in verbs
        assert ledger.problems(session) == []

    def test_together_with_short_transfers_that_were_kept(
        self, session, now, payment, administrator
    ):
        come(session, now, payment, 50_000)
        come(session, now, payment, 70_000, text="CON LAI")

        self.allot(session, now, administrator, payment)

        assert payment.state == PaymentState.PAID
        assert sums(session, payment) == (120_000, 0, 120_000)
        assert unsettled.unapplied(session, group_id=payment.group_id) == {}

    def test_lets_money_that_was_late_for_one_order_pay_another(
        self, session, now, payment, administrator
    ):
        come(session, now, payment, 120_000, 120_000)
        other = asked(session, now, phone="+84912345679")

        self.allot(session, now, administrator, other)

        assert other.state == PaymentState.PAID
        assert unsettled.unapplied(session, group_id=payment.group_id) == {}

    def test_twice_is_refused(self, session, now, payment, administrator):
        come(session, now, payment, 120_000, text="TIEN DAU")
        other = asked(session, now, phone="+84912345679")
        self.allot(session, now, administrator, payment)

        for again in (other, payment):
            with pytest.raises(LineSpent):
                self.allot(session, now, administrator, again)

    @pytest.mark.parametrize("amount", [119_999, 120_001])
    def test_of_another_amount_is_refused(self, session, now, payment, administrator, amount):
        come(session, now, payment, amount, text="TIEN DAU")

        with pytest.raises(WrongAmount) as refusal:
            self.allot(session, now, administrator, payment)
        facts = {name: money.minor for name, money in refusal.value.facts.items()}
        assert facts == {"left": amount, "missing": 120_000}

    @pytest.mark.parametrize("hours", [0, 24])
    def test_to_a_payment_nobody_waits_for_is_refused(
        self, session, now, payment, administrator, hours
    ):
        if not hours:
            come(session, now, payment, 120_000)
        come(session, now, payment, 120_000, text="TIEN DAU")

        with pytest.raises(NotAwaited):
            self.allot(session, now + timedelta(hours=hours), administrator, payment)

    def test_of_money_on_another_account_is_refused(self, session, now, payment, administrator):
        come(session, now, payment, 120_000, text="TIEN DAU", account="999")

        with pytest.raises(WrongAccount):
            self.allot(session, now, administrator, payment)

    def test_to_a_direct_sellers_payment_is_refused(self, session, now, administrator):
        payment = asked(session, now, of=direct(session, now))
        come(session, now, payment, 120_000, account=CUSTODY)

        with pytest.raises(WrongAccount):
            self.allot(session, now, administrator, payment)

    def test_of_money_that_went_out_is_refused(self, session, now, payment, administrator):
        come(session, now, payment, -120_000, text="PHI")

        with pytest.raises(WrongAccount):
            self.allot(session, now, administrator, payment)

    @pytest.mark.parametrize(
        ("state", "spent"), [(RefundState.REQUESTED, True), (RefundState.FAILED, False)]
    )
    def test_of_money_that_goes_back_is_refused(
        self, session, now, payment, administrator, state, spent
    ):
        come(session, now, payment, 120_000, text="TIEN DAU")
        (line,) = kept_lines(session)
        back = {"amount_minor": 120_000, "currency": "VND", "rail": payment.rail, "reason": ""}
        times = {"created_at": now, "changed_at": now}
        session.add(Refund(id=uuid7(), line_id=line.id, state=state, **back, **times))
        session.flush()

        if spent:
            with pytest.raises(LineSpent):
                self.allot(session, now, administrator, payment)
        else:
            self.allot(session, now, administrator, payment)

    def test_is_the_administrators_alone(self, session, now, payment):
        come(session, now, payment, 120_000, text="TIEN DAU")

        with pytest.raises(Forbidden):
            self.allot(session, now, people.moderator(session, now), payment)

    def test_of_what_is_not_there_is_not_found(self, session, now, payment):
        with pytest.raises(NotFound):
            bank_transfer.allocate(
                session, actor=SYSTEM, line_id=uuid7(), payment_id=payment.id, now=now
            )

    def test_finds_the_payment_by_its_memo_as_people_type_it(self, session, payment):
        code = payment.memo.removeprefix(memos.PREFIX)

        for typed in (payment.memo, payment.memo.lower(), code, f"LD {code[:4]}-{code[4:]}"):
            assert bank_transfer.payment_named(session, typed=typed) is payment
        for typed in ("", "LD", new_code(), "' OR 1=1"):
            with pytest.raises(NotFound):
                bank_transfer.payment_named(session, typed=typed)


def test_an_orders_state_is_never_moved_by_a_line_alone(session, now, payment):
    """Whatever comes, only a payment that is whole moves its order."""
    come(session, now, payment, 1, 119_998)

    order = session.get_one(Order, order_of(session, payment).id)
    assert order.state == State.AWAITING_PAYMENT


class TestTheSameMoneyToldAnew:
    """Two messengers of one account may give one transfer two references."""

    @pytest.fixture
    def questions(self, session):
        def asked():
            found = session.scalars(select(Case).where(Case.kind == CaseKind.MONEY))
            said = [statement(case, ("vi",)) for case in found]
            return [each for each in said if "hai lần" in each]

        return asked

    def test_is_kept_and_credited_once_and_a_person_looks(self, session, now, payment, questions):
        states = come(session, now, payment, 120_000, 120_000)

        assert states == [BankLineState.MATCHED, BankLineState.LATE]
        assert sums(session, payment) == (120_000, 120_000, 240_000)
        (said,) = questions()
        assert all(line.reference in said for line in kept_lines(session))

    def test_is_not_added_up_before_a_person_looked(self, session, now, payment, questions):
        states = come(session, now, payment, 60_000, 60_000)

        assert states == [BankLineState.PARTIAL, BankLineState.UNMATCHED]
        assert payment.state == PaymentState.AWAITING
        assert len(questions()) == 1

    def test_is_no_question_when_it_is_the_same_line(self, session, now, payment, questions):
        line = makers.transfer(payment, now)
        makers.receive(session, now, line)
        makers.receive(session, now, line)

        assert questions() == []

    @pytest.mark.parametrize(
        "other",
        [
            {"amount_minor": 119_999},
            {"payer_account": "0352"},
            {"booked_at": datetime(2026, 11, 25, 5, 0, 1, tzinfo=UTC)},  # a day and a second later
        ],
    )
    def test_is_not_what_differs(self, session, now, payment, questions, other):
        same = {"payer_account": "0351"}
        makers.receive(session, now, makers.transfer(payment, now, **same))
        makers.receive(session, now, makers.transfer(payment, now, **same | other))

        assert questions() == []

    def test_may_be_told_without_its_payer(self, session, now, payment, questions):
        come(session, now, payment, 120_000, payer_account="0351")
        come(session, now, payment, 120_000)

        assert len(questions()) == 1

    def test_is_questioned_without_a_memo_too(self, session, now, payment, questions):
        come(session, now, payment, 5_000, 5_000, text="CHUYEN TIEN")
        come(session, now, payment, 5_000, text="CHUYEN TIEN DAU")

        assert len(questions()) == 1
        assert ledger.balance(session, chart.UNAPPLIED) == 15_000

    def test_is_no_matter_of_what_a_seller_tells(self, session, now, questions):
        farmer = direct(session, now)
        payment = asked(session, now, of=farmer)
        for _ in range(2):
            line = makers.transfer(payment, now)
            told = {"teller": bank_transfer.Teller(farmer.managed_ids, CUSTODY)}
            bank_transfer.receive(session, lines=[line], **told, actor=farmer, now=now)
        makers.receive(session, now, line)

        assert questions() == []

"""What is special to bank transfer and cash behind the port: our own books stand behind them."""

from datetime import timedelta

import pytest

from market import orders
from market.ids import new_code, uuid7
from market.money import Money
from market.orders import Rail, queries
from payments import (
    asking,
    bank_transfer,
    collecting,
    fake_bank,
    fulfilling,
    memos,
    refunding,
    remitting,
    unsettled,
    vietqr,
)
from payments.bank_gateway import BankGateway
from payments.gateway import BackStanding, Charge, GatewayRefused, MovementKind, Standing
from payments.local_gateway import CashGateway
from payments.models import PaymentState, Refund, RefundState
from tests import makers, people
from tests.databases import CUSTODY

RAILS = {"bank": Rail.BANK_TRANSFER, "cash": Rail.CASH}
TOTAL = Money(210_000)
UNKNOWN = "01a2170d-4770-71ce-866b-cd183a3dad6b"


class Till:
    """A rail with a payment of 210.000 ₫ asked for on it."""

    def __init__(self, name, session, database, folder, now) -> None:
        self.session, self.now, self.folder = session, now, folder
        self.feed = fake_bank.Feed(folder=folder, account=CUSTODY, now=lambda: now)
        is_bank = name == "bank"
        self.gateway = (
            BankGateway(database, self.feed, self.feed) if is_bank else CashGateway(database)
        )
        self.farmer = makers.seller(session, now)
        berries = makers.strawberries(session, now, of=self.farmer)
        group = makers.bought(session, now, (berries, 1000), rail=RAILS[name])
        (self.order,) = queries.of_group(session, group_id=group.id)
        (self.payment,) = collecting.of_group(session, group_id=group.id)
        self.reference = self.payment.memo if is_bank else str(self.payment.id)
        session.flush()

    @property
    def charge(self) -> Charge:
        return Charge(id=self.payment.id, amount=TOTAL, group=str(self.payment.group_id))

    def paid(self) -> None:
        """The buyer pays, and the market knows."""
        if self.payment.rail == Rail.CASH:
            doing = {"actor": self.farmer, "now": self.now}
            orders.confirm(self.session, order_id=self.order.id, **doing)
            fulfilling.hand_over(self.session, order_id=self.order.id, **doing)
            fulfilling.deliver(self.session, order=self.order, **doing)
        else:
            fake_bank.pay(self.folder, payload=asking.payload(self.payment), now=self.now)
            makers.told_by_bank(self.session, self.now, self.folder)
        self.session.flush()

    def refund(self, amount) -> Refund:
        """A refund that was approved, and may be sent."""
        made = Refund(
            id=uuid7(),
            payment_id=self.payment.id,
            order_id=self.order.id,
            rail=self.payment.rail,
            amount_minor=amount,
            currency="VND",
            state=RefundState.APPROVED,
            reason="",
            memo=memos.memo_for(new_code()),
            bank_account="0351",
            created_at=self.now,
            changed_at=self.now,
        )
        self.session.add(made)
        self.session.flush()
        return made


@pytest.fixture(params=list(RAILS))
def till(request, session, database, tmp_path, now):
    return Till(request.param, session, database, tmp_path, now)


class TestAsking:
    def test_for_another_amount_or_an_unknown_payment_is_refused(self, till):
        other = Charge(id=till.payment.id, amount=Money(1), group="")
        unknown = Charge(id=uuid7(), amount=TOTAL, group="")

        for charge, code in ((other, "wrong_amount"), (unknown, "unknown_payment")):
            with pytest.raises(GatewayRefused) as refusal:
                till.gateway.ask(charge)
            assert refusal.value.code == code


class TestLooking:
    @pytest.mark.parametrize(
        "reference", ["", "LD7K3QX9M4T2", "01a2170d-4770-71ce-866b-cd183a3dad6b"]
    )
    def test_at_an_unknown_reference_is_refused(self, till, reference):
        with pytest.raises(GatewayRefused):
            till.gateway.look(reference)

    def test_finds_what_was_asked_for_since(self, till, now):
        assert till.gateway.find(till.payment.id, since=now).reference == till.reference
        assert till.gateway.find(till.payment.id, since=now + timedelta(seconds=1)) is None
        assert till.gateway.find(uuid7(), since=now) is None

    def test_shows_what_is_not_waited_for_as_cancelled(self, till):
        till.payment.state = PaymentState.CANCELLED
        till.session.flush()

        assert till.gateway.look(till.reference).standing is Standing.CANCELLED


class TestRefunding:
    def test_by_a_bank_goes_out_at_once_and_is_told_by_its_line(
        self, session, database, tmp_path, now
    ):
        till = Till("bank", session, database, tmp_path, now)
        till.paid()
        refund = till.refund(60_000)

        first, again = (
            till.gateway.refund(till.reference, Money(60_000), refund_id=refund.id) for _ in "ab"
        )

        assert (first.standing, again.standing) == (BackStanding.PENDING, BackStanding.SUCCEEDED)
        assert fake_bank.balance(till.folder, account=CUSTODY) == 150_000

    @pytest.mark.parametrize(
        ("amount", "code"), [(210_000, "unknown_refund"), (210_001, "above_captured")]
    )
    def test_of_what_our_books_do_not_owe_is_refused(self, till, amount, code):
        till.paid()

        with pytest.raises(GatewayRefused) as refusal:
            till.gateway.refund(till.reference, Money(amount), refund_id=uuid7())
        assert refusal.value.code == code

    def test_leaves_it_to_a_person_where_the_bank_does_not_send(
        self, session, database, tmp_path, now
    ):
        till = Till("bank", session, database, tmp_path, now)
        till.paid()
        refund = till.refund(60_000)
        gateway = BankGateway(database, till.feed)

        back = gateway.refund(till.reference, Money(60_000), refund_id=refund.id)

        assert (back.reference, back.standing) == (refund.memo, BackStanding.PENDING)
        assert fake_bank.balance(tmp_path, account=CUSTODY) == 210_000

    def test_of_all_is_given_though_a_late_line_went_back_before(
        self, session, database, tmp_path, now
    ):
        till = Till("bank", session, database, tmp_path, now)
        clerk, bank = people.administrator(session, now), {"folder": tmp_path, "now": now}
        to = {"bank_bin": "970436", "account": CUSTODY, "purpose": None}
        fake_bank.pay(payload=vietqr.Transfer(**to, amount_minor=210_000).payload(), **bank)
        makers.told_by_bank(session, now, tmp_path)
        (line,) = unsettled.lines(session, limit=9)
        bank_transfer.allocate(
            session, actor=clerk, line_id=line.id, payment_id=till.payment.id, now=now
        )
        fake_bank.pay(payload=asking.payload(till.payment), amount_minor=300_000, **bank)
        makers.told_by_bank(session, now, tmp_path)
        (late,) = unsettled.lines(session, limit=9)
        back = refunding.give_back_line(session, actor=clerk, line_id=late.id, now=now)
        till.gateway.refund(till.reference, Money(300_000), refund_id=back.id)
        refund = till.refund(210_000)

        given = till.gateway.refund(till.reference, TOTAL, refund_id=refund.id)

        assert given.amount == TOTAL


class TestMovements:
    def test_are_the_payment_and_what_went_out(self, till, now):
        till.paid()
        if till.payment.rail == Rail.CASH:
            made = remitting.announce(
                till.session,
                actor=till.farmer,
                holder_id=till.order.seller_id,
                amount_minor=200_000,
                now=now,
            )
            payload = remitting.payload(made, custody=makers.HOUSE.custody)
            fake_bank.pay(till.folder, payload=payload, now=now + timedelta(seconds=1))
            makers.told_by_bank(till.session, now + timedelta(seconds=1), till.folder)
            expected = (MovementKind.PAYOUT, Money(-200_000), None)
        else:
            refund = till.refund(60_000)
            till.gateway.refund(till.reference, Money(60_000), refund_id=refund.id)
            expected = (MovementKind.REFUND, Money(-60_000), till.reference)
        till.session.flush()

        came, went = till.gateway.movements(since=now)

        assert (came.kind, came.amount, came.payment) == (
            MovementKind.PAYMENT,
            TOTAL,
            till.reference,
        )
        assert (went.kind, went.amount, went.payment) == expected
        assert list(till.gateway.movements(since=now + timedelta(hours=1))) == []

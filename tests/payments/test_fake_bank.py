"""The shipped bank: its balance, what it sends, and when it tells."""

from datetime import timedelta

import pytest

from market import ledger
from market.ledger import chart
from payments import asking, collecting, fake_bank, polling
from payments.fake_bank import NoFunds
from payments.models import PaymentState
from tests import makers
from tests.databases import CUSTODY

HOUR = timedelta(hours=1)


@pytest.fixture
def payment(session, now):
    """A transfer of 120.000 ₫ that is awaited."""
    berries = makers.strawberries(session, now, of=makers.seller(session, now))
    group = makers.bought(session, now, (berries, 500))
    (payment,) = collecting.of_group(session, group_id=group.id)
    return payment


@pytest.fixture
def poll(session, tmp_path):
    def at(moment):
        return polling.poll_fake_bank(session, folder=tmp_path, custody_account=CUSTODY, now=moment)

    return at


def send(folder, now, amount, key=None):
    return fake_bank.send(
        folder, account=CUSTODY, to="0351", amount_minor=amount, memo="LD1", now=now, key=key
    )


class TestTheBooks:
    def test_know_what_came_and_what_went(self, tmp_path, now, payment):
        fake_bank.pay(tmp_path, payload=asking.payload(payment), now=now)

        line = send(tmp_path, now, 20_000)

        assert (line.amount_minor, line.payer_account) == (-20_000, "0351")
        assert fake_bank.balance(tmp_path, account=CUSTODY) == 100_000
        assert [each.amount_minor for each in fake_bank.lines(tmp_path)] == [120_000, -20_000]

    def test_hold_no_less_than_nothing(self, tmp_path, now):
        with pytest.raises(NoFunds):
            send(tmp_path, now, 1)
        assert fake_bank.lines(tmp_path) == []

    def test_send_once_for_a_key(self, tmp_path, now, payment):
        fake_bank.pay(tmp_path, payload=asking.payload(payment), now=now)

        assert send(tmp_path, now, 20_000, "a") == send(tmp_path, now + HOUR, 20_000, "a")
        assert fake_bank.balance(tmp_path, account=CUSTODY) == 100_000

    def test_are_the_ledgers_too_once_they_are_told(self, session, tmp_path, now, payment, poll):
        fake_bank.pay(tmp_path, payload=asking.payload(payment), now=now)
        send(tmp_path, now, 20_000)

        assert (poll(now), poll(now)) == (2, 0)
        assert ledger.balance(session, chart.bank(CUSTODY)) == 100_000


class TestTelling:
    def test_may_be_late(self, tmp_path, now, payment, poll):
        payload = asking.payload(payment)
        fake_bank.pay(tmp_path, payload=payload, now=now, told_at=now + HOUR)

        assert (poll(now), payment.state) == (0, PaymentState.AWAITING)
        assert (poll(now + HOUR), payment.state) == (1, PaymentState.PAID)

    def test_may_be_in_another_order(self, tmp_path, now, payment):
        payload = asking.payload(payment)
        for amount, hours in ((1, 2), (2, 1)):
            later = now + hours * HOUR
            fake_bank.pay(tmp_path, payload=payload, now=now, amount_minor=amount, told_at=later)

        told = fake_bank.lines(tmp_path, now=now + 2 * HOUR)
        assert [line.amount_minor for line in told] == [2, 1]

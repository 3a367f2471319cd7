"""The shipped bank: its balance, what it sends, and what it lists."""

from datetime import timedelta

import pytest

from market import ledger
from market.ledger import chart
from payments import asking, collecting, fake_bank
from payments.fake_bank import Feed, NoFunds
from payments.local_gateway import EVER
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
def pay(tmp_path, payment):
    def at(moment, **how):
        payload = asking.payload(payment)
        return fake_bank.pay(tmp_path, payload=payload, now=moment, **how)

    return at


def send(folder, now, amount, key=None):
    bank = Feed(folder=folder, account=CUSTODY, now=lambda: now)
    return bank.send(to="0351", amount_minor=amount, memo="LD1", key=key)


class TestTheBooks:
    def test_know_what_came_and_what_went(self, tmp_path, now, pay):
        pay(now)

        line = send(tmp_path, now, 20_000)

        assert (line.amount_minor, line.payer_account) == (-20_000, "0351")
        assert fake_bank.balance(tmp_path, account=CUSTODY) == 100_000

    def test_hold_no_less_than_nothing(self, tmp_path, now):
        with pytest.raises(NoFunds):
            send(tmp_path, now, 1)
        assert Feed(folder=tmp_path).lines(EVER) == []

    def test_send_once_for_a_key(self, tmp_path, now, pay):
        pay(now)

        assert send(tmp_path, now, 20_000, "a") == send(tmp_path, now + HOUR, 20_000, "a")
        assert fake_bank.balance(tmp_path, account=CUSTODY) == 100_000

    def test_are_the_ledgers_too_once_they_are_told(self, session, tmp_path, now, payment, pay):
        pay(now)
        send(tmp_path, now, 20_000)

        for known in (False, True):
            told = makers.told_by_bank(session, now, tmp_path)
            assert [line.duplicate for line in told] == [known, known]
        assert ledger.balance(session, chart.bank(CUSTODY)) == 100_000
        assert payment.state == PaymentState.PAID


class TestItsList:
    def test_tells_each_line_with_the_balance_after_it(self, tmp_path, now, pay):
        pay(now, amount_minor=120_000)
        send(tmp_path, now, 20_000)
        pay(now - HOUR, amount_minor=5)

        told = Feed(folder=tmp_path).lines(now - HOUR)

        sums = [(line.amount_minor, line.balance_minor) for line in told]
        assert sums == [(5, 5), (120_000, 120_005), (-20_000, 100_005)]
        (last, _) = Feed(folder=tmp_path).lines(now)
        assert last.balance_minor == 120_005

    def test_is_of_one_account_where_one_is_named(self, tmp_path, now, pay):
        line = pay(now)

        assert Feed(folder=tmp_path, account=CUSTODY).lines(EVER) == [line]
        assert Feed(folder=tmp_path, account="1").lines(EVER) == []

    def test_names_payers_as_banks_do_each_with_an_account(self, now, pay):
        lan, again, huong = (pay(now, payer=name) for name in ("Lan", "LAN", "Đỗ Hường"))

        assert huong.payer_name == "DO HUONG"
        assert lan.payer_account == again.payer_account != huong.payer_account
        assert huong.payer_account in huong.text

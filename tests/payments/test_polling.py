"""Asking the bank: what was lost comes, what was told stays once, and no bank is no truth."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from api import reconciliation
from api.wiring import context_for
from market import clock, ledger
from market.cases.models import Case
from market.ledger import chart
from payments import asking, bank_gateway, collecting, fake_bank, rails, vietqr
from payments.gateway import GatewayUnsure
from payments.models import PaymentState
from tests import makers
from tests.databases import CUSTODY, settings_for

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class Listed:
    """A bank that lists what it is told to, and remembers since when it was asked."""

    def __init__(self, *lines) -> None:
        self.told, self.asked = list(lines), []

    def lines(self, since):
        self.asked.append(since)
        return [line for line in self.told if line.booked_at >= since]


class Silent:
    def lines(self, since):
        raise GatewayUnsure(f"no answer about {since:%Y}")


@pytest.fixture
def payment(session, now):
    """A transfer of 120.000 ₫ that is awaited."""
    berries = makers.strawberries(session, now, of=makers.seller(session, now))
    group = makers.bought(session, now, (berries, 500))
    (payment,) = collecting.of_group(session, group_id=group.id)
    session.flush()
    return payment


@pytest.fixture
def poll(database, tmp_path, session):
    """The bank is asked; how many lines were new."""

    def at(moment, bank, say=lambda _: None):
        context = context_for(settings_for("", tmp_path), database, now=lambda: moment)
        new = bank_gateway.poll(replace(context, ports={"bank": bank}), say=say)
        session.expire_all()
        return new

    return at


class TestPolling:
    def test_finds_what_nobody_told_and_takes_it_once(self, session, now, payment, poll):
        bank = Listed(makers.transfer(payment, now))

        assert (poll(now, bank), poll(now + HOUR, bank)) == (1, 0)

        assert payment.state == PaymentState.PAID
        assert ledger.balance(session, chart.bank(CUSTODY)) == 120_000

    def test_begins_before_the_first_payment_and_goes_on_with_an_overlap(self, now, payment, poll):
        bank = Listed(makers.transfer(payment, now + 3 * HOUR))

        for hours in (4, 99):
            poll(now + hours * HOUR, bank)

        assert bank.asked == [payment.created_at - DAY, now + 3 * HOUR - DAY]

    def test_takes_day_after_day(self, session, now, payment, poll):
        amounts = (10_000, 15_000, 25_000, 30_000, 40_000)
        sums = [sum(amounts[: at + 1]) for at in range(len(amounts))]
        lines = [
            makers.transfer(payment, now, amount_minor=amount, balance_minor=held)
            for amount, held in zip(amounts, sums, strict=True)
        ]

        assert poll(now, Listed(*lines)) == 5
        assert payment.state == PaymentState.PAID
        assert _said(session, CUSTODY) == []

    def test_asks_for_the_days_that_a_statement_did_not_tell(self, session, now, payment, poll):
        bank, later = Listed(makers.transfer(payment, now, amount_minor=7)), now + 5 * DAY
        poll(now, bank)
        told = makers.transfer(payment, later, amount_minor=8)
        makers.receive(session, later, told)
        bank_gateway.compare(session, lines=[told], account=CUSTODY, now=later)

        poll(later, bank)

        assert bank.asked[1] == now - DAY

    def test_of_a_bank_that_is_silent_changes_nothing(self, session, now, poll):
        with pytest.raises(GatewayUnsure):
            poll(now, Silent())
        assert bank_gateway.until(session) is None

    def test_puts_a_balance_of_another_sum_to_a_person(self, session, now, payment, poll):
        poll(now, Listed(makers.transfer(payment, now, balance_minor=120_001)))

        assert len(_said(session, CUSTODY)) == 1

    def test_of_the_shipped_bank_pays_sellers_of_all_accounts(self, session, tmp_path, now, poll):
        bank = {"bank_bin": "970405", "bank_account": "5550001", "bank_holder": "VUON"}
        farmer = makers.seller(session, now, payment_mode="direct", **bank)
        berries = makers.strawberries(session, now, of=farmer)
        group = makers.bought(session, now, (berries, 500))
        (payment,) = collecting.of_group(session, group_id=group.id)
        fake_bank.pay(tmp_path, payload=asking.payload(payment), now=now)
        session.flush()

        assert poll(now, rails.bank_for(settings_for("", tmp_path))) == 1
        assert payment.state == PaymentState.PAID


class TestReconciling:
    """`market reconcile` says what it held against what, and how old that is."""

    @pytest.fixture
    def said(self, real_url, tmp_path):
        def run(**settings):
            lines = []
            changed = replace(settings_for(real_url, tmp_path), **settings)
            assert reconciliation.reconcile(changed, say=lines.append) == []
            return [line for line in lines if line.startswith("bank")]

        return run

    def test_without_a_bank_to_ask_names_no_truth(self, said):
        none, age = said(demo=False)

        assert none.startswith("bank: none can be asked")
        assert "no bank truth" in age

    def test_with_one_tells_what_it_listed_and_how_old_that_is(self, said, tmp_path):
        asked = {"bank_bin": "970436", "account": CUSTODY, "amount_minor": 5, "purpose": "X"}
        payload = vietqr.Transfer(**asked).payload()
        fake_bank.pay(tmp_path, payload=payload, now=clock.now() - 5 * HOUR)

        listed, balance, age = said()

        assert listed.startswith("bank: 1 lines listed since ")
        assert listed.endswith(", 1 of them new")
        assert balance == f"bank {CUSTODY}: balance less the ledger's: 0"
        assert age.endswith(", 5 hours ago")

    def test_tells_of_a_bank_that_is_silent(self, said, monkeypatch):
        monkeypatch.setattr(rails, "bank_for", lambda _: Silent())

        assert said()[0].startswith("bank: no answer")


def _said(session, words):
    return list(session.scalars(select(Case.statement).where(Case.statement.contains(words))))

"""payOS over HTTP: lost, repeated, reordered, forged and re-told by other ways."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from market import clock, ledger
from market.ledger import chart
from market.orders import State, queries
from payments import collecting
from payments.models import BankLine, PaymentState
from tests import makers
from tests.databases import CUSTODY
from tests.payments.test_payos import KEY, SAMPLE, SIGNATURE, body, sealed


@pytest.fixture
def at():
    return clock.now().replace(microsecond=0)


@pytest.fixture
def configured(app):
    """The application with a key of payOS."""
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(settings, payos_checksum_key=KEY)
    yield
    app.config["SETTINGS"] = settings


@pytest.fixture
def payment(session, at):
    """A transfer of 120.000 ₫ that is awaited."""
    berries = makers.strawberries(session, at, of=makers.seller(session, at))
    group = makers.bought(session, at, (berries, 500))
    (payment,) = collecting.of_group(session, group_id=group.id)
    session.commit()
    return payment


def told(payment, at, **changes):
    """What payOS says of a transfer."""
    facts = {
        "orderCode": 7,
        "amount": payment.amount_minor,
        "description": f"CSX {payment.memo} chuyen tien",
        "accountNumber": CUSTODY,
        "reference": "FT26330001",
        "transactionDateTime": at.astimezone(clock.VIETNAM).strftime("%Y-%m-%d %H:%M:%S"),
    }
    return SAMPLE | facts | changes


def post(client, sent):
    return client.post("/v1/hooks/payos", data=sent, content_type="application/json")


def state_of(session, payment):
    session.refresh(payment)
    return payment.state


@pytest.mark.usefixtures("configured")
class TestANotification:
    def test_pays_once_however_often_it_comes(self, client, session, payment, at):
        answers = [post(client, body(told(payment, at), indent=n)) for n in (None, 1, 3)]

        assert [(each.status_code, each.json) for each in answers] == [(200, {"success": True})] * 3
        assert state_of(session, payment) == PaymentState.PAID
        assert ledger.balance(session, chart.bank(CUSTODY)) == 120_000
        (order,) = queries.of_group(session, group_id=payment.group_id)
        assert order.state == State.PLACED

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_of_parts_adds_up_in_any_order(self, client, session, payment, at, order):
        parts = [
            told(payment, at, amount=amount, reference=f"FT{amount}") for amount in (50_000, 70_000)
        ]

        for each in (*order, *order):
            assert post(client, body(parts[each])).status_code == 200

        assert state_of(session, payment) == PaymentState.PAID
        assert ledger.balance(session, chart.UNAPPLIED) == 0

    def test_that_was_lost_is_found_by_the_statement_and_the_other_way_round(
        self, client, session, payment, at
    ):
        line = makers.transfer(
            payment, at + timedelta(seconds=30), reference="FT26330001", text=payment.memo
        )
        makers.receive(session, at, line)
        session.commit()

        assert post(client, body(told(payment, at))).status_code == 200

        (kept,) = session.scalars(select(BankLine)).all()
        assert kept.applied_minor == 120_000
        assert ledger.balance(session, chart.bank(CUSTODY)) == 120_000

    @pytest.mark.parametrize(
        ("sent", "status", "code"),
        [
            (lambda data: body(data, "0" * 64), 403, "payos.forged"),
            (lambda data: body(data | {"amount": 1}, sealed(data)), 403, "payos.forged"),
            (lambda data: body(data, SIGNATURE), 403, "payos.forged"),
            (lambda data: body(data | {"amount": 120_000.0}), 422, "payos.unreadable"),
            (lambda data: body(data | {"currency": "USD"}), 422, "payos.unreadable"),
            (lambda data: b"\xff", 422, "payos.unreadable"),
        ],
    )
    def test_that_is_forged_or_wrong_changes_nothing(
        self, client, session, payment, at, sent, status, code
    ):
        answer = post(client, sent(told(payment, at)))

        assert (answer.status_code, answer.json["code"]) == (status, code)
        assert session.scalars(select(BankLine)).all() == []
        assert state_of(session, payment) == PaymentState.AWAITING

    def test_that_is_a_trial_is_answered_and_forgotten(self, client, session):
        assert post(client, body(SAMPLE, SIGNATURE)).status_code == 200
        assert session.scalars(select(BankLine)).all() == []

    def test_of_another_account_is_kept_and_pays_nothing(self, client, session, payment, at):
        assert post(client, body(told(payment, at, accountNumber="999"))).status_code == 200

        (kept,) = session.scalars(select(BankLine)).all()
        assert kept.state == "foreign"
        assert ledger.totals(session) == {}


def test_is_not_there_where_payos_is_not_used(client, payment, at):
    answer = post(client, body(told(payment, at)))

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")

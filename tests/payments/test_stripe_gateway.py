"""Stripe's adapter: the very requests, what becomes of answers, and of none."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest

from market.config import Settings
from market.money import Money
from payments import fake_psp
from payments.fake_psp import payer
from payments.gateway import (
    BackStanding,
    Charge,
    GatewayRefused,
    GatewayUnsure,
    MovementKind,
    Standing,
)
from payments.stripe_gateway import CONTESTED, STANDINGS, StripeGateway, gateway_for
from tests.payments import contract, desk
from tests.payments.faults import Fault

CHARGE_ID = UUID("0192f0c1-0000-7000-8000-00000000c4a6")
REFUND_ID = UUID("0192f0c1-0000-7000-8000-00000000bacc")
PRICE = Money(2_500)


@dataclass
class Line:
    """A way out that notes each request, and answers from the shipped Stripe or as it is told."""

    folder: Any
    now: datetime
    calls: list[tuple[str, str, dict[str, str], str | None]] = field(default_factory=list)
    answers: list[tuple[int, Any]] = field(default_factory=list)

    def client(self):
        client = fake_psp.http_client(self.folder, lambda: self.now)
        shipped = client.request

        def request(method, url, headers, post_data=None, **_):
            parts = urlsplit(url)
            form = dict(parse_qsl(post_data or parts.query))
            key = headers["Idempotency-Key"] if method == "post" else None
            self.calls.append((method, parts.path, form, key))
            if not self.answers:
                return shipped(method, url, headers, post_data)
            status, body = self.answers.pop(0)
            return (body if isinstance(body, str) else json.dumps(body)), status, {}

        client.request = request
        return client

    def gateway(self):
        return StripeGateway("sk_test_x", http_client=self.client)


@pytest.fixture
def line(tmp_path, now):
    return Line(tmp_path, now)


@pytest.fixture
def gateway(line):
    return line.gateway()


def charge(**facts):
    return Charge(**{"id": CHARGE_ID, "amount": PRICE, "group": "G7K3QX9M4T"} | facts)


def paid(gateway, line, **facts):
    asked = gateway.ask(charge(**facts))
    payer.pay(line.folder, asked.reference, now=line.now)
    line.calls.clear()
    return asked.reference


class TestRequests:
    def test_ask_for_whole_dong(self, gateway, line):
        gateway.ask(charge())

        assert line.calls == [
            (
                "post",
                "/v1/payment_intents",
                {
                    "amount": "2500",
                    "currency": "vnd",
                    "capture_method": "automatic",
                    "allowed_payment_method_types[0]": "card",
                    "transfer_group": "G7K3QX9M4T",
                    "metadata[charge]": str(CHARGE_ID),
                },
                str(CHARGE_ID),
            )
        ]

    def test_ask_for_cents_of_what_has_cents(self, gateway, line):
        asked = gateway.ask(charge(amount=Money(1_999, "USD")))

        assert (line.calls[0][2]["amount"], line.calls[0][2]["currency"]) == ("1999", "usd")
        assert asked.amount == Money(1_999, "USD")

    def test_ask_to_hold_only(self, gateway, line):
        gateway.ask(charge(manual=True))

        assert line.calls[0][2]["capture_method"] == "manual"

    def test_look_with_refunds_and_disputes(self, gateway, line):
        reference = paid(gateway, line)
        payer.dispute(line.folder, reference, now=line.now)

        gateway.look(reference)

        theirs = {"payment_intent": reference, "limit": "100"}
        path = f"/v1/payment_intents/{reference}"
        assert line.calls == [
            ("get", path, {"expand[0]": "latest_charge"}, None),
            ("get", "/v1/refunds", theirs, None),
            ("get", "/v1/disputes", theirs, None),
        ]

    def test_look_once_where_nothing_came(self, gateway, line):
        gateway.look(gateway.ask(charge()).reference)

        assert len(line.calls) == 2

    def test_find_by_a_list_and_not_by_search(self, gateway, line, now):
        gateway.find(CHARGE_ID, since=now)

        since = str(int(now.timestamp()) - 300)
        assert line.calls == [
            ("get", "/v1/payment_intents", {"created[gte]": since, "limit": "100"}, None)
        ]

    def test_capture_a_part(self, gateway, line):
        reference = paid(gateway, line, manual=True)

        gateway.capture(reference, Money(900), key="capture-1")

        form = {"amount_to_capture": "900", "expand[0]": "latest_charge"}
        path = f"/v1/payment_intents/{reference}/capture"
        assert line.calls == [("post", path, form, "capture-1")]

    def test_cancel(self, gateway, line):
        reference = gateway.ask(charge()).reference

        gateway.cancel(reference, key="cancel-1")

        path = f"/v1/payment_intents/{reference}/cancel"
        assert line.calls[1:] == [("post", path, {}, "cancel-1")]

    def test_refund_whole_dong_too(self, gateway, line):
        reference = paid(gateway, line)

        gateway.refund(reference, PRICE, refund_id=REFUND_ID)

        form = {
            "payment_intent": reference,
            "amount": "2500",
            "metadata[refund]": str(REFUND_ID),
        }
        assert line.calls == [("post", "/v1/refunds", form, str(REFUND_ID))]

    def test_list_what_moved(self, gateway, line, now):
        list(gateway.movements(since=now))

        form = {
            "created[gte]": str(int(now.timestamp())),
            "limit": "100",
            "expand[0]": "data.source",
        }
        assert line.calls == [("get", "/v1/balance_transactions", form, None)]

    def test_wait_five_seconds_to_connect_and_twenty_for_an_answer(self):
        client = StripeGateway("sk_test_x")._client._requestor._client

        assert client._timeout == (5, 20)


class TestAnswers:
    def test_with_another_amount_leave_it_open_what_moved(self, gateway, line):
        made = {"id": "pi_1", "amount": 250_000, "currency": "vnd"}
        line.answers = [(200, {"object": "payment_intent", **made})]

        with pytest.raises(GatewayUnsure, match="amount_differs"):
            gateway.ask(charge())

    def test_in_another_currency_do_so_too(self, gateway, line):
        reference = paid(gateway, line)
        line.answers = [(200, {"object": "refund", "id": "re", "amount": 2_500, "currency": "usd"})]

        with pytest.raises(GatewayUnsure, match="amount_differs"):
            gateway.refund(reference, PRICE, refund_id=REFUND_ID)

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (200, {"object": "payment_intent", "id": "pi_1", "amount": 2_500, "currency": "vnd"}),
            (200, "<html>"),
            (200, "[]"),
            (502, "<html>"),
        ],
    )
    def test_that_cannot_be_read_leave_it_unsure(self, gateway, line, status, body):
        line.answers = [(status, body)] * 3

        with pytest.raises(GatewayUnsure):
            gateway.ask(charge())

    @pytest.mark.parametrize(
        ("status", "kind", "code"),
        [
            (402, "card_error", "card_declined"),
            (400, "invalid_request_error", "charge_already_refunded"),
            (404, "invalid_request_error", "resource_missing"),
        ],
    )
    def test_that_say_no_are_refusals_with_their_code(self, gateway, line, status, kind, code):
        line.answers = [(status, {"error": {"type": kind, "code": code, "message": "no"}})]

        with pytest.raises(GatewayRefused) as refused:
            gateway.ask(charge())

        assert refused.value.code == code

    @pytest.mark.parametrize(
        ("status", "kind", "tries"),
        [
            (500, "api_error", 3),
            (503, "api_error", 3),
            (409, "idempotency_error", 3),
            (429, "rate_limit_error", 1),
            (400, "idempotency_error", 1),
            (401, "invalid_request_error", 1),
            (403, "invalid_request_error", 1),
        ],
    )
    def test_that_say_nothing_of_the_money_leave_it_unsure(
        self, gateway, line, status, kind, tries
    ):
        line.answers = [(status, {"error": {"type": kind, "message": "no"}})] * 3

        with pytest.raises(GatewayUnsure):
            gateway.ask(charge())

        assert len(line.calls) == tries
        assert {call[3] for call in line.calls} == {str(CHARGE_ID)}

    def test_of_things_made_elsewhere_have_no_id_of_ours(self, gateway, line):
        reference = paid(gateway, line)
        desk.refund_by_hand(line.folder, reference, amount=Money(900), now=line.now)

        (back,) = gateway.look(reference).refunds

        assert (back.refund_id, back.amount) == (None, Money(900))


class TestBadAmounts:
    @pytest.mark.parametrize("minor", [0, -1, 10**15])
    def test_are_refused_and_nothing_is_made(self, gateway, line, minor):
        with pytest.raises(GatewayRefused):
            gateway.ask(charge(amount=Money(minor)))

        assert objects(line, "payment_intent") == []


class TestWords:
    """What the installed library may say has a meaning here; an upgrade with new words fails."""

    def test_of_payments_are_all_known(self):
        assert contract.words("payment_intent", "status") == set(STANDINGS)

    def test_of_disputes_are_all_known_but_for_inquiries(self):
        left_out = contract.words("dispute", "status") - set(CONTESTED)

        assert {word.partition("_")[0] for word in left_out} == {"warning"}


class TestThreeDSecure:
    @pytest.fixture
    def reference(self, gateway, line):
        reference = gateway.ask(charge()).reference
        payer.pay(line.folder, reference, card=payer.SECURED, now=line.now)
        return reference

    def test_waits_for_the_payer_with_a_secret_to_confirm_by(self, gateway, reference):
        seen = gateway.look(reference)

        assert seen.standing is Standing.AWAITING_PAYER
        assert seen.client_secret.startswith(f"{reference}_secret_")

    def test_passed_brings_the_money(self, gateway, line, reference):
        payer.authenticate(line.folder, reference, passed=True, now=line.now)

        assert gateway.look(reference).standing is Standing.CAPTURED

    def test_failed_tells_why_and_lets_the_payer_try_again(self, gateway, line, reference):
        payer.authenticate(line.folder, reference, passed=False, now=line.now)
        failed = gateway.look(reference)
        payer.pay(line.folder, reference, now=line.now)

        assert failed.standing is Standing.AWAITING_PAYER
        assert failed.error == "payment_intent_authentication_failure"
        assert gateway.look(reference).standing is Standing.CAPTURED


class TestDisputes:
    @pytest.mark.parametrize(
        ("theirs", "ours"),
        [
            ("needs_response", "needs-response"),
            ("under_review", "under-review"),
            ("appeal_under_review", "under-review"),
            ("won", "won"),
            ("lost", "lost"),
            ("prevented", "prevented"),
        ],
    )
    def test_stand_as_the_bank_says(self, gateway, line, theirs, ours):
        (seen,) = self.seen_as(gateway, line, theirs)

        assert (seen.state, seen.amount) == (ours, PRICE)
        assert seen.due_at == line.now + timedelta(days=7)

    def test_are_none_while_the_bank_only_inquires(self, gateway, line):
        assert self.seen_as(gateway, line, "warning_needs_response") == ()

    def seen_as(self, gateway, line, status):
        reference = paid(gateway, line)
        with fake_psp.books.opened(line.folder, line.now) as books:
            opened = fake_psp.intents.dispute(books, reference)
            books.keep(opened, status=status)
        return gateway.look(reference).disputes


class TestMovements:
    def test_have_their_kind_payment_fee_and_source(self, gateway, line, now):
        reference = paid(gateway, line)
        back = gateway.refund(reference, Money(900), refund_id=REFUND_ID).reference
        desk.finish_refund(line.folder, back, failed=True, now=now)
        dispute = payer.dispute(line.folder, reference, now=now)
        desk.close_dispute(line.folder, dispute, won=True, now=now)
        desk.pay_out(line.folder, Money(1_000), now=now)

        charged, refunded, failed, disputed, won, sent = gateway.movements(since=now)

        assert (charged.kind, charged.amount, charged.fee) == (
            MovementKind.PAYMENT,
            PRICE,
            Money(85),
        )
        assert (refunded.kind, refunded.amount, refunded.source) == (
            MovementKind.REFUND,
            Money(-900),
            back,
        )
        assert (failed.kind, failed.amount, failed.source) == (
            MovementKind.REFUND_FAILED,
            Money(900),
            back,
        )
        assert (disputed.kind, disputed.amount, disputed.source) == (
            MovementKind.DISPUTE,
            -PRICE,
            dispute,
        )
        assert (won.kind, won.amount) == (MovementKind.DISPUTE_WON, PRICE)
        assert (sent.kind, sent.amount, sent.payment) == (MovementKind.PAYOUT, Money(-1_000), None)
        assert {each.payment for each in (charged, refunded, failed, disputed, won)} == {reference}

    def test_come_the_oldest_first_over_many_pages(self, gateway, line, now):
        for each in range(230):
            line.now = now + timedelta(seconds=each)
            desk.pay_out(line.folder, Money(1 + each), now=line.now)

        moved = list(gateway.movements(since=now))

        assert [each.amount.minor for each in moved] == [-1 - each for each in range(230)]
        assert moved[0].at == now.astimezone(UTC)
        assert len(line.calls) == 3


class TestLostAnswers:
    """Three tries, all done and none heard of; the process dies and starts again."""

    @pytest.fixture
    def lost(self, line):
        desk.happen(line.folder, Fault.ANSWER_LOST, times=3, now=line.now)

    def test_leave_one_payment(self, line, gateway, lost, now):
        with pytest.raises(GatewayUnsure):
            gateway.ask(charge())

        again = line.gateway().ask(charge())

        assert line.gateway().find(CHARGE_ID, since=now).reference == again.reference
        assert len(objects(line, "payment_intent")) == 1

    def test_leave_one_refund(self, line, gateway):
        reference = paid(gateway, line)
        desk.happen(line.folder, Fault.ANSWER_LOST, times=3, now=line.now)
        with pytest.raises(GatewayUnsure):
            gateway.refund(reference, Money(900), refund_id=REFUND_ID)

        again = line.gateway().refund(reference, Money(900), refund_id=REFUND_ID)

        assert again.standing is BackStanding.SUCCEEDED
        assert len(objects(line, "refund")) == 1

    def test_leave_one_capture(self, line, gateway, now):
        reference = paid(gateway, line, manual=True)
        desk.happen(line.folder, Fault.ANSWER_LOST, times=3, now=line.now)
        with pytest.raises(GatewayUnsure):
            gateway.capture(reference, Money(900), key="capture-1")

        line.gateway().capture(reference, Money(900), key="capture-1")

        assert [each.amount for each in gateway.movements(since=now)] == [Money(900)]

    def test_are_got_over_by_the_librarys_own_tries(self, line, gateway):
        desk.happen(line.folder, Fault.ANSWER_LOST, times=2, now=line.now)

        gateway.ask(charge())

        assert len(line.calls) == 3
        assert len(objects(line, "payment_intent")) == 1


class TestNoAnswer:
    @pytest.mark.parametrize("fault", [Fault.NEVER_ARRIVED, Fault.AWAY, Fault.BUSY])
    def test_thrice_leaves_it_unsure_and_nothing_done(self, line, gateway, fault):
        desk.happen(line.folder, fault, times=3, now=line.now)

        with pytest.raises(GatewayUnsure):
            gateway.ask(charge())

        assert len(line.calls) == 3
        assert objects(line, "payment_intent") == []

    def test_of_a_request_that_never_arrived_is_found_out_by_asking(self, line, gateway, now):
        desk.happen(line.folder, Fault.NEVER_ARRIVED, times=3, now=line.now)
        with pytest.raises(GatewayUnsure):
            gateway.ask(charge())

        assert gateway.find(CHARGE_ID, since=now) is None


class TestChoosing:
    def test_takes_the_shipped_stripe_in_the_demo_only(self, tmp_path):
        assert gateway_for(Settings(data=tmp_path)) is None

        shipped = gateway_for(Settings(data=tmp_path, demo=True))

        assert shipped.ask(charge()).standing is Standing.AWAITING_PAYER
        assert (tmp_path / fake_psp.FILE).exists()

    def test_takes_the_real_one_where_a_key_is_set(self, tmp_path):
        real = gateway_for(Settings(data=tmp_path, stripe_key="sk_test_x"))

        assert real._client._requestor._client.name == "requests"

    def test_costs_no_import_before_it_is_used(self):
        code = (
            "import sys; from payments.stripe_gateway import gateway_for;"
            " from market.config import Settings; gateway_for(Settings(demo=True));"
            " import payments.stripe_hooks; sys.exit('stripe' in sys.modules)"
        )

        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def objects(line, kind):
    with fake_psp.books.opened(line.folder, line.now) as books:
        return books.page(kind, {})["data"]

"""The shipped Stripe keeps to the installed library, and fails as the real one does."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlencode
from uuid import uuid4

import pytest
import stripe

from market.money import Money
from payments import fake_psp, stripe_hooks
from payments.fake_psp import answering, payer
from payments.fake_psp.answering import ROUTES
from payments.fake_psp.books import PREFIXES, opened
from tests.payments import contract, desk
from tests.payments.faults import Fault

INTENT = {"amount": "250000", "currency": "vnd", "capture_method": "automatic"}


class Stripe:
    """The plain function with a folder, at a moment that can be moved."""

    def __init__(self, folder, now):
        self.folder, self.now = folder, now

    def ask(self, method, path, key=None, **form):
        status, body = answering.answer(
            self.folder,
            method=method,
            path=f"/v1/{path}",
            headers={"Idempotency-Key": key} if key else {},
            body=urlencode(form),
            now=self.now,
        )
        return status, json.loads(body)

    def refused(self, method, path, key=None, **form):
        status, body = self.ask(method, path, key, **form)
        assert status >= 400, body
        return status, body["error"].get("code"), body["error"].get("param")

    def made(self, path, key=None, **form):
        status, body = self.ask("POST", path, key, **form)
        assert status == 200, body
        return body

    def got(self, path):
        return self.ask("GET", path)[1]

    def paid(self, card=payer.GOOD, **form):
        name = self.made("payment_intents", **INTENT | form)["id"]
        payer.pay(self.folder, name, card=card, now=self.now)
        return name

    def told(self):
        taken = desk.deliveries(self.folder, now=self.now)
        return [json.loads(each.body)["type"] for each in taken]


@pytest.fixture
def shipped(tmp_path, now):
    return Stripe(tmp_path, now)


class TestContract:
    def test_refuses_what_the_library_does_not_know(self, shipped):
        form = INTENT | {"payment_method_types[0]": "card"}

        assert shipped.refused("POST", "payment_intents", **form) == (
            400,
            "parameter_unknown",
            "payment_method_types",
        )

    def test_refuses_options_of_the_library_as_parameters(self, shipped):
        refused = shipped.refused("POST", "payment_intents", **INTENT, idempotency_key="x")

        assert refused[1:] == ("parameter_unknown", "idempotency_key")

    def test_refuses_what_it_would_have_to_pass_over_in_silence(self, shipped):
        refused = shipped.refused("POST", "payment_intents", **INTENT, receipt_email="a@b.vn")

        assert refused[1:] == ("parameter_unknown", "receipt_email")

    def test_asks_for_what_the_library_requires(self, shipped):
        refused = shipped.refused("POST", "payment_intents", amount="1")

        assert refused[1:] == ("parameter_missing", "currency")

    @pytest.mark.parametrize("amount", ["0", "-1", "1.5", "", "1e3", "１"])
    def test_takes_whole_amounts_only(self, shipped, amount):
        refused = shipped.refused("POST", "payment_intents", **INTENT | {"amount": amount})

        assert refused[1:] == ("parameter_invalid_integer", "amount")

    def test_takes_no_amount_of_nine_digits(self, shipped):
        refused = shipped.refused("POST", "payment_intents", **INTENT | {"amount": "100000000"})

        assert refused[1:] == ("amount_too_large", "amount")

    def test_takes_no_currency_that_is_none(self, shipped):
        refused = shipped.refused("POST", "payment_intents", **INTENT | {"currency": "zzz"})

        assert refused[2] == "currency"

    @pytest.mark.parametrize(
        ("path", "name"),
        [
            ("payment_intents", "PaymentIntentCreate"),
            (r"payment_intents/(\w+)/capture", "PaymentIntentCapture"),
            (r"payment_intents/(\w+)/cancel", "PaymentIntentCancel"),
            ("refunds", "RefundCreate"),
        ],
    )
    def test_takes_what_the_library_takes(self, path, name):
        (route,) = [each for each in ROUTES if (each.method, each.path) == ("POST", path)]
        required, known = contract.parameters(name)

        assert required <= set(route.needs.split())
        assert known >= {*route.needs.split(), *route.takes.split()}

    @pytest.mark.parametrize("kind", PREFIXES)
    def test_lists_by_what_the_library_lists_by(self, kind):
        (route,) = [each for each in ROUTES if (each.method, each.path) == ("GET", f"{kind}s")]
        _, known = contract.parameters(f"{contract.class_of(kind)}List")

        assert known >= set(route.takes.split()) - {"payment_intent"}  # not every kind has one

    def test_answers_with_fields_and_words_of_the_library_only(self, shipped):
        self.everything_happens(shipped)

        with opened(shipped.folder, shipped.now) as books:
            kept = [json.loads(row[0]) for row in books.file.execute("SELECT body FROM object")]
        told = [each["data"]["object"] for each in kept if each["object"] == "event"]
        assert {each["object"] for each in kept} == PREFIXES.keys()
        assert all(map(contract.checked, kept + told))

    def everything_happens(self, shipped):
        folder, now = shipped.folder, shipped.now
        for card in (payer.DECLINED, payer.SECURED):
            name = shipped.paid(card)
        payer.authenticate(folder, name, passed=True, now=now)
        held = shipped.paid(capture_method="manual")
        shipped.made(f"payment_intents/{held}/capture", amount_to_capture="1")
        shipped.made(f"payment_intents/{shipped.paid(payer.SECURED)}/cancel")
        for failed in (True, False):
            slow = shipped.paid(payer.REFUNDS_PENDING)
            back = shipped.made("refunds", payment_intent=slow, amount="1")["id"]
            desk.finish_refund(folder, back, failed=failed, now=now)
        for won in (True, False):
            disputed = payer.dispute(folder, shipped.paid(), now=now)
            desk.close_dispute(folder, disputed, won=won, now=now)
        desk.pay_out(folder, Money(1), now=now)

    def test_would_notice_other_fields_and_words(self):
        with pytest.raises(ValueError, match="charges"):
            contract.checked({"object": "payment_intent", "id": "pi_1", "charges": []})
        with pytest.raises(ValueError, match="status"):
            contract.checked({"object": "payment_intent", "id": "pi_1", "status": "paid"})

    def test_speaks_the_words_of_the_library(self):
        assert len(contract.words("payment_intent", "status")) == 7
        assert "prevented" in contract.words("dispute", "status")

    def test_knows_no_other_address(self, shipped):
        assert shipped.refused("POST", "customers")[0] == 404
        assert shipped.refused("GET", "refunds/re_1")[1] == "resource_missing"


class TestKeys:
    def test_bring_back_the_first_answer(self, shipped):
        first = shipped.made("payment_intents", "k", **INTENT)
        payer.pay(shipped.folder, first["id"], now=shipped.now)

        assert shipped.made("payment_intents", "k", **INTENT) == first

    @pytest.mark.parametrize(
        ("path", "form"),
        [
            ("payment_intents", INTENT | {"amount": "2500"}),
            ("refunds", {"payment_intent": "pi_1"}),
        ],
    )
    def test_are_for_one_request_only(self, shipped, path, form):
        shipped.made("payment_intents", "k", **INTENT)

        status, body = shipped.ask("POST", path, "k", **form)

        assert (status, body["error"]["type"]) == (400, "idempotency_error")

    def test_keep_a_no_as_well(self, shipped):
        paid = shipped.paid()
        dispute = payer.dispute(shipped.folder, paid, now=shipped.now)
        form = {"payment_intent": paid, "amount": "1"}
        refused = shipped.refused("POST", "refunds", "k", **form)
        desk.close_dispute(shipped.folder, dispute, won=True, now=shipped.now)

        assert refused[1] == "charge_disputed"
        assert shipped.refused("POST", "refunds", "k", **form) == refused
        assert shipped.made("refunds", "other", **form)

    def test_keep_nothing_of_a_request_that_is_wrong_itself(self, shipped):
        shipped.refused("POST", "payment_intents", "k", **INTENT | {"amount": "0"})

        assert shipped.made("payment_intents", "k", **INTENT)

    def test_are_forgotten_after_a_day(self, shipped):
        first = shipped.made("payment_intents", "k", **INTENT)
        shipped.now += timedelta(hours=24, seconds=1)

        assert shipped.made("payment_intents", "k", **INTENT)["id"] != first["id"]

    def test_given_at_once_by_many_make_one_object(self, shipped):
        with ThreadPoolExecutor(8) as pool:
            asking = [
                pool.submit(shipped.made, "payment_intents", "k", **INTENT) for _ in range(16)
            ]

        assert len({each.result()["id"] for each in asking}) == 1


class TestFaults:
    def test_keep_a_broken_answer_for_its_key(self, shipped):
        desk.happen(shipped.folder, Fault.BROKEN, now=shipped.now)

        for _ in range(2):
            assert shipped.refused("POST", "payment_intents", "k", **INTENT)[0] == 500
        assert shipped.got("payment_intents")["data"] == []

    def test_meet_the_paths_they_are_meant_for(self, shipped):
        desk.happen(shipped.folder, Fault.TOO_MANY, path="/refunds", now=shipped.now)
        paid = shipped.paid()

        assert shipped.refused("POST", "refunds", payment_intent=paid)[0] == 429
        assert shipped.made("refunds", payment_intent=paid)

    def test_lose_an_answer_and_not_the_deed(self, shipped):
        desk.happen(shipped.folder, Fault.ANSWER_LOST, now=shipped.now)

        with pytest.raises(stripe.APIConnectionError):
            shipped.ask("POST", "payment_intents", **INTENT)

        assert len(shipped.got("payment_intents")["data"]) == 1


class TestPayers:
    @pytest.mark.parametrize(
        ("card", "reason"),
        [(payer.DECLINED, "generic_decline"), (payer.POOR, "insufficient_funds")],
    )
    def test_are_declined_and_may_try_again(self, shipped, card, reason):
        name = shipped.paid(card)
        declined = shipped.got(f"payment_intents/{name}")
        payer.pay(shipped.folder, name, now=shipped.now)

        assert declined["status"] == "requires_payment_method"
        assert declined["last_payment_error"]["decline_code"] == reason
        assert shipped.got(f"payment_intents/{name}")["status"] == "succeeded"

    def test_pay_once(self, shipped):
        name = shipped.paid()

        with pytest.raises(fake_psp.Refused):
            payer.pay(shipped.folder, name, now=shipped.now)

        assert len(shipped.got(f"charges?payment_intent={name}")["data"]) == 1

    def test_pay_nothing_that_was_cancelled(self, shipped):
        name = shipped.made("payment_intents", **INTENT)["id"]
        shipped.made(f"payment_intents/{name}/cancel")

        with pytest.raises(fake_psp.Refused):
            payer.pay(shipped.folder, name, now=shipped.now)


class TestDisputes:
    def test_are_about_what_was_not_refunded(self, shipped):
        paid = shipped.paid()
        shipped.made("refunds", payment_intent=paid, amount="90000")

        dispute = payer.dispute(shipped.folder, paid, now=shipped.now)

        assert shipped.got(f"disputes/{dispute}")["amount"] == 160_000

    @pytest.mark.parametrize("deed", ["dispute", "refund"])
    def test_are_not_opened_where_nothing_is_left(self, shipped, deed):
        paid = shipped.paid()
        if deed == "dispute":
            payer.dispute(shipped.folder, paid, now=shipped.now)
        else:
            shipped.made("refunds", payment_intent=paid)

        with pytest.raises(fake_psp.Refused):
            payer.dispute(shipped.folder, paid, now=shipped.now)

    def test_are_decided_once(self, shipped):
        dispute = payer.dispute(shipped.folder, shipped.paid(), now=shipped.now)
        desk.close_dispute(shipped.folder, dispute, won=False, now=shipped.now)

        with pytest.raises(fake_psp.Refused):
            desk.close_dispute(shipped.folder, dispute, won=True, now=shipped.now)


class TestRefunds:
    @pytest.mark.parametrize(
        ("given", "wanted", "code"),
        [("250000", "1", "charge_already_refunded"), ("100000", "150001", "amount_too_large")],
    )
    def test_stay_within_what_was_captured(self, shipped, given, wanted, code):
        paid = shipped.paid()
        shipped.made("refunds", payment_intent=paid, amount=given)

        assert shipped.refused("POST", "refunds", payment_intent=paid, amount=wanted)[1] == code

    def test_go_beyond_where_nobody_is_strict(self, shipped):
        paid = shipped.paid()
        desk.be_strict(shipped.folder, strict=False, now=shipped.now)

        for _ in range(2):
            assert shipped.made("refunds", payment_intent=paid, amount="250000")
        desk.be_strict(shipped.folder, strict=True, now=shipped.now)
        assert shipped.refused("POST", "refunds", payment_intent=paid, amount="1")

    def test_without_an_amount_give_the_rest(self, shipped):
        paid = shipped.paid()
        shipped.made("refunds", payment_intent=paid, amount="1")

        assert shipped.made("refunds", payment_intent=paid)["amount"] == 249_999

    def test_may_fail_late_and_can_be_made_anew(self, shipped):
        paid = shipped.paid()
        back = shipped.made("refunds", payment_intent=paid)["id"]

        desk.finish_refund(shipped.folder, back, failed=True, now=shipped.now)

        assert shipped.got(f"refunds/{back}")["status"] == "failed"
        assert shipped.made("refunds", payment_intent=paid)["amount"] == 250_000
        with pytest.raises(fake_psp.Refused):
            desk.finish_refund(shipped.folder, back, failed=False, now=shipped.now)


class TestBalance:
    def test_takes_three_and_four_tenths_of_a_hundred_half_up(self, shipped):
        shipped.paid(amount="250015")

        (moved,) = shipped.got("balance_transactions")["data"]

        assert (moved["fee"], moved["net"]) == (8_501, 241_514)

    def test_is_charged_for_a_dispute_even_if_it_is_won(self, shipped):
        dispute = payer.dispute(shipped.folder, shipped.paid(), now=shipped.now)
        desk.close_dispute(shipped.folder, dispute, won=True, now=shipped.now)

        won, disputed, _ = shipped.got("balance_transactions")["data"]

        assert (disputed["type"], disputed["reporting_category"]) == ("adjustment", "dispute")
        assert (disputed["amount"], disputed["fee"], won["amount"], won["fee"]) == (
            -250_000,
            350_000,
            250_000,
            0,
        )


class TestNotifications:
    def test_are_signed_as_the_library_verifies(self, shipped, tmp_path):
        shipped.now = shipped.now.now(shipped.now.tzinfo)  # the library asks the real clock
        shipped.paid()

        for each in desk.deliveries(tmp_path, secret="whsec_own", now=shipped.now):
            event = stripe.Webhook.construct_event(
                each.body, each.headers["Stripe-Signature"], "whsec_own"
            )
            assert event.object == "event"

    def test_tell_each_step_in_order_and_once(self, shipped):
        shipped.paid()

        assert shipped.told() == [
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.succeeded",
        ]
        assert shipped.told() == []

    def test_are_told_as_often_as_asked_for(self, shipped):
        name = shipped.made("payment_intents", **INTENT)["id"]
        shipped.told()

        payer.pay(shipped.folder, name, card=payer.SECURED, told=0, now=shipped.now)
        payer.authenticate(shipped.folder, name, passed=False, told=2, now=shipped.now)

        assert shipped.told() == ["payment_intent.payment_failed"] * 2

    def test_can_be_lost_and_stand_in_the_list_of_events(self, shipped):
        shipped.paid()

        payer.lose(shipped.folder, now=shipped.now)

        assert shipped.told() == []
        assert len(shipped.got("events?limit=100")["data"]) == 3

    def test_can_be_repeated_and_turned_round(self, shipped):
        desk.pay_out(shipped.folder, Money(1), now=shipped.now)
        shipped.made("payment_intents", **INTENT)

        desk.repeat(shipped.folder, now=shipped.now)
        desk.reorder(shipped.folder, now=shipped.now)

        assert shipped.told() == ["payment_intent.created", "payout.paid"] * 2

    def test_can_come_late(self, shipped):
        desk.pay_out(shipped.folder, Money(1), now=shipped.now)

        desk.delay(shipped.folder, timedelta(minutes=1), now=shipped.now)
        early = shipped.told()
        shipped.now += timedelta(minutes=1)

        assert (early, shipped.told()) == ([], ["payout.paid"])


class TestNames:
    def test_are_words_that_notifications_may_carry(self, shipped):
        shipped.paid(**{"metadata[charge]": str(uuid4())})
        secret = stripe_hooks.DEMO_SECRET

        for each in desk.deliveries(shipped.folder, now=shipped.now):
            header = each.headers["Stripe-Signature"]
            told = stripe_hooks.heard(each.body, header, secrets=(secret,), now=shipped.now)
            assert told.reference.startswith("pi_")


def test_a_shop_of_one_file_is_shared_by_all_who_open_it(tmp_path, now):
    with opened(tmp_path, now) as books:
        made = books.new("payout", amount=1, currency="vnd", status="paid")

    with opened(tmp_path, now) as books:
        assert books.get(made["id"]) == made

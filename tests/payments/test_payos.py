"""payOS: what it signs is believed, and nothing else."""

import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest

from payments import feeds
from payments.feeds import PayosForged, PayosUnreadable

# The example of payos.vn/docs/tich-hop-webhook/kiem-tra-du-lieu-voi-signature (November 2026).
KEY = "1a54716c8f0efb2744fb28b6e38b25da7f67a925d98bc1c18bd8faaecadd7675"
SIGNATURE = "412e915d2871504ed31be63c8f62a149a4410d34c4c42affc9006ef9917eaa03"
SAMPLE = {
    "orderCode": 123,
    "amount": 3000,
    "description": "VQRIO123",
    "accountNumber": "12345678",
    "reference": "TF230204212323",
    "transactionDateTime": "2023-02-04 18:25:00",
    "currency": "VND",
    "paymentLinkId": "124c33293c43417ab7879e14c8d9eb18",
    "code": "00",
    "desc": "Thành công",
    "counterAccountBankId": "",
    "counterAccountBankName": "",
    "counterAccountName": "",
    "counterAccountNumber": "",
    "virtualAccountName": "",
    "virtualAccountNumber": "",
}


def sealed(data, key=KEY):
    """The signature, worked out apart from the code under test."""
    words = [f"{name}={'' if data[name] is None else data[name]}" for name in sorted(data)]
    return hmac.new(key.encode(), "&".join(words).encode(), hashlib.sha256).hexdigest()


def body(data, signature=None, **dumping):
    told = {"code": "00", "desc": "success", "success": True, "data": data}
    return json.dumps(told | {"signature": signature or sealed(data)}, **dumping).encode()


def transfer(**changes):
    return SAMPLE | {"orderCode": 7, "description": "LD7K3QX9M4T2"} | changes


def read(data, signature=None):
    return feeds.read_payos(body(data, signature), checksum_key=KEY)


class TestTheSignature:
    def test_of_the_documented_sample_holds(self):
        assert sealed(SAMPLE) == SIGNATURE
        assert feeds.read_payos(body(SAMPLE, SIGNATURE), checksum_key=KEY) is None

    @pytest.mark.parametrize(
        "dumping",
        [
            {},
            {"indent": 3},
            {"sort_keys": True},
            {"ensure_ascii": False},
            {"separators": (",", ":")},
        ],
    )
    def test_holds_however_the_body_is_written(self, dumping):
        assert feeds.read_payos(body(transfer(), **dumping), checksum_key=KEY).amount_minor == 3000

    @pytest.mark.parametrize("nothing", [None, "null", "undefined"])
    def test_takes_nothing_for_an_empty_text(self, nothing):
        signature = sealed(transfer(counterAccountName=""))

        assert read(transfer(counterAccountName=nothing), signature) is not None

    @pytest.mark.parametrize("name", ["amount", "accountNumber", "description", "reference"])
    def test_does_not_hold_when_anything_was_changed(self, name):
        changed = transfer(**{name: 3001 if name == "amount" else "other"})

        with pytest.raises(PayosForged):
            read(changed, sealed(transfer()))

    @pytest.mark.parametrize("signature", ["", "0" * 64, "không", SIGNATURE[:-1], SIGNATURE])
    def test_must_be_the_one_of_these_values(self, signature):
        with pytest.raises(PayosForged):
            feeds.read_payos(body(transfer(), signature or "-"), checksum_key=KEY)

    def test_with_another_key_does_not_hold(self):
        with pytest.raises(PayosForged):
            read(transfer(), sealed(transfer(), "another"))


class TestANotification:
    def test_is_a_line_of_the_account_in_vietnams_time(self):
        line = read(
            transfer(
                counterAccountBankId="970436",
                counterAccountName="NGUYEN THI LAN",
                counterAccountNumber="0351",
            )
        )

        assert line.booked_at == datetime(2023, 2, 4, 11, 25, tzinfo=UTC)
        assert (line.account, line.reference) == ("12345678", "TF230204212323")
        assert (line.payer_bin, line.payer_account) == ("970436", "0351")
        assert line.payer_name == "NGUYEN THI LAN"

    @pytest.mark.parametrize("text", ["VQRIO123", "Ma giao dich thu nghiem"])
    def test_that_is_a_trial_brings_no_money(self, text):
        assert read(SAMPLE | {"description": text}) is None

    def test_of_what_did_not_succeed_brings_no_money(self):
        assert read(transfer(code="01")) is None

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"amount": 0}, "amount"),
            ({"amount": -3000}, "amount"),
            ({"amount": 10**15}, "amount"),
            ({"amount": "3000"}, "amount"),
            ({"amount": "３０００"}, "amount"),
            ({"amount": None}, "amount"),
            ({"amount": 3000.0}, "amount"),
            ({"amount": 0.5}, "amount"),
            ({"amount": float("nan")}, "amount"),
            ({"currency": "USD"}, "currency"),
            ({"currency": None}, "currency"),
            ({"accountNumber": ""}, "accountNumber"),
            ({"reference": None}, "reference"),
            ({"description": "LD\u0000"}, "description"),
            ({"transactionDateTime": "2023-02-30 18:25:00"}, "transactionDateTime"),
            ({"transactionDateTime": ""}, "transactionDateTime"),
            ({"items": [1]}, "data"),
            ({"amount": True}, "data"),
        ],
    )
    def test_of_no_credit_in_whole_dong_is_refused(self, change, field):
        with pytest.raises(PayosUnreadable) as refusal:
            read(transfer(**change))

        assert refusal.value.facts == {"field": field}

    @pytest.mark.parametrize(
        "sent",
        [b"", b"{", b"[]", b"\xff", b'{"data": 1}', b'{"data": {}}', b"[" * 100_000, b"1" * 5000],
    )
    def test_that_is_none_is_refused(self, sent):
        with pytest.raises(PayosUnreadable):
            feeds.read_payos(sent, checksum_key=KEY)

    def test_that_names_a_value_twice_is_refused(self):
        twice = body(transfer()).replace(b'"amount": 3000', b'"amount": 1, "amount": 3000')

        with pytest.raises(PayosUnreadable):
            feeds.read_payos(twice, checksum_key=KEY)

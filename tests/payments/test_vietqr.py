"""VietQR payloads: the published examples byte for byte, and nothing broken let through."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments import banks, vietqr

ACCOUNT = {"bank_bin": "970403", "account": "0011012345678"}
CARD = {"bank_bin": "970403", "account": "9704031101234567", "to_card": True}
NOTHING = {"amount_minor": None, "purpose": None}
ORDER = {"amount_minor": 180_000, "bill": "NPS6869", "purpose": "thanh toan don hang"}
PUBLISHED = {
    "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA53037045802VN"
    "63049E6F": ACCOUNT | NOTHING,
    "00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA530370454061800005802VN"
    "62340107NPS68690819thanh toan don hang63042E2E": ACCOUNT | ORDER,
    "00020101021138600010A00000072701300006970403011697040311012345670208QRIBFTTC53037045802VN"
    "63044F52": CARD | NOTHING,
    "00020101021238600010A00000072701300006970403011697040311012345670208QRIBFTTC530370454061800005802VN"
    "62340107NPS68690819thanh toan don hang6304A203": CARD | ORDER,
}
WITHOUT_CURRENCY = "00020101021138570010A00000072701270006970403011300110123456780208QRIBFTTA"

plain = st.text(string.ascii_letters + string.digits + "-./", min_size=1, max_size=25)
transfers = st.builds(
    vietqr.Transfer,
    bank_bin=st.from_regex("[0-9]{6}", fullmatch=True),
    account=st.from_regex("[0-9A-Za-z]{1,19}", fullmatch=True),
    amount_minor=st.none() | st.integers(1, 9_999_999_999_999),
    purpose=st.none() | plain,
    bill=st.none() | plain,
    to_card=st.just(False),
)


class TestPublishedExamples:
    @pytest.mark.parametrize(("payload", "facts"), PUBLISHED.items())
    def test_are_built_byte_for_byte(self, payload, facts):
        assert payload == vietqr.Transfer(**facts).payload()

    @pytest.mark.parametrize(("payload", "facts"), PUBLISHED.items())
    def test_are_read_back(self, payload, facts):
        assert vietqr.Transfer(**facts) == vietqr.parse(payload)

    def test_of_the_checksum_agree(self):
        assert vietqr.checksum("123456789") == "29B1"


class TestBuilding:
    @given(asked=transfers)
    def test_and_reading_back_loses_nothing(self, asked):
        assert asked == vietqr.parse(asked.payload())

    def test_takes_the_accents_off_the_purpose(self):
        payload = vietqr.Transfer(**ACCOUNT, amount_minor=1, purpose="Đơn  dâu tây").payload()

        assert vietqr.parse(payload).purpose == "Don dau tay"

    @pytest.mark.parametrize("bank_bin", ["", "97043", "9704361", "97043a", "97043६"])
    def test_refuses_what_is_no_bank_number(self, bank_bin):
        with pytest.raises(vietqr.NoSuchBankAccount) as refusal:
            vietqr.Transfer(bank_bin=bank_bin, account="0011", **NOTHING).payload()

        assert refusal.value.code == "payment.no_such_bank_account"

    @pytest.mark.parametrize("account", ["", "1" * 20, "12 34", "12-34", "số 1"])
    def test_refuses_what_is_no_account_number(self, account):
        with pytest.raises(vietqr.NoSuchBankAccount):
            vietqr.Transfer(bank_bin="970436", account=account, **NOTHING).payload()

    @pytest.mark.parametrize("account", ["970403110123456", "97040311012345AB"])
    def test_refuses_what_is_no_card_number(self, account):
        with pytest.raises(vietqr.NoSuchBankAccount):
            vietqr.Transfer(bank_bin="970403", account=account, to_card=True, **NOTHING).payload()

    @pytest.mark.parametrize(
        "facts",
        [
            {"purpose": "x" * 26},
            {"purpose": "a\x00b"},
            {"bill": "x" * 26},
            {"amount_minor": 0},
            {"amount_minor": -1},
            {"amount_minor": 10**13},
        ],
    )
    def test_never_cuts_what_does_not_fit(self, facts):
        with pytest.raises(ValueError, match=r"characters|transferred"):
            vietqr.Transfer(**(ACCOUNT | NOTHING | facts)).payload()


class TestReading:
    @given(asked=transfers, data=st.data())
    def test_finds_every_single_wrong_character(self, asked, data):
        payload = asked.payload()
        at = data.draw(st.integers(0, len(payload) - 1))
        other = data.draw(st.sampled_from(string.ascii_letters + string.digits))
        wrong = payload[:at] + other + payload[at + 1 :]

        if wrong != payload:
            with pytest.raises(vietqr.QrUnreadable):
                vietqr.parse(wrong)

    @given(text=st.text(max_size=120))
    def test_refuses_any_other_text(self, text):
        with pytest.raises(vietqr.QrUnreadable):
            vietqr.parse(text)

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "0002",
            "00020X",
            "000201",
            "0002010002015303704",
            "00020153037045802VN",
            "00020138200010A00000077501025802VN5303704",  # another network
            WITHOUT_CURRENCY + "5303840",  # another currency
            WITHOUT_CURRENCY.replace("QRIBFTTA", "QRIBFTTX") + "5303704",  # an unknown service
            WITHOUT_CURRENCY + "5303704540410.5",
            WITHOUT_CURRENCY + "530370454010",
        ],
    )
    def test_refuses_a_sound_checksum_over_a_broken_structure(self, body):
        text = f"{body}6304"

        with pytest.raises(vietqr.QrUnreadable):
            vietqr.parse(text + vietqr.checksum(text))


class TestBanks:
    def test_are_known_by_their_number(self):
        assert banks.by_bin("970405").short_name == "Agribank"
        assert banks.by_bin("000000") is None

    def test_all_have_a_number_of_their_own_that_a_transfer_accepts(self):
        assert len(banks.BANKS) == len({bank.bank_bin for bank in banks.BANKS})
        for bank in banks.BANKS:
            vietqr.check_account(bank_bin=bank.bank_bin, account="1")

"""Signing in: a code of six digits, five minutes, five tries, and no word about who is known."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from market import accounts
from market.accounts.destinations import Channel, channel_of, shown
from market.accounts.models import Challenge, Device, Person
from market.accounts.people import Caps, code_of, forget_challenges
from market.errors import FieldInvalid
from market.ids import uuid7
from market.limits import TooMany
from market.outbox import OutboxEvent
from tests.databases import SECRET

PHONE, EMAIL = "+84912345678", "lan@example.vn"


def asked(session, now, destination=PHONE, **more):
    return accounts.ask_code(
        session,
        destination=destination,
        language="vi",
        client_address="203.0.113.7",
        now=now,
        **more,
    )


def answered(session, now, challenge, code=None):
    return accounts.sign_in(
        session,
        challenge_id=challenge.id,
        code=code or code_of(SECRET, challenge.id, challenge.destination),
        device_name="Điện thoại",
        secret_key=SECRET,
        now=now,
    )


def wrong(challenge):
    right = code_of(SECRET, challenge.id, challenge.destination)
    return f"{(int(right) + 1) % 10**6:06}"


class TestAPhoneNumber:
    @pytest.mark.parametrize(
        "typed",
        [
            "0912345678",
            "+84912345678",
            "84912345678",
            "0084912345678",
            " (091) 234.56-78 ",
            "０９１２３４５６７８",
            "091\u2011234\u20115678",
        ],
    )
    def test_has_one_spelling(self, typed):
        assert accounts.phone(typed) == "+84912345678"

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("01201234567", "+84701234567"),
            ("01231234567", "+84831234567"),
            ("+841271234567", "+84811234567"),
            ("84 168 1234567", "+84381234567"),
            ("01861234567", "+84561234567"),
            ("0199 123 4567", "+84591234567"),
        ],
    )
    def test_of_eleven_digits_becomes_todays_ten(self, old, new):
        assert accounts.phone(old) == new

    @pytest.mark.parametrize(
        "typed",
        [
            "",
            "091234567",
            "09123456789",
            "01101234567",
            "02633822222",
            "19001234",
            "0912345678 ext 4",
            "0912ABCDEF",
            "0912345678\r\nX: y",
            "+999123456789",
            "0" * 31,
        ],
    )
    def test_that_cannot_ring_is_refused(self, typed):
        with pytest.raises(FieldInvalid) as refusal:
            accounts.phone(typed)
        assert refusal.value.facts == {"field": "phone", "reason": "field.bad_phone"}

    def test_of_another_country_is_kept(self):
        assert accounts.phone("+1 415 555 2671") == "+14155552671"


class TestAnAddress:
    def test_is_lower_case(self):
        assert accounts.email(" Lan.Nguyen+cho@Example.VN ") == "lan.nguyen+cho@example.vn"

    @pytest.mark.parametrize(
        "typed", ["", "lan", "lan@", "@x.vn", "a@b", "a b@x.vn", "a@x.vn\nBcc: b@x.vn", "a@-x.vn"]
    )
    def test_that_is_none_is_refused(self, typed):
        with pytest.raises(FieldInvalid):
            accounts.email(typed)

    def test_too_long_is_refused(self):
        with pytest.raises(FieldInvalid):
            accounts.email(f"lan@{'a' * 60}.{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 30}.vn")


class TestADestination:
    def test_says_how_it_is_reached(self):
        assert (channel_of(PHONE), channel_of(EMAIL)) == (Channel.SMS, Channel.EMAIL)

    def test_is_shown_without_giving_it_away(self):
        assert (shown(PHONE), shown(EMAIL)) == ("+84•••678", "l•••@example.vn")


class TestACode:
    def test_is_six_digits_and_never_stored(self, session, now):
        challenge = asked(session, now)
        code = code_of(SECRET, challenge.id, challenge.destination)

        assert len(code) == 6
        assert code.isdecimal()
        (event,) = session.scalars(select(OutboxEvent)).all()
        assert event.payload == {"challenge_id": str(challenge.id)}
        assert code not in str(vars(challenge)).replace(challenge.id.hex, "")

    def test_is_another_for_every_challenge(self, session, now):
        codes = {
            code_of(SECRET, challenge.id, PHONE)
            for challenge in (asked(session, now) for _ in range(5))
        }
        assert len(codes) > 1

    def test_is_asked_for_in_the_same_way_by_the_known_and_the_unknown(self, session, now):
        answered(session, now, asked(session, now))
        known, unknown = asked(session, now), asked(session, now, "+84912345679")

        assert known.expires_at == unknown.expires_at
        assert known.channel == unknown.channel

    def test_goes_to_no_foreign_phone_unless_the_market_says_so(self, session, now):
        with pytest.raises(accounts.ForeignPhone):
            asked(session, now, "+14155552671")
        assert asked(session, now, "+14155552671", sms_foreign=True).channel == Channel.SMS

    def test_goes_to_a_foreign_mailbox(self, session, now):
        assert asked(session, now, "ann@example.com").channel == Channel.EMAIL


class TestCaps:
    def test_on_one_destination_an_hour(self, session, now):
        for _ in range(5):
            asked(session, now)
        with pytest.raises(TooMany) as refusal:
            asked(session, now)
        assert 0 < refusal.value.facts["retry_after_seconds"] <= 3600
        asked(session, now, "+84987654321")

    def test_on_one_destination_a_day(self, session, now):
        caps = Caps(destination_hour=99)
        for _ in range(10):
            asked(session, now, caps=caps)
        with pytest.raises(TooMany):
            asked(session, now + timedelta(hours=2), caps=caps)

    def test_on_one_address(self, session, now):
        for number in range(30):
            asked(session, now, f"+8491234{number:04}")
        with pytest.raises(TooMany):
            asked(session, now, "+84987654321")

    def test_on_neighbouring_numbers(self, session, now):
        caps = Caps(prefix_day=2)
        asked(session, now, "+84912340001", caps=caps)
        asked(session, now, "+84912340002", caps=caps)
        with pytest.raises(TooMany):
            asked(session, now, "+84912340003", caps=caps)

    @pytest.mark.parametrize(
        ("caps", "destination"), [(Caps(sms_day=1), PHONE), (Caps(email_day=1), EMAIL)]
    )
    def test_on_the_whole_day(self, session, now, caps, destination):
        asked(session, now, destination, caps=caps)
        with pytest.raises(TooMany):
            asked(session, now, destination, caps=caps)


class TestTheRightCode:
    def test_makes_the_person_the_first_time(self, session, now):
        tokens = answered(session, now, asked(session, now))

        person = session.get_one(Person, tokens.person_id)
        assert (person.phone, person.email, person.name) == (PHONE, None, "")
        assert session.get_one(Device, tokens.device_id).name == "Điện thoại"

    def test_finds_the_person_again(self, session, now):
        first = answered(session, now, asked(session, now, EMAIL))
        second = answered(session, now, asked(session, now, EMAIL))

        assert first.person_id == second.person_id
        assert first.device_id != second.device_id

    def test_works_once(self, session, now):
        challenge = asked(session, now)
        answered(session, now, challenge)
        with pytest.raises(accounts.CodeGone):
            answered(session, now, challenge)

    def test_works_for_five_minutes(self, session, now):
        challenge = asked(session, now)
        with pytest.raises(accounts.CodeGone):
            answered(session, now + timedelta(minutes=5), challenge)
        answered(session, now + timedelta(minutes=4, seconds=59), challenge)

    def test_does_not_let_the_banned_in(self, session, now):
        tokens = answered(session, now, asked(session, now))
        session.get_one(Person, tokens.person_id).banned_at = now
        session.flush()
        with pytest.raises(accounts.devices.PersonBanned):
            answered(session, now, asked(session, now))


class TestAWrongCode:
    def test_is_counted(self, session, now):
        challenge = asked(session, now)
        left = []
        for _ in range(5):
            with pytest.raises(accounts.WrongCode) as refusal:
                answered(session, now, challenge, wrong(challenge))
            left.append(refusal.value.facts["tries_left"])
        assert left == [4, 3, 2, 1, 0]
        with pytest.raises(accounts.CodeGone):
            answered(session, now, challenge)

    def test_stays_counted_when_it_is_refused(self, real_database, now):
        with real_database.transaction() as session:
            challenge_id = asked(session, now).id
        with real_database.reading() as session:
            challenge = session.get_one(Challenge, challenge_id)
        with pytest.raises(accounts.WrongCode), real_database.transaction() as session:
            answered(session, now, challenge, wrong(challenge))
        with real_database.reading() as session:
            assert session.get_one(Challenge, challenge_id).tries == 1

    @pytest.mark.parametrize("code", ["", "000", "٠١٢٣٤٥", "aaaaaa", "\ud800"])
    def test_of_any_shape_is_a_wrong_code(self, session, now, code):
        with pytest.raises(accounts.WrongCode):
            accounts.sign_in(
                session,
                challenge_id=asked(session, now).id,
                code=code,
                device_name="",
                secret_key=SECRET,
                now=now,
            )

    def test_for_no_challenge_is_gone(self, session, now):
        with pytest.raises(accounts.CodeGone):
            answered(session, now, Challenge(id=uuid7(), destination=PHONE), "123456")

    def test_guessed_in_parallel_is_judged_five_times(self, real_database, now):
        with real_database.transaction() as session:
            challenge = asked(session, now)
            session.expunge(challenge)

        def guess(_):
            try:
                with real_database.transaction() as session:
                    answered(session, now, challenge, wrong(challenge))
            except (accounts.WrongCode, accounts.CodeGone) as refusal:
                return type(refusal)
            return None

        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(guess, range(40)))
        assert outcomes.count(accounts.WrongCode) == 5
        assert outcomes.count(accounts.CodeGone) == 35

    def test_and_the_right_one_in_parallel_sign_in_once(self, real_database, now):
        with real_database.transaction() as session:
            challenge = asked(session, now)
            session.expunge(challenge)

        def answer(_):
            try:
                with real_database.transaction() as session:
                    return answered(session, now, challenge)
            except accounts.CodeGone:
                return None

        with ThreadPoolExecutor(4) as pool:
            outcomes = [tokens for tokens in pool.map(answer, range(4)) if tokens]
        assert len(outcomes) == 1


class TestHousekeeping:
    def test_forgets_challenges_of_long_ago(self, session, now):
        old = asked(session, now).id
        new = asked(session, now + timedelta(days=1)).id
        forget_challenges(session, before=now + timedelta(hours=1))

        assert set(session.scalars(select(Challenge.id))) == {new}
        assert old != new

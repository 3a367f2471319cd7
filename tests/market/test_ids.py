"""Ids rise with time; printed codes survive what hands and voices do to them."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market import ids

codes = st.builds(ids.new_code)
letters = st.sampled_from(ids.CODE_ALPHABET)


class TestPrintedCodes:
    def test_agree_with_the_published_example_of_the_standard(self):
        # The worked example of the Global Release Identifier (IFPI): A1-2425G-ABC1234002-M.
        assert ids.check_character("A12425GABC1234002") == "M"

    @given(code=codes)
    def test_hold_ten_characters_and_no_letter_that_looks_like_another(self, code):
        assert len(code) == 10
        assert not set("ILOU") & set(code)
        assert code == ids.normal_code(code)

    @given(code=codes, at=st.integers(0, 9), other=letters)
    def test_show_every_single_wrong_character(self, code, at, other):
        wrong = code[:at] + other + code[at + 1 :]

        assert (wrong == code) == (ids.normal_code(wrong) is not None)

    @given(code=codes, at=st.integers(0, 8))
    def test_show_every_swap_of_two_neighbours(self, code, at):
        wrong = code[:at] + code[at + 1] + code[at] + code[at + 2 :]

        assert (wrong == code) == (ids.normal_code(wrong) is not None)

    def test_show_every_slip_of_one_code_tried_out_in_full(self):
        code = ids.new_code()
        slips = {
            code[:at] + other + code[at + 1 :]
            for at in range(10)
            for other in ids.CODE_ALPHABET
            if other != code[at]
        }

        assert len(slips) == 10 * 31
        assert not [slip for slip in slips if ids.normal_code(slip)]

    @given(code=codes)
    def test_are_read_as_people_write_them(self, code):
        assert code == ids.normal_code(ids.grouped(code))
        assert code == ids.normal_code(f" {code[:5]}-{code[5:]}".lower())
        assert code == ids.normal_code(code.replace("0", "o").replace("1", "l"))
        assert code == ids.normal_code(code.replace("0", "O").replace("1", "I"))
        assert code == ids.normal_code("–".join(code))

    def test_are_shown_in_groups(self):
        assert ids.grouped("7K3QX9M4T2") == "7K3Q X9M 4T2"

    @given(text=st.text(max_size=40))
    def test_take_any_text_without_an_accident(self, text):
        found = ids.normal_code(text)

        assert found is None or found == ids.normal_code(found)

    def test_are_not_made_of_letters_that_only_look_like_ours(self):
        code = next(code for code in iter(ids.new_code, "") if "S" in code)

        assert ids.normal_code(code.replace("S", "ſ", 1)) is None


class TestTimeOrderedIds:
    @pytest.fixture
    def at(self, monkeypatch):
        """Set the clock to a millisecond, in a process that has made no id yet."""

        def do(now_ms):
            monkeypatch.setattr(ids, "_made", ids._Sequence())
            monkeypatch.setattr(ids.time, "time_ns", lambda: now_ms * 1_000_000)

        return do

    def test_carry_the_version_the_variant_and_the_instant(self, at):
        at(0x017F22E279B0)  # the instant of the example in RFC 9562 appendix A.6
        made = ids.uuid7()

        assert made.version == 7
        assert made.variant == "specified in RFC 4122"
        assert str(made)[:15] == "017f22e2-79b0-7"

    def test_rise_within_one_process(self):
        made = [ids.uuid7() for _ in range(5_000)]

        assert sorted(set(made)) == made

    def test_rise_within_one_millisecond(self, at):
        at(1_700_000_000_000)
        made = [ids.uuid7() for _ in range(500)]

        assert sorted(set(made)) == made
        assert {1_700_000_000_000} == {each.int >> 80 for each in made}

    def test_rise_where_the_clock_goes_back(self, at, monkeypatch):
        at(1_700_000_000_000)
        later = ids.uuid7()
        monkeypatch.setattr(ids.time, "time_ns", lambda: 1_000)

        assert ids.uuid7() > later

    def test_never_repeat_between_threads(self):
        made: list[object] = []
        threads = [
            threading.Thread(target=lambda: made.extend(ids.uuid7() for _ in range(500)))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(set(made)) == 2_000


class TestSecrets:
    def test_differ_and_fit_into_an_address(self):
        assert ids.secret() != ids.secret()
        assert len(ids.secret()) == 22
        assert ids.secret(32).replace("-", "").replace("_", "").isalnum()

    def test_are_stored_as_sha_256(self):
        # FIPS 180-4, the message "abc".
        expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

        assert expected == ids.token_hash("abc").hex()

"""A memo is found on whatever a bank makes of it, and never where it is not."""

import string

from hypothesis import given
from hypothesis import strategies as st

from market import ids
from payments import memos, vietqr

codes = st.builds(ids.new_code)
# Noise cannot spell the prefix: no "D".
noise = st.text(string.ascii_uppercase.replace("D", "") + string.digits + " .-/", max_size=40)


@given(code=codes)
def test_a_memo_is_twelve_characters_and_fits_into_a_transfer(code):
    memo = memos.memo_for(code)
    payload = vietqr.Transfer(
        bank_bin="970436", account="1", amount_minor=1, purpose=memo
    ).payload()

    assert len(memo) == 12
    assert memo == vietqr.parse(payload).purpose


@given(code=codes, before=noise, behind=noise)
def test_a_memo_is_found_between_other_words(code, before, behind):
    assert [memos.memo_for(code)] == memos.find_memos(before + memos.memo_for(code) + behind)


@given(
    code=codes,
    cuts=st.lists(st.integers(1, 11), max_size=4),
    gap=st.sampled_from([" ", "-"]),
)
def test_a_memo_is_found_in_pieces(code, cuts, gap):
    memo = memos.memo_for(code)
    broken = "".join(gap * cuts.count(at) + each for at, each in enumerate(memo))

    assert [memo] == memos.find_memos(f"CT DEN:012345 {broken} FT26328123")


@given(code=codes)
def test_a_memo_is_found_in_small_letters_and_as_typed_by_hand(code):
    memo = memos.memo_for(code)

    assert [memo] == memos.find_memos(memo.lower())
    assert [memo] == memos.find_memos("LD" + code.replace("0", "O"))


@given(first=codes, second=codes)
def test_several_memos_are_found_in_order_and_once_each(first, second):
    line = " ".join(map(memos.memo_for, (first, second, first)))

    assert [memos.memo_for(first), memos.memo_for(second)] == memos.find_memos(line)


@given(code=codes, at=st.integers(0, 9), other=st.sampled_from(ids.CODE_ALPHABET))
def test_a_memo_with_one_wrong_character_is_not_found(code, at, other):
    wrong = code[:at] + other + code[at + 1 :]

    assert wrong == code or not memos.find_memos(f"MBVCB.123.LD{wrong}.CT TU 0071")


@given(code=codes, kept=st.integers(0, 11))
def test_a_memo_cut_short_is_not_found(code, kept):
    assert memos.find_memos(memos.memo_for(code)[:kept]) == []


@given(code=codes)
def test_a_code_without_the_prefix_is_not_found(code):
    assert memos.find_memos(f"thanh toan {code}".replace("LD", "XX")) == []


@given(text=st.text(max_size=80))
def test_any_text_is_read_without_an_accident(text):
    assert all(memo[2:] == ids.normal_code(memo[2:]) for memo in memos.find_memos(text))

"""However a word is typed, it folds to the same plain form."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translations.folding import ascii_only, fold

VIETNAMESE = "aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵđ"
awkward = st.text(alphabet=VIETNAMESE + VIETNAMESE.upper() + "'’ʼ\u0306\u0301\u3099かΣİßƀ ꨀꨩ")


class TestFold:
    @pytest.mark.parametrize(
        ("typed", "plain"),
        [
            ("Đà Lạt", "da lat"),
            ("ĐÀ LẠT", "da lat"),
            ("da lat", "da lat"),
            ("Ðà Lạt", "da lat"),  # with eth, as old keyboards type it
            ("Đắk R'Lấp", "dak rlap"),
            ("Đắk R’Lấp", "dak rlap"),
            ("Ea T`ling", "ea tling"),
            ("K'Ho", "kho"),
            ("nước mắm", "nuoc mam"),
            ("SẦU RIÊNG", "sau rieng"),
            ("ƀuôn prŏng", "buon prong"),
            ("Ƀon", "bon"),
            ("čar hĭn", "car hin"),
            ("ư̆ê̆ơ̆ô̆", "ueoo"),
            ("", ""),
            ("180.000 ₫", "180.000 ₫"),
        ],
    )
    def test_takes_case_marks_and_apostrophes_away(self, typed, plain):
        assert fold(typed) == plain

    def test_leaves_plain_letters_of_the_whole_alphabet(self):
        assert fold(VIETNAMESE).isascii()
        assert fold(VIETNAMESE) == fold(VIETNAMESE.upper())

    def test_keeps_the_vowel_signs_of_cham(self):
        assert fold("ꨌꩌ ꨀꨩ") == "ꨌꩌ ꨀꨩ"

    @given(st.text() | awkward)
    def test_folding_twice_changes_nothing(self, text):
        assert fold(fold(text)) == fold(text)

    @given(st.text() | awkward)
    def test_composed_and_decomposed_text_fold_alike(self, text):
        assert fold(unicodedata.normalize("NFD", text)) == fold(text)


class TestAsciiOnly:
    @pytest.mark.parametrize(
        ("written", "plain"),
        [
            ("Đơn hàng", "Don hang"),
            ("NGUYỄN THỊ BƯỞI", "NGUYEN THI BUOI"),
            ("K’Ho – “Đà Lạt”…", 'K\'Ho - "Da Lat"...'),
            ("180.000\u00a0₫", "180.000 d"),
            ("ꨌꩌ 5", " 5"),
        ],
    )
    def test_keeps_case_and_meaning(self, written, plain):
        assert ascii_only(written) == plain

    @given(st.text() | awkward)
    def test_gives_ascii_and_changes_it_no_more(self, text):
        once = ascii_only(text)

        assert once.isascii()
        assert ascii_only(once) == once

"""Labels and QR codes: what is printed is what was asked for, in every Vietnamese letter."""

import io
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from api.pictures import labels, qr, sheet
from payments import vietqr

URL = "https://cholamdong.example/l/7K3QX9M4T2"
FACTS = labels.LabelFacts(
    code="7K3QX9M4T2",
    url=URL,
    title="Dâu tây New Zealand hái sáng",
    producer="Vườn dâu Nguyễn Thị Hường",
    commune="Phường Lâm Viên - Đà Lạt",
    day="Hái 22/11/2026",
    weight="5 kg",
    lines=("VietGAP", "Giữ mát 2–4 °C, ăn trong 3 ngày"),
)
VIETNAMESE = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđ"
SVG = "{http://www.w3.org/2000/svg}"


def words_of(svg: bytes) -> list[str]:
    return [each.text or "" for each in ET.fromstring(svg).iter(f"{SVG}text")]


class TestQrCodes:
    def test_draw_the_very_matrix_of_the_payload(self):
        drawn = qr.symbol(URL)
        matrix = segno.make(URL, error="m", micro=False).matrix
        dark = {(x + step, y) for x, y, length in drawn.runs for step in range(length)}

        assert dark == {(x, y) for y, row in enumerate(matrix) for x, bit in enumerate(row) if bit}
        assert drawn.size == 29

    def test_stay_small_enough_for_a_wet_box(self):
        assert segno.make(URL, error="m", micro=False).designator == "3-M"

    def test_hold_a_whole_transfer(self):
        payload = vietqr.Transfer(
            bank_bin="970436", account="0123456789012", amount_minor=180_000, purpose="LD7K3QX9M4T2"
        ).payload()

        assert qr.symbol(payload).size <= 45

    def test_as_svg_carry_a_title_and_white_around(self):
        root = ET.fromstring(qr.qr_svg(URL, title='Mã "lô" <1> & 2'))

        assert root.find(f"{SVG}title").text == 'Mã "lô" <1> & 2'
        assert root.get("viewBox") == "0 0 37 37"
        assert root.get("role") == "img"

    def test_as_png_show_the_same_modules(self):
        picture = Image.open(io.BytesIO(qr.qr_png(URL, 3))).convert("L")
        drawn = qr.symbol(URL)
        dark = {(x + step, y) for x, y, length in drawn.runs for step in range(length)}
        seen = {
            (x, y)
            for x in range(drawn.size)
            for y in range(drawn.size)
            if picture.getpixel(((x + 4) * 3 + 1, (y + 4) * 3 + 1)) == 0
        }

        assert picture.size == (37 * 3, 37 * 3)
        assert seen == dark


class TestLabels:
    def test_say_what_it_is_who_grew_it_and_where(self):
        words = " ".join(words_of(labels.label_svg(FACTS)))

        for said in (FACTS.title, FACTS.producer, FACTS.commune, FACTS.day, FACTS.weight):
            assert said in words
        for line in FACTS.lines:
            assert line in words

    def test_show_the_code_in_groups_and_the_address_to_type(self):
        words = words_of(labels.label_svg(FACTS))

        assert "7K3Q X9M 4T2" in words
        assert "cholamdong.example/l/7K3QX9M4T2" in words

    def test_carry_the_qr_code_of_the_lot(self):
        assert qr.path_of(qr.symbol(URL)).encode() in labels.label_svg(FACTS)

    def test_are_an_a6_page_with_the_font_inside(self):
        pdf = labels.label_pdf(FACTS)

        assert pdf.startswith(b"%PDF-")
        assert f"/Title <feff{FACTS.code.encode('utf-16-be').hex()}".encode() in pdf
        assert b"+BeVietnamPro" in pdf
        assert b"/MediaBox [0 0 297.64 419.53]" in pdf

    def test_do_not_let_a_name_break_the_picture(self):
        facts = replace(FACTS, producer="<script>&\"'", title="]]> & <b>")

        assert "<script>&\"'" in words_of(labels.label_svg(facts))

    def test_cut_what_is_too_long_and_say_so(self):
        words = words_of(labels.label_svg(replace(FACTS, title="Sầu riêng Đạ Huoai " * 20)))

        assert [each for each in words if each.startswith("Sầu riêng") and each.endswith("…")]

    def test_keep_a_number_and_its_unit_together(self):
        words = words_of(labels.label_svg(replace(FACTS, title="Nước mắm nhĩ chai 500\u00a0ml")))

        assert any("500\u00a0ml" in each for each in words)

    def test_write_decomposed_letters_as_one_sign(self):
        words = words_of(labels.label_svg(replace(FACTS, weight="Ca\u0302n 5 kg")))

        assert "Cân 5 kg" in words

    @settings(max_examples=25, deadline=None)
    @given(text=st.text(st.characters(exclude_categories=["C"]), max_size=120))
    def test_stay_inside_the_page_whatever_they_are_told(self, text):
        facts = replace(FACTS, title=text, producer=text, commune=text, day=text, lines=(text,) * 9)

        for mark in ET.fromstring(labels.label_svg(facts)).iter(f"{SVG}text"):
            points = float(mark.get("font-size")) / sheet.POINT_MM
            width = sheet.width_of(
                mark.text or "", size=points, weight=int(mark.get("font-weight"))
            )
            left = float(mark.get("x")) - (width / 2 if mark.get("text-anchor") else 0)
            assert left >= 8
            assert left + width <= 105 - 8 + 0.1
            assert 4 <= float(mark.get("y")) <= 144

    @pytest.mark.parametrize("weight", sheet.FONTS)
    def test_know_every_vietnamese_letter(self, weight):
        nothing = sheet._font(weight).getmask("\U000e0000").getbbox()
        widths = {
            letter: sheet._font(weight).getmask(letter).getbbox()
            for letter in VIETNAMESE + VIETNAMESE.upper() + "₫–…°×"
        }

        assert not [letter for letter, box in widths.items() if box in (None, nothing)]

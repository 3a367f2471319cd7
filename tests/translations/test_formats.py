"""Prices, numbers, days and measures read as people here write them, in both languages."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from babel.numbers import format_currency, format_decimal
from hypothesis import given
from hypothesis import strategies as st

from translations import formats

VI, EN, KPM = ("vi",), ("en", "vi"), ("kpm", "vi")
SATURDAY = date(2026, 11, 28)
amounts = st.integers(-(10**15), 10**15)


class TestMoney:
    @pytest.mark.parametrize(
        ("languages", "written"),
        [(VI, "180.000\u00a0₫"), (EN, "180,000\u00a0₫"), (KPM, "180.000\u00a0₫")],
    )
    def test_groups_the_digits_and_ends_in_the_sign(self, languages, written):
        assert formats.money(180_000, "VND", languages) == written

    def test_scales_a_currency_that_has_cents(self):
        assert formats.money(180, "USD", EN) == "US$1.80"
        assert formats.money(180, "EUR", VI) == "1,80\u00a0€"

    @given(minor=amounts)
    def test_agrees_with_babel_in_vietnamese(self, minor):
        assert formats.money(minor, "VND", VI) == format_currency(minor, "VND", locale="vi_VN")


class TestNumber:
    @given(value=amounts)
    def test_agrees_with_babel(self, value):
        assert formats.number(value, VI) == format_decimal(value, locale="vi_VN")
        assert formats.number(value, EN) == format_decimal(value, locale="en_GB")

    def test_keeps_every_decimal(self):
        assert formats.number(Decimal("1234.5678"), VI) == "1.234,5678"
        assert formats.number(Decimal("1234.5678"), EN) == "1,234.5678"


class TestMeasure:
    @pytest.mark.parametrize(
        ("measure", "vietnamese", "english"),
        [
            ((1500, 3, "KGM"), "1,5 kg", "1.5 kg"),
            ((500, 3, "KGM"), "0,5 kg", "0.5 kg"),
            ((1_250_000, 3, "KGM"), "1.250 kg", "1,250 kg"),
            ((10_000, 3, "KGM"), "10 kg", "10 kg"),
            ((0, 3, "KGM"), "0 kg", "0 kg"),
            ((-15, 1, "LTR"), "-1,5 lít", "-1.5 litres"),
            ((1, 0, "BX"), "1 hộp", "1 box"),
            ((1000, 3, "BX"), "1 hộp", "1 box"),
            ((12, 0, "BX"), "12 hộp", "12 boxes"),
            ((3, 0, "BE"), "3 bó", "3 bunches"),
            ((1, 0, "C62"), "1 cái", "1 piece"),
        ],
    )
    def test_says_the_number_and_its_unit(self, measure, vietnamese, english):
        assert formats.measure(*measure, VI) == vietnamese
        assert formats.measure(*measure, EN) == english


class TestDays:
    def test_are_written_day_first(self):
        assert formats.day(SATURDAY, VI) == "28/11/2026"
        assert formats.day(SATURDAY, EN) == "28 Nov 2026"
        assert formats.day_short(SATURDAY, VI) == "28/11"
        assert formats.day_short(SATURDAY, EN) == "28 Nov"

    @pytest.mark.parametrize(
        ("away", "vietnamese", "english"),
        [
            (-2, "T5 26/11", "Thu 26 Nov"),
            (-1, "hôm qua", "yesterday"),
            (0, "hôm nay", "today"),
            (1, "ngày mai", "tomorrow"),
            (2, "T2 30/11", "Mon 30 Nov"),
            (1 - 7, "CN 22/11", "Sun 22 Nov"),
            (365, "CN 28/11/2027", "Sun 28 Nov 2027"),
        ],
    )
    def test_near_today_are_said_as_people_say_them(self, away, vietnamese, english):
        day = SATURDAY + timedelta(days=away)

        assert formats.relative_day(day, SATURDAY, VI) == vietnamese
        assert formats.relative_day(day, SATURDAY, EN) == english

    def test_tomorrow_is_tomorrow_across_the_new_year(self):
        assert formats.relative_day(date(2027, 1, 1), date(2026, 12, 31), VI) == "ngày mai"


class TestMoment:
    def test_is_told_in_vietnamese_time(self):
        late = datetime(2026, 11, 28, 20, 5, tzinfo=UTC)

        assert formats.moment(late, VI) == "03:05 29/11/2026"
        assert formats.moment(late, EN) == "29 Nov 2026, 03:05"

    def test_does_not_depend_on_the_zone_it_comes_in(self):
        here = datetime(2026, 11, 28, 7, 5, tzinfo=timezone(timedelta(hours=7)))

        assert formats.moment(here, VI) == formats.moment(here.astimezone(UTC), VI)

    def test_without_a_zone_is_refused(self):
        with pytest.raises(ValueError, match="time zone"):
            formats.moment(datetime(2026, 11, 28, 7, 5), VI)  # noqa: DTZ001


class TestSpokenMoney:
    @pytest.mark.parametrize(
        ("minor", "words"),
        [
            (0, "không đồng"),
            (5, "năm đồng"),
            (10, "mười đồng"),
            (15, "mười lăm đồng"),
            (500, "năm trăm đồng"),
            (1_000, "một nghìn đồng"),
            (5_500, "năm nghìn năm trăm đồng"),
            (11_000, "mười một nghìn đồng"),
            (21_000, "hai mươi mốt nghìn đồng"),
            (24_000, "hai mươi bốn nghìn đồng"),
            (55_000, "năm mươi lăm nghìn đồng"),
            (105_000, "một trăm linh năm nghìn đồng"),
            (110_000, "một trăm mười nghìn đồng"),
            (180_000, "một trăm tám mươi nghìn đồng"),
            (101_001, "một trăm linh một nghìn không trăm linh một đồng"),
            (1_050_000, "một triệu không trăm năm mươi nghìn đồng"),
            (1_000_005, "một triệu không trăm linh năm đồng"),
            (12_345_678, "mười hai triệu ba trăm bốn mươi lăm nghìn sáu trăm bảy mươi tám đồng"),
            (2_000_000_000, "hai tỷ đồng"),
            (1_500_000_000_000, "một nghìn năm trăm tỷ đồng"),
            (-15_000, "âm mười lăm nghìn đồng"),
        ],
    )
    def test_reads_a_price_back_in_vietnamese(self, minor, words):
        assert formats.spoken_money(minor) == words

    @pytest.mark.parametrize(
        ("minor", "words"),
        [
            (0, "zero đồng"),
            (15, "fifteen đồng"),
            (21_000, "twenty-one thousand đồng"),
            (40_000, "forty thousand đồng"),
            (105_021, "one hundred and five thousand and twenty-one đồng"),
            (180_000, "one hundred and eighty thousand đồng"),
            (1_050_000, "one million fifty thousand đồng"),
            (2_000_000_005, "two billion and five đồng"),
            (-1, "minus one đồng"),
        ],
    )
    def test_reads_a_price_back_in_english(self, minor, words):
        assert formats.spoken_money(minor, EN) == words

    @given(minor=st.integers(0, 10**13), languages=st.sampled_from([VI, EN]))
    def test_says_different_prices_differently_and_without_gaps(self, minor, languages):
        words = formats.spoken_money(minor, languages)

        assert words.split() == words.split(" ")
        assert words != formats.spoken_money(minor + 1, languages)

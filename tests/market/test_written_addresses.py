"""Addresses as people here write them: read, kept letter by letter, and asked about."""

import csv
from pathlib import Path

import pytest

from market import geography
from market.geography import UnknownPlace

LAM_VIEN, XUAN_HUONG, DUC_TRONG, BAO_LOC_1 = "24778", "24781", "24958", "24823"
NOW = {"name": "Phường Lâm Viên - Đà Lạt", "valid_from": "2025-07-01"}

with (Path(__file__).parent / "golden_addresses.csv").open(encoding="utf-8") as _file:
    GOLDEN = {row["address"]: row["codes"].split() for row in csv.DictReader(_file, delimiter=";")}


class TestGoldenAddresses:
    """One code: known. Several, or one with "?": asked, and they are among the answers."""

    def test_are_many(self):
        assert len(GOLDEN) > 200

    @pytest.mark.parametrize("written", GOLDEN)
    def test_are_read_as_they_are_meant(self, written):
        found, codes = geography.resolve(written), GOLDEN[written]

        answers = [one.unit.code for one in found]
        assert geography.ambiguous(found) == (len(codes) > 1)
        if len(codes) > 1:
            assert set(codes) - {"?"} <= set(answers)
        else:
            assert answers[:1] == codes


class TestKeeping:
    def test_changes_no_letter_of_the_line(self):
        line = "  12 trần phú ,P8 - ĐL (hỏi bà Bảy) "

        assert geography.kept(line, LAM_VIEN)["line"] == line

    def test_notes_the_name_of_today(self):
        kept = geography.kept("12 Trần Phú", LAM_VIEN)

        assert kept["unit_code"] == LAM_VIEN
        assert kept["forms"] == [NOW]
        assert kept["elsewhere"] == []

    @pytest.mark.parametrize(
        ("line", "place"), [("12 Trần Phú, P8, Đà Lạt", None), ("12 Trần Phú", "P.8 dalat")]
    )
    def test_notes_the_old_ward_that_is_written_and_until_when_it_was(self, line, place):
        kept = geography.kept(line, LAM_VIEN, place=place)

        former = {"name": "Phường 8, Thành phố Đà Lạt, Lâm Đồng", "valid_until": "2025-06-30"}
        assert kept["forms"] == [NOW, former]
        assert kept.get("place") == place

    def test_notes_the_old_district_where_only_that_is_written(self):
        _, former = geography.kept("thôn 3, huyện Đức Trọng", DUC_TRONG)["forms"]

        assert former["name"] == "Huyện Đức Trọng, Lâm Đồng"

    @pytest.mark.parametrize("line", ["", "hẻm 3 đường Mũi Né", "12 Bình Thuận", "P8, Đà Lạt"])
    def test_asks_nothing_where_the_line_names_no_other_place(self, line):
        assert geography.kept(line, LAM_VIEN)["elsewhere"] == []

    def test_tells_of_other_places_and_does_not_change_the_chosen_one(self):
        kept = geography.kept("Khu Hòa Bình, P1, Đà Lạt", LAM_VIEN)

        other = {"unit_code": XUAN_HUONG, "unit_name": "Phường Xuân Hương - Đà Lạt"}
        assert (kept["unit_code"], kept["elsewhere"]) == (LAM_VIEN, [other])

    def test_asks_also_where_the_chosen_place_is_only_called_alike(self):
        (other,) = geography.kept("P1, Đà Lạt", BAO_LOC_1)["elsewhere"]

        assert other["unit_code"] == XUAN_HUONG

    def test_needs_a_place_of_ours(self):
        with pytest.raises(UnknownPlace):
            geography.kept("12 Trần Phú", "00001")

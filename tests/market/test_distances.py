"""How far about: estimates that are near enough to what everybody here knows."""

import pytest

from market import geography
from market.geography import UnknownPlace

DA_LAT, DUC_TRONG, BAO_LOC, DI_LINH = "24781", "24958", "24823", "25000"
PHAN_THIET, LA_GI, MUI_NE, GIA_NGHIA, DUC_LAP = "22945", "23235", "22918", "24611", "24664"
CU_JUT, LIEN_HUONG, DUC_LINH, PHU_QUY = "24640", "22969", "23191", "23272"


class TestNearest:
    def test_begins_with_the_place_itself_and_goes_outwards(self):
        far = geography.nearest(DA_LAT)

        assert (far[0].unit.code, far[0].km) == (DA_LAT, 0)
        assert len({one.unit.code for one in far}) == 124
        assert [one.km for one in far] == sorted(one.km for one in far)
        assert all(one.estimate for one in far)

    def test_puts_the_neighbours_before_the_coast(self):
        order = [one.unit.code for one in geography.nearest(DA_LAT)]

        assert order.index(DUC_TRONG) < order.index(BAO_LOC) < order.index(PHAN_THIET)
        assert order[-1] == PHU_QUY

    def test_needs_a_place_of_ours(self):
        with pytest.raises(UnknownPlace):
            geography.nearest("00001")


class TestBetween:
    @pytest.mark.parametrize(
        ("one", "other", "road_km"),
        [
            (DA_LAT, BAO_LOC, 110),
            (DA_LAT, PHAN_THIET, 160),
            (DA_LAT, GIA_NGHIA, 170),
            (DA_LAT, DUC_TRONG, 30),
            (DA_LAT, DI_LINH, 78),
            (PHAN_THIET, LA_GI, 65),
            (PHAN_THIET, MUI_NE, 22),
            (PHAN_THIET, LIEN_HUONG, 90),
            (PHAN_THIET, DUC_LINH, 110),
            (PHAN_THIET, DI_LINH, 97),
            (GIA_NGHIA, DUC_LAP, 62),
            (GIA_NGHIA, CU_JUT, 100),
            (GIA_NGHIA, BAO_LOC, 110),
        ],
    )
    def test_is_within_a_quarter_of_the_road(self, one, other, road_km):
        assert geography.between(one, other).km == pytest.approx(road_km, rel=0.25)

    def test_goes_to_the_island_by_the_ferry_from_phan_thiet(self):
        crossing = geography.between(PHAN_THIET, PHU_QUY).km

        assert crossing == pytest.approx(56 * 1.852, rel=0.15)  # 56 sea miles
        by_land = geography.between(DA_LAT, PHAN_THIET).km
        assert geography.between(DA_LAT, PHU_QUY).km == pytest.approx(by_land + crossing, abs=1)

    def test_is_the_same_both_ways(self):
        for one in geography.units()[::9]:
            for other in geography.units()[::7]:
                there = geography.between(one.code, other.code)
                back = geography.between(other.code, one.code)
                assert (there.km, there.unit, back.unit) == (back.km, other, one)

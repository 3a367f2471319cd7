"""A trip in the order of time, and whether the road leaves time enough."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from market import clock
from market.orders import LineKind, trips

DA_LAT, PHAN_THIET, PHU_QUY = "24778", "22945", "23272"
DAY = datetime(2026, 12, 24, tzinfo=clock.VIETNAM)


def part(title: str, start: float, hours: float, meets: str, goes: str = "", **more: Any) -> Any:
    starts = DAY + timedelta(hours=start)
    ends = starts + timedelta(hours=hours)
    said = {"starts_at": starts.isoformat(), "ends_at": ends.isoformat()}
    said |= {"meeting": {"commune": meets}, "commune": goes or meets}
    its = {"kind": LineKind.SEATS, "departure_id": title, "title": title, **more}
    return SimpleNamespace(snapshot=said, **its)


def house(title: str, day: int, nights: int, where: str) -> Any:
    return part(title, 24 * day + 14, 24 * nights - 2, where, kind=LineKind.NIGHTS)


class TestTheWayBetween:
    """Warned of is what cannot be reached in time."""

    def test_parts_stand_in_the_order_of_time_whoever_sells_them(self):
        found = trips.legs([part("late", 15, 1, DA_LAT), part("early", 8, 2, DA_LAT)])

        assert [leg.line.title for leg in found] == ["early", "late"]
        assert [leg.tight for leg in found] == [None, None]

    def test_guests_of_several_kinds_on_one_departure_are_one_part(self):
        assert len(trips.legs([part("tour", 8, 2, DA_LAT), part("tour", 8, 2, DA_LAT)])) == 1

    def test_too_little_time_for_the_road_is_said_with_both_figures(self):
        farm, boat = part("farm", 8, 2, DA_LAT), part("boat", 11, 2, PHAN_THIET)

        tight = trips.legs([farm, boat])[1].tight

        assert tight is not None
        assert (tight.after, tight.minutes, tight.way.ferry) == ("farm", 60, False)
        assert tight.way.minutes > 120

    def test_two_things_at_one_time_do_not_fit_even_in_one_place(self):
        found = trips.legs([part("a", 8, 3, DA_LAT), part("b", 9, 3, DA_LAT)])

        assert found[1].tight is not None
        assert found[1].tight.minutes == -120

    def test_a_boat_leaves_one_where_it_goes(self):
        boat = part("boat", 7, 3, PHAN_THIET, PHU_QUY)

        assert trips.legs([boat, part("dive", 11, 2, PHU_QUY)])[1].tight is None
        away = trips.legs([boat, part("farm", 11, 2, PHAN_THIET)])[1].tight
        assert away is not None
        assert away.way.ferry

    def test_a_house_is_reached_until_ten_and_left_from_five(self):
        night = house("house", 0, 2, DA_LAT)

        assert [leg.tight for leg in trips.legs([night, part("gong", 18.5, 2, DA_LAT)])] == [
            None
        ] * 2
        assert trips.legs([night, part("walk", 24 + 6, 2, DA_LAT)])[1].tight is None
        assert trips.legs([night, part("boat", 24 + 6, 2, PHAN_THIET)])[1].tight is not None

    def test_goods_are_no_part_of_it(self):
        goods = part("dâu", 8, 2, DA_LAT, kind=LineKind.GOODS)

        assert trips.legs([goods]) == []

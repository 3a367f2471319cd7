"""Options of experiences: who may come, what a day costs, nights of a stay, one boat for all."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from catalog import baskets, options, prices
from catalog.models import SeatUnit
from market import inventory
from market.accounts import NOBODY
from market.errors import MarketError
from market.ids import secret, uuid7
from market.money import Money
from market.orders import LineKind, Part
from tests import makers, visits

NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)
CHRISTMAS = date(2026, 12, 24)


def quoted(session, put) -> list[Part]:
    """What a new basket costs, after something was put in."""
    basket = baskets.open_basket(session, actor=NOBODY, secret=secret(16), now=NOW)
    put(basket)
    lines = baskets.lines(session, basket_id=basket.id)
    terms: dict[str, Any] = {"delivery": prices.Delivery(), "commission_basis_points": 0}
    return prices.quote(session, lines=lines, **terms, lang="vi", now=NOW)


def seats(session, departure_id: UUID, counts: Mapping[SeatUnit, int]) -> list[Part]:
    def put(basket):
        for unit, count in counts.items():
            which = {"departure_id": departure_id, "unit": unit, "quantity": count}
            baskets.put_seats(session, basket=basket, **which, now=NOW)

    return quoted(session, put)


def nights(session, option, arrival: date, count: int = 2, rooms: int = 1) -> list[Part]:
    until = arrival + timedelta(days=count)

    def put(basket):
        which = {"option_id": option.id, "nights": f"{arrival}/{until}", "quantity": rooms}
        baskets.put_nights(session, basket=basket, **which, now=NOW)

    return quoted(session, put)


class TestUnits:
    """Guests of several kinds, a group, and who may come with whom."""

    UNITS = (
        {"type": "adult", "price": 200_000, "pax": 1},
        {"type": "child", "price": 90_000, "pax": 1, "accompanied_by": ["adult"], "most": 3},
        {"type": "group", "price": 1_500_000, "pax": 10},
    )

    def test_a_child_comes_with_an_adult_only(self, session):
        tour, departure = makers.tour(session, NOW, of=makers.seller(session, NOW))
        visits.option_of(session, tour, units=list(self.UNITS))

        with pytest.raises(options.Unaccompanied):
            seats(session, departure.id, {SeatUnit.CHILD: 1})
        (part,) = seats(session, departure.id, {SeatUnit.CHILD: 2, SeatUnit.ADULT: 1})
        assert part.total == Money(380_000)

    def test_a_group_pays_once_and_takes_all_the_seats(self, session):
        tour, departure = makers.tour(session, NOW, of=makers.seller(session, NOW), seats=10)
        visits.option_of(session, tour, units=list(self.UNITS))

        (part,) = seats(session, departure.id, {SeatUnit.GROUP: 1})

        assert part.total == Money(1_500_000)
        assert [want.qty for want in part.wants] == [10]

    @pytest.mark.parametrize("counts", [{SeatUnit.ADULT: 9, SeatUnit.CHILD: 2}])
    def test_seats_of_all_kinds_are_counted_together(self, session, counts):
        tour, departure = makers.tour(session, NOW, of=makers.seller(session, NOW), seats=10)
        visits.option_of(session, tour, units=list(self.UNITS))

        with pytest.raises(inventory.OutOfStock):
            seats(session, departure.id, counts)

    def test_more_of_a_kind_than_come_together_are_refused(self, session):
        tour, departure = makers.tour(session, NOW, of=makers.seller(session, NOW))
        visits.option_of(session, tour, units=list(self.UNITS))

        with pytest.raises(options.BadParty):
            seats(session, departure.id, {SeatUnit.ADULT: 1, SeatUnit.CHILD: 4})

    def test_a_season_has_its_own_price_on_its_weekdays(self):
        adult = self.UNITS[0]
        summer = {"from": "2026-12-20", "until": "2026-12-31", "prices": {"adult": 250_000}}
        weekend = {**summer, "weekdays": [5, 6], "prices": {"adult": 300_000}}

        said = [
            options.price_of(adult, [summer, weekend], date(2026, 12, it)) for it in (19, 21, 26)
        ]

        assert said == [200_000, 250_000, 300_000]


class TestNights:
    """Rooms by the night, over the same cells."""

    def test_a_stay_claims_each_night_but_the_last_day(self, session):
        option = visits.guesthouse(session, NOW)

        (part,) = nights(session, option, CHRISTMAS, 3)

        assert part.total == Money(1_200_000)
        assert [date.fromordinal(want.bucket).day for want in part.wants] == [24, 25, 26]
        assert part.lines[0].kind is LineKind.NIGHTS

    @pytest.mark.parametrize(
        ("changes", "arrival", "count", "code"),
        [
            ({"minimum_nights": 3}, CHRISTMAS, 2, "stay.too_short"),
            ({"arrival_days": 0b0010000}, CHRISTMAS, 2, "stay.arrival_day"),  # Fridays
            ({}, date(2027, 3, 1), 1, "listing.not_for_sale"),  # not opened yet
            ({}, date(2026, 11, 25), 1, "listing.not_for_sale"),  # yesterday
            ({}, CHRISTMAS, 0, "invalid"),
            ({}, CHRISTMAS, -1, "invalid"),
            ({}, CHRISTMAS, 61, "invalid"),
        ],
    )
    def test_refuses_what_the_house_does_not_let(self, session, changes, arrival, count, code):
        option = visits.guesthouse(session, NOW, **changes)

        with pytest.raises(MarketError) as refused:
            nights(session, option, arrival, count)
        assert refused.value.code == code

    def test_two_stays_of_one_basket_share_what_is_left(self, session):
        option = visits.guesthouse(session, NOW, rooms=1)

        def put(basket):
            for said in ("2026-12-24/2026-12-26", "2026-12-25/2026-12-27"):
                which = {"option_id": option.id, "nights": said, "quantity": 1}
                baskets.put_nights(session, basket=basket, **which, now=NOW)

        with pytest.raises(inventory.OutOfStock):
            quoted(session, put)

    def test_is_an_order_with_a_ticket_for_each_room(self, session):
        option = visits.guesthouse(session, NOW)
        basket = visits.basket_of_nights(session, NOW, option, "2026-12-24/2026-12-26", rooms=2)

        makers.check_out(session, NOW, basket)

        cells = [(option.resource_id, CHRISTMAS.toordinal() + it) for it in range(3)]
        assert list(inventory.free(session, cells=cells, now=NOW).values()) == [0, 0, 2]
        assert inventory.drift(session) == []


class TestOneBoatForAll:
    """What two products need at the same time serves one of them."""

    def test_is_claimed_for_one_use_until_that_is_given_back(self, session):
        host = makers.seller(session, NOW)
        boat = visits.boat(session, host)
        early, same, after = visits.at_sea(session, NOW, host, boat, 0, 2, 4)
        first = makers.bought(session, NOW, (early, 2))

        makers.bought(session, NOW, (early, 2), phone="+84912345679")
        makers.bought(session, NOW, (after, 2), phone="+84912345680")
        with pytest.raises(inventory.OutOfStock):
            makers.bought(session, NOW, (same, 2), phone="+84912345681")
        assert inventory.drift(session) == []
        assert first.id

    def test_needs_time_between_two_uses(self, session):
        host = makers.seller(session, NOW)
        boat = visits.boat(session, host, minutes=90)
        early, after = (visits.at_sea(session, NOW, host, boat, it)[0] for it in (0, 4))
        makers.bought(session, NOW, (early, 2))

        with pytest.raises(inventory.OutOfStock):
            makers.bought(session, NOW, (after, 2), phone="+84912345680")

    def test_is_free_for_another_use_when_the_hold_has_lapsed(self, session):
        host = makers.seller(session, NOW)
        boat = visits.boat(session, host)
        early, same = (visits.at_sea(session, NOW, host, boat, it)[0] for it in (0, 2))
        makers.bought(session, NOW, (early, 2))
        later = NOW + timedelta(hours=25)

        use: Any = {"asset_ids": [boat], "use": same.id, "qty": 2}
        wants = inventory.slices(session, **use, period=(same.starts_at, same.ends_at))
        until = later + timedelta(minutes=9)
        makers.hold(session, owner_id=uuid7(), wants=wants, expires_at=until, now=later)

        assert inventory.drift(session) == []

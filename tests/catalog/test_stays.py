"""Nights of a house: opened, priced and closed by the host, found by who wants to sleep there."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from catalog import offers, stays
from catalog.booking_models import ExperienceOption
from market import clock, inventory
from market.accounts import NOBODY
from market.audit import AuditEntry
from market.errors import FieldInvalid, MarketError, NotFound
from market.money import Money
from tests import makers
from tests.stays import House

NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)


def option_of(session, house) -> ExperienceOption:
    return session.get_one(ExperienceOption, house.id)


def seen(session, house, first=0, days=7):
    """The nights of a house by their number from today."""
    span = {"first": house.night(first), "days": days}
    found = stays.calendar(session, option=option_of(session, house), **span, now=NOW)
    return {(night["day"] - house.today).days: night for night in found}


def found(session, house, first, last, **wish):
    days = {"arrival": house.night(first), "departure": house.night(last)}
    return stays.find(session, **days, **wish, lang="vi", now=NOW)


class TestOpening:
    """What the host says of nights."""

    def test_opens_rooms_from_the_first_night_to_the_last(self, session):
        house = House(session, NOW, nights=0)

        house.opens(session, 2, 4, rooms=3)

        assert {at: night["left"] for at, night in seen(session, house).items()} == {
            2: 3,
            3: 3,
            4: 3,
        }

    def test_changes_how_many_but_never_below_what_is_booked(self, session):
        house = House(session, NOW)
        house.books(session, 2, 4, rooms=2)

        house.opens(session, 0, 6, rooms=2)
        assert {at: night["left"] for at, night in seen(session, house, days=5).items()} == {
            0: 2,
            1: 2,
            2: 0,
            3: 0,
            4: 2,
        }
        with pytest.raises(inventory.BelowClaims):
            house.opens(session, 0, 6, rooms=1)

    def test_closed_nights_are_not_sold_until_they_are_opened_again(self, session):
        house = House(session, NOW)

        house.opens(session, 3, 3, closed=True)
        assert (seen(session, house)[3]["closed"], seen(session, house)[3]["left"]) == (True, 0)
        assert found(session, house, 2, 4) == []
        house.opens(session, 3, 3, closed=False)

        assert len(found(session, house, 2, 4)) == 1

    def test_the_last_price_of_a_night_counts(self, session):
        house = House(session, NOW)

        house.opens(session, 0, 9, price=Money(500_000))
        house.opens(session, 2, 3, price=Money(900_000))
        house.opens(session, 2, 3, price=Money(800_000))

        prices = [night["price"] for night in seen(session, house, days=5).values()]
        assert prices == [500_000, 500_000, 800_000, 800_000, 500_000]
        assert len(option_of(session, house).seasons) == 2

    @pytest.mark.parametrize(
        ("first", "last", "said"),
        [
            (-1, 3, {"rooms": 1}),
            (3, 2, {"rooms": 1}),
            (1, 401, {"rooms": 1}),
            (1, 2, {"rooms": -1}),
            (1, 2, {"rooms": 501}),
            (1, 2, {"rooms": 10**9}),
        ],
    )
    def test_refuses_what_no_calendar_has(self, session, first, last, said):
        house = House(session, NOW, nights=0)

        with pytest.raises(FieldInvalid):
            house.opens(session, first, last, **said)

    def test_refuses_a_price_that_nobody_means(self, session):
        house = House(session, NOW)

        with pytest.raises(offers.PriceOutOfRange):
            house.opens(session, 0, 1, price=Money(0))

    def test_is_for_the_host_alone(self, session):
        house, other = House(session, NOW), makers.seller(session, NOW)

        with pytest.raises(NotFound):
            house.opens(session, 0, 1, rooms=9, actor=other)

    def test_does_not_let_seasons_pile_up(self, session):
        house = House(session, NOW, nights=0)
        season = {"from": "2027-01-01", "until": "2027-01-02", "prices": {"room": 1}}
        option_of(session, house).seasons = [season] * stays.SEASONS_MAX

        with pytest.raises(FieldInvalid):
            house.opens(session, 0, 1, price=Money(500_000))

    def test_writes_down_who_did_it(self, session):
        house = House(session, NOW, nights=0)

        house.opens(session, 0, 1, rooms=2, price=Money(300_000))

        deed = session.scalar(select(AuditEntry).where(AuditEntry.verb == "stay.nights"))
        assert (deed.actor_id, deed.facts["rooms"]) == (house.host.person_id, 2)


class TestOpeningAhead:
    """A year of nights that open by themselves."""

    def test_opens_a_year_and_then_a_night_each_day(self, session):
        house = House(session, NOW, nights=0, seats=2)
        house.opens(session, 5, 5, rooms=1)

        assert stays.open_ahead(session, now=NOW) == 1
        assert stays.open_ahead(session, now=NOW) == 0
        assert stays.open_ahead(session, now=NOW + timedelta(days=1)) == 1

        nights = seen(session, house, days=400)
        assert (len(nights), nights[4]["rooms"], nights[5]["rooms"]) == (366, 2, 1)

    def test_leaves_alone_who_opens_by_hand(self, session):
        House(session, NOW, nights=0)

        assert stays.open_ahead(session, now=NOW) == 0


class TestFinding:
    """What is free on all the nights."""

    def test_tells_the_sum_of_all_nights_and_rooms(self, session):
        house = House(session, NOW)
        house.opens(session, 3, 3, price=Money(600_000))

        (offer,) = found(session, house, 2, 4, rooms=2)

        assert (offer.total, offer.rooms, offer.card.title) == (2_000_000, 2, "Nhà gỗ trên đồi")

    def test_gives_a_party_as_many_rooms_as_it_needs(self, session):
        house = House(session, NOW)

        assert [offer.rooms for offer in found(session, house, 2, 4, guests=5)] == [3]
        assert found(session, house, 2, 4, guests=7) == []

    def test_leaves_out_what_is_full_on_one_night(self, session):
        house = House(session, NOW, rooms=1)
        house.books(session, 3, 4)

        assert found(session, house, 2, 5) == []
        assert len(found(session, house, 4, 6)) == 1

    def test_counts_a_hold_that_lapsed_as_free(self, session):
        house = House(session, NOW, rooms=1)
        makers.check_out(session, NOW, house.basket(session, 3, 4))
        days = {"arrival": house.night(3), "departure": house.night(4)}

        assert stays.find(session, **days, lang="vi", now=NOW) == []
        assert stays.find(session, **days, lang="vi", now=NOW + timedelta(hours=25)) != []

    @pytest.mark.parametrize(
        ("changes", "first", "last"),
        [
            ({"minimum_nights": 3}, 2, 4),
            ({"arrival_days": 0b0000001}, 2, 4),  # Mondays
            ({"closed_at": NOW}, 2, 4),
            ({}, 59, 61),  # beyond what is open
            ({"cutoff_minutes": 60 * 24 * 3}, 2, 4),
        ],
    )
    def test_leaves_out_what_the_house_does_not_let(self, session, changes, first, last):
        house = House(session, NOW, **changes)

        assert found(session, house, first, last) == []

    def test_takes_the_cheapest_rooms_of_a_house(self, session):
        house = House(session, NOW)
        first = option_of(session, house)
        its = {"kind": "room-type", "owner_id": makers.only(house.host.seller_ids)}
        dorm = ExperienceOption(
            id=makers.uuid7(),
            experience_id=first.experience_id,
            resource_id=inventory.open_resource(session, **its),
            position=1,
            availability=first.availability,
            duration_minutes=60,
            cutoff_minutes=60,
            units=[{"type": "room", "price": 150_000, "pax": 4}],
        )
        session.add(dorm)
        session.flush()
        span = {"first": house.night(0), "last": house.night(9)}
        stays.change(session, actor=house.host, option_id=dorm.id, **span, rooms=1, now=NOW)

        (offer,) = found(session, house, 2, 3, guests=4)

        assert (offer.option.id, offer.total) == (dorm.id, 150_000)

    def test_near_a_place_the_nearest_come_first(self, session):
        sea = House(session, NOW, commune="22945", title="Nhà biển")  # Phan Thiết
        House(session, NOW, commune="24781", title="Xuân Trường", price=100_000)
        House(session, NOW, title="Lâm Viên")

        near = found(session, sea, 2, 3, place=makers.COMMUNE)
        anywhere = found(session, sea, 2, 3)

        assert near[0].card.title == "Lâm Viên"
        assert "Nhà biển" not in [offer.card.title for offer in near]
        assert [offer.total for offer in anywhere] == [100_000, 400_000, 400_000]

    @pytest.mark.parametrize(
        ("first", "last", "field"),
        [(-1, 1, "arrival"), (3, 3, "departure"), (3, 2, "departure"), (1, 62, "departure")],
    )
    def test_names_the_day_that_cannot_be(self, session, first, last, field):
        house = House(session, NOW)

        with pytest.raises(FieldInvalid) as refused:
            found(session, house, first, last)
        assert refused.value.facts["field"] == field

    def test_does_not_know_a_place_elsewhere(self, session):
        with pytest.raises(MarketError):
            found(session, House(session, NOW), 2, 3, place="99999")

    def test_asks_as_many_questions_for_many_houses_as_for_one(self, session, queries):
        houses = [House(session, NOW) for _ in range(5)]
        session.flush()

        with queries.at_most(2):
            assert len(found(session, houses[0], 2, 5)) == 5


def test_the_room_types_of_a_draft_are_seen_by_its_host_alone(session):
    house = House(session, NOW)
    option = option_of(session, house)
    session.get_one(stays.Experience, house.id).state = "draft"
    session.flush()

    assert stays.types(session, actor=NOBODY, id=house.id) == []
    assert stays.types(session, actor=house.host, experience_id=house.id) == [option]


def test_a_night_is_of_vietnam(session):
    late = datetime(2026, 11, 26, 18, tzinfo=UTC)  # 01:00 of the 27th

    house = House(session, late, nights=1)

    assert (house.today, clock.day_of(late)) == (date(2026, 11, 27), date(2026, 11, 27))

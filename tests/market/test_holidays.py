"""A closed shop sells no goods, and what waits for its answer waits longer."""

from datetime import date, datetime, timedelta

import pytest

from market import clock, holidays, inventory, orders
from market.accounts import organisations
from market.accounts.models import Organisation
from market.errors import Forbidden
from market.orders import Rail, State, news
from payments import cancelling, collecting
from tests import makers, people

TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (date(2026, 11, day) for day in (24, 25, 26, 27))


@pytest.fixture
def farmer(session, now):
    return makers.seller(session, now, member=True)


@pytest.fixture
def berries(session, now, farmer):
    return makers.strawberries(session, now, of=farmer)


@pytest.fixture
def close(session, now, farmer):
    """The farmer closes on the days, by his own hand."""
    mine = people.again(session, farmer.person_id, now)

    def days(first, last, actor=mine):
        shop = session.get_one(Organisation, makers.only(mine.seller_ids))
        return organisations.edit(
            session,
            actor=actor,
            organisation_id=shop.id,
            changes={"closed_from": first, "closed_until": last},
            version=shop.version,
            custody_account="",
            now=now,
        )

    return days


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment in Việt Nam."""
    return clock.start_of(day) + timedelta(hours=hour, minutes=minute)


def order_of(session, group):
    (order,) = orders.queries.of_group(session, group_id=group.id)
    return order


class TestAClosedShop:
    def test_lets_nobody_put_its_goods_into_a_basket(self, session, now, berries, close):
        close(TUESDAY, WEDNESDAY)

        with pytest.raises(holidays.SellerClosed) as refused:
            makers.basket_of(session, now, (berries, 500))
        assert refused.value.facts == {"until": "2026-11-25"}

    def test_sells_nothing_out_of_a_basket(self, session, now, berries, close):
        basket = makers.basket_of(session, now, (berries, 500))
        close(TUESDAY, TUESDAY)

        with pytest.raises(holidays.SellerClosed):
            makers.check_out(session, now, basket)

    def test_goes_on_with_its_visits(self, session, now, farmer, close):
        close(TUESDAY, WEDNESDAY)

        makers.bought(session, now, (makers.tour(session, now, of=farmer)[1], 2))

    def test_is_closed_from_midnight_to_midnight_in_viet_nam(self, session, berries, close):
        close(WEDNESDAY, THURSDAY)

        makers.basket_of(session, at(TUESDAY, 23, 59), (berries, 500))
        makers.basket_of(session, at(FRIDAY, 0), (berries, 500))
        for moment in (at(WEDNESDAY, 0), at(THURSDAY, 23, 59)):
            with pytest.raises(holidays.SellerClosed):
                makers.basket_of(session, moment, (berries, 500))

    def test_opens_with_one_word(self, session, now, berries, close):
        close(TUESDAY, FRIDAY)
        close(None, None)

        makers.basket_of(session, now, (berries, 500))

    @pytest.mark.parametrize("days", [(FRIDAY, THURSDAY), (FRIDAY, None), (None, FRIDAY)])
    def test_cannot_be_closed_backwards(self, close, days):
        with pytest.raises(organisations.ClosedBackwards):
            close(*days)

    def test_is_closed_by_its_people_only(self, session, now, close):
        with pytest.raises(Forbidden):
            close(TUESDAY, FRIDAY, actor=makers.seller(session, now))


class TestItsClock:
    @pytest.mark.parametrize("rail", [Rail.CASH, Rail.BANK_TRANSFER])
    def test_stops_until_the_end_of_the_first_day_after(
        self, session, now, farmer, berries, close, rail
    ):
        order = order_of(session, makers.bought(session, now, (berries, 500), rail=rail))
        if rail is Rail.BANK_TRANSFER:
            payment = collecting.of_order(session, order_id=order.id)
            makers.receive(session, now, makers.transfer(payment, now))
        close(WEDNESDAY, THURSDAY)
        cancelling.expire_due(session, now=now + timedelta(days=1))

        session.refresh(order)
        assert (order.state, order.deadline) == (State.PLACED, at(FRIDAY, 24))
        last = at(FRIDAY, 23, 59)
        inventory.sweep(session, now=last)
        orders.confirm(session, actor=farmer, order_id=order.id, now=last)
        assert inventory.drift(session) == []

    def test_runs_out_after_that(self, session, now, berries, close):
        order = order_of(session, makers.bought(session, now, (berries, 500), rail=Rail.CASH))
        close(WEDNESDAY, THURSDAY)
        for moment in (at(WEDNESDAY, 12), at(THURSDAY, 12), at(FRIDAY, 23, 59)):
            cancelling.expire_due(session, now=moment)
            session.refresh(order)
            assert order.state == State.PLACED

        cancelling.expire_due(session, now=at(FRIDAY, 24))
        session.refresh(order)
        assert order.state == State.EXPIRED

    @pytest.mark.parametrize(
        ("placed", "moved"),
        [
            (at(TUESDAY, 0) - timedelta(seconds=1), False),
            (at(TUESDAY, 0), True),
            (at(WEDNESDAY, 0) - timedelta(seconds=1), True),
        ],
    )
    def test_moves_for_a_deadline_on_a_closed_day_alone(
        self, session, berries, close, placed, moved
    ):
        order = order_of(session, makers.bought(session, placed, (berries, 500), rail=Rail.CASH))
        close(WEDNESDAY, THURSDAY)
        holidays.postpone(session, now=placed)

        session.refresh(order)
        day = timedelta(days=1)
        assert order.deadline == (at(FRIDAY, 24) if moved else placed + day)

    def test_of_a_visit_goes_on(self, session, now, farmer, close):
        _, departure = makers.tour(session, now + timedelta(days=3), of=farmer)
        order = order_of(session, makers.bought(session, now, (departure, 2), rail=Rail.CASH))
        before = order.deadline
        close(WEDNESDAY, THURSDAY)
        holidays.postpone(session, now=now)

        session.refresh(order)
        assert order.deadline == before

    def test_rings_nobody_on_holiday(self, session, now, berries, close):
        makers.bought(session, now, (berries, 500), rail=Rail.CASH)
        close(WEDNESDAY, THURSDAY)
        holidays.postpone(session, now=now)

        assert news.remind(session, now=now + timedelta(hours=20)) == 0


def test_a_holiday_declared_too_late_winds_no_clock_up(session, now, farmer, berries, close):
    order = order_of(session, makers.bought(session, now, (berries, 500), rail=Rail.CASH))
    close(WEDNESDAY, THURSDAY)

    cancelling.expire_due(session, now=at(WEDNESDAY, 14))

    session.refresh(order)
    assert order.state == State.EXPIRED


def test_a_holiday_without_end_is_refused(now, close):
    with pytest.raises(organisations.ClosedBackwards):
        close(WEDNESDAY, WEDNESDAY + timedelta(days=61))

"""What a manager sees of how soon the members answer."""

from datetime import timedelta

import pytest

from market import clock, cooperatives, orders, reports
from market.errors import NotFound
from market.orders import Rail
from payments import cancelling, reassigning
from tests import makers, people

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def farmer(session, now):
    return makers.seller(session, now, member=True)


@pytest.fixture
def manager(session, now, farmer):
    return people.cooperative_of(session, now, farmer)


@pytest.fixture
def sibling(session, now, manager):
    boss, cooperative = manager
    made = makers.seller(session, now, member=True, name="Vườn Gió")
    asked = cooperatives.ask_to_join(
        session,
        actor=people.again(session, made.person_id, now),
        member=cooperatives.CooperativeMember(
            organisation_id=makers.only(made.seller_ids),
            cooperative_id=cooperative,
            fee_basis_points=0,
        ),
        now=now,
    )
    cooperatives.approve(session, actor=boss, member_id=asked.id, now=now)
    return made


def figures(session, now, manager):
    boss, cooperative = manager
    today = clock.day_of(now)
    days = {"since": today, "until": today}
    return reports.answers(session, actor=boss, cooperative_id=cooperative, **days)


def ordered(session, now, thing, number):
    terms = {"rail": Rail.CASH, "phone": f"+849123456{number:02}"}
    group = makers.bought(session, now, (thing, 500), **terms)
    (order,) = orders.queries.of_group(session, group_id=group.id)
    return order


class TestTheFigures:
    def test_tell_the_median_and_nine_of_ten(self, session, now, farmer, manager):
        berries = makers.strawberries(session, now, of=farmer)
        for number in range(1, 11):
            order = ordered(session, now, berries, number)
            then = now + number * HOUR
            orders.confirm(session, actor=farmer, order_id=order.id, now=then)

        (row,) = figures(session, now, manager)
        assert (row.asked, row.in_time, row.expired) == (10, 10, 0)
        assert (row.median_minutes, row.most_minutes) == (300, 540)

    def test_tell_who_stepped_in_and_what_ran_out(self, session, now, farmer, manager, sibling):
        berries = makers.strawberries(session, now, of=farmer)
        taken, kept, _ = (ordered(session, now, berries, number) for number in range(3))
        theirs = makers.strawberries(session, now, of=sibling, grams=500)
        later = now + DAY
        cancelling.expire_due(session, now=later)
        terms = {"order_id": taken.id, "listing_id": theirs.id}
        reassigning.take_over(session, actor=sibling, now=later, **terms)
        orders.confirm(session, actor=farmer, order_id=kept.id, now=later + HOUR)
        cancelling.expire_due(session, now=later + DAY)
        session.expire_all()

        first, helper = sorted(figures(session, now, manager), key=lambda row: -row.asked)
        assert (first.asked, first.in_time, first.taken_by_others, first.expired) == (3, 0, 1, 1)
        assert first.median_minutes == 25 * 60
        assert (helper.asked, helper.taken_from_others, helper.median_minutes) == (0, 1, None)

    def test_are_the_managers(self, session, now, manager, sibling):
        with pytest.raises(NotFound):
            figures(session, now, (sibling, manager[1]))

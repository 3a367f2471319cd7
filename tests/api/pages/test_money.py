"""Money that waits for a person: seen by who looks after the market, and told to the buyer."""

from datetime import timedelta

import pytest

from api import house
from market import clock
from market.orders import queries
from payments import cancelling, collecting
from tests import makers, people


@pytest.fixture
def now():
    """The present, since pages live in it."""
    return clock.now()


@pytest.fixture
def bought(session, now):
    """A guest's order of a kilogram for 210.000 ₫, and its payment."""
    berries = makers.strawberries(session, now, of=makers.seller(session, now))
    group = makers.bought(session, now, (berries, 1000))
    (payment,) = collecting.of_group(session, group_id=group.id)
    return group, payment


@pytest.fixture
def read(app, browser, session):
    """A page as anybody, or the actor, reads it, with plain spaces."""

    def page(path, actor=None):
        answer = browser(actor).get(path) if actor else app.test_client().get(path)
        assert answer.status_code == 200
        return answer.text.replace("\u00a0", " ")

    return page


@pytest.fixture
def secret(app):
    def of(group):
        with app.app_context():
            return f"/o/{house.secret_of(house.ORDER, group.code)}"

    return of


def cancelled(session, now, group):
    (order,) = queries.of_group(session, group_id=group.id)
    return cancelling.cancel(
        session,
        actor=makers.NOBODY,
        order=order,
        by_buyer=True,
        reason="",
        custody=makers.HOUSE.custody,
        now=now,
    )


class TestTheMoneyPage:
    def test_shows_what_is_to_be_paid_back(self, session, now, bought, read):
        group, payment = bought
        makers.receive(session, now, makers.transfer(payment, now))
        order = cancelled(session, now, group)

        page = read("/desk/money", people.moderator(session, now))

        assert order.code in page
        assert group.phone in page
        assert page.count("210.000 ₫") == 3  # on the bank, to be paid back, and to whom

    def test_shows_each_credit_that_fits_nothing(self, session, now, bought, read):
        _, payment = bought
        for change in ({"amount_minor": 1_234}, {"text": "TIEN DAU"}):
            makers.receive(session, now, makers.transfer(payment, now, **change))

        page = read("/desk/money", people.moderator(session, now))

        assert "TIEN DAU" in page
        assert "Thiếu tiền" in page
        assert "211.234 ₫" in page  # fits no order, all together

    def test_is_reached_from_the_cases_by_who_oversees(self, session, now, read):
        link = 'href="/desk/money"'

        assert link in read("/desk/cases", people.moderator(session, now))
        assert link not in read("/desk/cases", people.somebody(session, now))

    def test_is_nobody_elses(self, session, now, browser):
        manager, _ = people.founder(session, now, people.COOPERATIVE, verified=True)

        assert browser(manager).get("/desk/money").status_code == 403


class TestTheBuyersPage:
    def test_says_that_the_money_comes_back(self, session, now, bought, read, secret):
        group, payment = bought
        makers.receive(session, now, makers.transfer(payment, now))
        cancelled(session, now, group)

        assert "Bạn sẽ được hoàn lại 210.000 ₫" in read(secret(group))

    def test_says_that_too_little_came(self, session, now, bought, read, secret):
        group, payment = bought
        makers.receive(session, now, makers.transfer(payment, now, amount_minor=200_000))

        assert "Mới nhận được 200.000 ₫ trên 210.000 ₫" in read(secret(group))

    @pytest.mark.parametrize(("late", "kept"), [(0, "5 ₫"), (25, "210.005 ₫")])
    def test_says_what_was_kept(self, session, now, bought, read, secret, late, kept):
        group, payment = bought
        at = now + timedelta(hours=late)
        makers.receive(session, at, makers.transfer(payment, at, amount_minor=210_005))

        assert f"Có {kept} đã chuyển nhưng không khớp" in read(secret(group))

    def test_says_nothing_of_what_is_right(self, session, now, bought, read, secret):
        group, payment = bought
        makers.receive(session, now, makers.transfer(payment, now))

        assert "hoàn lại" not in read(secret(group))

"""A booking on its guest's phone: what cancelling comes to, another day, and the waiting list."""

import re
from datetime import timedelta
from typing import ClassVar

import pytest
from sqlalchemy import select

from api import house
from catalog import experiences, search
from catalog.booking_models import ExperienceOption, Waiting
from market import clock, orders
from market.orders.models import Order
from payments import collecting, waiting
from tests import makers


@pytest.fixture
def at():
    return clock.now()


@pytest.fixture
def host(session, at):
    return makers.seller(session, at)


@pytest.fixture
def tour(session, at, host):
    made, departure = makers.tour(session, at, of=host, seats=3)
    tiers = [{"hours": 72, "percent": 100}, {"hours": 1, "percent": 50}]
    session.get_one(ExperienceOption, made.id).tiers = tiers
    its = {"experience_id": made.id, "starts": [at + timedelta(days=6)], "seats": 3}
    (later,) = experiences.open_departures(session, actor=host, **its, now=at)
    search.refresh(session, subject_id=made.id)
    session.flush()
    return made, departure, later


@pytest.fixture
def booked(app, session, at, tour):
    """The path of a paid checkout of three seats."""
    group = makers.bought(session, at, (tour[1], 3))
    (payment,) = collecting.of_group(session, group_id=group.id)
    makers.receive(session, at, makers.transfer(payment, at))
    with app.app_context():
        return "/o/" + house.secret_of(house.ORDER, group.code)


def order_in(session):
    return session.scalars(select(Order).execution_options(populate_existing=True)).one()


class TestABooking:
    def page(self, browser, session, booked, query=""):
        path = f"{booked}/{order_in(session).id}/booking"
        return browser().get(path + query)

    def test_is_led_to_from_the_order(self, browser, session, booked):
        assert f"{order_in(session).id}/booking" in browser().get(booked).text

    def test_says_what_goes_back_before_it_is_cancelled(self, browser, session, booked):
        page = self.page(browser, session, booked).text

        assert "Bây giờ được hoàn 50 %" in page
        assert page.count("225.000 ₫") == 2  # back, and kept

    def test_is_cancelled_for_the_sum_that_was_shown(self, browser, session, booked):
        phone = browser()
        path = f"{booked}/{order_in(session).id}/booking/cancellation"

        answer = phone.send(path, expected="225000", tickets="", reason="mưa")

        assert answer.status_code == 303
        assert order_in(session).state == "cancelled"
        assert order_in(session).kept_minor == 225_000

    def test_is_not_cancelled_for_another_sum(self, browser, session, booked):
        path = f"{booked}/{order_in(session).id}/booking/cancellation"

        answer = browser().send(path, expected="450000", tickets="")

        assert answer.status_code == 409
        assert "225.000 ₫" in answer.text

    def test_shows_the_sum_for_those_who_are_ticked(self, browser, session, booked):
        page = self.page(browser, session, booked).text
        code = re.findall(r'name="ticket" value="(\w+)"', page)[0]

        page = self.page(browser, session, booked, f"?ticket={code}").text

        assert "75.000 ₫" in page
        assert "Hủy cho 1 người" in page
        assert f'name="tickets" value="{code}"' in page

    def test_goes_to_another_day(self, browser, session, booked, tour):
        page = self.page(browser, session, booked).text
        assert str(tour[2].id) in page
        assert "Giá như cũ" in page

        path = f"{booked}/{order_in(session).id}/booking/change"
        answer = browser().send(path, departure_id=tour[2].id, expected="0")

        assert answer.status_code == 303
        assert "Đã đổi lịch" in browser().get(booked).text or answer.headers["Location"]
        (line,) = orders.queries.lines(session, order_ids=[order_in(session).id]).popitem()[1]
        session.refresh(line)
        assert line.departure_id == tour[2].id

    def test_that_costs_more_is_paid_on_its_page(self, browser, session, booked, tour):
        day = clock.day_of(tour[2].starts_at).isoformat()
        season = [{"from": day, "until": day, "prices": {"adult": 170_000}}]
        session.get_one(ExperienceOption, tour[0].id).seasons = season
        session.flush()
        assert "Trả thêm 60.000 ₫" in self.page(browser, session, booked).text

        path = f"{booked}/{order_in(session).id}/booking/change"
        browser().send(path, departure_id=tour[2].id, expected="60000")

        page = browser().get(booked).text
        assert "Chỗ mới đang được giữ" in page
        assert "60.000 ₫" in page

    def test_of_a_stranger_is_not_found(self, browser, session, booked):
        path = f"/o/AAAAAAAAAAxyz/{order_in(session).id}/booking"

        assert browser().get(path).status_code == 404


class TestTheWaitingList:
    FORM: ClassVar = {"unit-adult": "2", "name": "Mai", "phone": "0933000111"}

    def test_is_joined_where_it_is_full(self, browser, session, booked, tour):
        page = browser().get(f"/x/{tour[0].id}").text
        assert "Chờ cho cả nhóm" in page

        form = self.FORM | {"waits_for": str(tour[1].id)}
        answer = browser().send(f"/x/{tour[0].id}/waitlist", **form)

        assert answer.status_code == 303
        assert "Nhóm bạn đang chờ" in browser().get(answer.headers["Location"]).text

    def test_says_what_is_missing_and_keeps_what_was_typed(self, browser, booked, tour):
        form = self.FORM | {"waits_for": str(tour[1].id), "unit-adult": "0"}

        answer = browser().send(f"/x/{tour[0].id}/waitlist", **form)

        assert answer.status_code == 422
        assert "0933000111" in answer.text

    def test_books_what_is_offered(self, browser, database, session, booked, tour):
        form = self.FORM | {"waits_for": str(tour[1].id)}
        path = browser().send(f"/x/{tour[0].id}/waitlist", **form).headers["Location"]
        order = f"{booked}/{order_in(session).id}/booking/cancellation"
        browser().send(order, tickets="")
        waiting.offer_due(database, now=clock.now())
        assert "Có chỗ cho cả nhóm bạn" in browser().get(path).text

        answer = browser().send(f"{path}/taking", rail="bank-transfer")

        assert answer.headers["Location"].startswith("/o/")
        assert session.scalars(select(Waiting)).one().state == "taken"

    def test_is_left_again(self, browser, session, booked, tour):
        form = self.FORM | {"waits_for": str(tour[1].id)}
        path = browser().send(f"/x/{tour[0].id}/waitlist", **form).headers["Location"]

        browser().send(f"{path}/leaving")

        assert "không chờ nữa" in browser().get(path).text

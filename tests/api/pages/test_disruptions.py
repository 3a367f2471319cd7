"""Closures on the pages: a form at the desk, a departure called off, a guest who chooses."""

from datetime import timedelta

import pytest

from api import house
from market import clock, orders
from market.orders import Rail
from payments import disrupting
from payments.disruptions import Cause
from tests import makers, people


def day(days):
    return (clock.day_of(clock.now()) + timedelta(days=days)).isoformat()


@pytest.fixture
def booked(app, session, now):
    host = people.again(session, makers.seller(session, now, member=True).person_id, now)
    _, departure = makers.tour(session, now, of=host)
    group = makers.bought(session, now, (departure, 2), rail=Rail.CASH)
    (order,) = orders.queries.of_group(session, group_id=group.id)
    orders.confirm(session, actor=host, order_id=order.id, now=now)
    session.commit()
    with app.app_context():
        return host, departure, order, house.secret_of(house.ORDER, group.code)


def called_off(session, host, departure, now):
    its = {"departure_id": departure.id, "cause": Cause.SEA, "source": "Cảng vụ"}
    found = disrupting.call_off_departure(session, actor=host, **its, now=now)
    session.commit()
    return disrupting.Applied(disruption_id=found.id)


class TestTheDesk:
    def test_looks_before_it_applies(self, browser, session, booked, now):
        desk = browser(people.moderator(session, now))
        assert 'value="22945"' in desk.get("/desk/disruptions").text
        said = {"cause": "sea", "source": "Cảng vụ", "from": day(1), "until": day(1), "days": "3"}

        nowhere = desk.send("/desk/disruptions", **said)
        assert nowhere.status_code == 422
        assert "Cảng vụ" in nowhere.text
        sent = desk.send("/desk/disruptions", **said, unit_codes=makers.COMMUNE)
        assert sent.status_code == 303
        assert "Thực hiện và báo cho khách" in desk.get(sent.location).text

        assert desk.send(f"{sent.location}/application").status_code == 303
        after = desk.get(sent.location).text
        assert "Đã báo: 0" in after
        assert "Thực hiện và báo cho khách" not in after
        assert "Cảng vụ" in desk.get("/desk/disruptions").text

    @pytest.mark.parametrize("until", ["9999-12-31", "2027-02-29", "", day(-3)])
    def test_keeps_what_was_typed_beside_a_wrong_day(self, browser, session, now, until):
        desk = browser(people.moderator(session, now))
        said = {"cause": "sea", "source": "Cảng vụ", "from": day(1), "until": until}
        again = desk.send("/desk/disruptions", **said, unit_codes=makers.COMMUNE)
        assert again.status_code == 422
        assert "Cảng vụ" in again.text

    def test_is_no_hosts(self, browser, booked):
        assert browser(booked[0]).get("/desk/disruptions").status_code == 404


class TestAHost:
    def test_is_asked_whether_to_close_or_to_call_off(self, browser, session, booked):
        host, departure, _, _ = booked
        here = browser(host)
        path = f"/host/closing?departure={departure.id}"
        assert path in here.get(f"/sell/visits/{departure.experience_id}").text
        asked = here.get(path).text
        assert "Chỉ ngừng nhận thêm khách" in asked
        assert "2 khách" in asked

        its = {"departure": str(departure.id), "cause": "other", "source": "Ốm"}
        sent = here.send("/host/closing", **its)
        assert "150.000" not in here.get(sent.location).text  # cash is not at stake
        assert here.send(f"{sent.location}/application").status_code == 303

    def test_does_not_call_off_anothers(self, browser, session, booked, now):
        other = people.again(session, makers.seller(session, now, member=True).person_id, now)
        its = {"departure": str(booked[1].id), "cause": "other", "source": "Ốm"}
        assert browser(other).send("/host/closing", **its).status_code == 404


def test_a_guest_chooses_on_the_page_of_the_order(browser, session, booked, now, database):
    host, departure, order, secret = booked
    event = called_off(session, host, departure, now)
    while disrupting._batch(session, event, now):
        pass
    guest = browser()
    page = guest.get(f"/o/{secret}").text
    assert "biển động" in page
    assert "Hủy đơn này" in page
    sent = guest.send(f"/o/{secret}/{order.id}/disruption", choice="refund")
    assert sent.status_code == 303
    assert "biển động" not in guest.get(f"/o/{secret}").text

"""Resellers and guests on the same seats at once, with real commits."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest

from api import checking
from catalog import experiences
from catalog.models import Experience
from market import clock, inventory
from market.inventory.models import Cell
from tests import makers
from tests.api.octo.asking import Asking
from tests.databases import settings_for
from tests.journeys.phones import Town

SEATS = 10
WHO = {"name": "Lan", "rail": "bank-transfer"}


@pytest.fixture
def town(real_database, real_url, tmp_path):
    made = Town(settings_for(real_url, tmp_path), real_database)
    yield made
    with real_database.reading() as session:
        assert checking.of_the_books(session) == []


@pytest.fixture
def start(real_database):
    """A start with ten seats."""
    now = clock.now()
    with real_database.transaction() as session:
        tour, _ = makers.tour(session, now, of=makers.seller(session, now))
        its = {"experience_id": tour.id, "starts": [now + timedelta(days=3)], "seats": SEATS}
        by = makers.Actor(seller_ids=frozenset({tour.seller_id}))
        (made,) = experiences.open_departures(session, actor=by, **its, now=now)
        session.expunge_all()
        return made


@pytest.fixture
def key(real_database):
    with real_database.transaction() as session:
        return makers.reseller(session, clock.now())[1]


def body_of(start, guests=1, **more):
    ids = {"productId": start.experience_id, "optionId": start.option_id}
    ids |= {"availabilityId": start.id}
    return {name: str(its) for name, its in ids.items()} | {
        "unitItems": [{"unitId": "adult"}] * guests,
        **more,
    }


def patient(ask, *given):
    """The answer after as many tries as it takes while the database is busy."""
    for _ in range(100):
        answer = ask(*given)
        if answer.status_code not in {503, 429}:
            return answer
        time.sleep(0.05)
    raise AssertionError("always busy")


def taken(database, start):
    with database.reading() as session:
        cell = session.get_one(Cell, (start.resource_id, start.bucket))
        assert inventory.drift(session) == []
        return cell.held, cell.sold


def test_thirty_equal_requests_make_one_booking_and_have_one_answer(town, start, key):
    body = body_of(start, guests=2, uuid=str(uuid4()))

    def hold(_):
        return patient(Asking(town.app.test_client(), key), "POST", "/bookings", body)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(hold, range(30)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert len({answer.get_data() for answer in answers}) == 1
    assert taken(town.database, start) == (2, 0)


def test_resellers_and_guests_together_get_exactly_the_places_there_are(town, start, key):
    def resold(_):
        ask = Asking(town.app.test_client(), key)
        held = patient(ask, "POST", "/bookings", body_of(start))
        if held.status_code != 200:
            return held.json["error"]
        contact = {"contact": {"fullName": "Emma"}}
        path = f"/bookings/{held.json['uuid']}/confirm"
        return patient(ask, "POST", path, contact).json["status"]

    def bought(number):
        guest = town.phone()
        line = {"departure_id": str(start.id), "unit-adult": "1"}
        visit = f"/v/{start.experience_id}"
        patient(sending(guest, visit, "/basket/lines", **line))
        phone = {"phone": f"09120000{number:02}"}
        return patient(sending(guest, "/checkout", "/checkout", **WHO, **phone)).location

    with ThreadPoolExecutor(12) as pool:
        ours = [pool.submit(resold, number) for number in range(12)]
        theirs = [pool.submit(bought, number) for number in range(12)]
        ends = [each.result() for each in (*ours, *theirs)]

    confirmed = ends.count("CONFIRMED")
    placed = len([end for end in ends if end and re.match("/o/", end)])
    assert confirmed + placed == SEATS
    assert taken(town.database, start) == (placed, confirmed)
    assert ends[:12].count("UNPROCESSABLE_ENTITY") == 12 - confirmed


def test_two_changes_at_once_are_both_made(town, start, key):
    now = clock.now()
    with town.database.transaction() as session:
        tour = session.get_one(Experience, start.experience_id)
        by = makers.Actor(seller_ids=frozenset({tour.seller_id}))
        its = {"experience_id": tour.id, "starts": [now + timedelta(days=4)], "seats": SEATS}
        (other,) = experiences.open_departures(session, actor=by, **its, now=now)
        session.expunge_all()
    asks = [Asking(town.app.test_client(), key) for _ in range(2)]
    changes = [{"availabilityId": str(other.id)}, {"resellerReference": "R", "unitItems": []}]

    for _ in range(5):
        booking = patient(asks[0], "POST", "/bookings", body_of(start, guests=1)).json
        changes[1]["unitItems"] = [*booking["unitItems"], {"unitId": "adult"}]
        path = f"/bookings/{booking['uuid']}"
        with ThreadPoolExecutor(2) as pool:
            made = pool.map(patient, asks, ["PATCH"] * 2, [path] * 2, changes)
        assert [answer.status_code for answer in made] == [200, 200]

        after = patient(asks[0], "GET", path).json
        assert after["availabilityId"] == str(other.id)
        assert len(after["unitItems"]) == 2
        patient(asks[0], "DELETE", path)


def sending(guest, page, ending, **fields):
    """Fill in a form of a page, as often as that is tried."""

    def sent():
        shown = guest.client.get(page)
        found = re.findall(r'name="csrf" value="([^"]+)"', shown.get_data(as_text=True))
        hidden = re.findall(r'name="(group_id)" value="([^"]+)"', shown.get_data(as_text=True))
        data = {"csrf": found[0] if found else "", **dict(hidden), **fields}
        return guest.client.post(ending, data=data)

    return sent

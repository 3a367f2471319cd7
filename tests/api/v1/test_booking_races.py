"""Many hands on the same seats at once, through a real server and real commits."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from api import checking
from catalog.booking_models import Waiting
from market import clock, inventory
from market.errors import MarketError
from market.inventory.models import Cell
from market.orders import Rail
from market.orders.models import Order
from payments import waiting
from tests.databases import settings_for
from tests.journeys.browser import served
from tests.journeys.phones import Town
from tests.payments.trips import Trips

AGAIN = ("unavailable", "idempotency.in_flight")  # which a phone tries again by itself
BODY = {"contact": {"name": "Lan", "phone": "0912345678"}, "rail": "bank-transfer"}


@pytest.fixture
def trips(real_database, tmp_path, real_url):
    made = Trips(real_database, settings_for(real_url, tmp_path), clock.now())
    yield made
    with real_database.reading() as session:
        assert checking.of_the_books(session) == []


def tried(deed):
    """Whether it was done, after as many tries as a phone would make."""
    for _ in range(60):
        try:
            deed()
        except MarketError as refusal:
            if refusal.code not in AGAIN:
                return refusal.code
            time.sleep(0.05)
        else:
            return "ok"
    return "never"


@pytest.mark.parametrize("buyers", [60, pytest.param(300, marks=pytest.mark.slow)])
def test_racing_buyers_of_ten_seats_get_exactly_ten(trips, buyers):
    def buy(number):
        phone = f"+849{number:08}"
        return tried(lambda: trips.buys((trips.later, 1), rail=Rail.CARD, phone=phone))

    with ThreadPoolExecutor(32) as pool:
        ends = list(pool.map(buy, range(buyers)))

    assert (ends.count("ok"), ends.count("stock.too_little")) == (10, buyers - 10)
    assert trips.taken(trips.later) == (10, 0)


@pytest.mark.parametrize("_round", range(3))
def test_nobody_comes_between_an_offer_and_who_takes_it(trips, _round):
    trips.books(trips.later, 7)
    full = trips.books(trips.later, 3)
    party = trips.waits(trips.later, 3)
    trips.cancels(full)
    trips.offers()

    def buy(number):
        phone = f"+849{number:08}"
        return tried(lambda: trips.buys((trips.later, 1), rail=Rail.CARD, phone=phone))

    with ThreadPoolExecutor(9) as pool:
        taking = pool.submit(tried, lambda: trips.takes(party))
        others = list(pool.map(buy, range(8)))

    assert taking.result() == "ok"
    assert set(others) == {"stock.too_little"}
    assert trips.taken(trips.later) == (3, 7)


@pytest.mark.parametrize("_round", range(3))
def test_cancelled_and_changed_at_the_same_moment_one_comes_first(trips, _round):
    order_id = trips.books(trips.later, 2)
    to = trips.departs(days=8)

    with ThreadPoolExecutor(2) as pool:
        deeds = (lambda: trips.goes(order_id, to), lambda: trips.withdraws(order_id))
        ends = list(pool.map(tried, deeds))

    assert ends[1] == "ok"
    assert (trips.taken(trips.later), trips.taken(to)) == ((0, 0), (0, 0))


def test_two_workers_offer_a_party_its_seats_once(trips):
    trips.books(trips.later, 7)
    full = trips.books(trips.later, 3)
    trips.waits(trips.later, 2)
    trips.cancels(full)

    def offer(_):
        waiting.offer_due(trips.database, now=trips.now)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(offer, range(4)))

    assert trips.taken(trips.later) == (2, 7)
    assert [each.state for each in trips.all(Waiting)] == ["offered"]


class TestTheSameId:
    """One checkout sent fifty times at once by a phone that hears no answer."""

    @pytest.fixture
    def town(self, trips, real_url, tmp_path):
        settings = settings_for(real_url, tmp_path, public_url="http://127.0.0.1:9")
        town = Town(settings, trips.database)
        with served(town) as (address, _):
            town.address = address
            yield town

    def send(self, town, path, body, **headers):
        given = {"Content-Type": "application/json", **headers}
        request = Request(town.address + path, json.dumps(body).encode(), given)
        for _ in range(100):
            try:
                with build_opener(ProxyHandler({})).open(request) as answer:
                    return answer.status, answer.read()
            except HTTPError as refusal:
                said = json.loads(refusal.read())
                if said["code"] not in AGAIN:
                    return refusal.code, said["code"]
                time.sleep(0.1)
        return 0, "never"

    def fill(self, town, trips, basket):
        line = {"departure_id": str(trips.later.id), "unit": "adult", "quantity": 2}
        assert self.send(town, "/v1/basket/lines", line, Basket=basket)[0] == 201

    def test_makes_one_booking_and_has_fifty_equal_answers(self, town, trips):
        basket, body = "b" * 32, BODY | {"id": str(uuid4())}
        self.fill(town, trips, basket)
        known = {"Basket": basket, "Idempotency-Key": "one"}

        with ThreadPoolExecutor(16) as pool:
            sent = [pool.submit(self.send, town, "/v1/checkouts", body, **known) for _ in range(50)]
            answers = {each.result() for each in sent}

        ((status, _),) = answers
        assert status == 201
        assert trips.taken(trips.later) == (2, 0)
        with trips.database.reading() as session:
            assert session.scalar(select(func.count()).select_from(Order)) == 1

        other = self.send(town, "/v1/checkouts", body | {"rail": "card"}, **known)
        assert other == (422, "idempotency.key_reused")

    def test_is_taken_for_another_basket(self, town, trips):
        body = BODY | {"id": str(uuid4())}
        for basket, end in (("b" * 32, 201), ("c" * 32, 409)):
            self.fill(town, trips, basket)
            answer = self.send(town, "/v1/checkouts", body, Basket=basket)
            assert answer[0] == end

        assert answer[1] == "order.id_taken"
        with trips.database.reading() as session:
            cell = session.get_one(Cell, (trips.later.resource_id, trips.later.bucket))
            assert (cell.held, inventory.drift(session)) == (2, [])

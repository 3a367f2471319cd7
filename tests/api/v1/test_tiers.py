"""Dated prices over HTTP: set and withdrawn by the seller, told to everybody, paid by who may."""

from datetime import timedelta

import pytest

from market import clock
from tests import makers
from tests.api.v1 import callers
from tests.api.v1.test_listings import draft, live  # noqa: F401  the seller's goods

PHONE = "+84912000111"
BASKET = {"Basket": "b" * 30}


@pytest.fixture
def goods(live):  # noqa: F811
    return live(increment=500, minimum=500)


@pytest.fixture
def wholesaler(client, session):
    person = makers.person(session, clock.now(), phone=PHONE)
    return callers.of_person(client, session, person.id)


def prices(goods):
    return f"/listings/{goods['id']}/prices"


def tier(grams, minor, **more):
    return {"from_quantity": grams, "price": {"amount": minor, "currency": "VND"}, **more}


def customers(farmer):
    return f"/organisations/{farmer.organisation_id}/customers"


def quoted(caller, goods, grams):
    put = {"listing_id": goods["id"], "quantity": grams}
    assert caller.post("/basket/lines", put, headers=BASKET).status_code == 201
    (part,) = caller.post("/quotes", {}, headers=BASKET).json["parts"]
    return part["lines"][0]


class TestPrices:
    def test_are_told_to_everybody_with_what_was_before(self, nobody, farmer, goods):
        change = {"price": {"amount": 170_000, "currency": "VND"}}
        version = farmer.get(f"/listings/{goods['id']}").json["version"]
        assert farmer.patch(f"/listings/{goods['id']}", change, version=version).status_code == 200
        made = farmer.post(prices(goods), tier(10_000, 150_000))

        assert (made.status_code, made.headers["Location"]) == (201, f"/v1{prices(goods)}")
        told = nobody.get(prices(goods)).json
        assert told["tiers"] == [made.json]
        assert [row["price"]["amount"] for row in told["history"]] == [170_000, 180_000]

    def test_count_from_day_to_day(self, farmer, goods):
        today = clock.day_of(clock.now())
        days = {
            "valid_from": str(today + timedelta(days=1)),
            "valid_until": str(today + timedelta(days=2)),
        }

        made = farmer.post(prices(goods), tier(10_000, 150_000, **days)).json

        assert made["starts_at"] == clock.end_of(today).isoformat()
        assert made["ends_at"] == clock.end_of(today + timedelta(days=2)).isoformat()

    def test_are_paid_and_told_in_the_quote(self, nobody, farmer, goods):
        made = farmer.post(prices(goods), tier(10_000, 150_000)).json

        line = quoted(nobody, goods, 10_000)

        assert line["price"]["amount"] == 150_000
        assert line["amount"]["amount"] == 1_500_000
        assert line["tier"] == {
            "group": "retail",
            "from_quantity": 10_000,
            "price_id": made["id"],
            "list_price": {"amount": 180_000, "currency": "VND"},
        }
        assert quoted(nobody, goods, 500)["tier"] is None

    def test_are_taken_back(self, nobody, farmer, goods):
        made = farmer.post(prices(goods), tier(10_000, 150_000)).json

        assert farmer.delete(f"{prices(goods)}/{made['id']}").status_code == 204

        assert nobody.get(prices(goods)).json["tiers"] == []
        assert farmer.delete(f"{prices(goods)}/{made['id']}").status_code == 404

    @pytest.mark.parametrize(
        ("wrong", "status", "code"),
        [
            (tier(10_000, 140_000), 409, "price.tier_twice"),
            (tier(20_000, 1, valid_until="2020-01-01"), 422, "price.window_backwards"),
            (tier(20_250, 140_000), 422, "quantity.off_increment"),
            (tier(0, 140_000), 422, "invalid"),
            (tier(20_000, 0), 422, "invalid"),
            (tier(20_000, 140_000, group="friends"), 422, "invalid"),
            (tier(20_000, 140_000, valid_from="2026-02-30"), 422, "invalid"),
        ],
    )
    def test_refuses_with_a_code(self, farmer, goods, wrong, status, code):
        farmer.post(prices(goods), tier(10_000, 150_000))

        refusal = farmer.post(prices(goods), wrong)

        assert (refusal.status_code, refusal.json["code"]) == (status, code)
        assert refusal.json["detail"]

    def test_are_nobody_elses_to_set(self, nobody, buyer, stranger, goods):
        answers = [who.post(prices(goods), tier(500, 1)) for who in (nobody, buyer, stranger)]

        assert [answer.status_code for answer in answers] == [401, 403, 404]

    def test_of_a_draft_are_not_told(self, nobody, farmer, draft):  # noqa: F811
        goods = draft()

        assert nobody.get(prices(goods)).status_code == 404
        assert farmer.get(prices(goods)).status_code == 200


class TestCustomers:
    def test_pay_the_price_of_their_group(self, nobody, farmer, wholesaler, goods):
        farmer.post(prices(goods), tier(500, 140_000, group="wholesale"))
        put = farmer.post(customers(farmer), {"phone": "0912 000 111", "group": "wholesale"})

        assert put.status_code == 201
        (row,) = put.json["items"]
        assert (row["phone"], row["group"]) == (PHONE, "wholesale")
        assert farmer.get(customers(farmer)).json["items"] == [row]
        assert quoted(wholesaler, goods, 500)["price"]["amount"] == 140_000
        assert quoted(nobody, goods, 500)["price"]["amount"] == 180_000
        assert wholesaler.get(prices(goods)).json["tiers"]
        assert nobody.get(prices(goods)).json["tiers"] == []

    def test_go_back_to_retail(self, farmer, wholesaler, goods):
        farmer.post(prices(goods), tier(500, 140_000, group="wholesale"))
        farmer.post(customers(farmer), {"phone": PHONE, "group": "wholesale"})

        back = farmer.post(customers(farmer), {"phone": PHONE, "group": "retail"})

        assert back.json["items"] == []
        assert quoted(wholesaler, goods, 500)["price"]["amount"] == 180_000

    def test_have_signed_in_before(self, farmer):
        refusal = farmer.post(customers(farmer), {"phone": PHONE, "group": "wholesale"})

        assert refusal.status_code == 422
        assert refusal.json["errors"][0]["code"] == "field.unknown_phone"

    def test_are_their_sellers_alone(self, stranger, farmer):
        body = {"phone": PHONE, "group": "wholesale"}

        assert stranger.get(customers(farmer)).status_code == 404
        assert stranger.post(customers(farmer), body).status_code == 404

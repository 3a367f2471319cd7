"""Tiers and groups: a farmer's prices by quantity, a wholesale buyer, a guest, and the books."""

from typing import Any

import pytest

from market.db import Database
from tests.databases import settings_for
from tests.journeys.phones import COMMUNE, Phone, Town
from tests.journeys.test_first_sale import decide_all, found, list_strawberries

WHOLESALER = "0912000222"


@pytest.fixture
def town(real_url: str, real_database: Database, tmp_path) -> Town:
    return Town(settings_for(real_url, tmp_path), real_database)


def opened(town: Town) -> tuple[Phone, str, str]:
    """A farmer with strawberries on the shelf, and dated prices typed on the page."""
    farmer, moderator = town.phone("0912000111"), town.moderator("+84912000333")
    farm = found(farmer, "farm", "Vườn Sương")
    decide_all(moderator)
    goods = list_strawberries(farmer, farm)
    decide_all(moderator)
    board = f"/sell/goods/{goods}/prices"
    for grams, price, group in (("10", "170.000", "retail"), ("5", "150.000", "wholesale")):
        farmer.press(board, "/prices", from_quantity=grams, price=price, group=group)
    return farmer, farm, goods


def order(buyer: Phone, goods: str, grams: int) -> Any:
    basket = {"Basket": f"buyer-of-{grams}-" + "x" * 24}
    buyer.post("/v1/basket/lines", {"listing_id": goods, "quantity": grams}, **basket)
    quote = buyer.post("/v1/quotes", {}, **basket)
    placed = buyer.post(
        "/v1/checkouts",
        {
            "contact": {"name": "Chị Lan", "phone": "0912000444"},
            "delivery": {"unit_code": COMMUNE, "address": "12 Trần Phú"},
            "rail": "bank-transfer",
        },
        **basket,
    )
    assert quote["parts"][0]["lines"][0]["amount"] == placed["orders"][0]["lines"][0]["amount"]
    return placed


def test_each_pays_the_lowest_price_that_is_theirs(town):
    farmer, farm, goods = opened(town)
    guest, wholesaler = town.phone(), town.phone(WHOLESALER)
    farmer.press(f"/sell/goods/{goods}/prices", "/prices", phone=WHOLESALER, customer="wholesale")

    few, many = order(guest, goods, 9_500), order(guest, goods, 10_000)
    bulk = order(wholesaler, goods, 10_000)

    paid = [each["orders"][0]["lines"][0]["price"]["amount"] for each in (few, many, bulk)]
    assert paid == [180_000, 170_000, 150_000]
    for each in (few, many, bulk):
        (sold,) = each["orders"]
        assert sold["goods"]["amount"] == sum(line["amount"]["amount"] for line in sold["lines"])
        (asked,) = each["payments"]
        assert each["total"] == sold["total"] == asked["amount"]
    assert "150.000" in wholesaler.opens(f"/g/{goods}")
    assert "150.000" not in guest.opens(f"/g/{goods}")

    (bought,) = [
        t for t in farmer.get(f"/v1/listings/{goods}/prices")["tiers"] if t["group"] == "wholesale"
    ]
    farmer.client.delete(
        f"/v1/listings/{goods}/prices/{bought['id']}",
        headers=farmer.known() | {"Idempotency-Key": "withdrawn-once"},
    )
    town.pay(bulk["payments"][0]["vietqr"])

    (kept,) = wholesaler.get(f"/v1/order-groups/{bulk['secret']}")["orders"]
    assert kept["state"] == "placed"
    assert kept["lines"][0]["tier"]["price_id"] == bought["id"]
    assert order(wholesaler, goods, 5_000)["orders"][0]["lines"][0]["price"]["amount"] == 180_000
    assert farmer.get(f"/v1/organisations/{farm}/customers")["items"][0]["group"] == "wholesale"

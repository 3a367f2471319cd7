"""Graded durians by the piece: held by estimate, weighed, settled down, and up with consent."""

from typing import Any

import pytest

from market import clock
from market.db import Database
from tests.databases import settings_for
from tests.journeys.phones import COMMUNE, Phone, Town, photo
from tests.journeys.test_first_sale import decide_all, found

HOLD = 770_000  # two of 3.5 kg at 100,000 and a tenth over
DELIVERY = 30_000


@pytest.fixture
def town(real_url: str, real_database: Database, tmp_path) -> Town:
    return Town(settings_for(real_url, tmp_path), real_database)


@pytest.fixture
def farmer(town: Town) -> Phone:
    return town.phone("0913000111")


def list_durians(town: Town, farmer: Phone, prices: dict[str, int]) -> dict[str, str]:
    """A listing of each grade, with its own price."""
    moderator = town.moderator("+84913000333")
    farm = found(farmer, "farm", "Vườn Suối Đá")
    decide_all(moderator)
    made = {}
    for grade, price in prices.items():
        goods = {
            "seller_id": farm,
            "category": "produce.fruit.durian",
            "commune": COMMUNE,
            "price": {"amount": price, "currency": "VND"},
            "texts": {"vi": {"title": f"Sầu riêng Dona {grade}"}},
            "grade": grade,
            "piece": {"grams": 3_500},
            "quantity": {"value": 40, "scale": 0, "unit": "H87"},
            "harvest_day": clock.day_of(clock.now()).isoformat(),
        }
        listing = farmer.post("/v1/listings", goods)["id"]
        farmer.upload(f"/v1/listings/{listing}/photos", "photo", photo())
        farmer.post(f"/v1/listings/{listing}/submission")
        decide_all(moderator)
        made[grade] = str(listing)
    return made


def paid(town: Town, buyer: Phone, listing: str, pieces: int = 2) -> Any:
    """A checkout of some pieces, transferred."""
    basket = {"Basket": f"buyer-{listing}"}
    buyer.post("/v1/basket/lines", {"listing_id": listing, "quantity": pieces}, **basket)
    wish = {
        "contact": {"name": "Lan", "phone": "0987654321"},
        "delivery": {"unit_code": COMMUNE, "address": "12 Trần Phú"},
        "rail": "bank-transfer",
    }
    group = buyer.post("/v1/checkouts", wish, **basket)
    town.pay(group["payments"][0]["vietqr"])
    return group


def pack(farmer: Phone, order: str, grams: int) -> Any:
    weighed = [{"position": 0, "grams": grams}]
    return farmer.post(f"/v1/orders/{order}/packing", {"weights": weighed})


def test_lighter_fruit_costs_less_and_each_grade_its_own(town: Town, farmer: Phone) -> None:
    goods = list_durians(town, farmer, {"A": 100_000, "C": 41_000})
    first, second = (paid(town, town.phone(), goods[grade]) for grade in "AC")
    (a,), (c,) = first["orders"], second["orders"]
    assert [a["goods"]["amount"], c["goods"]["amount"]] == [HOLD, 315_700]
    for order in (a, c):
        farmer.post(f"/v1/orders/{order['id']}/confirmation")

    settled = pack(farmer, a["id"], 6_000)

    assert settled["goods"]["amount"] == 600_000
    assert settled["refunds"][0]["amount"]["amount"] == HOLD - 600_000
    assert settled["lines"][0]["grade"] == "A"
    page = town.phone().opens(f"/o/{first['secret']}").replace("\xa0", " ")
    assert "cân được 6 kg" in page
    assert "600.000 ₫" in page


def test_heavier_fruit_is_paid_for_by_a_buyer_who_agrees(town: Town, farmer: Phone) -> None:
    goods = list_durians(town, farmer, {"A": 100_000})
    buyer = town.phone()
    group = paid(town, buyer, goods["A"])
    (order,) = group["orders"]
    farmer.post(f"/v1/orders/{order['id']}/confirmation")
    weighed = {f"grams-{order['id']}-0": "8,1"}

    farmer.press("/sell/orders", "/packing", **weighed, ask="0")

    town.work()
    assert any("nang hon du tinh" in each["text"] for each in town.outbox.messages())
    asked = buyer.get(f"/v1/order-groups/{group['secret']}")
    (waiting,) = [each for each in asked["payments"] if each["state"] == "awaiting"]
    assert waiting["amount"]["amount"] == 40_000
    assert "40.000 ₫" in buyer.opens(f"/o/{group['secret']}").replace("\xa0", " ")
    town.pay(waiting["vietqr"])
    farmer.press("/sell/orders", "/packing", **weighed)
    farmer.post(f"/v1/orders/{order['id']}/handover")
    done = buyer.post(f"/v1/orders/{order['id']}/delivery", **{"Order-Secret": group["secret"]})

    assert done["state"] == "delivered"
    told = buyer.get(f"/v1/order-groups/{group['secret']}")
    assert {each["state"] for each in told["orders"]} == {"delivered"}
    sums = [each["total"]["amount"] for each in told["orders"]]
    lines = [line["amount"]["amount"] for each in told["orders"] for line in each["lines"]]
    assert sum(sums) == told["total"]["amount"] == sum(lines) + DELIVERY == HOLD + 40_000 + DELIVERY
    assert sum(each["amount"]["amount"] for each in told["payments"]) == sum(sums)

"""The first sale: a farmer lists, a host offers, a visitor buys both, the manager sees it."""

from datetime import timedelta
from typing import Any

import pytest

from market import clock, inventory, ledger
from market.db import Database
from tests.databases import settings_for
from tests.journeys.phones import COMMUNE, Phone, Town, photo


@pytest.fixture
def town(real_url: str, real_database: Database, tmp_path) -> Town:
    return Town(settings_for(real_url, tmp_path), real_database)


def decide_all(moderator: Phone) -> None:
    for case in moderator.get("/v1/cases?state=open")["items"]:
        path = f"/v1/cases/{case['id']}"
        checks = [check["name"] for check in moderator.get(path).get("checklist", [])]
        moderator.post(f"{path}/decision", {"approved": True, "checked": checks})


def found(person: Phone, kind: str, name: str) -> str:
    organisation = person.post(
        "/v1/organisations", {"kind": kind, "name": name, "unit_code": COMMUNE}
    )
    person.post("/v1/cases", {"kind": "seller-verification", "subject_id": organisation["id"]})
    return str(organisation["id"])


def list_strawberries(farmer: Phone, farm: str) -> str:
    listing = farmer.post(
        "/v1/listings",
        {
            "seller_id": farm,
            "category": "produce.fruit.strawberry",
            "commune": COMMUNE,
            "price": {"amount": 180_000, "currency": "VND"},
            "texts": {"vi": {"title": "Dâu tây hái sáng"}},
            "unit": "KGM",
            "scale": 3,
            "increment": 500,
            "minimum": 500,
            "quantity": {"value": 40_000, "scale": 3, "unit": "KGM"},
            "harvest_day": clock.day_of(clock.now()).isoformat(),
        },
    )
    farmer.upload(f"/v1/listings/{listing['id']}/photos", "photo", photo())
    farmer.post(f"/v1/listings/{listing['id']}/submission")
    return str(listing["id"])


def offer_tour(host: Phone, house: str) -> str:
    visit = host.post(
        "/v1/experiences",
        {
            "seller_id": house,
            "category": "experience.farm",
            "commune": COMMUNE,
            "price": {"amount": 150_000, "currency": "VND"},
            "child_price": {"amount": 80_000, "currency": "VND"},
            "duration_minutes": 180,
            "texts": {"vi": {"title": "Sáng ở vườn dâu"}},
        },
    )
    start = (clock.now() + timedelta(days=2)).isoformat()
    host.post(f"/v1/experiences/{visit['id']}/departures", {"starts": [start], "seats": 10})
    host.post(f"/v1/experiences/{visit['id']}/submission")
    return str(visit["id"])


def join(farmer: Phone, farm: str, manager: Phone, cooperative: str) -> None:
    asked = farmer.post(
        f"/v1/cooperatives/{cooperative}/members",
        {"organisation_id": farm, "fee_basis_points": 500},
    )
    manager.post(f"/v1/cooperatives/{cooperative}/members/{asked['id']}/approval")


def fill_and_order(visitor: Phone, listing: str, visit: str, rail: str) -> dict[str, Any]:
    basket = {"Basket": "visitor-" + "x" * 24}
    (departure,) = visitor.get(f"/v1/experiences/{visit}/departures")["items"]
    visitor.post("/v1/basket/lines", {"listing_id": listing, "quantity": 1500}, **basket)
    visitor.post(
        "/v1/basket/lines",
        {"departure_id": departure["id"], "unit": "adult", "quantity": 2},
        **basket,
    )
    group: dict[str, Any] = visitor.post(
        "/v1/checkouts",
        {
            "contact": {"name": "Lan", "phone": "0987654321"},
            "delivery": {"unit_code": COMMUNE, "address": "12 Trần Phú"},
            "rail": rail,
        },
        **basket,
    )
    return group


@pytest.mark.parametrize("rail", ["bank-transfer", "cash-on-delivery"])
def test_the_first_sale(town: Town, rail: str) -> None:
    moderator = town.moderator("+84901000001")
    farmer, host = town.phone("0901 000 002"), town.phone("0901 000 003")
    manager = town.phone("0901 000 004")
    farm = found(farmer, "farm", "Vườn Ka Hòa")
    house = found(host, "host", "Nhà Gió")
    cooperative = found(manager, "cooperative", "HTX Sương Mai")
    decide_all(moderator)
    join(farmer, farm, manager, cooperative)
    listing, visit = list_strawberries(farmer, farm), offer_tour(host, house)
    decide_all(moderator)

    visitor = town.phone()
    assert [hit["id"] for hit in visitor.get("/v1/search?q=dau tay")["items"]] == [listing]
    group = fill_and_order(visitor, listing, visit, rail)
    assert group["total"]["amount"] == 270_000 + 30_000 + 300_000
    if rail == "bank-transfer":
        (payment,) = group["payments"]
        town.pay(payment["vietqr"])

    orders = {order["fulfilment"]: order for order in group["orders"]}
    goods, seats = orders["delivery"]["id"], orders["visit"]["id"]
    for step in ("confirmation", "packing", "handover"):
        farmer.post(f"/v1/orders/{goods}/{step}")
    visitor.post(f"/v1/orders/{goods}/delivery", **{"Order-Secret": group["secret"]})
    if rail == "cash-on-delivery":
        host.post(f"/v1/orders/{seats}/confirmation")
    ticket, _ = orders["visit"]["tickets"]
    host.post(f"/v1/tickets/{ticket['code']}/redemption")

    seen = visitor.get(f"/v1/order-groups/{group['secret']}")
    assert {order["state"] for order in seen["orders"]} == {"delivered"}
    (lot,) = seen["orders"][0]["lines"][0]["lots"]
    assert visitor.get(f"/v1/lots/{lot.lower()}")["code"] == lot
    assert_the_manager_sees_it(manager, cooperative, rail)
    with town.database.reading() as session:
        assert inventory.drift(session) == ledger.problems(session) == []
    town.work()
    told = [message["text"] for message in town.outbox.messages()]
    assert any(group["orders"][0]["code"] in words for words in told)


def assert_the_manager_sees_it(manager: Phone, cooperative: str, rail: str) -> None:
    reports = f"/v1/cooperatives/{cooperative}/reports"
    (row,) = manager.get(f"{reports}/sales")["items"]
    assert (row["amount_minor"], row["commission_minor"], row["cooperative_minor"]) == (
        270_000,
        8_100,
        13_500,
    )
    (owed,) = manager.get(f"{reports}/owed")["items"]
    earned, in_hand = 300_000 - 8_100 - 13_500, 300_000 if rail == "cash-on-delivery" else 0
    assert (owed["payable_minor"], owed["cash_minor"]) == (earned, in_hand)
    assert owed["owed_minor"] == earned - in_hand
    assert "Vườn Ka Hòa" in manager.get(f"{reports}/sales?format=csv")

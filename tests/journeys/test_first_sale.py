"""The first sale: a farmer lists, a host offers, a visitor buys both, the manager sees it."""

from datetime import timedelta
from typing import Any

import pytest

from api.pictures import qr
from market import clock, inventory, ledger
from market.db import Database
from payments import collecting
from tests import makers
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


def fill_and_order(visitor: Phone, goods: dict[str, str], visit: str, rail: str) -> dict[str, Any]:
    """A kilogram and a half of each farm's listing, the second one fetched there, and two seats."""
    basket = {"Basket": "visitor-" + "x" * 24}
    (departure,) = visitor.get(f"/v1/experiences/{visit}/departures")["items"]
    for listing in goods.values():
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
            "delivery": {
                "unit_code": COMMUNE,
                "address": "12 Trần Phú",
                "pick_up": list(goods)[1:],
            },
            "rail": rail,
        },
        **basket,
    )
    return group


@pytest.mark.parametrize("rail", ["bank-transfer", "cash-on-delivery"])
def test_the_first_sale(town: Town, rail: str) -> None:
    moderator = town.moderator("+84901000001")
    farmer, host = town.phone("0901 000 002"), town.phone("0901 000 003")
    manager, neighbour = town.phone("0901 000 004"), town.phone("0901 000 005")
    farm = found(farmer, "farm", "Vườn Ka Hòa")
    garden = found(neighbour, "farm", "Vườn Bà Sáu")
    house = found(host, "host", "Nhà Gió")
    cooperative = found(manager, "cooperative", "HTX Sương Mai")
    decide_all(moderator)
    join(farmer, farm, manager, cooperative)
    goods = {
        farm: list_strawberries(farmer, farm),
        garden: list_strawberries(neighbour, garden),
    }
    visit = offer_tour(host, house)
    decide_all(moderator)

    visitor = town.phone()
    hits = visitor.get("/v1/search?q=dau tay")["items"]
    assert {hit["id"] for hit in hits} == set(goods.values())
    group = fill_and_order(visitor, goods, visit, rail)
    assert group["total"]["amount"] == (270_000 + 30_000) + 270_000 + 300_000
    if rail == "bank-transfer":
        (payment,) = group["payments"]
        town.pay(payment["vietqr"])

    orders = {order["fulfilment"]: order for order in group["orders"]}
    sent, fetched, seats = (orders[way]["id"] for way in ("delivery", "pick-up", "visit"))
    for seller, order in ((farmer, sent), (neighbour, fetched)):
        for step in ("confirmation", "packing", "handover"):
            seller.post(f"/v1/orders/{order}/{step}")
    visitor.post(f"/v1/orders/{sent}/delivery", **{"Order-Secret": group["secret"]})
    if rail == "cash-on-delivery":
        host.post(f"/v1/orders/{seats}/confirmation")
    town.day_comes()
    for ticket in orders["visit"]["tickets"]:
        host.post(f"/v1/tickets/{ticket['code']}/redemption")

    seen = visitor.get(f"/v1/order-groups/{group['secret']}")
    assert [order["state"] for order in seen["orders"]] == ["delivered"] * 3
    for order in seen["orders"][:2]:
        seller = {farm: farmer, garden: neighbour}[order["seller_id"]]
        assert_the_label_leads_to_the_lot(seller, visitor, order["lines"][0]["lots"][0])
    with town.database.transaction() as session:
        makers.release(session, clock.now())  # nobody complained in time
    assert_the_manager_sees_it(manager, cooperative, rail)
    with town.database.reading() as session:
        assert inventory.drift(session) == ledger.problems(session) == []
        assert collecting.stuck(session) == []
    town.work()
    told = [message["text"] for message in town.outbox.messages()]
    assert any(group["orders"][0]["code"] in words for words in told)


def assert_the_label_leads_to_the_lot(seller: Phone, visitor: Phone, code: str) -> None:
    """What the phone's camera reads off the printed label opens the story of this very lot."""
    address = f"{seller.town.settings.public_url}/l/{code}"
    label = seller.opens(f"/sell/lots/{code}/label.svg")
    assert qr.path_of(qr.symbol(address)) in label
    page = visitor.opens(f"/l/{code}")
    assert code in page.replace(" ", "")
    assert visitor.get(f"/v1/lots/{code.lower()}")["code"] == code


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

"""From the seller's zones and points to a buyer who fetches goods at one."""

import re
from html import unescape
from uuid import uuid4

import pytest

from market.db import Database
from market.geography.units import ISLAND
from tests.databases import settings_for
from tests.journeys.phones import COMMUNE, Phone, Town
from tests.journeys.test_first_sale import decide_all, found, list_strawberries

BAO_LOC = "24820"
BASKET = {"Basket": "visitor-" + "x" * 24}
STALL = {
    "name": "Sạp 12",
    "address": "45 Hồng Bàng",
    "point": BAO_LOC,
    "point_text": "",
    "point_for": "",
}


@pytest.fixture
def town(real_url: str, real_database: Database, tmp_path) -> Town:
    return Town(settings_for(real_url, tmp_path), real_database)


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def refused(phone: Phone, path: str, body: dict[str, object], status: int = 409) -> dict[str, str]:
    answer = phone.client.post(path, json=body, headers={**BASKET, "Idempotency-Key": uuid4().hex})
    assert answer.status_code == status, answer.get_data(as_text=True)
    problem: dict[str, str] = answer.json
    return problem


def test_goods_are_fetched_where_and_when_the_stall_is_open(town: Town) -> None:
    moderator, farmer, visitor = (
        town.moderator("+84901000001"),
        town.phone("0901 000 002"),
        town.phone(),
    )
    farm = found(farmer, "farm", "Vườn Ka Hòa")
    berries = list_strawberries(farmer, farm)
    decide_all(moderator)

    # the seller: near for little, one commune more for more, and a stall
    farmer.press("/sell/delivery", "/delivery/zones", area="20", fee="20.000", cooled="on")
    one = {"place": BAO_LOC, "place_text": "", "place_for": ""}
    farmer.press("/sell/delivery", "/delivery/zones", area="", fee="60.000", **one)
    days = {f"day-{day}": "on" for day in "12345"}
    farmer.press("/sell/delivery", "/points", **STALL, **days, opens="07:00", closes="11:00")
    shown = text_of(farmer.opens("/sell/delivery"))
    assert "Thứ 2 – Thứ 6: 07:00–11:00" in shown
    answer = farmer.client.patch(
        f"/v1/listings/{berries}",
        json={"cold_chain": True, "shelf_hours": 18},
        headers=farmer.known() | {"If-Match": "*"},
    )
    assert answer.status_code == 200, answer.json

    # the visitor finds it only where it can be brought to
    for code, many in ((COMMUNE, 1), (BAO_LOC, 0), (ISLAND, 0)):
        assert len(visitor.get(f"/v1/search?delivers_to={code}")["items"]) == many
    assert "Chỉ giao" not in visitor.opens(f"/search?delivers_to={COMMUNE}")
    page = text_of(visitor.opens(f"/g/{berries}"))
    assert "Sạp 12" in page
    assert "Giữ được 18 giờ" in page

    # a promise that the road cannot keep is refused with its reason
    line = {"listing_id": berries, "quantity": 500}
    visitor.post("/v1/basket/lines", line, **BASKET)
    where = {"unit_code": BAO_LOC, "address": "2 Lê Lợi"}
    assert refused(visitor, "/v1/quotes", where)["code"] == "delivery.not_cooled"
    assert refused(visitor, "/v1/quotes", {**where, "unit_code": ISLAND})["code"] == (
        "delivery.outside_zone"
    )
    quote = visitor.post("/v1/quotes", {"unit_code": COMMUNE, "address": "2 Lê Lợi"}, **BASKET)
    assert quote["parts"][0]["delivery"]["amount"] == 20_000
    assert quote["parts"][0]["landed"]["basis_points"] == 2_223

    # he goes to the stall
    (stall,) = visitor.get(f"/v1/organisations/{farm}/pickup-points")
    contact = {"name": "Lan", "phone": "0987654321"}
    order = {"contact": contact, "delivery": {"points": [stall["id"]]}, "rail": "cash-on-delivery"}
    group = visitor.post("/v1/checkouts", order, **BASKET)
    assert group["total"]["amount"] == 90_000
    (bought,) = group["orders"]
    assert (bought["fulfilment"], bought["address"]["pickup"]["name"]) == ("pick-up", "Sạp 12")

    # the stall closes; what was promised stays
    farmer.client.delete(
        f"/v1/organisations/{farm}/pickup-points/{stall['id']}", headers=farmer.known()
    )
    seen = text_of(visitor.opens(f"/o/{group['secret']}"))
    assert "Sạp 12: 45 Hồng Bàng" in seen
    assert "Thứ 2 – Thứ 6: 07:00–11:00" in seen
    assert "Sạp 12" in text_of(farmer.opens("/sell/orders"))
    visitor.post("/v1/basket/lines", line, **BASKET)
    assert refused(visitor, "/v1/checkouts", order)["code"] == "delivery.point_closed"

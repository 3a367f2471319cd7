"""A harvest to come: told of, ordered ahead, moved by rain, and what each buyer makes of that."""

from datetime import timedelta

import pytest

from market import clock, inventory, ledger
from payments import collecting
from tests.databases import settings_for
from tests.journeys.phones import COMMUNE, Town
from tests.journeys.test_first_sale import decide_all, found, list_strawberries

KILO = 180_000


@pytest.fixture
def town(real_url, real_database, tmp_path):
    return Town(settings_for(real_url, tmp_path), real_database)


def day(days):
    return (clock.day_of(clock.now()) + timedelta(days=days)).isoformat()


def next_season(farmer, farm):
    """Strawberries of which none lie there yet."""
    listing = farmer.post(
        "/v1/listings",
        {
            "seller_id": farm,
            "category": "produce.fruit.strawberry",
            "commune": COMMUNE,
            "price": {"amount": KILO, "currency": "VND"},
            "texts": {"vi": {"title": "Dâu tây vụ tới"}},
            "unit": "KGM",
            "scale": 3,
            "increment": 500,
            "minimum": 500,
        },
    )
    farmer.post(f"/v1/listings/{listing['id']}/submission")
    return listing["id"]


def orders_ahead(town, listing, number):
    """A guest who orders a kilogram ahead and pays; their phone, and the checkout."""
    visitor, basket = town.phone(), {"Basket": f"visitor-{number}-" + "x" * 24}
    visitor.post("/v1/basket/lines", {"listing_id": listing, "quantity": 1000}, **basket)
    contact = {"name": "Lan", "phone": f"098765432{number}"}
    place = {"unit_code": COMMUNE, "address": "12 Trần Phú"}
    given = {"contact": contact, "delivery": place, "rail": "bank-transfer"}
    group = visitor.post("/v1/checkouts", given, **basket)
    town.pay(group["payments"][0]["vietqr"])
    return visitor, group


def test_a_harvest_slips_and_each_buyer_chooses(town):
    moderator, farmer = town.moderator("+84901000001"), town.phone("0901 000 002")
    farm = found(farmer, "farm", "Vườn Ka Hòa")
    decide_all(moderator)
    here, coming = list_strawberries(farmer, farm), next_season(farmer, farm)
    decide_all(moderator)

    page = f"/sell/goods/{coming}"
    window = {"season_from": day(30), "season_until": day(60), "season_sure": "likely"}
    farmer.press(page, "/season", **window, season_day=day(40), season_limit="20")
    seen = farmer.get(f"/v1/listings/{coming}")["coming"]
    assert (seen["promised_day"], seen["available"]) == (day(40), 20_000)
    assert "Đặt trước được, giao từ ngày" in town.phone().opens(f"/g/{coming}")

    bought = [orders_ahead(town, coming, number) for number in range(3)]
    for _, group in bought:
        (order,) = group["orders"]
        assert order["promised_day"] == day(40)
        farmer.post(f"/v1/orders/{order['id']}/confirmation")
    assert "cho 3 đơn" in farmer.opens(page)
    farmer.press(page, "/slip", to_day=day(50), why="Mưa nhiều, dâu chín chậm.")
    town.work()
    news = [each["text"] for each in town.outbox.messages() if "chin cham" in each["text"]]
    assert len(news) == 3

    chosen = {}
    for (visitor, group), choice in zip(bought, ("wait", "swap", "refund"), strict=True):
        path = f"/o/{group['secret']}"
        assert "Vườn dời ngày giao" in visitor.opens(path)
        fields = {"choice": choice} | ({"listing_id": here} if choice == "swap" else {})
        visitor.press(path, "/promise", **fields)
        assert "Vườn dời ngày giao" not in visitor.opens(path)
        (order,) = visitor.get(f"/v1/order-groups/{group['secret']}")["orders"]
        chosen[choice] = (order["state"], order["promised_day"], len(order["refunds"]))
    assert chosen == {
        "wait": ("confirmed", day(50), 0),
        "swap": ("confirmed", None, 0),
        "refund": ("cancelled", day(50), 1),
    }
    assert farmer.get(f"/v1/listings/{coming}")["coming"]["available"] == 19_000

    waiting = bought[0][1]["orders"][0]["id"]
    for step in ("packing", "handover"):
        farmer.post(f"/v1/orders/{waiting}/{step}")
    farmer.press(page, "/opening")
    farmer.press(page, "/closing")
    assert farmer.get(f"/v1/listings/{coming}")["coming"] is None
    with town.database.reading() as session:
        assert inventory.drift(session) == ledger.problems(session) == []
        assert collecting.stuck(session) == []

"""A homestay from its listing to the departure of its first guests, over HTTP and on the pages."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from catalog import rooms
from catalog.booking_models import ExperienceOption
from market import bookings, clock, inventory, ledger
from tests.databases import settings_for
from tests.journeys.phones import COMMUNE, Town
from tests.journeys.test_first_sale import decide_all, found

BASKET = {"Basket": "a-visitor-with-a-basket-" + "x" * 20}
LAN = {
    "name-0": "Nguyễn Thị Lan",
    "born-0": "1990-02-28",
    "nationality-0": "VN",
    "paper-0": "citizen-id",
    "number-0": "068190001234",
}


@pytest.fixture
def town(real_url, real_database, tmp_path):
    return Town(settings_for(real_url, tmp_path), real_database)


def day(number):
    return (clock.day_of(clock.now()) + timedelta(days=number)).isoformat()


def list_house(host, farm):
    """The id of a house that is handed in; its two rooms have names."""
    house = host.post(
        "/v1/experiences",
        {
            "seller_id": farm,
            "category": "stay.homestay",
            "commune": COMMUNE,
            "price": {"amount": 400_000, "currency": "VND"},
            "duration_minutes": 1320,
            "cutoff_minutes": 60,
            "texts": {"vi": {"title": "Nhà gỗ trên đồi"}},
        },
    )
    host.post(f"/v1/experiences/{house['id']}/submission")
    with host.town.database.transaction() as session:
        session.get_one(ExperienceOption, UUID(house["id"])).rooms = ["Đồi", "Suối"]
    return house["id"]


def books(town, house, first, last, phone):
    """A guest who books a room and pays; their phone, and the checkout."""
    visitor = town.phone()
    stay = {"option_id": house, "arrival": day(first), "departure": day(last), "quantity": 1}
    visitor.post("/v1/basket/lines", stay, **BASKET)
    given = {"contact": {"name": "Lan", "phone": phone}, "rail": "bank-transfer"}
    group = visitor.post("/v1/checkouts", given, **BASKET)
    town.pay(group["payments"][0]["vietqr"])
    return visitor, visitor.get(f"/v1/order-groups/{group['secret']}")


def test_a_homestay_from_listing_to_departure(town):
    moderator, host = town.moderator("+84901000001"), town.phone("0901 000 002")
    farm = found(host, "farm", "Nhà K'Brép")
    decide_all(moderator)
    house = list_house(host, farm)
    decide_all(moderator)
    nights = f"/host/stays/{house}"
    host.press(nights, nights, **{"from": day(0), "until": day(30), "rooms": "2"})
    host.press(nights, nights, **{"from": day(2), "until": day(2), "price": "500.000"})

    asked = f"arrival={day(1)}&departure={day(3)}&rooms=1"
    assert "900.000" in town.phone().opens(f"/stays?{asked}")
    assert "900.000" in town.phone().opens(f"/x/{house}?{asked}")
    visitor, group = books(town, house, 1, 3, "0987654321")
    books(town, house, 1, 2, "0987654322")
    (order,) = group["orders"]
    assert (order["state"], order["total"]["amount"]) == ("confirmed", 900_000)
    assert "Thử đổi ngày" in town.phone().opens(f"/stays?{asked}")

    (ticket,) = order["tickets"]
    path = f"/host/stays?day={day(1)}"
    host.press(path, f"/host/stays/rooms/{ticket['code']}", room="Suối", day=day(1))
    list_of = f"/o/{group['secret']}/{order['id']}/guests"
    assert list_of in visitor.opens(f"/o/{group['secret']}")
    visitor.press(list_of, list_of, **LAN)
    with town.database.transaction() as session:
        rooms.assign_all(session, now=clock.now() + timedelta(days=1))
    shown = host.opens(path)
    assert "<option selected>Suối" in shown
    assert "<option selected>Đồi" in shown
    assert "Nguyễn Thị Lan" in host.opens(f"/host/stays/guests.csv?day={day(1)}")

    town.day_comes()
    host.post(f"/v1/tickets/{ticket['code']}/redemption")
    host.press(path, f"/host/guests/{order['id']}/declaration")
    assert "Trả phòng (1)" in host.opens(f"/host/stays?day={day(3)}")
    town.time = timedelta(days=2)
    town.work()  # what was declared is forgotten
    assert "Nguyễn Thị Lan" not in visitor.opens(list_of)
    with town.database.reading() as session:
        assert session.scalars(select(bookings.GuestList)).all() == []
        assert inventory.drift(session) == ledger.problems(session) == []

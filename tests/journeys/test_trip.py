"""A trip of four parts for two guests, and its hosts: changed, scanned, and a closed sea."""

import re
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from market import clock, inventory, ledger
from tests.databases import settings_for
from tests.journeys.phones import COMMUNE, Town
from tests.journeys.test_first_sale import decide_all, found, list_strawberries

BASKET = {"Basket": "two-who-travel-far-" + "x" * 24}
PHAN_THIET, PHU_QUY = "22945", "23272"
FIRST = 10  # days from now


@pytest.fixture
def town(real_url, real_database, tmp_path):
    return Town(settings_for(real_url, tmp_path), real_database)


def day(number):
    return (clock.day_of(clock.now()) + timedelta(days=number)).isoformat()


def offered(host, seller, title, **more):
    """The id of an experience that is handed in."""
    made = host.post(
        "/v1/experiences",
        {
            "seller_id": seller,
            "category": "experience.farm",
            "commune": COMMUNE,
            "price": {"amount": 200_000, "currency": "VND"},
            "duration_minutes": 180,
            "cutoff_minutes": 60,
            "texts": {"vi": {"title": title}},
            **more,
        },
    )
    host.post(f"/v1/experiences/{made['id']}/submission")
    return made["id"]


def each_morning(host, option_id, time, seats=12):
    """Departures on every day, by the host's rule."""
    rule = {"starts": f"{day(1)}T{time}", "rrule": "FREQ=DAILY", "except": [], "until": None}
    host.put(f"/v1/options/{option_id}/schedule", {"rules": [rule | {"seats": seats}]})


def departure_on(phone, experience_id, on):
    """The id of what starts on a day with room for two."""
    starts = phone.get(f"/v1/departures?day={on}&guests=2")["items"]
    return next(it["departure_id"] for it in starts if it["experience_id"] == experience_id)


class Coast:
    """A boat to the island, a house on it, a farm that asks before it takes guests, its fruit."""

    def __init__(self, town):
        self.town, moderator = town, town.moderator("+84901000001")
        self.skipper, self.keeper = town.phone("0901 000 002"), town.phone("0901 000 003")
        self.farmer = town.phone("0901 000 004")
        sea = found(self.skipper, "boat", "Tàu Hải Âu")
        beach, farm = found(self.keeper, "host", "Nhà bên bãi"), found(self.farmer, "farm", "Vườn")
        decide_all(moderator)
        island = {"category": "experience.boat.island", "commune": PHU_QUY}
        meets = {"meeting_commune": PHAN_THIET, "meeting_landmark": "Cầu cảng số 2"}
        self.boat = offered(self.skipper, sea, "Tàu ra đảo", **island, **meets)
        stay = {"category": "stay.homestay", "commune": PHU_QUY, "duration_minutes": 1320}
        self.house = offered(self.keeper, beach, "Nhà bên bãi", **stay)
        self.visit = offered(self.farmer, farm, "Sáng ở vườn")
        self.berries = list_strawberries(self.farmer, farm)
        decide_all(moderator)
        tiers = {"tiers": [{"hours": 480, "percent": 100}, {"hours": 24, "percent": 50}]}
        self.skipper.put(f"/v1/options/{self.boat}", tiers, method="PATCH")
        each_morning(self.skipper, self.boat, "07:00")
        self.farmer.put(f"/v1/options/{self.visit}", {"approves": True}, method="PATCH")
        each_morning(self.farmer, self.visit, "15:00")
        nights = {"from": day(0), "until": day(40), "rooms": 2}
        self.keeper.put(f"/v1/stays/{self.house}/nights", nights)
        self.moderator = moderator


def books(coast):
    """A guest who puts four parts into one basket and pays once; their phone and the checkout."""
    guest = coast.town.phone()
    for experience_id, on in ((coast.boat, day(FIRST)), (coast.visit, day(FIRST - 1))):
        seats = {"departure_id": departure_on(guest, experience_id, on), "quantity": 2}
        guest.post("/v1/basket/lines", seats | {"unit": "adult"}, **BASKET)
    stay = {"arrival": day(FIRST), "departure": day(FIRST + 2), "quantity": 1}
    guest.post("/v1/basket/lines", stay | {"option_id": coast.house}, **BASKET)
    guest.post("/v1/basket/lines", {"listing_id": coast.berries, "quantity": 1000}, **BASKET)
    contact = {"name": "Emma", "phone": "0987654321"}
    place = {"unit_code": COMMUNE, "address": "12 Trần Phú"}
    asked = {"contact": contact, "delivery": place, "rail": "bank-transfer"}
    group = guest.post("/v1/checkouts", asked, **BASKET)
    assert len(group["payments"]) == 1
    coast.town.pay(group["payments"][0]["vietqr"])
    guest.headers["Order-Secret"] = group["secret"]
    return guest, group["secret"]


def parts(guest, secret):
    """The orders of the checkout by what they are of."""
    orders = guest.get(f"/v1/order-groups/{secret}")["orders"]
    return {order["lines"][0]["title"]: order for order in orders}


def test_a_trip_of_four_parts_in_one_basket(town):
    coast = Coast(town)
    guest, secret = books(coast)
    its = parts(guest, secret)
    assert its["Tàu ra đảo"]["state"] == its["Nhà bên bãi"]["state"] == "confirmed"
    assert its["Sáng ở vườn"]["state"] == its["Dâu tây hái sáng"]["state"] == "placed"

    shown = coast.farmer.opens("/sell/orders")
    assert "Nhận khách" in shown
    for title in ("Sáng ở vườn", "Dâu tây hái sáng"):
        coast.farmer.post(f"/v1/orders/{its[title]['id']}/confirmation")

    legs = guest.get(f"/v1/order-groups/{secret}/trip")["items"]
    assert [leg["title"] for leg in legs] == ["Sáng ở vườn", "Tàu ra đảo", "Nhà bên bãi"]
    assert [leg["tight"] for leg in legs] == [None] * 3
    assert "Cầu cảng số 2" in guest.opens(f"/o/{secret}/trip")
    tickets = its["Tàu ra đảo"]["tickets"]
    assert guest.client.get(f"/o/{secret}/tickets.pdf").data[:5] == b"%PDF-"
    calendar = guest.client.get(f"/o/{secret}/tickets.ics").get_data(as_text=True)
    assert calendar.count("BEGIN:VEVENT") == 3

    boat = f"/v1/bookings/{its['Tàu ra đảo']['id']}"
    later = {"departure_id": departure_on(guest, coast.boat, day(FIRST + 1))}
    assert guest.get(f"{boat}/change?departure_id={later['departure_id']}")["difference"] == {
        "amount": 0,
        "currency": "VND",
    }
    guest.post(f"{boat}/change", later)
    moved = parts(guest, secret)["Tàu ra đảo"]["tickets"]
    assert [it["code"] for it in moved] == [it["code"] for it in tickets]
    assert {datetime.fromisoformat(it["starts_at"]).date().isoformat() for it in moved} != {
        datetime.fromisoformat(it["starts_at"]).date().isoformat() for it in tickets
    }

    page = f"/o/{secret}/{its['Sáng ở vườn']['id']}/booking"
    assert "400.000" in guest.opens(page)  # without tiers all of it goes back before the cut-off
    cancelled = guest.post(f"/v1/bookings/{its['Sáng ở vườn']['id']}/cancellation", {})
    assert cancelled["state"] == "cancelled"
    left = parts(guest, secret)
    assert [order["state"] for order in left.values()].count("cancelled") == 1
    assert left["Tàu ra đảo"]["state"] == "confirmed"

    half = guest.get(f"{boat}/cancellation")
    assert (half["percent"], half["refund"]["amount"], half["kept"]["amount"]) == (
        50,
        200_000,
        200_000,
    )
    with town.database.reading() as session:
        assert inventory.drift(session) == []
        assert ledger.queries.audit(session).problems == []


def test_the_sea_closes_and_the_house_follows_the_boat(town):
    coast = Coast(town)
    guest, secret = books(coast)
    its = parts(guest, secret)
    storm = {
        "cause": "sea",
        "source": "Cảng vụ Bình Thuận: cấm biển",
        "unit_codes": [PHAN_THIET],
        "from": f"{day(FIRST)}T00:00:00+07:00",
        "until": f"{day(FIRST + 1)}T00:00:00+07:00",
    }
    said = coast.moderator.post("/v1/disruptions", storm)
    path = f"/v1/disruptions/{said['id']}"
    before = coast.moderator.get(path)
    assert parts(guest, secret)["Tàu ra đảo"]["state"] == "confirmed"  # seen, not done
    coast.moderator.post(f"{path}/application")
    town.work()

    told = [it["text"] for it in town.outbox.messages() if "cam bien" in it["text"].lower()]
    assert told
    assert (before["counts"]["orders"], len(before["dependants"])) == (2, 1)
    page = guest.opens(f"/o/{secret}")
    assert "Cảng vụ Bình Thuận: cấm biển" in page
    boat = its["Tàu ra đảo"]["id"]
    later = {"choice": "rebook", "departure_id": departure_on(guest, coast.boat, day(FIRST + 1))}
    guest.post(f"/v1/bookings/{boat}/disruption/choice", later)
    guest.post(f"/v1/bookings/{its['Nhà bên bãi']['id']}/disruption/choice", {"choice": "refund"})
    left = parts(guest, secret)
    assert left["Tàu ra đảo"]["state"] == "confirmed"
    assert left["Nhà bên bãi"]["state"] == "cancelled"
    assert left["Dâu tây hái sáng"]["state"] == "placed"  # no part of the sea
    with town.database.reading() as session:
        assert inventory.drift(session) == []
        assert ledger.queries.audit(session).problems == []


def test_a_host_scans_without_signal_and_sends_it_later(town):
    coast = Coast(town)
    guest, secret = books(coast)
    tickets = parts(guest, secret)["Tàu ra đảo"]["tickets"]
    now = clock.now()
    scans = [
        {"id": str(uuid4()), "ticket": it["token"], "scanned_at": (now - wait).isoformat()}
        for it, wait in zip(tickets, (timedelta(minutes=5), timedelta(minutes=3)), strict=True)
    ]
    forged = {**scans[0], "id": str(uuid4()), "ticket": scans[0]["ticket"][:-4] + "AAAA"}

    town.day_comes()
    outcomes = coast.skipper.post("/v1/redemptions", {"items": [*scans, forged]})["items"]
    again = coast.skipper.post("/v1/redemptions", {"items": scans})["items"]
    elsewhere = coast.keeper.post("/v1/redemptions", {"items": [scans[0] | {"id": str(uuid4())}]})

    assert [it["outcome"] for it in outcomes] == ["redeemed", "redeemed", "forged"]
    assert [it["outcome"] for it in again] == ["redeemed", "redeemed"]
    assert elsewhere["items"][0]["outcome"] == "foreign"
    assert parts(guest, secret)["Tàu ra đảo"]["state"] == "delivered"
    assert re.search(r"cho vào|đã vào", coast.skipper.opens("/host/today"), re.IGNORECASE)

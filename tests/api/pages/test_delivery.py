"""Delivery on the pages: zones and points of a seller, ways at the checkout, what it adds."""

import re

import pytest
from sqlalchemy import select

from catalog import delivering, listings, zoning
from catalog.delivering import Zone
from market.money import Money
from market.orders.models import Order
from tests import makers, people

BAO_LOC = "24820"
HOURS = {day: ["07:00", "11:00"] for day in "12345"} | {"7": ["06:00", "09:30"]}
WHO = {"name": "Lan", "phone": "0912345678", "rail": "cash-on-delivery"}
HERE = {"unit_code": makers.COMMUNE, "address": "12 Trần Phú"}
FAR = {"unit_code": BAO_LOC, "address": "2 Lê Lợi"}


@pytest.fixture
def farmer(session, now):
    return people.founder(session, now, verified=True)[0]


@pytest.fixture
def farm(farmer):
    return makers.only(farmer.seller_ids)


@pytest.fixture
def berries(session, now, farmer):
    return makers.strawberries(session, now, of=farmer, price=120_000)


@pytest.fixture
def zoned(session, now, farmer, farm):
    zones = [Zone(makers.COMMUNE, Money(35_000), cooled=True)]
    zoning.set_zones(session, actor=farmer, seller_id=farm, zones=zones, now=now)


@pytest.fixture
def stall(session, now, farmer, farm):
    told = {"name": "Sạp 12", "unit_code": BAO_LOC, "address": "45 Hồng Bàng", "hours": HOURS}
    return zoning.open_point(session, actor=farmer, seller_id=farm, now=now, **told)


@pytest.fixture
def shopper(browser, berries):
    here = browser()
    here.send("/basket/lines", listing_id=berries.id, quantity="0,5")
    return here


def order(shopper, **more):
    group_id = re.search(r'name="group_id" value="([^"]+)"', shopper.get("/checkout").text)[1]
    return shopper.send("/checkout", **WHO, group_id=group_id, **more)


class TestTheCheckout:
    def test_warns_of_dear_delivery_with_what_would_be_sensible(self, shopper, zoned):
        for page in (shopper.get("/basket").text, shopper.get("/checkout").text):
            assert "cước giao từ 35.000 ₫, tức từ 59 % tiền hàng" in page.replace("\xa0", " ")
            assert "Mua từ 1 kg thì cước không quá 30 %" in page.replace("\xa0", " ")

    def test_counts_anew_for_the_commune(self, shopper, zoned):
        page = shopper.send("/checkout", recount="1", **HERE).text.replace("\xa0", " ")

        assert "cước giao 35.000 ₫, bằng 59 %" in page
        assert "95.000 ₫" in page

    def test_says_why_it_cannot_be_brought_there(self, shopper, session, zoned):
        looked = shopper.send("/checkout", recount="1", **FAR)
        asked = order(shopper, **FAR)

        assert (looked.status_code, asked.status_code) == (200, 422)
        for page in (looked, asked):
            assert "người bán không giao tới Phường 2 Bảo Lộc" in page.text
        assert session.scalars(select(Order)).all() == []

    def test_lets_one_fetch_it_at_a_point(self, shopper, session, farm, stall, zoned):
        page = shopper.get("/checkout").text
        assert f'value="{stall.id}"' in page
        assert "Thứ 2 – Thứ 6: 07:00–11:00; Chủ nhật: 06:00–09:30" in page

        answer = order(shopper, **{f"way-{farm}": stall.id})

        assert answer.status_code == 303
        bought = session.scalars(select(Order)).one()
        assert (bought.fulfilment, bought.delivery_minor) == ("pick-up", 0)
        assert "Sạp 12: 45 Hồng Bàng" in shopper.get(answer.location).text

    def test_refuses_a_point_that_was_closed_meanwhile(
        self, shopper, session, now, farmer, farm, stall
    ):
        ids = {"seller_id": farm, "point_id": stall.id}
        zoning.close_point(session, actor=farmer, **ids, now=now)
        session.expire_all()

        page = order(shopper, **{f"way-{farm}": stall.id})

        assert (page.status_code, "Hãy chọn điểm khác" in page.text) == (422, True)

    def test_does_not_take_a_point_for_where_somebody_lives(
        self, browser, session, now, berries, farm, stall
    ):
        here = browser(people.somebody(session, now, phone="+84912345678"))
        here.send("/basket/lines", listing_id=berries.id, quantity="0,5")
        order(here, **{f"way-{farm}": stall.id})
        here.send("/basket/lines", listing_id=berries.id, quantity="0,5")

        assert "45 Hồng Bàng" not in here.get("/checkout").text


class TestTheListing:
    def test_tells_how_it_comes_and_what_it_asks(
        self, browser, session, now, farmer, berries, stall
    ):
        revision = listings.Revision(cold_chain=True, shelf_hours=18)
        which = {"listing_id": berries.id, "revision": revision}
        listings.revise(session, actor=farmer, **which, now=now)

        page = browser().get(f"/g/{berries.id}").text

        assert "Chỉ bán cho khách tự đến lấy" in page
        assert "Sạp 12" in page
        assert "Giữ được 18 giờ" in page

    def test_form_keeps_what_it_asks(self, browser, session, farmer, berries):
        path = f"/sell/goods/{berries.id}"
        typed = {"title": "Dâu", "price": "120.000", "unit_code": makers.COMMUNE}

        browser(farmer).send(path, **typed, cold_chain="true", shelf_hours="18")
        session.refresh(berries)
        assert (berries.cold_chain, berries.shelf_hours) == (True, 18)

        page = browser(farmer).send(path, **typed, shelf_hours="-3")
        assert (page.status_code, 'id="e-shelf_hours"' in page.text) == (422, True)

        browser(farmer).send(path, **typed, shelf_hours="")
        session.refresh(berries)
        assert (berries.cold_chain, berries.shelf_hours) == (False, None)


class TestTheSellersPage:
    def zones(self, session, farm):
        return delivering.zones_of(session, seller_ids=[farm])[farm]

    def test_adds_changes_and_takes_out(self, browser, session, farmer, farm):
        here = browser(farmer)

        here.send("/sell/delivery/zones", area="Lâm Đồng", fee="40.000")
        here.send("/sell/delivery/zones", unit="", place=makers.COMMUNE, fee="15.000", cooled="on")
        here.send("/sell/delivery/zones", drop="1", **{f"drop-{BAO_LOC}": "on"})

        zones = self.zones(session, farm)
        assert zones[makers.COMMUNE] == Zone(makers.COMMUNE, Money(15_000), cooled=True)
        assert BAO_LOC not in zones
        assert {zone.fee.minor for zone in zones.values()} == {15_000, 40_000}
        assert "15.000" in here.get("/sell/delivery").text

    @pytest.mark.parametrize(
        ("given", "field"), [({"fee": ""}, "fee"), ({"fee": "1", "area": ""}, "place")]
    )
    def test_says_what_is_missing(self, browser, session, farmer, farm, given, field):
        page = browser(farmer).send("/sell/delivery/zones", **{"area": "20"} | given)

        assert (page.status_code, f'id="e-{field}"' in page.text) == (422, True)
        assert self.zones(session, farm) == {}

    def test_opens_and_closes_points(self, browser, session, farmer, farm):
        here = browser(farmer)
        told = {"name": "Sạp 12", "address": "45 Hồng Bàng", "point": BAO_LOC, "day-7": "on"}

        page = here.send("/sell/delivery/points", **told, opens="11:00", closes="07:00")
        assert (page.status_code, 'id="e-hours"' in page.text) == (422, True)
        here.send("/sell/delivery/points", **told, opens="07:00", closes="11:00")

        (stall,) = delivering.points_of(session, seller_ids=[farm])
        assert stall.hours == {"7": ["07:00", "11:00"]}
        here.send(f"/sell/delivery/points/{stall.id}/closing")
        assert delivering.points_of(session, seller_ids=[farm]) == []

    def test_is_not_for_others(self, browser, session, now, farm, stall):
        other = browser(people.founder(session, now)[0])

        assert other.send(f"/sell/delivery/points/{stall.id}/closing").status_code == 404


class TestTheSearch:
    def test_finds_what_is_brought_to_a_commune(self, browser, session, berries, zoned):
        assert f"/g/{berries.id}" in browser().get(f"/search?delivers_to={makers.COMMUNE}").text

        page = browser().get("/search?delivers_to_text=Phường 2 Bảo Lộc").text

        assert f"/g/{berries.id}" not in page
        assert "Giao tới Phường 2 Bảo Lộc ×" in page

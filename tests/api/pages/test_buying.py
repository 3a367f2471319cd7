"""Buying on the pages: the basket, the checkout, and following what was ordered."""

import re

import pytest
from sqlalchemy import select

from catalog.models import BasketLine
from tests import makers, people


@pytest.fixture
def farmer(session, now):
    return makers.seller(session, now)


@pytest.fixture
def berries(session, now, farmer):
    return makers.strawberries(session, now, of=farmer)


@pytest.fixture
def shopper(browser, berries):
    """A visitor with half a kilogram in the basket."""
    here = browser()
    here.send("/basket/lines", listing_id=berries.id, quantity="0,5")
    return here


@pytest.fixture
def line(session, shopper):
    return session.scalars(select(BasketLine)).one()


def quantity_of(session, line):
    session.refresh(line)
    return line.quantity


class TestTheBasket:
    def test_counts_again_when_enter_is_pressed_in_a_field(self, shopper):
        page = shopper.get("/basket").text
        form = page[page.index('action="/basket"') :]

        first = re.search(r"<button[^>]*>", form)[0]

        assert "formaction" not in first

    def test_orders_what_is_typed(self, session, shopper, line):
        answer = shopper.send("/basket", then="checkout", **{f"quantity-{line.id}": "3"})

        assert (answer.status_code, answer.location) == (303, "/checkout")
        assert quantity_of(session, line) == 3000

    def test_does_not_order_more_than_there_is_and_says_how_much_is_left(
        self, session, shopper, line
    ):
        answer = shopper.send("/basket", then="checkout", **{f"quantity-{line.id}": "12"})

        assert answer.location == "/basket"
        page = shopper.get("/basket").text
        assert "Chỉ còn 10 kg." in page
        assert 'max="10"' in page


class TestPutting:
    def test_stays_with_the_goods_and_says_so_once(self, browser, berries):
        here = browser()

        answer = here.send("/basket/lines", listing_id=berries.id, quantity="0,5")

        assert (answer.status_code, answer.location) == (303, f"/g/{berries.id}")
        assert "Đã bỏ vào giỏ." in here.get(answer.location).text
        assert "Đã bỏ vào giỏ." not in here.get(answer.location).text

    def test_names_the_nearest_quantities_and_takes_one_of_them(self, browser, session, berries):
        here = browser()

        page = here.send("/basket/lines", listing_id=berries.id, quantity="0,7")

        assert (page.status_code, "Gần nhất là 0,5 kg / 1 kg." in page.text) == (422, True)
        assert re.findall(r'name="nearest" value="([^"]+)"', page.text) == ["0.5", "1"]
        here.send("/basket/lines", listing_id=berries.id, quantity="0,7", nearest="1")
        assert session.scalars(select(BasketLine.quantity)).one() == 1000

    @pytest.mark.parametrize("given", [{"unit-adult": "2"}, {"day": "first", "unit-adult": "0"}])
    def test_asks_for_a_day_and_for_guests(self, browser, session, now, farmer, given):
        visit, departure = makers.tour(session, now, of=farmer)
        if given.pop("day", None):
            given["departure_id"] = departure.id

        page = browser().send("/basket/lines", experience_id=visit.id, **given)

        assert (page.status_code, 'class="err"' in page.text) == (422, True)
        assert "Xin điền ô này." in page.text

    def test_of_paused_goods_is_not_offered_but_explained(self, browser, session, berries):
        berries.state = "paused"

        page = browser().get(f"/g/{berries.id}")

        assert (page.status_code, "Người bán đang nghỉ món này." in page.text) == (200, True)
        assert 'action="/basket/lines"' not in page.text


WHO = {"name": "Lan", "phone": "0912345678", "unit_code": makers.COMMUNE, "address": "12 TP"}


class TestTheCheckout:
    def test_needs_a_name(self, shopper):
        group_id = re.search(r'name="group_id" value="([^"]+)"', shopper.get("/checkout").text)[1]

        page = shopper.send("/checkout", **WHO | {"name": " ", "group_id": group_id})

        assert (page.status_code, 'id="e-name"' in page.text) == (422, True)

    def test_leads_back_to_the_basket_where_a_line_cannot_be_sold(self, shopper, session, berries):
        berries.state = "paused"
        session.flush()

        assert shopper.get("/checkout").location == "/basket"
        assert shopper.send("/checkout", **WHO).status_code in {303, 404}

    def test_is_found_again_by_a_guest_on_the_same_device(self, shopper, browser):
        opened = self.ordered(shopper).location.partition("?")[0]

        assert opened in shopper.get("/orders").text
        assert opened not in browser().get("/orders").text

    def test_knows_who_is_signed_in_and_where_the_last_order_went(
        self, browser, session, now, berries
    ):
        here = browser(people.somebody(session, now, phone="+84912345678"))
        here.send("/basket/lines", listing_id=berries.id, quantity="0,5")
        self.ordered(here)
        here.send("/basket/lines", listing_id=berries.id, quantity="0,5")

        page = here.get("/checkout").text

        assert 'value="+84912345678"' in page
        assert "12 TP</textarea>" in page
        assert f'name="unit_code" value="{makers.COMMUNE}"' in page
        assert 'value="Phường Lâm Viên - Đà Lạt"' in page

    def ordered(self, here):
        group_id = re.search(r'name="group_id" value="([^"]+)"', here.get("/checkout").text)[1]
        return here.send("/checkout", **WHO, group_id=group_id)

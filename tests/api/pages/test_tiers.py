"""Dated prices on the pages: the seller sets them, a buyer sees and pays them."""

import pytest

from catalog import listings, tiers
from catalog.listings import Revision
from catalog.tiers import CustomerGroup, Tier
from market.money import Money
from tests import makers, people

PHONE = "+84912000111"


@pytest.fixture
def farmer(session, now):
    return people.founder(session, now, verified=True)[0]


@pytest.fixture
def berries(session, now, farmer):
    return makers.strawberries(session, now, of=farmer, grams=100_000, price=50_000)


@pytest.fixture
def tier(session, now, farmer, berries):
    def make(grams, price, group=CustomerGroup.RETAIL):
        wanted = Tier(group=group, from_quantity=grams, price=Money(price))
        return tiers.set_tier(session, actor=farmer, listing_id=berries.id, tier=wanted, now=now)

    return make


def board(berries):
    return f"/sell/goods/{berries.id}/prices"


def plain(page):
    return page.text.replace("\xa0", " ")


def typed(**changes):
    return {
        "from_quantity": "10",
        "price": "45.000",
        "group": "retail",
        "valid_from": "",
        "valid_until": "",
    } | changes


class TestBoard:
    def test_is_one_step_from_the_goods(self, browser, farmer, berries):
        assert board(berries) in browser(farmer).get(f"/sell/goods/{berries.id}").text

    def test_takes_a_price_and_gives_it_back(self, browser, farmer, berries):
        here = browser(farmer)

        assert here.send(board(berries), **typed()).location == board(berries)

        page = here.get(board(berries))
        assert "Từ 10 kg" in plain(page)
        assert "45.000 ₫/kg" in plain(page)
        (price,) = here.get(board(berries)).text.split("/removal")[:-1]
        withdrawn = f"{board(berries)}/{price.rpartition('/')[2]}/removal"
        assert here.send(withdrawn).status_code == 303
        assert "45.000 ₫/kg" not in plain(here.get(board(berries)))

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"from_quantity": "10,2"}, "from_quantity"),
            ({"from_quantity": ""}, "from_quantity"),
            ({"price": "0"}, "price"),
            ({"price": "rẻ"}, "price"),
            ({"valid_from": "mai"}, "valid_from"),
            ({"valid_until": "2020-01-01"}, "valid_until"),
        ],
    )
    def test_says_beside_the_field_what_is_wrong(self, browser, farmer, berries, wrong, field):
        page = browser(farmer).send(board(berries), **typed(**wrong))

        assert page.status_code == 422
        assert f'id="e-{field}"' in page.text

    def test_refuses_a_price_twice(self, browser, farmer, berries, tier):
        tier(10_000, 45_000)

        page = browser(farmer).send(board(berries), **typed())

        assert page.status_code == 422
        assert "Cùng nhóm khách, cùng số lượng" in page.text

    def test_puts_a_customer_into_a_group_and_back(self, browser, session, now, farmer, berries):
        makers.person(session, now, phone=PHONE)
        here = browser(farmer)

        here.send(board(berries), phone="0912 000 111", customer="wholesale")
        assert "0912 000 111" in here.get(board(berries)).text

        here.send(board(berries), phone=PHONE, customer="retail")
        assert "0912 000 111" not in here.get(board(berries)).text

    def test_asks_for_a_phone_that_has_signed_in(self, browser, farmer, berries):
        page = browser(farmer).send(board(berries), phone="0912000111", customer="wholesale")

        assert page.status_code == 422
        assert 'id="e-phone"' in page.text

    def test_is_for_its_seller(self, browser, session, now, berries):
        stranger, _ = people.founder(session, now)

        assert browser(stranger).get(board(berries)).status_code == 404


class TestTheShelf:
    def test_says_what_more_would_cost(self, browser, berries, tier):
        tier(10_000, 45_000)
        tier(10_000, 40_000, CustomerGroup.WHOLESALE)

        page = plain(browser().get(f"/g/{berries.id}"))

        assert "Từ 10 kg" in page
        assert "45.000 ₫/kg" in page
        assert "40.000 ₫" not in page

    def test_says_what_it_cost_before(self, browser, session, now, farmer, berries):
        page = browser().get(f"/g/{berries.id}").text
        assert "Giá trước đây" not in page
        revision = Revision(price=Money(48_000), price_is_meant=True)
        which = {"listing_id": berries.id, "revision": revision}
        listings.revise(session, actor=farmer, **which, now=now)
        session.commit()

        page = plain(browser().get(f"/g/{berries.id}"))

        assert "Giá trước đây" in page
        assert "50.000 ₫/kg" in page

    def test_shows_a_paused_one_without_prices(self, browser, session, berries, tier):
        tier(10_000, 45_000)
        berries.state = "paused"
        session.flush()

        page = browser().get(f"/g/{berries.id}")

        assert page.status_code == 200
        assert "Từ 10 kg" not in plain(page)


class TestBasket:
    def test_and_checkout_tell_the_price_that_counts(self, browser, berries, tier):
        tier(10_000, 45_000)
        here = browser()
        here.send("/basket/lines", listing_id=berries.id, quantity="10")

        for path in ("/basket", "/checkout"):
            page = plain(here.get(path))
            assert "Giá từ 10 kg: 45.000 ₫/kg (giá thường 50.000 ₫)" in page
            assert "450.000 ₫" in page

"""Goods sold by the piece and priced by weight, on the pages of who sells and who buys them."""

import pytest

from api import house
from catalog.models import BasketLine, Listing
from market import orders
from market.orders import Rail, State, queries
from tests import makers, people
from tests.api.pages.test_selling import listings_of, typed


@pytest.fixture
def farmer(session, now):
    return people.founder(session, now, verified=True)[0]


@pytest.fixture
def durians(session, now, farmer) -> Listing:
    return makers.durians(session, now, of=farmer)


@pytest.fixture
def order(session, now, farmer, durians):
    group = makers.bought(session, now, (durians, 2), rail=Rail.CASH)
    (order,) = queries.of_group(session, group_id=group.id)
    orders.confirm(session, actor=farmer, order_id=order.id, now=now)
    return order


def scales(order, said):
    return {f"grams-{order.id}-0": said}


class TestListing:
    def test_takes_a_weight_and_a_grade(self, browser, session, farmer):
        here = browser(farmer)
        form = typed(category_code="produce.fruit.durian", piece="3,5", grade="A", quantity="20")

        assert here.send("/sell/new", **form).status_code == 303

        (listing,) = listings_of(session)
        assert (listing.unit, listing.scale, listing.grade) == ("H87", 0, "A")
        assert (listing.piece_grams, listing.tolerance_basis_points) == (3_500, 1_000)
        assert listing.unit_minor == 630_000

    @pytest.mark.parametrize("weight", ["0", "500", "abc", "0,0001"])
    def test_refuses_what_no_piece_weighs_beside_its_field(self, browser, farmer, weight):
        here = browser(farmer)
        form = typed(category_code="produce.fruit.durian", piece=weight, quantity="20")

        page = here.send("/sell/new", **form)

        assert page.status_code == 422
        assert 'id="e-piece"' in page.text


class TestTheShelf:
    def test_tells_what_a_piece_costs_and_how_it_is_weighed(self, browser, durians):
        page = browser().get(f"/g/{durians.id}")

        told = page.text.replace("\xa0", " ")
        assert "350.000 ₫" in told
        assert "100.000 ₫/kg, một trái khoảng 3,5 kg" in told
        assert "Loại A" in told


class TestPacking:
    def test_asks_for_the_weight(self, browser, farmer, order):
        page = browser(farmer).get("/sell/orders")

        assert f'name="grams-{order.id}-0"' in page.text
        assert "/handover" not in page.text

    def test_settles_the_order_for_all_who_look(self, app, browser, session, farmer, order):
        here = browser(farmer)

        here.send(f"/sell/orders/{order.id}/packing", **scales(order, "6"))

        session.refresh(order)
        assert order.state == State.PACKED
        group = session.get_one(orders.OrderGroup, order.group_id)
        with app.app_context():
            link = f"/o/{house.secret_of(house.ORDER, group.code)}"
        for page in (here.get("/sell/orders"), browser().get(link)):
            told = page.text.replace("\xa0", " ")
            assert "cân được 6 kg" in told
            assert "630.000 ₫" in told

    @pytest.mark.parametrize("said", ["7,701", "0", "", "x"])
    def test_of_another_weight_is_asked_again_beside_its_field(
        self, browser, session, farmer, order, said
    ):
        here = browser(farmer)

        page = here.send(f"/sell/orders/{order.id}/packing", **scales(order, said))

        assert page.status_code == 422
        assert f'id="e-grams-{order.id}-0"' in page.text
        session.refresh(order)
        assert order.state == State.CONFIRMED


class TestMoreThanTheHold:
    def test_is_asked_of_the_buyer_who_agrees_on_the_page_of_the_order(
        self, app, browser, session, farmer, order
    ):
        here, packing = browser(farmer), f"/sell/orders/{order.id}/packing"
        refused = here.send(packing, **scales(order, "8"))
        assert 'name="ask" value="0"' in refused.text

        assert here.send(packing, **scales(order, "8"), ask="0").status_code == 303

        (extra,) = queries.supplements(session, order_ids=[order.id])[order.id]
        group = session.get_one(orders.OrderGroup, order.group_id)
        with app.app_context():
            link = f"/o/{house.secret_of(house.ORDER, group.code)}"
        buyer = browser()
        assert "30.000 ₫" in buyer.get(link).text.replace("\xa0", " ")
        assert buyer.send(f"{link}/{extra.id}/agreement").status_code == 303
        assert "Đồng ý trả thêm 30.000 ₫" in here.get("/sell/orders").text.replace("\xa0", " ")
        assert here.send(packing, **scales(order, "8")).status_code == 303
        session.refresh(order)
        assert order.state == State.PACKED

    def test_is_declined_on_the_page_of_the_order(self, app, browser, session, farmer, order):
        here, packing = browser(farmer), f"/sell/orders/{order.id}/packing"
        here.send(packing, **scales(order, "8"), ask="0")
        (extra,) = queries.supplements(session, order_ids=[order.id])[order.id]
        group = session.get_one(orders.OrderGroup, order.group_id)
        with app.app_context():
            link = f"/o/{house.secret_of(house.ORDER, group.code)}"

        browser().send(f"{link}/{extra.id}/cancellation")

        assert "không trả thêm" in here.get("/sell/orders").text

    def test_is_not_ordered_again(self, app, browser, session, farmer, order):
        here, packing = browser(farmer), f"/sell/orders/{order.id}/packing"
        here.send(packing, **scales(order, "8"), ask="0")
        group = session.get_one(orders.OrderGroup, order.group_id)
        with app.app_context():
            link = f"/o/{house.secret_of(house.ORDER, group.code)}"
        buyer = browser()

        buyer.send(f"{link}/again")

        (line,) = session.query(BasketLine).all()
        assert (line.unit, line.quantity) == ("H87", 2)


@pytest.mark.parametrize("position", ["9" * 5000, "-1", "x", "٣"])
def test_a_weight_of_no_line_is_no_weight(browser, farmer, order, position):
    field = {f"grams-{order.id}-{position}": "6"}

    page = browser(farmer).send(f"/sell/orders/{order.id}/packing", **field)

    assert page.status_code == 422


def test_a_price_by_weight_is_named_so_to_its_seller(browser, farmer, durians):
    here = browser(farmer)

    for page in ("/sell", f"/sell/goods/{durians.id}"):
        assert "₫/kg" in here.get(page).text.replace("\xa0", " ").replace("</b><small>", "")

"""Pages of the books: a month's statement that adds up, and the rules of rates."""

import re
from datetime import timedelta

import pytest

from market import clock, cooperatives, ledger, orders, rates
from market.accounts import SYSTEM, Role
from market.accounts import people as accounts_people
from market.ledger import chart
from market.orders import queries
from payments import collecting, fulfilling
from tests import makers, people

DAY = timedelta(days=1)


@pytest.fixture
def farmer(session, now):
    return people.founder(session, now, verified=True)[0]


@pytest.fixture
def sold(session, now, farmer):
    berries = makers.strawberries(session, now, of=farmer, price=180_007)
    group = makers.bought(session, now, (berries, 1500))
    (order,) = queries.of_group(session, group_id=group.id)
    (payment,) = collecting.of_group(session, group_id=group.id)
    makers.receive(session, now, makers.transfer(payment, now))
    orders.confirm(session, actor=farmer, order_id=order.id, now=now)
    fulfilling.hand_over(session, actor=farmer, order_id=order.id, now=now)
    fulfilling.deliver(session, actor=farmer, order=order, now=now)
    makers.release(session, now)
    return order


@pytest.fixture
def administrator(session, now):
    person = makers.person(session, now, name="Chị Hà")
    more = {"person_id": person.id, "role": Role.ADMINISTRATOR, "now": now}
    accounts_people.grant_role(session, actor=SYSTEM, **more)
    return people.again(session, person.id, now)


def figures(page: str) -> list[int]:
    """The amounts of the summary, in its order."""
    rows = re.findall(r'<div class="row[^"]*"><span>[^<]*</span><b>([^<]*)</b>', page)
    return [int(re.sub(r"[^\d−-]", "", row).replace("−", "-")) for row in rows]


class TestStatement:
    def test_of_the_month_adds_up_to_the_ledger(self, session, browser, farmer, sold):
        page = browser(farmer).get("/sell/statement").text

        opening, come, gone, closing = figures(page)
        seller = makers.only(farmer.seller_ids)
        assert opening + come - gone == closing
        assert closing == ledger.balance(session, chart.payable(seller)) > 0
        assert sold.code in page

    def test_of_an_earlier_month_is_empty(self, browser, farmer, sold):
        page = browser(farmer).get("/sell/statement?month=2020-01").text

        assert figures(page) == [0, 0, 0, 0]
        assert sold.code not in page

    @pytest.mark.parametrize("month", ["", "x", "2026-13", "1999-01", "2026-01-01"])
    def test_of_no_month_is_of_this_one(self, browser, farmer, sold, month):
        assert sold.code in browser(farmer).get(f"/sell/statement?month={month}").text

    def test_comes_as_a_sheet(self, browser, farmer, sold):
        answer = browser(farmer).get("/sell/statement?format=csv")

        assert answer.mimetype == "text/csv"
        assert sold.code in answer.text

    def test_is_found_from_the_money(self, browser, farmer):
        assert "/sell/statement" in browser(farmer).get("/sell/money").text

    def test_of_a_member_is_found_from_the_desk(self, session, now, browser, farmer, sold):
        manager = people.founder(session, now, people.COOPERATIVE, verified=True)[0]
        seller = makers.only(farmer.seller_ids)
        asked = cooperatives.ask_to_join(
            session,
            actor=farmer,
            member=cooperatives.CooperativeMember(
                organisation_id=seller,
                cooperative_id=makers.only(manager.cooperative_ids),
                fee_basis_points=100,
            ),
            now=now,
        )
        cooperatives.approve(session, actor=manager, member_id=asked.id, now=now)
        path = f"/desk/members/{seller}/statement"

        assert path in browser(manager).get("/desk/owed").text
        assert sold.code in browser(manager).get(path).text
        others = people.founder(session, now, people.COOPERATIVE, verified=True)[0]
        assert browser(others).get(path).status_code == 404


class TestRates:
    @pytest.fixture
    def given(self):
        day = clock.day_of(clock.now()).isoformat()
        return {"purpose": "commission", "position": "7", "rate": "2,5", "from": day}

    def test_are_entered(self, session, browser, administrator, given):
        answer = browser(administrator).send("/desk/rates", **given, category="coffee")

        (rule,) = rates.told(session, actor=administrator)
        assert answer.status_code == 303
        assert (rule.basis_points, rule.category_code, rule.position) == (250, "coffee", 7)
        page = browser(administrator).get("/desk/rates").text
        assert "2,5 %" in page
        assert "Chị Hà" in page

    @pytest.mark.parametrize(
        "change",
        [
            {"rate": ""},
            {"rate": "-1"},
            {"rate": "2.555"},
            {"rate": "９"},
            {"rate": "51"},
            {"position": "x"},
            {"from": "gone"},
            {"from": "2020-01-01"},
            {"seller": "Nobody"},
            {"category": "x"},
            {"purpose": "x"},
        ],
    )
    def test_that_make_no_sense_are_asked_again(
        self, session, browser, administrator, given, change
    ):
        answer = browser(administrator).send("/desk/rates", **given | change)

        assert answer.status_code == 422
        assert rates.told(session, actor=administrator) == []

    def test_for_one_seller_are_entered_by_name(self, session, now, browser, administrator, given):
        farm = makers.organisation(session, now, name="Vườn Một Mình")

        browser(administrator).send("/desk/rates", **given, seller=farm.name)

        assert rates.told(session, actor=administrator)[0].seller_id == farm.id

    def test_end(self, session, browser, administrator, given):
        browser(administrator).send("/desk/rates", **given)
        (rule,) = rates.told(session, actor=administrator)
        path, field = f"/desk/rates/{rule.id}/end", f"end-{rule.id}"
        tomorrow = clock.day_of(clock.now()) + DAY

        early = browser(administrator).send(path, **{field: str(tomorrow - DAY)})
        done = browser(administrator).send(path, **{field: str(tomorrow)})

        session.refresh(rule)
        assert (early.status_code, done.status_code) == (422, 303)
        assert rule.valid_to == tomorrow

    def test_show_the_packaged_ones(self, session, now, browser, administrator):
        rates.seed(session, now=now)

        page = browser(administrator).get("/desk/rates").text
        assert "117/2025" in page
        assert "Chưa dùng" in page  # taxes are kept, not taken

    def test_end_in_what_applies_where_none_fits(self, browser, administrator):
        page = browser(administrator).get("/desk/rates").text

        row = page.split("Khi không mức nào ở trên hợp")[1]
        assert row.index("3 %") < row.index("MARKET_COMMISSION_BASIS_POINTS")
        assert "Mỗi dòng hàng lúc đặt" in row

    def test_are_not_for_moderators(self, session, now, browser):
        assert browser(people.moderator(session, now)).get("/desk/rates").status_code == 403

"""Pages of what buyers say and remember: reviews, sellers, favourites, ordering again, changes."""

import re

import pytest

from api import house
from catalog import reviewing, reviews, search
from catalog.models import Listing
from market import clock, orders
from market.accounts import NOBODY
from market.accounts.models import Organisation
from market.cases.models import Case
from market.ids import uuid7
from market.orders import Rail
from payments import fulfilling, weighing
from tests import makers, people


@pytest.fixture
def farmer(session, now):
    return people.founder(session, now, verified=True)[0]


@pytest.fixture
def berries(session, now, farmer):
    return makers.strawberries(session, now, of=farmer)


@pytest.fixture
def order(session, now, farmer, berries):
    """One that came."""
    group = makers.bought(session, now, (berries, 1000), rail=Rail.CASH)
    (order,) = orders.queries.of_group(session, group_id=group.id)
    orders.confirm(session, actor=farmer, order_id=order.id, now=now)
    weighing.pack(session, actor=farmer, order_id=order.id, now=now)
    fulfilling.hand_over(session, actor=farmer, order_id=order.id, now=now)
    return fulfilling.deliver(session, actor=farmer, order=order, now=now)


@pytest.fixture
def path(app, session, order):
    """The page of its checkout."""
    group = session.get_one(orders.OrderGroup, order.group_id)
    with app.app_context():
        return "/o/" + house.secret_of(house.ORDER, group.code)


@pytest.fixture
def review(session, now, order, berries):
    said = {"stars": 4, "body": "<script>alert(1)</script>"}
    which = {"order": order, "subject_id": berries.id}
    return reviews.write(session, actor=NOBODY, **which, **said, now=now)


class TestWriting:
    def test_is_done_by_a_guest_on_the_page_of_the_order(self, browser, path, order, berries):
        guest = browser()
        assert f'action="{path}/{order.id}/reviews"' in guest.get(path).text

        said = {"subject_id": str(berries.id), "stars": "5", "body": "Ngọt lắm"}
        sent = guest.send(f"{path}/{order.id}/reviews", **said)

        assert sent.status_code == 303
        assert "Bạn đã đánh giá Dâu tây hái sáng" in guest.get(path).text
        page = guest.get(f"/g/{berries.id}").text
        assert "Ngọt lắm" in page
        assert "★ 5" in page

    @pytest.mark.parametrize(
        "said", [{"stars": ""}, {"stars": "6"}, {"stars": "4", "body": "x" * 2001}]
    )
    def test_is_asked_again_where_it_cannot_be_read(self, browser, path, order, berries, said):
        sent = browser().send(f"{path}/{order.id}/reviews", subject_id=str(berries.id), **said)

        assert sent.status_code == 422
        assert "<details open>" in sent.text

    def test_shows_words_as_words(self, browser, review, berries):
        page = browser().get(f"/g/{berries.id}").text

        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page

    def test_goes_on_over_pages(self, browser, session, now, order, berries):
        for number in range(21):
            row = reviews.Review(
                id=uuid7(), order_id=order.id, subject_id=uuid7(),
                seller_id=berries.seller_id, author="Lan", stars=5, body=f"Lần {number}.",
                state="shown", created_at=now,
            )  # fmt: skip
            session.add(row)
        session.flush()
        first = browser().get(f"/s/{berries.seller_id}").text
        assert (first.count('id="r-'), f"/s/{berries.seller_id}/reviews" in first) == (5, True)

        page = browser().get(f"/s/{berries.seller_id}/reviews").text
        (more,) = re.findall(r'href="(/s/[^"]+cursor=[^"]+)"', page)

        assert "Lần 0." in browser().get(more).text


class TestAnswering:
    def test_stands_below_the_review(self, browser, farmer, review, berries):
        seller = browser(farmer)
        assert f"/reviews/{review.id}/reply" in seller.get(f"/s/{berries.seller_id}").text

        seller.send(f"/reviews/{review.id}/reply", body="Cảm ơn bạn")

        assert "Cảm ơn bạn" in browser().get(f"/g/{berries.id}").text

    def test_is_not_offered_to_others(self, browser, session, now, review, berries):
        reader = browser(people.somebody(session, now)).get(f"/g/{berries.id}").text

        assert f"/reviews/{review.id}/reply" not in reader
        assert f"/reviews/{review.id}/report" in reader

    def test_a_report_is_decided_at_the_desk(self, browser, session, now, review, berries):
        reader, desk = (browser(who(session, now)) for who in (people.somebody, people.moderator))
        reader.send(f"/reviews/{review.id}/report", body="Quảng cáo")
        case = session.query(Case).one()
        page = desk.get(f"/desk/cases/{case.number}").text
        assert "Quảng cáo" in page
        assert "4 trên 5 sao" in page

        desk.send(f"/desk/cases/{case.number}/decision", verdict="approved", reason="Quảng cáo")

        assert f'id="r-{review.id}"' not in browser().get(f"/g/{berries.id}").text


class TestTheSeller:
    def test_has_a_page_with_what_they_sell(self, browser, farmer, session, berries):
        shop = session.get_one(Organisation, makers.only(farmer.seller_ids))

        page = browser().get(f"/s/{shop.id}").text

        assert shop.name in page
        assert "Đã xác minh" in page

    def test_is_found_from_the_goods(self, browser, berries):
        assert f'href="/s/{berries.seller_id}"' in browser().get(f"/g/{berries.id}").text

    def test_says_until_when_they_are_away(self, browser, session, now, berries):
        shop = session.get_one(Organisation, berries.seller_id)
        shop.closed_until = clock.day_of(now)
        session.flush()

        assert "Người bán nghỉ tới hết ngày" in browser().get(f"/s/{shop.id}").text

    def test_who_is_not_verified_and_sells_nothing_is_not_found(self, browser, session, now):
        _, farm = people.founder(session, now)

        assert browser().get(f"/s/{farm}").status_code == 404
        assert browser().get(f"/s/{uuid7()}").status_code == 404


class TestFavourites:
    def test_are_remembered_and_forgotten(self, browser, session, now, berries):
        search.refresh(session, subject_id=berries.id)
        reader = browser(people.somebody(session, now))
        for its_id in (berries.id, berries.seller_id, berries.id):
            assert reader.send(f"/favourites/{its_id}").status_code == 303
        page = reader.get("/favourites").text
        assert f"/g/{berries.id}" in page
        assert f"/s/{berries.seller_id}" in page
        assert "♥" in reader.get(f"/g/{berries.id}").text

        reader.send(f"/favourites/{berries.id}", drop="1")

        assert f"/g/{berries.id}" not in reader.get("/favourites").text

    def test_that_are_gone_are_not_shown(self, browser, session, now, farmer, berries):
        search.refresh(session, subject_id=berries.id)
        reader = browser(people.somebody(session, now))
        reader.send(f"/favourites/{berries.id}")
        reviewing.pause(session, actor=farmer, kind=Listing, offer_id=berries.id, now=now)

        assert f"/g/{berries.id}" not in reader.get("/favourites").text

    def test_are_of_what_there_is(self, browser, session, now):
        reader = browser(people.somebody(session, now))

        assert reader.send(f"/favourites/{uuid7()}").status_code == 404

    def test_ask_a_guest_to_sign_in(self, browser, berries):
        sent = browser().send(f"/favourites/{berries.id}")

        assert sent.location.startswith("/sign-in?")


class TestOrderingAgain:
    def test_fills_the_basket(self, browser, path, order, berries):
        guest = browser()

        sent = guest.send(f"{path}/again", order_id=str(order.id))

        assert sent.location == "/basket"
        assert f"/g/{berries.id}" in guest.get("/basket").text

    def test_says_what_is_left_out(self, browser, session, now, path, farmer, berries):
        reviewing.pause(session, actor=farmer, kind=Listing, offer_id=berries.id, now=now)

        sent = browser().send(f"{path}/again")

        assert "Dâu tây hái sáng: Người bán tạm nghỉ món này" in sent.text


class TestChanges:
    @pytest.fixture
    def manager(self, session, now, farmer):
        return people.cooperative_of(session, now, farmer)[0]

    def price(self, browser, farmer, berries, price):
        return browser(farmer).send(
            f"/sell/goods/{berries.id}", price=price, title="Dâu tây hái sáng"
        )

    def test_wait_where_the_cooperative_wants_to_see_them(
        self, browser, session, farmer, manager, berries
    ):
        assert "changes" in browser(manager).get("/desk").text
        assert browser(manager).send("/desk/changes", on="on").status_code == 303

        self.price(browser, farmer, berries, "200.000")

        case = session.query(Case).one()
        assert case.number in browser(farmer).get(f"/sell/goods/{berries.id}").text
        page = browser(manager).get(f"/desk/cases/{case.number}").text
        assert re.search(r"180\.000.₫.*200\.000.₫", page, re.DOTALL)
        session.refresh(berries)
        assert berries.price_minor == 180_000

        browser(manager).send(f"/desk/cases/{case.number}/decision", verdict="approved")

        session.refresh(berries)
        assert berries.price_minor == 200_000

    def test_are_made_at_once_elsewhere(self, browser, session, farmer, manager, berries):
        self.price(browser, farmer, berries, "200.000")

        session.refresh(berries)
        assert berries.price_minor == 200_000

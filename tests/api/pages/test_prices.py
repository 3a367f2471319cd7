"""Reference prices on the pages: the seller's board, her form with its question, the desk."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from catalog import reference_prices
from catalog.models import Listing, ListingState, ReferencePrice
from catalog.reference_prices import Entry
from market import clock
from market.accounts import SYSTEM
from market.cases.models import Case
from market.money import Money
from tests import makers, people
from tests.api.pages.test_selling import photo, typed

BERRIES, COFFEE, PEPPER, ROSE = (
    "produce.fruit.strawberry",
    "coffee.green.robusta",
    "pepper.black",
    "flowers.rose",
)
FAR_BELOW = "40.000 ₫ thấp hơn nhiều so với giá tham khảo 180.000 ₫ (Báo Lâm Đồng, "


def read(page):
    return page.text.replace("\u00a0", " ")


@pytest.fixture
def enter(session, now):
    def enter(category, minor, *, days_ago=0):
        day = clock.day_of(now) - timedelta(days=days_ago)
        entry = Entry(category=category, price=Money(minor), day=day, source="Báo Lâm Đồng")
        reference_prices.enter(session, actor=SYSTEM, entries=[entry], now=now)

    return enter


@pytest.fixture
def farmer(session, now):
    return people.founder(session, now, verified=True)[0]


@pytest.fixture
def berries(session, now, farmer):
    return makers.strawberries(session, now, of=farmer)


class TestTheBoard:
    def test_begins_the_sellers_page_with_what_she_sells(self, browser, enter, farmer, berries):
        for category, minor in ((COFFEE, 95_500), (ROSE, 2_000), (BERRIES, 180_000)):
            enter(category, minor)
        enter(PEPPER, 149_000, days_ago=20)

        page = read(browser(farmer).get("/sell"))

        board = page[page.index("Giá hôm nay tại vườn") : page.index("Chờ bạn nhận")]
        order = [board.index(word) for word in ("Dâu tây", "Nhân Robusta", "Hoa hồng", "Tiêu đen")]
        assert order == sorted(order)
        assert "hôm nay · Báo Lâm Đồng" in board
        assert board.count("giá đã cũ") == 1
        assert "Xem thêm 1 mặt hàng" in board

    def test_is_for_everybody(self, browser, enter):
        enter(COFFEE, 95_900, days_ago=1)
        enter(COFFEE, 95_500)
        here = browser()

        for path in ("/", "/prices"):
            page = read(here.get(path))
            assert "95.500 ₫" in page
            assert "−400 ₫" in page

    def test_takes_no_room_where_no_price_is_known(self, browser, farmer):
        assert "Giá hôm nay tại vườn" not in browser(farmer).get("/sell").text
        assert "Giá hôm nay tại vườn" not in browser().get("/").text
        assert "Chưa có giá nào" in browser().get("/prices").text


class TestTheForm:
    def test_says_what_the_chosen_kind_fetches(self, browser, enter, farmer, berries):
        enter(BERRIES, 180_000)
        line = "Giá tham khảo hôm nay: 180.000 ₫/kg · nguồn: Báo Lâm Đồng</p>"
        here = browser(farmer)

        assert line not in read(here.get("/sell/new"))
        assert line in read(here.send("/sell/new", **typed(title="")))
        assert line in read(here.get(f"/sell/goods/{berries.id}"))

    def test_questions_a_price_far_below_and_loses_nothing(self, browser, session, enter, farmer):
        enter(BERRIES, 180_000)
        here, form = browser(farmer), typed(price="40.000", about="Ngọt lắm.")

        page = here.send("/sell/new", **form)

        assert (page.status_code, FAR_BELOW in read(page)) == (422, True)
        for kept in ('value="40.000"', 'value="12,5"', 'value="Dâu tây hái sáng"', "Ngọt lắm."):
            assert kept in page.text
        assert 'type="checkbox" id="f-price_is_meant"' in page.text
        assert session.scalars(select(Listing)).all() == []

        meant = here.send("/sell/new", **form, price_is_meant="true", photos=photo())
        assert meant.status_code == 303
        listing = session.scalars(select(Listing)).one()
        assert (listing.price_minor, listing.state) == (40_000, ListingState.REVIEW)

    def test_has_whoever_reviews_it_see_the_board_beside_the_price(
        self, browser, session, now, enter, farmer
    ):
        enter(BERRIES, 180_000)
        browser(farmer).send("/sell/new", **typed(price="40.000", price_is_meant="true"))
        number = session.scalars(select(Case.number)).one()

        page = read(browser(people.moderator(session, now)).get(f"/desk/cases/{number}"))

        assert "40.000 ₫/kg" in page
        assert "180.000 ₫/kg · hôm nay · Báo Lâm Đồng" in page

    def test_keeps_the_tick_when_something_else_is_wrong(self, browser, enter, farmer):
        enter(BERRIES, 180_000)

        page = browser(farmer).send(
            "/sell/new", **typed(price="40.000", price_is_meant="true", title="")
        )

        assert page.status_code == 422
        assert 'value="true" checked' in page.text

    def test_questions_a_cut_of_what_is_on_sale(self, browser, session, enter, farmer, berries):
        enter(BERRIES, 180_000)
        here, path = browser(farmer), f"/sell/goods/{berries.id}"
        cut = {"title": "Dâu chín cây", "price": "40.000", "quantity": "36", "was": "10"}

        page = here.send(path, **cut)

        assert (page.status_code, FAR_BELOW in read(page)) == (422, True)
        assert 'value="Dâu chín cây"' in page.text
        assert 'value="36"' in page.text
        session.refresh(berries)
        assert berries.price_minor == 180_000
        assert here.send(path, **cut, price_is_meant="true").status_code == 303
        session.refresh(berries)
        assert berries.price_minor == 40_000

    def test_questions_a_draft_that_is_handed_in_from_the_list(
        self, browser, session, enter, farmer, berries
    ):
        berries.state, berries.price_minor = ListingState.DRAFT, 40_000
        session.flush()
        enter(BERRIES, 180_000)
        here, path = browser(farmer), f"/sell/goods/{berries.id}/submission"

        page = here.send(path)

        assert (page.status_code, FAR_BELOW in read(page)) == (422, True)
        assert 'name="price_is_meant" value="true"' in page.text
        assert "Giá này đúng ý tôi" in page.text
        assert here.send(path, price_is_meant="true").status_code == 303
        session.refresh(berries)
        assert berries.state == ListingState.REVIEW

    def test_says_nothing_of_a_price_to_other_steps(self, browser, farmer, berries):
        path = f"/sell/goods/{berries.id}/pause"

        assert browser(farmer).send(path, price_is_meant="true").status_code == 303


ONE = {"category": COFFEE, "price": "95.500", "day": "2026-11-05", "source": "Chợ"}


class TestTheDesk:
    @pytest.fixture
    def here(self, browser, session, now):
        return browser(people.moderator(session, now))

    def prices(self, session):
        rows = session.scalars(select(ReferencePrice).order_by(ReferencePrice.category_code))
        return [(row.category_code, row.price_minor, str(row.day)) for row in rows]

    def test_is_reached_by_the_markets_people_alone(self, browser, here, farmer):
        assert 'href="/desk/prices"' in here.get("/desk/cases").text
        assert here.get("/desk/prices").status_code == 200
        assert browser(farmer).get("/desk/prices").status_code == 403
        assert browser(farmer).send("/desk/prices", **ONE).status_code == 403

    def test_keeps_one_price(self, session, here):
        answer = here.send("/desk/prices", **ONE)

        assert (answer.status_code, answer.location) == (303, "/desk/prices")
        assert "Đã lưu." in here.get("/desk/prices").text
        assert self.prices(session) == [(COFFEE, 95_500, "2026-11-05")]

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("category", ""),
            ("category", "x"),
            ("price", ""),
            ("price", "1.5"),
            ("unit", "x"),
            ("day", "2999-01-01"),
            ("day", "hôm nọ"),
            ("source", ""),
            ("source", "x" * 201),
        ],
    )
    def test_shows_what_is_wrong_with_it(self, session, here, field, value):
        page = here.send("/desk/prices", **ONE | {field: value})

        assert (page.status_code, f'id="e-{field}"' in page.text) == (422, True)
        assert self.prices(session) == []

    def test_keeps_a_table_pasted_or_sent_as_a_file(self, session, here):
        table = "ngày;mặt hàng;giá;nguồn\n5/11/2026;Tiêu đen;149.000;Chợ\n"
        other = "day,product,price,source\n2026-11-05,Hoa hồng,2000,Chợ\n".encode()

        here.send("/desk/prices", table=table)
        here.send("/desk/prices", file=(io.BytesIO(other), "gia.csv"))

        assert self.prices(session) == [
            (ROSE, 2_000, "2026-11-05"),
            (PEPPER, 149_000, "2026-11-05"),
        ]

    def test_names_the_bad_rows_of_a_table_and_gives_it_back(self, session, here):
        table = "ngày;mặt hàng;giá;nguồn\n5/11/2026;Tiêu đen;149.000;Chợ\n31/11/2026;Tiêu;x;Chợ"

        page = here.send("/desk/prices", table=table)

        assert page.status_code == 422
        for said in ("cột Ngày: Ngày không đúng", "cột Giá một đơn vị: Phải là số nguyên"):
            assert f"Dòng 3, {said}" in page.text
        assert "149.000;Chợ" in page.text
        assert self.prices(session) == []

    def test_says_where_a_table_cannot_be_read(self, here):
        page = here.send("/desk/prices", table="ngày;giá\n5/11/2026;1")

        assert (page.status_code, 'id="e-table"' in page.text) == (422, True)
        assert "dòng 1, cột mặt hàng" in page.text

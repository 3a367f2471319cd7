"""What everybody sees: the first page, search, the frame around every page, and its refusals."""

import re

import pytest

from api.pages.searching import PAGE
from catalog import listings, search
from market import accounts
from market.accounts.models import Challenge, Post
from tests import makers, people


@pytest.fixture
def farm(session, now):
    return makers.seller(session, now, name="Vườn Ka Hòa")


@pytest.fixture
def berries(session, now, farm):
    return shown(session, makers.strawberries(session, now, of=farm))


@pytest.fixture
def tour(session, now, farm):
    return shown(session, makers.tour(session, now, of=farm)[0])


@pytest.fixture
def others(session, now):
    other = makers.seller(session, now, name="Vườn Khác")
    return shown(session, makers.strawberries(session, now, of=other, price=90_000))


def shown(session, offer):
    search.refresh(session, subject_id=offer.id)
    return offer


def found(page):
    return set(re.findall(r'<h3><a href="/[gx]/([^"]+)"', page.text))


def ids(*offers):
    return {str(offer.id) for offer in offers}


class TestSearch:
    def test_of_one_seller_has_their_name_and_keeps_to_them(
        self, browser, farm, berries, tour, others
    ):
        page = browser().get(f"/search?seller={makers.only(farm.seller_ids)}")

        assert found(page) == ids(berries, tour)
        assert "<h1>Vườn Ka Hòa</h1>" in page.text
        assert f'name="seller" value="{makers.only(farm.seller_ids)}"' in page.text

    def test_tabs_keep_what_else_was_asked_for(self, browser, berries, tour):
        page = browser().get("/search?q=dau&kind=visit")
        tabs = page.text[page.text.index('class="tabs"') :]
        (goods,) = re.findall(r'href="(/search\?[^"]*kind=goods)"', tabs.replace("&amp;", "&"))

        assert found(page) == ids(tour)
        assert found(browser().get(goods)) == ids(berries)

    def test_says_what_it_shows(self, browser, berries, others):
        page = browser().get("/search?category=produce.fruit&price_to=100.000")

        assert found(page) == ids(others)
        assert "<h1>Trái cây dưới 100.000\u00a0₫</h1>" in page.text

    def test_asks_whether_something_else_was_meant_and_never_rewrites(self, browser, berries):
        here = browser()

        page = here.get("/search?q=daau+taay&kind=goods")

        (words,) = re.findall(r'<a href="(/search[^"]*)">dâu tây</a>', page.text)
        assert found(page) == set()
        assert found(here.get(words.replace("&amp;", "&"))) == ids(berries)

    def test_says_which_price_it_could_not_read(self, browser, berries):
        page = browser().get("/search?price_to=abc")

        assert (page.status_code, 'id="e-price_to"' in page.text) == (200, True)

    def test_sends_what_narrows_only_to_who_asks_for_it(self, browser, berries):
        assert "<option" not in browser().get("/search?q=dau").text
        assert 'name="near_text"' in browser().get("/search?q=dau&narrow=1").text

    def test_counts_what_is_found_and_narrows_by_a_link(self, browser, berries, others):
        here = browser()
        page = here.get("/search?narrow=1")

        (fruit,) = re.findall(r'href="([^"]*)"[^>]*>Nông sản <small>(?:\d+)</small>', page.text)
        narrowed = here.get(fruit.replace("&amp;", "&"))

        assert found(narrowed) == ids(berries, others)
        assert "Tìm thấy 2" in narrowed.text
        (off,) = re.findall(r'<a class="btn" href="([^"]*)">Nông sản ×</a>', narrowed.text)
        assert "category" not in off

    def test_goes_through_all_orders_page_by_page(self, browser, session, farm, now):
        for _ in range(PAGE + 1):
            shown(session, makers.strawberries(session, now, of=farm))
        here = browser()
        for order in ("relevance", "newest", "price", "price_down", "name", "nearest"):
            near = "&near=24778" if order == "nearest" else ""
            first = here.get(f"/search?q=dau&sort={order}{near}")
            (more,) = re.findall(r'href="([^"]*)" rel="next"', first.text)
            second = here.get(more.replace("&amp;", "&"))
            assert len(found(first) | found(second)) == PAGE + 1, order

    def test_goes_on_only_where_it_said_itself(self, browser, berries):
        assert browser().get("/search?cursor=forged-forged-forged").status_code == 422

    def test_asks_which_place_is_meant_by_near(self, browser, berries):
        page = browser().get("/search?near_text=Bảo+Lộc")

        assert page.status_code == 200
        assert "Phường 1 Bảo Lộc" in page.text
        assert found(page) == ids(berries)

    def test_names_the_sellers_and_places_that_may_be_meant(self, browser, berries):
        page = browser().get("/search?q=Lâm+Viên").text

        assert "Phường Lâm Viên - Đà Lạt</a>" in page

    @pytest.mark.parametrize(
        "query",
        [
            'seller_kind=x&harvest=2026-99&sort=up&near=0&commune="+OR+"&category=moon',
            "near_text=" + "x" * 9_000,
            "q=" + "%F0%9F%98%80" * 2_000,
            "harvest=2026-12&price_from=9&price_to=1&seller=x",
        ],
    )
    def test_takes_what_it_cannot_read_as_not_asked(self, browser, berries, query):
        assert browser().get(f"/search?{query}").status_code == 200

    def test_marks_what_is_sold_out(self, browser, session, now, farm, berries):
        assert "Hết hàng" not in browser().get("/search").text

        makers.bought(session, now, (berries, 10_000))

        assert "Hết hàng" in browser().get("/search").text


class TestTheFirstPage:
    def test_shows_every_seller_before_anybodys_second(self, browser, session, now, farm, others):
        for _ in range(9):
            shown(session, makers.strawberries(session, now, of=farm))

        assert ids(others) <= found(browser().get("/"))


class TestSigningIn:
    def sign_in(self, app, session, here, address):
        here.send("/sign-in", address=address)
        challenge = session.query(Challenge).order_by(Challenge.created_at.desc()).first()
        key = app.config["SETTINGS"].secret_key
        code = accounts.people.code_of(key, challenge.id, challenge.destination)
        return here.send("/sign-in/code", challenge_id=challenge.id, code=code)

    def test_leads_to_where_ones_work_begins(self, app, browser, session, now):
        boss, where = people.founder(session, now, people.COOPERATIVE, phone="+84912345601")
        people.founder(session, now, phone="+84912345602")
        people.colleague(session, now, boss, where, Post.ACCOUNTANT)

        firsts = [
            self.sign_in(app, session, browser(), f"091234560{number}").location
            for number in (1, 2, 3)
        ]

        assert firsts == ["/desk", "/sell", "/"]

    def test_offers_a_new_code_when_the_old_one_is_used_up(self, browser, session):
        here = browser()
        here.send("/sign-in", address="0912345678")
        challenge = session.query(Challenge).one()
        for _ in range(5):
            here.send("/sign-in/code", challenge_id=challenge.id, code="x")

        page = here.send("/sign-in/code", challenge_id=challenge.id, code="x")

        assert (page.status_code, 'action="/sign-in"' in page.text) == (422, True)
        assert 'value="+84912345678"' in page.text


class TestARefusal:
    def test_keeps_the_readers_frame_and_leads_back(self, browser, session, now):
        farmer, _ = people.founder(session, now)
        here = browser(farmer)

        page = here.client.get("/l/zzz", headers={"Referer": "http://localhost/search?q=dau"})

        assert (page.status_code, "Vườn Thử" in page.text) == (404, False)
        assert 'href="/account"' in page.text
        assert 'href="/search?q=dau"' in page.text
        assert 'action="/l"' in page.text

    def test_leads_to_no_other_site(self, browser):
        page = browser().client.get("/nope", headers={"Referer": "http://evil.example/x"})

        assert "evil" not in page.text


class TestStaticFiles:
    def test_are_kept_for_a_year_by_the_version_a_page_names(self, browser):
        here = browser()
        (sheet,) = re.findall(r'rel="stylesheet" href="([^"]+)"', here.get("/").text)

        kept = [here.get(path).headers["Cache-Control"] for path in (sheet, "/static/look.css")]

        assert "max-age=31536000" in kept[0]
        assert "no-cache" in kept[1]


class TestTheStoryOfALot:
    def test_leads_to_what_is_on_sale_from_it(self, browser, session, now, berries, others):
        (lot,) = listings.lots_of(session, listing_id=berries.id, now=now)
        session.commit()

        page = browser().client.get(f"/l/{lot.code.lower()}")

        assert page.status_code == 200
        assert found(page) == ids(berries)

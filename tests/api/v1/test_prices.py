"""Reference prices over HTTP: told as JSON or CSV, read as board or history, and asked about."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from api.v1.prices import ROWS_MAX
from catalog.models import Listing, ListingState, ReferencePrice
from market import clock
from tests import makers

BERRIES = "produce.fruit.strawberry"


@pytest.fixture
def today():
    return clock.day_of(clock.now())


def price(minor=92_000, **changes):
    money = {"amount": minor, "currency": "VND"}
    return {"category": "coffee.green.robusta", "price": money, "source": "Báo Lâm Đồng"} | changes


def money(minor):
    return {"price": {"amount": minor, "currency": "VND"}}


def csv_of(caller, text, **more):
    content = text if isinstance(text, bytes) else text.encode()
    return caller.ask("POST", "/prices", data=content, content_type="text/csv", **more)


def wrong(answer):
    assert answer.status_code == 422, answer.json
    return {(error["field"], error["code"]) for error in answer.json["errors"]}


class TestTelling:
    def test_is_for_the_markets_people(self, nobody, buyer, farmer, moderator):
        told = {"items": [price()]}

        statuses = [each.post("/prices", told).status_code for each in (nobody, buyer, farmer)]

        assert statuses == [401, 403, 403]
        assert moderator.post("/prices", told).status_code == 201

    def test_answers_with_the_board(self, moderator, nobody, today):
        told = moderator.post("/prices", {"items": [price()]})

        assert told.json == nobody.get("/prices").json
        assert told.json["items"] == [
            price(unit="KGM", day=today.isoformat(), change=None, stale=False)
        ]

    def test_keeps_all_or_none_and_says_what_is_wrong_where(self, moderator, nobody, today):
        tomorrow = (today + timedelta(days=1)).isoformat()
        told = [
            price(),
            price(0),
            price(category="produce.stone"),
            price(category="experience.farm"),
            price(day=tomorrow),
            price(unit="ABC", source=" "),
        ]

        answer = moderator.post("/prices", {"items": told})

        assert wrong(answer) == {
            ("items.1.price.amount", "field.range"),
            ("items.2.category", "field.not_allowed"),
            ("items.3.category", "field.not_allowed"),
            ("items.4.day", "field.in_future"),
            ("items.5.unit", "field.not_allowed"),
            ("items.5.source", "field.too_short"),
        }
        assert nobody.get("/prices").json["items"] == []

    @pytest.mark.parametrize("body", [{}, {"items": []}, {"items": [1]}, {"prices": [price()]}])
    def test_refuses_what_is_no_list_of_prices(self, moderator, body):
        assert moderator.post("/prices", body).status_code == 422

    def test_happens_once_for_one_key(self, session, moderator):
        key = {"Idempotency-Key": "prices-of-today"}

        first = moderator.post("/prices", {"items": [price()]}, headers=key)
        again = moderator.post("/prices", {"items": [price()]}, headers=key)

        assert (again.json, again.headers["Idempotency-Replayed"]) == (first.json, "true")
        other = moderator.post("/prices", {"items": [price(1)]}, headers=key)
        assert other.json["code"] == "idempotency.key_reused"


class TestATable:
    @pytest.mark.parametrize(
        "text",
        [
            "category,price,day,source\ncoffee.green.robusta,92000,2026-11-05,Chợ\n",
            "\ufeffNgày;Mặt hàng;Giá;Nguồn\n5/11/2026;Nhân Robusta;92.000 đ;Chợ\n",
            "NGUỒN\tĐƠN VỊ\tGIÁ\tNGÀY\tSẢN PHẨM\nChợ\tkg\t92.000\t05/11/2026\tnhân robusta\n",
            'Product,Unit,Price,Date,Source\nGreen Robusta,KGM,"92,000 VND",05/11/2026,Chợ\n\n',
        ],
        ids=["codes", "Vietnamese", "pasted", "English"],
    )
    def test_is_read_as_people_write_it(self, session, moderator, text):
        answer = csv_of(moderator, text)

        assert answer.status_code == 201, answer.json
        row = session.scalars(select(ReferencePrice)).one()
        assert (row.category_code, row.day.isoformat()) == ("coffee.green.robusta", "2026-11-05")
        assert (row.price_minor, row.unit, row.source) == (92_000, "KGM", "Chợ")

    def test_is_kept_whole_or_not_at_all_and_each_bad_row_is_named(self, session, moderator):
        answer = csv_of(
            moderator,
            "category,price,day,source\n"
            "pepper.black,149000,2026-11-05,Chợ\n"
            "pepper.black,một trăm,2026-11-04,Chợ\n"
            "\n"
            "pepper.blue,149000,31/11/2026,Chợ\n"
            "pepper.black,,2999-01-01,\n"
            "pepper.black,149.5,,Chợ\n",
        )

        assert wrong(answer) == {
            ("lines.3.price.amount", "field.not_integer"),
            ("lines.5.category", "field.not_allowed"),
            ("lines.5.day", "field.bad_day"),
            ("lines.6.price", "field.required"),
            ("lines.6.day", "field.bad_day"),
            ("lines.6.source", "field.required"),
            ("lines.7.price.amount", "field.not_integer"),
        }
        assert session.scalars(select(ReferencePrice)).all() == []

    @pytest.mark.parametrize(
        ("content", "row", "column"),
        [
            ("", 1, "category"),
            ("category,price,day,source\n", 2, "rows"),
            ("category,price,day\n", 1, "source"),
            ("category,price,day,source,giá\n", 1, "price"),
            ("category,price,day,source\npepper.black,149,000,2026-11-05,Chợ\n", 2, "cells"),
            ("Ngày".encode("utf-16") + b"\xdc", 0, "encoding"),
            ("category,price,day,source\n" + "x,1,,y\n" * (ROWS_MAX + 1), ROWS_MAX + 2, "rows"),
        ],
    )
    def test_that_is_none_is_refused_where_it_stops(self, moderator, content, row, column):
        answer = csv_of(moderator, content)

        assert (answer.status_code, answer.json["code"]) == (422, "prices.unreadable")
        assert answer.json["params"] == {"row": row, "column": column}

    def test_that_never_ends_is_too_large_and_not_kept_in_part(self, session, moderator):
        sheet = b"category,price,source\n" + f"{BERRIES},92000,x".encode() + b" " * 300_000
        unbounded = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
        given = {"input_stream": io.BytesIO(sheet), "environ_overrides": unbounded}

        sent = moderator.ask("POST", "/prices", content_type="text/csv", **given)

        assert sent.status_code == 413
        assert session.scalar(select(ReferencePrice)) is None

    def test_is_of_a_kind_that_is_read(self, moderator):
        answer = moderator.ask("POST", "/prices", data=b"x", content_type="text/plain")

        assert answer.status_code == 415


class TestReading:
    @pytest.fixture
    def told(self, moderator, today):
        for days_ago, minor in ((40, 90_000), (20, 95_000), (1, 92_000)):
            day = (today - timedelta(days=days_ago)).isoformat()
            moderator.post("/prices", {"items": [price(minor, day=day)]})
        moderator.post("/prices", {"items": [price(149_000, category="pepper.black")]})

    def amounts(self, answer):
        assert answer.status_code == 200, answer.json
        return [(item["price"]["amount"], item["stale"]) for item in answer.json["items"]]

    @pytest.mark.usefixtures("told")
    def test_shows_the_newest_of_each_or_of_one(self, nobody):
        board = nobody.get("/prices")
        one = nobody.get("/prices?category=coffee.green.robusta")

        assert self.amounts(board) == [(92_000, False), (149_000, False)]
        assert self.amounts(one) == [(92_000, False)]
        assert one.json["items"][0]["change"] == {"amount": -3_000, "currency": "VND"}

    @pytest.mark.usefixtures("told")
    def test_shows_one_products_history(self, nobody, today):
        since = (today - timedelta(days=30)).isoformat()

        found = nobody.get(f"/prices?category=coffee.green.robusta&since={since}")

        assert self.amounts(found) == [(92_000, False), (95_000, True)]

    @pytest.mark.parametrize(
        "query",
        [
            "since=2026-01-01",
            "category=produce.stone",
            "category=pepper.black&since=2026-02-01&until=2026-01-01",
            "category=pepper.black&since=x",
        ],
    )
    def test_refuses_what_it_cannot_answer(self, nobody, query):
        assert nobody.get(f"/prices?{query}").status_code == 422


class TestAnOfferFarBelow:
    @pytest.fixture
    def draft(self, farmer, moderator):
        moderator.post("/prices", {"items": [price(180_000, category=BERRIES)]})
        answer = farmer.post(
            "/listings",
            {
                "seller_id": str(farmer.organisation_id),
                "category": BERRIES,
                "commune": makers.COMMUNE,
                "price": {"amount": 40_000, "currency": "VND"},
                "texts": {"vi": {"title": "Dâu tây"}},
            },
        )
        assert answer.status_code == 201, answer.json
        return f"/listings/{answer.json['id']}"

    def test_is_questioned_when_it_is_handed_in(self, farmer, draft, today):
        question = farmer.post(f"{draft}/submission")

        assert (question.status_code, question.json["code"]) == (409, "price.far_below")
        assert question.json["params"] == {
            "given": {"amount": 40_000, "currency": "VND"},
            "reference": {"amount": 180_000, "currency": "VND"},
            "source": "Báo Lâm Đồng",
            "day": today.isoformat(),
        }
        assert "180,000" in question.json["detail"] or "180.000" in question.json["detail"]
        assert farmer.get(draft).json["state"] == "draft"

    def test_goes_to_the_desk_once_it_is_meant(self, farmer, draft):
        key = {"Idempotency-Key": "handed-in"}
        assert farmer.post(f"{draft}/submission", headers=key).status_code == 409

        meant = farmer.post(f"{draft}/submission", {"price_is_meant": True}, headers=key)

        assert (meant.status_code, meant.json["state"]) == (201, "review")

    def test_is_questioned_when_a_live_price_is_cut(self, session, farmer, draft):
        cut = money(20_000)
        as_a_draft = farmer.patch(draft, money(30_000), version=1)
        session.execute(update(Listing).values(state=ListingState.LIVE))

        question = farmer.patch(draft, cut, version=2)
        meant = farmer.patch(draft, cut | {"price_is_meant": True}, version=2)

        assert as_a_draft.status_code == 200
        assert (question.status_code, question.json["code"]) == (409, "price.far_below")
        assert (meant.status_code, meant.json["price"]["amount"]) == (200, 20_000)

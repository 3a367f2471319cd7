"""Search over HTTP: what is asked strangely is answered or refused, never failed."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog import search
from market import clock
from tests import makers


@pytest.fixture
def now():
    return clock.now()


@pytest.fixture
def berries(session, now):
    """Strawberries and a visit to where they grow."""
    farmer = makers.seller(session, now, name="Vườn Gió")
    goods = makers.strawberries(session, now, of=farmer)
    visit, _ = makers.tour(session, now, of=farmer)
    for offer in (goods, visit):
        search.refresh(session, subject_id=offer.id)
    session.flush()
    return goods, visit


def titles(answer):
    return [item["title"] for item in answer.json["items"]]


class TestFinding:
    def test_finds_with_and_without_marks(self, nobody, berries):
        for query in ("dâu tây", "dau tay", "DÂU TÂY", "strawberries"):
            answer = nobody.get("/search", query_string={"q": query, "kind": "goods"})
            assert titles(answer) == ["Dâu tây hái sáng"]

    def test_shows_goods_and_visits_together(self, nobody, berries):
        answer = nobody.get("/search?q=dau")

        assert {item["kind"] for item in answer.json["items"]} == {"goods", "visit"}

    def test_serves_the_readers_language_and_says_where_it_cannot(self, nobody, berries):
        items = nobody.get("/search?q=dau&lang=en").json["items"]

        shown = {item["kind"]: (item["title"], item.get("_lang")) for item in items}
        assert shown == {
            "goods": ("Strawberries", None),
            "visit": ("Sáng ở vườn dâu", {"title": "vi"}),
        }

    def test_narrows_by_price(self, nobody, berries):
        answer = nobody.get("/search?price_from=160000&price_to=180000")

        assert [item["kind"] for item in answer.json["items"]] == ["goods"]

    @pytest.mark.parametrize(
        "query",
        [
            "price_from=-1",
            "sort=up",
            "near=00000",
            "harvest=2026-13",
            "seller_kind=cooperatives",
            "overview=maybe",
            "price_from=a",
            "kind=houses",
            "q=" + "x" * 201,
            "q=a%00b",
            "q=%ff",
            "q=a&q=b",
        ],
    )
    def test_refuses_what_cannot_be_asked(self, nobody, query):
        assert nobody.get(f"/search?{query}").status_code in {400, 422}

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(query=st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40))
    def test_answers_whatever_is_asked(self, nobody, query):
        assert nobody.get("/search", query_string={"q": query}).status_code in {200, 422}


class TestOverview:
    def test_counts_what_is_found_by_what_it_can_be_narrowed(self, nobody, berries):
        answer = nobody.get("/search?q=dau&overview=true").json["overview"]

        one = {"count": 1, "more": False}
        assert answer["total"] == {"count": 2, "more": False}
        assert answer["facets"]["category"] == [
            {"value": "experience"} | one,
            {"value": "produce"} | one,
        ]
        assert answer["facets"]["price"] == [{"value": "100000", "count": 2, "more": False}]
        assert [each["value"] for each in answer["facets"]["commune"]] == [makers.COMMUNE]

    def test_each_value_finds_as_many_as_it_says(self, nobody, berries):
        facets = nobody.get("/search?overview=true").json["overview"]["facets"]

        for facet in ("category", "commune", "seller_kind", "harvest"):
            for each in facets[facet]:
                found = nobody.get(f"/search?{facet}={each['value']}").json["items"]
                assert len(found) == each["count"], (facet, each)

    def test_names_sellers_and_places_that_may_be_meant(self, nobody, berries):
        by_name = nobody.get("/search?q=vuon+gio&overview=true").json["overview"]
        by_place = nobody.get("/search?q=phu+quy&overview=true").json["overview"]

        assert [(each["name"], each["kind"]) for each in by_name["sellers"]] == [
            ("Vườn Gió", "farm")
        ]
        assert [each["name"] for each in by_place["places"]] == ["Đặc khu Phú Quý"]

    def test_is_made_for_the_first_page_of_who_asks_only(self, nobody, berries):
        assert nobody.get("/search?q=dau").json["overview"] is None
        first = nobody.get("/search?q=dau&overview=true&limit=1").json
        second = nobody.get(f"/search?q=dau&overview=true&limit=1&cursor={first['next']}").json
        assert first["overview"] is not None
        assert (second["overview"], len(second["items"])) == (None, 1)


class TestOrders:
    @pytest.mark.parametrize(
        ("sort", "titles_in_order"),
        [
            ("price", ["Sáng ở vườn dâu", "Dâu tây hái sáng"]),
            ("price_down", ["Dâu tây hái sáng", "Sáng ở vườn dâu"]),
            ("name", ["Dâu tây hái sáng", "Sáng ở vườn dâu"]),
        ],
    )
    def test_are_kept_from_page_to_page(self, nobody, berries, sort, titles_in_order):
        query = f"/search?q=dau&sort={sort}&limit=1"

        first = nobody.get(query)
        second = nobody.get(f"{query}&cursor={first.json['next']}")

        assert titles(first) + titles(second) == titles_in_order

    def test_goes_out_from_a_commune(self, session, now, nobody, berries):
        far = makers.seller(session, now, name="Ghe xa")
        fish = makers.strawberries(session, now, of=far)
        fish.unit_code = "23272"
        search.refresh(session, subject_id=fish.id)

        order = [
            [item["commune"]["code"] for item in nobody.get(f"/search?{query}").json["items"]]
            for query in ("sort=nearest&near=23272", f"sort=nearest&near={makers.COMMUNE}")
        ]

        assert order == [
            ["23272", makers.COMMUNE, makers.COMMUNE],
            [makers.COMMUNE, makers.COMMUNE, "23272"],
        ]

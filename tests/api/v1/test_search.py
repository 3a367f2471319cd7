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

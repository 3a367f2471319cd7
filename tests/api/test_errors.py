"""Every refusal is one problem document, in the reader's language, with the status of its kind."""

import importlib
import pkgutil

import orjson
import pytest

import api
import catalog
import market
import payments
from api import errors
from api.app import create_app
from api.operations import Unmarked
from market.errors import Kind, MarketError
from tests.api import small
from tests.databases import settings_for
from translations.catalogues import catalogue


class TestAProblem:
    def test_has_every_member_of_the_contract(self, http):
        response = http.post(
            "/v1/things", json={"name": "paint"}, headers={"Accept-Language": "en"}
        )

        assert response.status_code == 409
        assert response.mimetype == "application/problem+json"
        assert response.headers["Content-Language"] == "en"
        assert response.headers["Cache-Control"] == "no-store"
        problem = response.json
        assert {"type", "status", "code", "params", "title", "detail", "errors"} == set(problem)
        assert problem["type"] == "/problems/stock.too_little"
        assert (
            problem["status"],
            problem["code"],
            problem["params"],
        ) == (409, "stock.too_little", {"left": 5})

    @pytest.mark.parametrize(
        ("headers", "path", "title"),
        [
            ({}, "/v1/no", "Không tìm thấy"),
            ({"Accept-Language": "en-GB"}, "/v1/no", "Not found"),
            ({"Accept-Language": "en"}, "/v1/no?lang=vi", "Không tìm thấy"),
            ({"Accept-Language": "x" * 8000}, "/v1/no", "Không tìm thấy"),
            ({}, "/v1/no?lang=../../etc", "Không tìm thấy"),
        ],
    )
    def test_speaks_the_readers_language(self, http, headers, path, title):
        assert title == http.get(path, headers=headers).json["title"]

    @pytest.mark.parametrize(
        ("accept", "served"), [("kpm", "vi"), ("kpm,en;q=0.5", "en"), ("cje,vi;q=0.9", "vi")]
    )
    def test_names_the_language_that_it_speaks(self, http, accept, served):
        for path in ("/v1/no", "/v1/whoever"):
            response = http.get(path, headers={"Accept-Language": accept})
            assert response.headers["Content-Language"] == served

    def test_speaks_the_language_that_the_browser_remembers(self, http):
        http.set_cookie("lang", "en")

        assert http.get("/v1/no", headers={"Accept-Language": "vi"}).json["title"] == "Not found"

    def test_of_one_field_names_it(self, http):
        response = http.post("/v1/things", json={"name": "field"})

        assert (
            response.status_code,
            response.json["code"],
            response.json["params"],
        ) == (422, "invalid", {})
        assert (response.json["errors"]) == [
            {"field": "name", "code": "field.too_long", "params": {"max": 3}}
        ]

    def test_type_can_be_opened(self, http):
        response = http.get("/problems/cursor.invalid?lang=en")

        assert response.status_code == 200
        assert "Cannot open the next page" in response.text
        assert http.get("/problems/nonsense").status_code == 404


class TestAPageReader:
    @pytest.fixture(autouse=True)
    def page(self, small_app):
        errors.show_with(
            small_app, errors.PAGES, lambda problem: (f"<h1>{problem.title}</h1>", 404)
        )

    def test_is_shown_a_page(self, http):
        response = http.get("/no", headers={"Accept": "text/html,application/xhtml+xml"})

        assert (response.mimetype, response.status_code) == ("text/html", 404)
        assert "Không tìm thấy" in response.text

    def test_is_shown_a_page_by_chromium_too(self, http):
        accept = (
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
            "image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
        )

        assert http.get("/no", headers={"Accept": accept}).mimetype == "text/html"

    def test_is_given_a_document_below_v1_or_on_asking_for_one(self, http):
        for path, accept in (("/v1/no", "text/html"), ("/no", "*/*"), ("/no", "application/json")):
            response = http.get(path, headers={"Accept": accept})
            assert response.mimetype == "application/problem+json"


class TestOurOwnMistake:
    def test_is_a_500_with_the_name_of_the_request(self, http, caplog):
        response = http.get("/v1/broken/unforeseen", headers={"X-Request-Id": "abcdefgh"})

        assert (response.status_code, response.json["code"]) == (500, "internal")
        assert response.json["params"] == {"request_id": "abcdefgh"}
        assert "foresaw" not in response.text
        assert caplog.records[-1].request_id == "abcdefgh"

    def test_in_sql_is_one_too(self, http):
        assert http.get("/v1/broken/sql").status_code == 500

    @pytest.mark.parametrize("kind", ["locked", "away"])
    def test_is_not_a_database_that_is_busy_or_away(self, http, kind):
        response = http.get(f"/v1/broken/{kind}")

        assert (response.status_code, response.json["code"]) == (503, "unavailable")
        assert response.headers["Retry-After"] == "1"


class TestKeeping:
    def test_a_refusal_undoes_what_was_done(self, http, session):
        http.post("/v1/things", json={"name": "paint"})

        assert small.done(session, "paint") == 0

    def test_a_refusal_that_keeps_is_counted_and_tells_when_to_come_back(self, http, session):
        http.post("/v1/tries")
        response = http.post("/v1/tries")

        assert (response.status_code, response.json["code"]) == (429, "too_many")
        assert response.headers["Retry-After"] == str(
            response.json["params"]["retry_after_seconds"]
        )
        assert small.done(session, "try") == 2


def test_every_kind_has_a_status():
    assert set(Kind) == set(errors.KINDS)


def everything():
    for package in (api, catalog, market, payments):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    kinds = [MarketError]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    return {kind.code: kind for kind in kinds if kind.__module__.partition(".")[0] != "tests"}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_refusal_has_words(language):
    words = catalogue(language)
    abstract = {MarketError.code}
    codes = set(everything()) - abstract

    assert sorted(code for code in codes if f"error.{code}" not in words) == []


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_status_and_kind_has_words(language):
    words = catalogue(language)

    assert [code for code in errors.CODES.values() if f"error.{code}" not in words] == []


def test_the_whole_of_it_is_described(http):
    description = orjson.loads(http.get("/v1/openapi.json").data)
    change = description["paths"]["/v1/things/{thing_id}"]["put"]

    assert description["openapi"] == "3.1.0"
    assert {"400", "404", "409", "412", "413", "415", "422", "428", "429"} < set(
        change["responses"]
    )
    assert change["x-roles"] == ["nobody"]
    assert {"$ref": "#/components/parameters/IfMatch"} in change["parameters"]
    mine = description["paths"]["/v1/mine"]["post"]
    assert {"401", "403"} < set(mine["responses"])
    assert "security" not in mine
    assert "Problem" in description["components"]["schemas"]


def test_the_manual_is_a_plain_page_of_its_own(http):
    page = http.get("/v1/docs").text

    assert "PUT /v1/things/{thing_id}" in page
    assert "stock.too_little" in page
    for foreign in ("<script", "<style", "style=", "//cdn", "https://"):
        assert foreign not in page


def test_a_view_without_a_mark_stops_the_start(database, tmp_path):
    from flask_smorest import Blueprint

    blp = Blueprint("careless", __name__)
    blp.add_url_rule("/careless", view_func=everything, endpoint="careless")

    with pytest.raises(Unmarked, match="GET /v1/careless"):
        create_app(settings_for("sqlite:///x.db", tmp_path), database, [blp])

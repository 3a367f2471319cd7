"""What was read is not sent again, and what was changed by others is not overwritten."""

import pytest

THING = "/v1/things/1"


def put(http, **headers):
    return http.put(THING, json={"name": "dâu"}, headers=headers)


def refused(response):
    return response.status_code, response.json["code"]


class TestReadingAgain:
    @pytest.mark.parametrize("path", ["/v1/shelf", THING, "/v1/things?limit=3", "/v1/openapi.json"])
    def test_costs_no_body(self, http, path):
        tag = http.get(path).headers["ETag"]

        again = http.get(path, headers={"If-None-Match": tag})

        assert (304, b"", tag) == (again.status_code, again.data, again.headers["ETag"])
        assert "Content-Type" not in again.headers

    @pytest.mark.parametrize("wanted", ["*", "W/{0}", '"other", {0}', "{0},{0}"])
    def test_compares_as_http_says(self, http, wanted):
        tag = http.get("/v1/shelf").headers["ETag"]

        again = http.get("/v1/shelf", headers={"If-None-Match": wanted.format(tag)})

        assert again.status_code == 304

    @pytest.mark.parametrize("wanted", ['"other"', "nonsense", "", '"' * 5000, 'W/"x'])
    def test_sends_the_body_where_the_tag_differs(self, http, wanted):
        assert http.get("/v1/shelf", headers={"If-None-Match": wanted}).status_code == 200

    def test_of_the_head_alone_has_the_same_tag(self, http):
        head = http.head("/v1/shelf")

        assert (head.status_code, head.data) == (200, b"")
        assert http.get("/v1/shelf").headers["ETag"] == head.headers["ETag"]

    def test_tells_two_languages_apart(self, http):
        vietnamese, english = (http.get(f"/v1/whoever?lang={tag}") for tag in ("vi", "en"))

        assert vietnamese.headers["ETag"] != english.headers["ETag"]
        assert (
            vietnamese.headers["Content-Language"],
            english.headers["Content-Language"],
        ) == ("vi", "en")
        assert http.get("/v1/whoever").headers["Vary"] == "Accept-Language, Cookie, Authorization"


class TestKeeping:
    def test_is_for_the_reader_alone_and_asks_first(self, http):
        assert http.get(THING).headers["Cache-Control"] == "private, no-cache"

    def test_is_shared_where_the_view_says_so(self, http):
        assert http.get("/v1/shelf").headers["Cache-Control"] == "public, max-age=60"

    def test_is_forbidden_for_writes_and_refusals(self, http):
        for response in (http.post("/v1/tokens"), http.get("/v1/no"), http.get("/v1/mine")):
            assert response.headers["Cache-Control"] == "no-store"


class TestEditing:
    def test_takes_the_tag_that_was_read(self, http):
        tag = http.get(THING).headers["ETag"]

        response = put(http, **{"If-Match": tag})

        assert response.status_code == 200
        assert response.headers["ETag"].startswith('"v8-')

    @pytest.mark.parametrize("tag", ['"v7"', '"v7-anything"', "*", ' "v7" '])
    def test_takes_the_version(self, http, tag):
        assert put(http, **{"If-Match": tag}).status_code == 200

    def test_without_a_version_is_refused(self, http):
        assert refused(put(http)) == (428, "precondition_missing")

    @pytest.mark.parametrize(
        "tag", ['"v6"', '"v70"', '"x"', 'W/"v7"', '"v7", "v6"', '"v' + "9" * 40 + '"']
    )
    def test_of_another_version_is_refused(self, http, tag):
        assert refused(put(http, **{"If-Match": tag})) == (412, "stale")

    @pytest.mark.parametrize("tag", ["", "v7", '"v7', "7", '"a" "b"', ",".join(['"v7"'] * 500)])
    def test_with_a_senseless_version_is_a_bad_request(self, http, tag):
        assert refused(put(http, **{"If-Match": tag})) == (400, "precondition.malformed")

"""Every class of broken request is refused with its exact status and code."""

import io
import json
from decimal import Decimal

import pytest

JSON = "application/json"


def send(http, body, content_type=JSON):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return http.post("/v1/things", data=raw, content_type=content_type)


def refused(response):
    return response.status_code, response.json["code"]


def wrong_fields(response):
    assert refused(response) == (422, "invalid")
    return {error["field"]: error["code"] for error in response.json["errors"]}


class TestABody:
    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (b"", "json.malformed"),
            (b"{", "json.malformed"),
            (b'{"name": "a",}', "json.malformed"),
            (b'{"name": "a"} {}', "json.malformed"),
            (b'\xef\xbb\xbf{"name": "a"}', "json.malformed"),
            ('{"name": "a"}'.encode("utf-16"), "json.malformed"),
            (b'{"name": "\xff"}', "json.malformed"),
            (b'{"name": "a\x00b"}', "json.malformed"),
            (b'{"name": "a\nb"}', "json.malformed"),
            (b"[]", "json.not_an_object"),
            (b'"name"', "json.not_an_object"),
            (b"null", "json.not_an_object"),
            (b'{"name": "a", "name": "b"}', "json.duplicate_key"),
            (b'{"price": {"amount": 1, "amount": 2}}', "json.duplicate_key"),
            (b'{"count": NaN}', "json.bad_number"),
            (b'{"count": -Infinity}', "json.bad_number"),
            (b'{"count": 1e400}', "json.bad_number"),
            (b'{"count": 99999999999999999999}', "json.bad_number"),
            (b'{"count": -99999999999999999}', "json.bad_number"),
            (b'{"count": ' + b"9" * 5000 + b"}", "json.bad_number"),
            (b'{"count": 0.' + b"9" * 5000 + b"}", "json.bad_number"),
            (b'{"name": "\\ud800"}', "json.bad_character"),
            (b'{"name": "\\u0000"}', "json.bad_character"),
            (b'{"\\ud800": 1}', "json.bad_character"),
            (b'{"tags": ["\\udfff"]}', "json.bad_character"),
            (b"[" * 100_000, "json.too_deep"),
            (b'{"a":' * 33 + b"1" + b"}" * 33, "json.too_deep"),
        ],
        ids=lambda value: repr(value[:30]) if isinstance(value, bytes) else value,
    )
    def test_that_is_malformed_is_a_bad_request(self, http, body, code):
        assert (400, code) == refused(send(http, body))

    def test_may_nest_as_deep_as_the_limit_and_speak_of_brackets(self, http):
        deep = b'{"a":' * 31 + b'"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\"["' + b"}" * 31

        assert wrong_fields(send(http, deep)) == {"a": "field.unknown", "name": "field.required"}

    def test_may_hold_a_whole_surrogate_pair(self, http):
        response = send(http, b'{"name": "\\ud83c\\udf53"}')

        assert response.json["name"] == "🍓"

    @pytest.mark.parametrize(
        "content_type",
        [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/merge-patch+json",
            "application/json; charset=latin-1",
            "multipart/form-data; boundary=x",
        ],
    )
    def test_of_another_kind_is_refused(self, http, content_type):
        assert refused(send(http, {"name": "a"}, content_type)) == (415, "unsupported_media")

    def test_that_is_compressed_is_refused(self, http):
        response = http.post(
            "/v1/things", data=b"{}", content_type=JSON, headers={"Content-Encoding": "gzip"}
        )

        assert refused(response) == (415, "unsupported_media")

    def test_that_is_too_large_is_refused(self, http):
        assert refused(send(http, {"name": "a" * 256 * 1024})) == (413, "too_large")

    def test_without_an_announced_length_is_bounded_all_the_same(self, http):
        response = http.post(
            "/v1/things",
            input_stream=io.BytesIO(b" " * 300_000 + b"{}"),
            content_type=JSON,
            environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
        )

        assert refused(response) == (413, "too_large")

    def test_with_a_senseless_length_is_a_bad_request(self, http):
        response = http.post(
            "/v1/things",
            data=b"{}",
            content_type=JSON,
            environ_overrides={"CONTENT_LENGTH": "many"},
        )

        assert refused(response) == (400, "json.malformed")

    def test_is_refused_where_none_is_taken(self, http):
        path = "/v1/things/0198c0de-0000-7000-8000-000000000000/confirmation"

        assert http.post(path).status_code == 201
        assert http.post(path, json={}).status_code == 201
        assert wrong_fields(http.post(path, json={"status": 1})) == {"status": "field.unknown"}
        assert refused(http.post(path, data=b"x", content_type=JSON)) == (400, "json.malformed")
        assert refused(http.post(path, data=b"x")) == (415, "unsupported_media")

    def test_is_left_to_a_view_that_reads_it_itself(self, http):
        assert http.post("/v1/bytes", data=b"\x00\x01\x02").json == {"size": 3}

    def test_names_no_more_wrong_fields_than_a_person_reads(self, http):
        response = send(http, {f"field{number}" + "x" * 300: 1 for number in range(300)})

        assert response.status_code == 422
        assert len(response.json["errors"]) == 50
        assert max(len(error["field"]) for error in response.json["errors"]) <= 100


class TestAField:
    @pytest.mark.parametrize(
        ("field", "value", "code"),
        [
            ("count", 1.0, "field.not_integer"),
            ("count", 1.9, "field.not_integer"),
            ("count", "1", "field.not_integer"),
            ("count", True, "field.not_integer"),
            ("count", [1], "field.not_integer"),
            ("count", None, "field.null"),
            ("count", -1, "field.range"),
            ("count", 1001, "field.range"),
            ("name", 5, "field.not_text"),
            ("name", "", "field.too_short"),
            ("name", "   ", "field.too_short"),
            ("name", "a" * 21, "field.too_long"),
            ("name", "a" * 5000, "field.too_long"),
            ("name", "a\x07b", "field.control_characters"),
            ("name", "a\nb", "field.control_characters"),
            ("name", "a\u202eb", "field.control_characters"),
            ("name", "a\u2066b", "field.control_characters"),
            ("code", "ab", "field.invalid"),
            ("code", "AB\n\n!", "field.control_characters"),
            ("is_new", 1, "field.wrong_type"),
            ("is_new", "true", "field.wrong_type"),
            ("colour", "blue", "field.not_allowed"),
            ("colour", ["red"], "field.not_allowed"),
            ("owner_id", "x", "field.bad_uuid"),
            ("owner_id", "{0198c0de-0000-7000-8000-000000000000}", "field.bad_uuid"),
            ("owner_id", "0198c0de000070008000000000000000", "field.bad_uuid"),
            ("at", "2026-11-24T09:30:00", "field.bad_time"),
            ("at", "2026-02-30T09:30:00Z", "field.bad_time"),
            ("at", "0001-01-01T00:00:00+14:00", "field.bad_time"),
            ("at", "2026-W01-1T00:00:00Z", "field.bad_time"),
            ("at", 1790000000, "field.bad_time"),
            ("day", "2026-02-29", "field.bad_day"),
            ("day", "0000-01-01", "field.bad_day"),
            ("day", "20260224", "field.bad_day"),
            ("day", "24/11/2026", "field.bad_day"),
            ("tags", [], "field.too_few"),
            ("tags", ["a"] * 4, "field.too_many"),
            ("tags", "a", "field.wrong_type"),
            ("price", 25000, "field.wrong_type"),
            ("weight", "1 kg", "field.wrong_type"),
            ("note", "long", "field.invalid"),
            ("seller_id", 1, "field.unknown"),
        ],
    )
    def test_that_breaks_its_rule_is_named_with_a_code(self, http, field, value, code):
        assert {field: code} == wrong_fields(send(http, {"name": "a", field: value}))

    @pytest.mark.parametrize(
        ("field", "value", "below", "code"),
        [
            ("price", {"amount": 0, "currency": "VND"}, "amount", "field.range"),
            ("price", {"amount": -1, "currency": "VND"}, "amount", "field.range"),
            ("price", {"amount": 10**15, "currency": "VND"}, "amount", "field.range"),
            ("price", {"amount": 1.5, "currency": "VND"}, "amount", "field.not_integer"),
            ("price", {"amount": "1.000.000", "currency": "VND"}, "amount", "field.not_integer"),
            ("price", {"amount": 1, "currency": "USD"}, "currency", "field.not_allowed"),
            ("price", {"amount": 1}, "currency", "field.required"),
            ("price", {"amount": 1, "currency": "VND", "x": 1}, "x", "field.unknown"),
            ("weight", {"value": 0, "scale": 3, "unit": "KGM"}, "value", "field.range"),
            ("weight", {"value": 1, "scale": 9, "unit": "KGM"}, "scale", "field.range"),
            ("weight", {"value": 1, "scale": 3, "unit": "kg"}, "unit", "field.invalid"),
            ("tags", ["a", "toolong"], "1", "field.too_long"),
            ("tags", ["a", None], "1", "field.null"),
        ],
    )
    def test_inside_another_is_named_by_its_path(self, http, field, value, below, code):
        response = send(http, {"name": "a", field: value})

        assert {f"{field}.{below}": code} == wrong_fields(response)

    def test_that_is_missing_is_named(self, http):
        assert wrong_fields(send(http, {})) == {"name": "field.required"}

    def test_says_how_long_it_may_be(self, http):
        response = send(http, {"name": "a" * 21})

        assert (response.json["errors"]) == [
            {"field": "name", "code": "field.too_long", "params": {"max": 20}}
        ]

    def test_that_is_right_comes_back_as_it_was_understood(self, http):
        response = send(
            http,
            {
                "name": " Da\u0323̂u tây ".replace("\u0323̂", "\u0302\u0323"),
                "story": "Một\r\nhai\tba",
                "code": "AB",
                "count": 1000,
                "price": {"amount": 25000, "currency": "VND"},
                "weight": {"value": 500, "scale": 3, "unit": "KGM"},
                "at": "2026-11-24T09:30:00+07:00",
                "day": "2028-02-29",
                "is_new": False,
                "colour": "red",
                "owner_id": "0198C0DE-0000-7000-8000-000000000000",
                "tags": ["a", "b"],
            },
        )

        assert response.status_code == 201
        assert response.json == {
            "id": 1,
            "name": "D\u1eadu tây",
            "story": "Một\nhai ba",
            "code": "AB",
            "count": 1000,
            "price": {"amount": 25000, "currency": "VND"},
            "weight": {"value": 500, "scale": 3, "unit": "KGM"},
            "at": "2026-11-24T02:30:00+00:00",
            "day": "2028-02-29",
            "is_new": False,
            "colour": "red",
            "owner_id": "0198c0de-0000-7000-8000-000000000000",
            "tags": ["a", "b"],
        }


class TestAQuery:
    @pytest.mark.parametrize(
        ("query", "field", "code"),
        [
            ("limit=0", "limit", "field.range"),
            ("limit=101", "limit", "field.range"),
            ("limit=1.5", "limit", "field.not_integer"),
            ("limit=%D9%A3", "limit", "field.not_integer"),
            ("limit=99999999999999999999", "limit", "field.not_integer"),
            ("limit=", "limit", "field.not_integer"),
            ("limit=1&limit=2", "limit", "field.repeated"),
            ("is_new=yes", "is_new", "field.wrong_type"),
            ("colour=blue", "colour", "field.not_allowed"),
            ("tag=a&tag=b&tag=c&tag=d", "tag", "field.too_many"),
            ("page=2", "page", "field.unknown"),
            ("q=" + "a" * 10_000, "q", "field.too_long"),
        ],
    )
    def test_that_breaks_a_rule_is_named_with_a_code(self, http, query, field, code):
        assert {field: code} == wrong_fields(http.get(f"/v1/things?{query}"))

    @pytest.mark.parametrize("query", ["q=%ff", "q=a%00b", "%ff=1", "lang=%c3"])
    @pytest.mark.parametrize("path", ["/v1/things", "/v1/shelf", "/form"])
    def test_that_is_not_clean_utf8_is_a_bad_request(self, http, path, query):
        response = http.get(path, query_string=query)

        assert refused(response) == (400, "address.malformed")

    def test_with_raw_bytes_beyond_ascii_is_a_bad_request_unless_they_are_utf8(self, http):
        good = {"QUERY_STRING": "q=dâu".encode().decode("latin-1")}
        bad = {"QUERY_STRING": "q=\xff"}

        assert http.get("/v1/things", environ_overrides=good).status_code == 200
        assert http.get("/v1/things", environ_overrides=bad).status_code == 400

    def test_with_a_hundred_and_one_names_is_a_bad_request(self, http):
        query = "&".join(f"a{number}=1" for number in range(101))

        assert refused(http.get(f"/v1/things?{query}")) == (400, "address.malformed")

    def test_of_an_operation_that_takes_none_is_refused(self, http):
        assert wrong_fields(http.get("/v1/shelf?debug=1")) == {"debug": "field.unknown"}

    def test_may_always_name_a_language(self, http):
        assert http.get("/v1/shelf?lang=en").status_code == 200
        assert http.get("/v1/things?lang=en").status_code == 200

    def test_gives_its_numbers_flags_and_lists(self, http):
        response = http.get("/v1/things?limit=2&is_new=true&tag=a&tag=b&q=d%C3%A2u")

        assert response.json["items"] == [1, 2]

    def test_of_a_page_may_hold_what_others_add(self, http):
        assert http.get("/form?utm_source=zalo").status_code == 200


class TestAPath:
    @pytest.mark.parametrize(
        "path",
        [
            "/v1/things/99999999999999999999",
            "/v1/things/-1",
            "/v1/things/1.5",
            "/v1/things/%D9%A3",
            "/v1/things/0198c0de/confirmation",
            "/v1/nothing",
            "/v1/things/..%2f..%2fetc",
        ],
    )
    def test_to_nothing_is_not_found(self, http, path):
        assert refused(http.get(path)) == (404, "not_found")

    @pytest.mark.parametrize("path", ["/v1/things/\0", "/v1/broken/\xff", "/v1/a\nb", "/\x7f"])
    def test_that_is_not_clean_utf8_is_a_bad_request(self, http, path):
        response = http.get("/", environ_overrides={"PATH_INFO": path})

        assert refused(response) == (400, "address.malformed")

    def test_may_be_vietnamese(self, http):
        assert http.get("/v1/d%C3%A2u-t%C3%A2y").status_code == 404

    @pytest.mark.parametrize("method", ["PATCH", "TRACE", "PROPFIND"])
    def test_with_another_method_says_which_are_allowed(self, http, method):
        response = http.open("/v1/things/1", method=method)

        assert refused(response) == (405, "method_not_allowed")
        assert {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"} == set(response.allow)


class TestAForm:
    def photo(self, http, **parts):
        return http.post("/v1/photos", data=parts, content_type="multipart/form-data")

    def test_is_taken_with_its_file(self, http):
        response = self.photo(http, caption="Dâu", photo=(io.BytesIO(b"123"), "a.jpg"))

        assert response.json == {"size": 3, "caption": "Dâu"}

    def test_without_its_file_is_refused(self, http):
        assert wrong_fields(self.photo(http, caption="Dâu")) == {"photo": "field.required"}

    def test_with_an_unknown_part_is_refused(self, http):
        response = self.photo(http, owner="me", photo=(io.BytesIO(b"1"), "a.jpg"))

        assert wrong_fields(response) == {"owner": "field.unknown"}

    def test_with_a_part_twice_is_refused(self, http):
        photos = [(io.BytesIO(b"1"), "a.jpg"), (io.BytesIO(b"2"), "b.jpg")]

        assert wrong_fields(self.photo(http, photo=photos)) == {"photo": "field.repeated"}

    def test_with_a_character_that_cannot_be_kept_is_a_bad_request(self, http):
        response = self.photo(http, caption="a\x00b", photo=(io.BytesIO(b"1"), "a.jpg"))

        assert refused(response) == (400, "json.bad_character")

    def test_of_another_kind_is_refused(self, http):
        assert refused(http.post("/v1/photos", json={})) == (415, "unsupported_media")

    def test_may_be_larger_than_json_but_not_boundless(self, http):
        large = io.BytesIO(b"1" * 300_000), "a.jpg"
        huge = io.BytesIO(b"1" * 13 * 1024 * 1024), "a.jpg"

        assert self.photo(http, photo=large).status_code == 201
        assert refused(self.photo(http, photo=huge)) == (413, "too_large")


def test_money_is_never_a_fraction(http):
    response = send(http, f'{{"name": "a", "count": {Decimal("1.00")}}}'.encode())

    assert wrong_fields(response) == {"count": "field.not_integer"}

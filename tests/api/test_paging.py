"""A cursor opens the next page of its own list and nothing else."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from api import paging


def first_page(http, query="limit=20"):
    return http.get(f"/v1/things?{query}").json


def refused(response):
    return response.status_code, response.json["code"]


class TestAList:
    def test_is_read_to_its_end(self, http):
        page, seen = first_page(http), []
        while True:
            seen += page["items"]
            if page["next"] is None:
                break
            page = first_page(http, f"limit=20&cursor={page['next']}")

        assert list(range(1, 51)) == seen

    def test_may_change_its_limit_on_the_way(self, http):
        cursor = first_page(http)["next"]

        assert first_page(http, f"cursor={cursor}&limit=2&lang=en")["items"] == [21, 22]

    def test_that_fits_on_one_page_has_no_next(self, http):
        assert first_page(http, "limit=50")["next"] is None


class TestACursor:
    @pytest.mark.parametrize(
        "cursor", ["", "x", "=", "a" * 3000, "AAAAAAAAAAAAAAAAAAAAAAAA", "%F0%9F%8D%93", "../etc"]
    )
    def test_that_was_never_given_is_refused(self, http, cursor):
        assert refused(http.get(f"/v1/things?cursor={cursor}")) == (422, "cursor.invalid")

    def test_that_was_changed_is_refused(self, http):
        raw = bytearray(urlsafe_b64decode(first_page(http)["next"] + "=="))
        raw[-2] ^= 1
        forged = urlsafe_b64encode(raw).decode().rstrip("=")

        assert refused(http.get(f"/v1/things?cursor={forged}")) == (422, "cursor.invalid")

    def test_of_another_list_is_refused(self, http):
        cursor = first_page(http)["next"]

        response = http.get(f"/v1/other-things?cursor={cursor}")

        assert refused(response) == (422, "cursor.invalid")

    def test_of_the_same_list_with_other_filters_is_refused(self, http):
        cursor = first_page(http)["next"]

        response = http.get(f"/v1/things?cursor={cursor}&colour=red")

        assert refused(response) == (422, "cursor.invalid")

    def test_twice_is_refused(self, http):
        cursor = first_page(http)["next"]

        response = http.get(f"/v1/things?cursor={cursor}&cursor={cursor}")

        assert refused(response) == (422, "invalid")

    def test_holds_every_kind_of_key(self, small_app):
        key = (
            5,
            "dâu",
            "u",
            UUID("0198c0de-0000-7000-8000-000000000000"),
            datetime(2026, 11, 24, 5, 0, 0, 123456, UTC),
            date(2026, 11, 24),
            None,
        )
        with small_app.test_request_context("/v1/things"):
            assert key == paging.key_of(paging.cursor(*key))

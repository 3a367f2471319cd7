"""/v1/me and its devices: one's own and nobody else's."""

from datetime import UTC, datetime

import pytest

from market import clock
from tests.people import founder, somebody


@pytest.fixture
def me(session):
    return somebody(session, clock.now(), phone="+84912345678")


@pytest.fixture
def headers(me, signed_in):
    return signed_in(me)


def patched(client, headers, tag, **body):
    return client.patch("/v1/me", json=body, headers=headers | {"If-Match": tag})


class TestMe:
    def test_shows_oneself(self, client, me, headers):
        answer = client.get("/v1/me", headers=headers)
        assert answer.status_code == 200
        assert answer.json == {
            "id": str(me.person_id),
            "name": "",
            "phone": "+84912345678",
            "email": None,
            "language": None,
            "roles": ["buyer"],
            "version": 1,
        }

    def test_is_changed_on_the_version_that_was_read(self, client, headers):
        tag = client.get("/v1/me", headers=headers).headers["ETag"]
        answer = patched(client, headers, tag, name="Lan", language="en")
        assert answer.status_code == 200
        assert (answer.json["name"], answer.json["language"]) == ("Lan", "en")
        assert answer.headers["ETag"] != tag
        late = patched(client, headers, tag, name="Mai")
        assert (late.status_code, late.json["code"]) == (412, "stale")

    def test_is_changed_only_by_whoever_says_what_they_read(self, client, headers):
        answer = client.patch("/v1/me", json={"name": "Lan"}, headers=headers)
        assert (answer.status_code, answer.json["code"]) == (428, "precondition_missing")

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("roles", ["administrator"]),
            ("phone", "+84999999999"),
            ("id", "0198c0de-0000-7000-8000-000000000000"),
            ("banned_at", None),
            ("version", 1),
            ("created_at", "2020-01-01T00:00:00Z"),
        ],
    )
    def test_takes_only_what_is_ones_own_to_change(self, client, headers, field, value):
        answer = patched(client, headers, "*", **{field: value})
        assert answer.status_code == 422
        assert answer.json["errors"][0]["field"] == field
        assert answer.json["errors"][0]["code"] == "field.unknown"

    @pytest.mark.parametrize(
        "body", [{"name": "a\u202eb"}, {"name": "x" * 121}, {"language": "xx"}, {"name": None}]
    )
    def test_refuses_what_no_name_or_language_is(self, client, headers, body):
        assert patched(client, headers, "*", **body).status_code == 422

    def test_needs_somebody(self, client):
        assert client.get("/v1/me").status_code == 401
        assert client.patch("/v1/me", json={}).status_code == 401


class TestDevices:
    def test_are_listed_in_pages(self, client, me, headers, signed_in):
        signed_in(me)
        first = client.get("/v1/me/devices?limit=1", headers=headers).json
        assert len(first["items"]) == 1
        rest = client.get(
            "/v1/me/devices", query_string={"cursor": first["next"]}, headers=headers
        ).json
        assert [device["current"] for device in first["items"] + rest["items"]] == [False, True]
        assert rest["next"] is None
        assert datetime.fromisoformat(rest["items"][0]["seen_at"]).tzinfo == UTC

    def test_are_signed_out_from_afar(self, client, me, headers, signed_in):
        lost = signed_in(me)
        (device,) = [
            each
            for each in client.get("/v1/me/devices", headers=headers).json["items"]
            if not each["current"]
        ]
        path = f"/v1/me/devices/{device['id']}"
        assert client.get(path, headers=headers).json == device
        assert client.delete(path, headers=headers).status_code == 204
        assert client.get("/v1/me", headers=lost).status_code == 401
        assert client.delete(path, headers=headers).status_code == 404

    def test_of_a_stranger_are_not_found(self, client, session, headers, signed_in):
        stranger = signed_in(founder(session, clock.now())[0])
        (theirs,) = client.get("/v1/me/devices", headers=stranger).json["items"]
        for method in (client.get, client.delete):
            answer = method(f"/v1/me/devices/{theirs['id']}", headers=headers)
            assert (answer.status_code, answer.json["code"]) == (404, "not_found")

    def test_need_somebody(self, client):
        assert client.get("/v1/me/devices").status_code == 401

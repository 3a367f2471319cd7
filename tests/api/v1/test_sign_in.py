"""POST /v1/sign-in/codes and /v1/sessions: a code, then tokens; nothing tells who is known."""

from uuid import UUID

import pytest
from sqlalchemy import select

from market import clock
from market.accounts import SYSTEM, people
from market.accounts.models import Challenge
from market.accounts.people import code_of
from tests.databases import SECRET

PHONE = "0912 345 678"


def asked(client, **body):
    return client.post("/v1/sign-in/codes", json=body or {"phone": PHONE})


def code_for(session, answer):
    challenge = session.get_one(Challenge, UUID(answer.json["id"]))
    return code_of(SECRET, challenge.id, challenge.destination)


def signed(client, session, **body):
    answer = asked(client, **body)
    return client.post(
        "/v1/sessions",
        json={
            "challenge_id": answer.json["id"],
            "code": code_for(session, answer),
            "device_name": "Máy",
        },
    )


def refreshed(client, token):
    return client.post("/v1/sessions/refresh", json={"refresh_token": token})


def field_errors(answer):
    return [(error["field"], error["code"]) for error in answer.json["errors"]]


class TestAskingForACode:
    def test_is_accepted(self, client):
        answer = asked(client)
        assert answer.status_code == 202
        assert set(answer.json) == {"id", "channel", "expires_at"}
        assert answer.json["channel"] == "sms"

    def test_by_mail(self, client):
        answer = asked(client, email="Lan@Example.vn")
        assert (answer.status_code, answer.json["channel"]) == (202, "email")

    def test_is_answered_alike_for_the_known_and_the_unknown(self, client, session):
        signed(client, session)
        known, unknown = asked(client), asked(client, phone="0987654321")
        assert known.status_code == unknown.status_code == 202
        assert set(known.json) == set(unknown.json)
        assert known.json["channel"] == unknown.json["channel"]
        differing = {"Date", "X-Request-Id", "Set-Cookie"}
        headers = [
            {name: value for name, value in answer.headers if name not in differing}
            for answer in (known, unknown)
        ]
        assert headers[0] == headers[1]

    @pytest.mark.parametrize(
        ("body", "field", "code"),
        [
            ({}, "phone", "field.one_of_two"),
            ({"phone": PHONE, "email": "a@b.vn"}, "phone", "field.one_of_two"),
            ({"phone": "12"}, "phone", "field.bad_phone"),
            ({"email": "lan"}, "email", "field.bad_email"),
            ({"phone": 912345678}, "phone", "field.not_text"),
            ({"phone": PHONE, "code": "123456"}, "code", "field.unknown"),
        ],
    )
    def test_with_something_wrong_is_refused(self, client, body, field, code):
        answer = client.post("/v1/sign-in/codes", json=body)
        assert (answer.status_code, answer.json["code"]) == (422, "invalid")
        assert field_errors(answer) == [(field, code)]

    def test_for_a_foreign_phone_is_refused_with_the_way_out(self, client):
        answer = asked(client, phone="+14155552671")
        assert (answer.status_code, answer.json["code"]) == (422, "sign_in.foreign_phone")

    def test_too_often_is_refused_until_later(self, client):
        for _ in range(5):
            assert asked(client).status_code == 202
        answer = asked(client)
        assert (answer.status_code, answer.json["code"]) == (429, "too_many")
        assert int(answer.headers["Retry-After"]) > 0

    def test_sent_again_with_its_key_sends_no_second_code(self, client, session):
        for _ in range(2):
            answer = client.post(
                "/v1/sign-in/codes",
                json={"phone": PHONE},
                headers={"Idempotency-Key": "0198c0de-0000-7000-8000-000000000000"},
            )
            assert answer.status_code == 202
        assert len(session.scalars(select(Challenge)).all()) == 1


class TestSigningIn:
    def test_gives_tokens(self, client, session):
        answer = signed(client, session)
        assert answer.status_code == 201
        assert answer.json["token_type"] == "Bearer"
        assert answer.headers["Location"] == f"/v1/me/devices/{answer.json['device_id']}"
        assert answer.headers["Cache-Control"] == "no-store"
        me = client.get(
            "/v1/me", headers={"Authorization": f"Bearer {answer.json['access_token']}"}
        )
        assert (me.status_code, me.json["phone"]) == (200, "+84912345678")

    def test_with_a_wrong_code_is_refused_and_counted(self, client, session):
        answer = asked(client)
        right = code_for(session, answer)
        wrong = f"{(int(right) + 1) % 10**6:06}"
        refusals = [
            client.post("/v1/sessions", json={"challenge_id": answer.json["id"], "code": wrong})
            for _ in range(6)
        ]
        codes = [(each.status_code, each.json["code"]) for each in refusals]
        assert codes == [(401, "sign_in.wrong_code")] * 5 + [(410, "sign_in.code_gone")]
        assert refusals[0].json["params"] == {"tries_left": 4}
        late = client.post("/v1/sessions", json={"challenge_id": answer.json["id"], "code": right})
        assert (late.status_code, late.json["code"]) == (410, "sign_in.code_gone")

    def test_for_a_challenge_that_never_was_is_gone(self, client):
        answer = client.post(
            "/v1/sessions",
            json={"challenge_id": "0198c0de-0000-7000-8000-000000000000", "code": "123456"},
        )
        assert (answer.status_code, answer.json["code"]) == (410, "sign_in.code_gone")

    def test_is_not_for_the_banned(self, client, session):
        person_id = UUID(signed(client, session).json["person_id"])
        people.ban(session, actor=SYSTEM, person_id=person_id, now=clock.now())
        session.commit()
        answer = signed(client, session)
        assert (answer.status_code, answer.json["code"]) == (403, "session.banned")

    @pytest.mark.parametrize("extra", ["person_id", "roles", "role", "verified"])
    def test_takes_nothing_that_is_not_asked_for(self, client, extra):
        answer = client.post(
            "/v1/sessions",
            json={
                "challenge_id": "0198c0de-0000-7000-8000-000000000000",
                "code": "123456",
                extra: "administrator",
            },
        )
        assert answer.status_code == 422
        assert field_errors(answer) == [(extra, "field.unknown")]

    def test_is_never_answered_from_a_store(self, client, session):
        answer = asked(client)
        body = {"challenge_id": answer.json["id"], "code": code_for(session, answer)}
        key = {"Idempotency-Key": "0198c0de-0000-7000-8000-000000000001"}
        first = client.post("/v1/sessions", json=body, headers=key)
        again = client.post("/v1/sessions", json=body, headers=key)
        assert (first.status_code, again.status_code) == (201, 410)


class TestRefreshing:
    def test_gives_the_next_pair(self, client, session):
        first = signed(client, session).json
        answer = refreshed(client, first["refresh_token"])
        assert answer.status_code == 200
        assert answer.json["device_id"] == first["device_id"]
        assert answer.json["refresh_token"] != first["refresh_token"]

    def test_again_within_the_grace_gives_the_same_successor(self, client, session):
        first = signed(client, session).json
        lost = refreshed(client, first["refresh_token"]).json
        again = refreshed(client, first["refresh_token"])
        assert again.status_code == 200
        assert again.json["refresh_token"] == lost["refresh_token"]

    def test_with_a_token_long_spent_ends_the_device(self, client, session):
        first = signed(client, session).json
        second = refreshed(client, first["refresh_token"]).json
        third = refreshed(client, second["refresh_token"]).json
        stolen = refreshed(client, first["refresh_token"])
        assert (stolen.status_code, stolen.json["code"]) == (401, "session.token_reused")
        me = client.get("/v1/me", headers={"Authorization": f"Bearer {third['access_token']}"})
        assert (me.status_code, me.json["code"]) == (401, "session.token_invalid")
        after = refreshed(client, third["refresh_token"])
        assert (after.status_code, after.json["code"]) == (401, "session.token_invalid")

    def test_with_an_access_token_is_refused(self, client, session):
        first = signed(client, session).json
        answer = refreshed(client, first["access_token"])
        assert (answer.status_code, answer.json["code"]) == (401, "session.token_invalid")


class TestSigningOut:
    def test_ends_this_device_and_no_other(self, client, session):
        first, second = signed(client, session).json, signed(client, session).json
        headers = {"Authorization": f"Bearer {first['access_token']}"}
        assert client.delete("/v1/sessions/current", headers=headers).status_code == 204
        assert client.get("/v1/me", headers=headers).status_code == 401
        assert refreshed(client, first["refresh_token"]).status_code == 401
        assert refreshed(client, second["refresh_token"]).status_code == 200

    def test_needs_somebody(self, client):
        answer = client.delete("/v1/sessions/current")
        assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated")


class TestATokenOfAnotherMaking:
    @pytest.mark.parametrize(
        "token",
        [
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
            "a" * 512,
            "..%2F..%2Fetc%2Fpasswd",
            "' OR '1'='1",
            "",
        ],
    )
    def test_is_refused(self, client, token):
        answer = client.get("/v1/me", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401

    def test_is_refused_at_100_kilobytes(self, client):
        answer = client.get("/v1/me", headers={"Authorization": f"Bearer {'a' * 100_000}"})
        assert answer.status_code == 401

"""A write sent twice has one effect and one answer."""

import io
import threading
from contextlib import closing
from datetime import timedelta

import pytest

from api.app import create_app
from market import accounts, clock, idempotency
from market.db import Database
from tests import makers
from tests.api import small
from tests.databases import settings_for

KEY = {"Idempotency-Key": "0198c0de-0000-7000-8000-000000000000"}
BODY = {"name": "dâu", "count": 3}


def post(http, body=BODY, headers=KEY, path="/v1/things"):
    return http.post(path, json=body, headers=headers)


class TestARepeatedWrite:
    def test_is_answered_again_and_not_done_again(self, http, session):
        first, again = post(http), post(http)

        assert (first.status_code, again.status_code) == (201, 201)
        assert first.data == again.data
        assert first.headers["Location"] == again.headers["Location"]
        assert "Idempotency-Replayed" not in first.headers
        assert again.headers["Idempotency-Replayed"] == "true"
        assert small.done(session, "thing") == 1

    def test_may_be_written_differently(self, http, session):
        post(http)
        again = http.post(
            "/v1/things",
            data='{"count":3,\n "name":"d\\u00e2u"}',
            content_type="application/json; charset=utf-8",
            headers=KEY,
        )

        assert again.headers["Idempotency-Replayed"] == "true"

    def test_may_have_its_key_bare_or_quoted(self, http):
        post(http, headers={"Idempotency-Key": "a-b"})
        again = post(http, headers={"Idempotency-Key": '"a-b"'})

        assert again.headers["Idempotency-Replayed"] == "true"

    def test_may_be_a_deletion_without_a_body(self, http, session):
        for _ in range(2):
            assert http.delete("/v1/things/1", headers=KEY).status_code == 204

        assert small.done(session, "delete") == 1

    def test_may_be_a_form_whose_parts_come_in_any_order(self, http, session):
        for parts in (("caption", "photo"), ("photo", "caption")):
            values = {"caption": "Dâu", "photo": (io.BytesIO(b"123"), "a.jpg")}
            response = http.post(
                "/v1/photos",
                data={name: values[name] for name in parts},
                content_type="multipart/form-data",
                headers=KEY,
            )
            assert response.json == {"size": 3, "caption": "Dâu"}

        assert small.done(session, "photo") == 1

    def test_with_another_body_is_refused(self, http, session):
        post(http)
        other = post(http, {**BODY, "count": 4})

        assert (other.status_code, other.json["code"]) == (422, "idempotency.key_reused")
        assert small.done(session, "thing") == 1

    def test_with_another_file_is_refused(self, http):
        for content, status in ((b"1", 201), (b"2", 422)):
            response = http.post(
                "/v1/photos", data={"photo": (io.BytesIO(content), "a.jpg")}, headers=KEY
            )
            assert status == response.status_code

    def test_on_another_route_is_another_write(self, http, session):
        http.delete("/v1/things/1", headers=KEY)
        http.delete("/v1/things/2", headers=KEY)

        assert small.done(session, "delete") == 2

    def test_of_another_guest_is_another_write(self, http, session):
        post(http, headers={**KEY, "Basket": "one"})
        post(http, headers={**KEY, "Basket": "another"})

        assert small.done(session, "thing") == 2

    def test_of_another_person_is_another_write(self, http, session, now):
        for _ in range(2):
            token = accounts.issue_tokens(
                session, person_id=makers.person(session, now).id, device_name="", now=clock.now()
            )
            session.commit()
            http.post("/v1/mine", headers={**KEY, "Authorization": f"Bearer {token.access_token}"})

        assert small.done(session, "mine") == 2

    def test_that_was_refused_may_succeed_later(self, http, session):
        refused = post(http, {"name": "paint"})
        again = post(http, BODY)

        assert (refused.status_code, again.status_code) == (409, 201)

    def test_whose_answer_is_secret_is_never_kept(self, http, session):
        for _ in range(2):
            assert "Idempotency-Replayed" not in http.post("/v1/tokens", headers=KEY).headers

        assert small.done(session, "token") == 2

    def test_without_a_key_is_done_again(self, http, session):
        post(http, headers={})
        post(http, headers={})

        assert small.done(session, "thing") == 2


@pytest.mark.parametrize(
    "key", ["", "a,b", '""', '"open', "a b", "â", "x" * 256, '"' + "x" * 256 + '"']
)
def test_a_senseless_key_is_a_bad_request(http, key):
    response = post(http, headers={"Idempotency-Key": key})

    assert (response.status_code, response.json["code"]) == (400, "idempotency.key_malformed")


def test_an_answer_is_kept_for_a_month_at_least(http, session):
    post(http)
    idempotency.forget(session, now=clock.now() + timedelta(days=30))
    session.commit()
    assert post(http).headers["Idempotency-Replayed"] == "true"

    idempotency.forget(session, now=clock.now() + timedelta(days=60))
    session.commit()
    assert "Idempotency-Replayed" not in post(http).headers


def test_twins_in_flight_have_one_effect(real_database, real_url, tmp_path):
    """Two requests at the same moment, through two connections of their own."""
    with closing(Database(settings_for(real_url, tmp_path))) as database:
        app = create_app(settings_for(real_url, tmp_path), database, [small.blp])
        answers = []

        def send():
            answers.append(post(app.test_client()))

        twins = [threading.Thread(target=send) for _ in range(4)]
        for twin in twins:
            twin.start()
        for twin in twins:
            twin.join()

    assert [answer.status_code for answer in answers] == [201] * 4
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 3
    with real_database.reading() as session:
        assert small.done(session, "thing") == 1


def test_a_twin_that_takes_too_long_is_told_to_come_back(
    engine_name, real_database, monkeypatch, small_asked
):
    if engine_name == "sqlite":
        pytest.skip("SQLite has one writer: the write lock itself makes the twin wait")
    monkeypatch.setattr(idempotency, "PATIENCE_SECONDS", 0.05)

    with real_database.transaction() as first:
        idempotency.recall(first, small_asked)
        with pytest.raises(idempotency.InFlight), real_database.transaction() as second:
            idempotency.recall(second, small_asked)


@pytest.fixture
def small_asked():
    return idempotency.Request(caller="a", route="POST /x", key="k", body_hash=b"")

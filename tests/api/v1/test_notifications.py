"""/v1/notifications: one's own inbox in one's own language."""

from datetime import timedelta

import pytest

from market import clock, notifications
from tests.people import somebody

PARAMS = {"number": "0123456789", "reason": ""}


@pytest.fixture
def reader(session):
    return somebody(session, clock.now())


@pytest.fixture
def headers(reader, signed_in):
    return signed_in(reader)


def told(session, actor, minutes=0):
    notice = notifications.tell(
        session,
        person_id=actor.person_id,
        key="notice.case.approved",
        params=PARAMS,
        link="/desk/cases",
        now=clock.now() + timedelta(minutes=minutes),
    )
    session.commit()
    return str(notice.id)


class TestTheInbox:
    def test_is_read_newest_first_in_pages(self, client, session, reader, headers):
        ids = [told(session, reader, minutes) for minutes in range(3)]
        first = client.get("/v1/notifications?limit=2", headers=headers).json
        rest = client.get(
            "/v1/notifications",
            query_string={"limit": 2, "cursor": first["next"]},
            headers=headers,
        ).json
        assert [each["id"] for each in first["items"] + rest["items"]] == ids[::-1]

    @pytest.mark.parametrize(("language", "word"), [("vi", "Hồ sơ"), ("en", "Case")])
    def test_speaks_the_readers_language(self, client, session, reader, headers, language, word):
        told(session, reader)
        answer = client.get("/v1/notifications", headers=headers | {"Accept-Language": language})
        (notice,) = answer.json["items"]
        assert notice["text"].startswith(word)
        assert set(notice) == {"id", "text", "link", "created_at", "read_at"}

    def test_is_marked_read(self, client, session, reader, headers):
        notice_id = told(session, reader)
        answer = client.post(f"/v1/notifications/{notice_id}/reading", headers=headers)
        assert answer.status_code == 201
        assert answer.json["read_at"] is not None

    def test_of_somebody_else_is_not_found(self, client, session, headers):
        notice_id = told(session, somebody(session, clock.now()))
        assert client.get("/v1/notifications", headers=headers).json["items"] == []
        answer = client.post(f"/v1/notifications/{notice_id}/reading", headers=headers)
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")

    def test_needs_somebody(self, client):
        assert client.get("/v1/notifications").status_code == 401

    def test_takes_no_body(self, client, session, reader, headers):
        notice_id = told(session, reader)
        answer = client.post(
            f"/v1/notifications/{notice_id}/reading", json={"read_at": None}, headers=headers
        )
        assert (answer.status_code, answer.json["code"]) == (422, "invalid")

"""/v1/cases: opened with papers, decided once by the right people, closed to strangers."""

import io

import pytest

from market import clock
from tests.people import founder, moderator, somebody

PDF = b"%PDF-1.7\n%..."
JPEG = b"\xff\xd8\xff\xe0..."


@pytest.fixture
def now():
    return clock.now()


@pytest.fixture
def world(session, now, signed_in):
    """The farm's id and the headers of its farmer and of the desk."""
    farmer, farm = founder(session, now)
    return str(farm), signed_in(farmer), signed_in(moderator(session, now))


def opened(client, world, **more):
    farm, farmer, _ = world
    body = {"kind": "seller-verification", "subject_id": farm} | more
    return client.post("/v1/cases", json=body, headers=farmer)


def decided(client, headers, path, **body):
    return client.post(f"{path}/decision", json={"approved": True} | body, headers=headers)


def handed_in(client, headers, path, content=PDF, name="../../x.pdf"):
    return client.post(
        f"{path}/documents",
        data={"file": (io.BytesIO(content), name)},
        headers=headers,
        content_type="multipart/form-data",
    )


def refused(answer):
    return (answer.status_code, answer.json["code"])


class TestOpening:
    def test_gives_a_number_and_a_day(self, client, world):
        answer = opened(client, world, statement="Xin xác minh\nVườn 2 ha")
        assert answer.status_code == 201
        assert answer.headers["Location"] == f"/v1/cases/{answer.json['id']}"
        assert len(answer.json["number"]) == 10
        assert answer.json["state"] == "open"
        assert answer.json["due_at"] > answer.json["opened_at"]

    def test_happens_once(self, client, world):
        opened(client, world)
        assert refused(opened(client, world)) == (409, "case.already_open")

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"kind": "listing-review"}, "kind"),
            ({"kind": "mandate"}, "kind"),
            ({"subject_id": "x"}, "subject_id"),
            ({"statement": "x" * 2001}, "statement"),
            ({"state": "approved"}, "state"),
            ({"documents": []}, "documents"),
            ({"applicant_id": "0198c0de-0000-7000-8000-000000000000"}, "applicant_id"),
        ],
    )
    def test_takes_nothing_else(self, client, world, body, field):
        answer = opened(client, world, **body)
        assert refused(answer) == (422, "invalid")
        assert answer.json["errors"][0]["field"] == field

    def test_for_a_strangers_farm_is_not_found(self, client, session, now, world):
        _, other = founder(session, now)
        session.commit()
        assert refused(opened(client, world, subject_id=str(other))) == (404, "not_found")

    def test_is_for_those_with_something_to_verify(self, client, session, now, signed_in):
        answer = client.post("/v1/cases", json={}, headers=signed_in(somebody(session, now)))
        assert refused(answer) == (403, "forbidden")


class TestDeciding:
    def test_verifies_at_once(self, client, world):
        farm, farmer, desk = world
        path = opened(client, world).headers["Location"]
        answer = decided(client, desk, path, checked=["identity"])
        assert (answer.status_code, answer.json["state"]) == (201, "approved")
        assert {"name": "identity", "done": True} in answer.json["checklist"]
        assert client.get(f"/v1/organisations/{farm}").json["verified_at"] is not None
        notices = client.get("/v1/notifications", headers=farmer).json["items"]
        assert answer.json["number"] in notices[0]["text"]

    def test_against_it_needs_a_reason(self, client, world):
        _, _, desk = world
        path = opened(client, world).headers["Location"]
        answer = decided(client, desk, path, approved=False)
        assert refused(answer) == (422, "invalid")
        assert answer.json["errors"][0]["field"] == "reason"
        assert decided(client, desk, path, approved=False, reason="Ảnh mờ").json["reason"] == (
            "Ảnh mờ"
        )

    def test_happens_once(self, client, world):
        _, _, desk = world
        path = opened(client, world).headers["Location"]
        decided(client, desk, path)
        assert refused(decided(client, desk, path)) == (409, "case.already_decided")

    def test_is_not_the_farmers(self, client, world):
        _, farmer, _ = world
        path = opened(client, world).headers["Location"]
        assert refused(decided(client, farmer, path)) == (403, "case.own")

    def test_is_not_found_by_strangers(self, client, session, now, signed_in, world):
        path = opened(client, world).headers["Location"]
        stranger = signed_in(founder(session, now)[0])
        assert client.get(path, headers=stranger).status_code == 404
        assert refused(decided(client, stranger, path)) == (404, "not_found")
        buyer = signed_in(somebody(session, now))
        assert refused(decided(client, buyer, path)) == (403, "forbidden")
        assert client.get("/v1/cases", headers=stranger).json["items"] == []

    @pytest.mark.parametrize(
        "body", [{"approved": "yes"}, {"approved": 1}, {"reason": "x" * 501}, {"state": "open"}]
    )
    def test_takes_the_right_shape(self, client, world, body):
        path = opened(client, world).headers["Location"]
        assert refused(decided(client, world[2], path, **body)) == (422, "invalid")


class TestTheDesk:
    def test_reads_the_cases_due_first_in_pages(self, client, session, now, world, signed_in):
        _, _, desk = world
        opened(client, world)
        for _ in range(2):
            farmer, farm = founder(session, now)
            opened(client, (str(farm), signed_in(farmer), desk))
        first = client.get("/v1/cases?limit=2", headers=desk).json
        rest = client.get(
            "/v1/cases", query_string={"cursor": first["next"], "limit": 2}, headers=desk
        ).json
        assert (len(first["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)
        assert client.get("/v1/cases?state=approved", headers=desk).json["items"] == []
        assert client.get("/v1/cases?kind=mandate", headers=desk).json["items"] == []

    @pytest.mark.parametrize("query", ["state=x", "kind=x", "limit=101", "cursor=abc"])
    def test_refuses_what_it_does_not_know(self, client, world, query):
        assert client.get(f"/v1/cases?{query}", headers=world[2]).status_code == 422


class TestPapers:
    def test_are_handed_in_and_read_by_those_who_see_the_case(self, client, world):
        _, farmer, desk = world
        path = opened(client, world).headers["Location"]
        answer = handed_in(client, farmer, path)
        assert answer.status_code == 201
        (paper,) = answer.json["documents"]
        assert paper["name"] == "1.pdf"
        read = client.get(paper["href"], headers=desk)
        assert (read.status_code, read.data, read.mimetype) == (200, PDF, "application/pdf")
        assert read.headers["Content-Disposition"] == 'attachment; filename="1.pdf"'

    def test_are_kept_once_each(self, client, world):
        _, farmer, _ = world
        path = opened(client, world).headers["Location"]
        for content in (PDF, PDF, JPEG):
            answer = handed_in(client, farmer, path, content)
        assert [paper["name"] for paper in answer.json["documents"]] == ["1.pdf", "2.jpg"]

    def test_are_not_found_by_strangers(self, client, session, now, signed_in, world):
        path = opened(client, world).headers["Location"]
        handed_in(client, world[1], path)
        stranger = signed_in(founder(session, now)[0])
        assert client.get(f"{path}/documents/1.pdf", headers=stranger).status_code == 404
        assert refused(handed_in(client, stranger, path)) == (404, "not_found")

    @pytest.mark.parametrize("name", ["2.pdf", "x", "..%2f1.pdf"])
    def test_by_another_name_are_not_found(self, client, world, name):
        path = opened(client, world).headers["Location"]
        handed_in(client, world[1], path)
        assert client.get(f"{path}/documents/{name}", headers=world[1]).status_code == 404

    @pytest.mark.parametrize("content", [b"", b"<html>", b"GIF89a", b"MZ"])
    def test_of_another_kind_are_refused(self, client, world, content):
        path = opened(client, world).headers["Location"]
        answer = handed_in(client, world[1], path, content)
        assert refused(answer) == (415, "paper.unsupported")

    def test_are_ten_at_most(self, client, world):
        path = opened(client, world).headers["Location"]
        answers = [handed_in(client, world[1], path, PDF + bytes([number])) for number in range(11)]
        assert answers[9].status_code == 201
        assert refused(answers[10]) == (409, "paper.too_many")

    def test_come_before_the_decision(self, client, world):
        path = opened(client, world).headers["Location"]
        decided(client, world[2], path)
        assert refused(handed_in(client, world[1], path)) == (409, "case.already_decided")

    def test_come_as_a_form(self, client, world):
        path = opened(client, world).headers["Location"]
        answer = client.post(f"{path}/documents", json={"file": "x"}, headers=world[1])
        assert refused(answer) == (415, "unsupported_media")

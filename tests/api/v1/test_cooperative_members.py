"""/v1/cooperatives/{id}/members: asked with a fee, approved by the manager, ended by either."""

import pytest

from market import clock
from tests.people import COOPERATIVE, founder, somebody


@pytest.fixture
def now():
    return clock.now()


@pytest.fixture
def world(session, now, signed_in):
    """The farm, the address of the cooperative's members, and the headers of both sides."""
    farmer, farm = founder(session, now)
    manager, cooperative = founder(session, now, COOPERATIVE, verified=True)
    path = f"/v1/cooperatives/{cooperative}/members"
    return str(farm), path, signed_in(farmer), signed_in(manager)


def asked(client, world, **more):
    farm, path, farmer, _ = world
    body = {"organisation_id": farm, "fee_basis_points": 500} | more
    return client.post(path, json=body, headers=farmer)


def refused(answer):
    return (answer.status_code, answer.json["code"])


class TestMembers:
    def test_ask_and_are_approved(self, client, world):
        _, path, farmer, manager = world
        answer = asked(client, world)
        assert (answer.status_code, answer.json["approved_at"]) == (201, None)
        own = answer.headers["Location"]
        approved = client.post(f"{own}/approval", headers=manager)
        assert approved.status_code == 201
        assert approved.json["approved_at"] is not None
        assert "member" in client.get("/v1/me", headers=farmer).json["roles"]
        again = client.post(f"{own}/approval", headers=manager)
        assert refused(again) == (409, "cooperative.not_waiting")
        assert len(client.get(path, headers=manager).json["items"]) == 1

    @pytest.mark.parametrize("side", [2, 3])
    def test_end_it_from_either_side(self, client, world, side):
        own = asked(client, world).headers["Location"]
        assert client.delete(own, headers=world[side]).status_code == 204
        assert client.get(own, headers=world[2]).json["ended_at"] is not None
        assert asked(client, world).status_code == 201

    def test_are_in_one_at_a_time(self, client, world):
        asked(client, world)
        assert refused(asked(client, world)) == (409, "cooperative.already_in_one")

    def test_are_nobody_elses(self, client, session, now, signed_in, world):
        _, path, farmer, _ = world
        own = asked(client, world).headers["Location"]
        other, _ = founder(session, now, COOPERATIVE, verified=True)
        stranger = signed_in(other)
        assert client.get(own, headers=stranger).status_code == 404
        assert client.delete(own, headers=stranger).status_code == 404
        assert refused(client.post(f"{own}/approval", headers=stranger)) == (404, "not_found")
        assert refused(client.post(f"{own}/approval", headers=farmer)) == (403, "forbidden")
        assert client.get(path, headers=stranger).json["items"] == []
        buyer = signed_in(somebody(session, now))
        assert refused(client.get(path, headers=buyer)) == (403, "forbidden")

    def test_ask_for_their_own_farm(self, client, session, now, world):
        _, other = founder(session, now)
        session.commit()
        answer = asked(client, world, organisation_id=str(other))
        assert refused(answer) == (404, "not_found")

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("fee_basis_points", 5001),
            ("fee_basis_points", -1),
            ("fee_basis_points", 1.5),
            ("approved_at", "2026-01-01T00:00:00Z"),
            ("organisation_id", None),
        ],
    )
    def test_ask_in_the_right_shape(self, client, world, field, value):
        answer = asked(client, world, **{field: value})
        assert refused(answer) == (422, "invalid")
        assert answer.json["errors"][0]["field"] == field

    def test_of_another_cooperative_are_not_found_here(self, client, session, now, world):
        own = asked(client, world).headers["Location"]
        _, other = founder(session, now, COOPERATIVE, verified=True)
        session.commit()
        elsewhere = f"/v1/cooperatives/{other}/members/{own.rpartition('/')[2]}"
        assert client.get(elsewhere, headers=world[2]).status_code == 404

"""/v1/mandates and `Acting-For`: the farm consents, the agent acts, either side ends it."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from market import clock
from market.accounts.models import Organisation
from market.orders import queries
from tests import makers
from tests.people import COOPERATIVE, founder, somebody

HEADER = "Acting-For"


@pytest.fixture
def now():
    return clock.now()


@pytest.fixture
def world(session, now, signed_in):
    """The farm's id and the headers of its farmer and of an agent."""
    farmer, farm = founder(session, now)
    return str(farm), signed_in(farmer), signed_in(somebody(session, now))


def wanted(farm, now, **more):
    expires_at = (now + timedelta(days=30)).isoformat()
    return {"organisation_id": farm, "scope": ["listings"], "expires_at": expires_at} | more


def asked(client, world, now):
    farm, _, agent = world
    return client.post("/v1/mandates", json=wanted(farm, now), headers=agent)


def consented(client, world, **decision):
    _, farmer, _ = world
    (case,) = client.get("/v1/cases?kind=mandate", headers=farmer).json["items"]
    return client.post(
        f"/v1/cases/{case['id']}/decision", json={"approved": True} | decision, headers=farmer
    )


def refused(answer):
    return (answer.status_code, answer.json["code"])


class TestAMandate:
    def test_is_asked_for_consented_to_and_acted_under(self, client, world, now):
        farm, _, agent = world
        answer = asked(client, world, now)
        assert (answer.status_code, answer.json["state"]) == (201, "pending")
        assert refused(client.get("/v1/me", headers=agent | {HEADER: farm})) == (404, "not_found")

        assert consented(client, world).status_code == 201
        path = answer.headers["Location"]
        assert client.get(path, headers=agent).json["state"] == "active"
        acting = client.get("/v1/me", headers=agent | {HEADER: farm})
        assert acting.json["roles"] == ["agent", "buyer", "seller"]

    def test_does_not_reach_to_the_farms_bank(self, client, session, world, now):
        farm, _, agent = world
        asked(client, world, now)
        consented(client, world)
        paid = session.get_one(Organisation, UUID(farm))
        paid.payment_mode, paid.bank_account, paid.verified_at = "direct", "5550001", now
        session.commit()

        answer = client.post(
            "/v1/bank-statements?account=5550001",
            data="date,reference,amount,text\n",
            content_type="text/csv",
            headers=agent | {HEADER: farm},
        )

        assert refused(answer) == (404, "not_found")

    @pytest.mark.parametrize("side", [1, 2])
    def test_is_ended_by_either_side_at_once(self, client, world, now, side):
        farm, _, agent = world
        path = asked(client, world, now).headers["Location"]
        consented(client, world)
        assert client.delete(path, headers=world[side]).status_code == 204
        assert client.get("/v1/me", headers=agent | {HEADER: farm}).status_code == 404
        assert client.get(path, headers=agent).json["state"] == "revoked"

    def test_is_for_its_two_sides_only(self, client, session, world, now, signed_in):
        path = asked(client, world, now).headers["Location"]
        stranger = signed_in(founder(session, now)[0])
        assert client.get(path, headers=stranger).status_code == 404
        assert client.delete(path, headers=stranger).status_code == 404
        assert client.get("/v1/mandates", headers=stranger).json["items"] == []
        for own in world[1:]:
            assert len(client.get("/v1/mandates", headers=own).json["items"]) == 1

    def test_is_not_consented_to_by_its_agent(self, client, world, now):
        _, _, agent = world
        asked(client, world, now)
        (case,) = client.get("/v1/cases", headers=agent).json["items"]
        answer = client.post(
            f"/v1/cases/{case['id']}/decision", json={"approved": True}, headers=agent
        )
        assert refused(answer) == (403, "forbidden")

    def test_leaves_the_organisation_itself_to_its_people(self, client, world, now):
        farm, _, agent = world
        asked(client, world, now)
        consented(client, world)
        acting = agent | {HEADER: farm, "If-Match": "*"}
        answer = client.patch(f"/v1/organisations/{farm}", json={"name": "Tôi"}, headers=acting)
        assert refused(answer) == (403, "forbidden")
        shown = client.get(f"/v1/organisations/{farm}", headers=acting).json
        assert (shown["bank"], shown["payment_mode"]) == (None, None)

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"scope": []}, "scope"),
            ({"scope": ["everything"]}, "scope.0"),
            ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
            ({"expires_at": "2100-01-01T00:00:00Z"}, "expires_at"),
            ({"expires_at": "2026-11-24"}, "expires_at"),
            ({"organisation_id": "1"}, "organisation_id"),
            ({"agent_id": "0198c0de-0000-7000-8000-000000000000"}, "agent_id"),
            ({"state": "active"}, "state"),
        ],
    )
    def test_is_asked_for_in_the_right_shape(self, client, world, now, body, field):
        farm, _, agent = world
        answer = client.post("/v1/mandates", json=wanted(farm, now, **body), headers=agent)
        assert refused(answer) == (422, "invalid")
        assert [error["field"] for error in answer.json["errors"]] == [field]

    def test_is_for_an_organisation_that_exists_and_sells(self, client, session, world, now):
        _, _, agent = world
        nowhere = wanted("0198c0de-0000-7000-8000-000000000000", now)
        assert refused(client.post("/v1/mandates", json=nowhere, headers=agent)) == (
            404,
            "not_found",
        )
        _, cooperative = founder(session, now, COOPERATIVE)
        session.commit()
        answer = client.post("/v1/mandates", json=wanted(str(cooperative), now), headers=agent)
        assert refused(answer) == (422, "mandate.not_representable")

    def test_needs_somebody(self, client):
        assert client.get("/v1/mandates").status_code == 401
        assert client.post("/v1/mandates", json={}).status_code == 401


class TestItsScope:
    """What the agent reads of the farm's sales is no more than they may work on."""

    @pytest.fixture
    def order(self, session, world, now):
        farm = makers.seller(session, now)
        farm = replace(farm, seller_ids=frozenset({UUID(world[0])}))
        group = makers.bought(session, now, (makers.strawberries(session, now, of=farm), 1000))
        (order,) = queries.of_group(session, group_id=group.id)
        session.commit()
        return order

    @pytest.mark.parametrize(("scope", "seen"), [("listings", 0), ("lots", 0), ("orders", 1)])
    def test_is_what_lists_show(self, client, world, now, order, scope, seen):
        farm, _, agent = world
        client.post("/v1/mandates", json=wanted(farm, now, scope=[scope]), headers=agent)
        consented(client, world)
        acting = agent | {HEADER: farm}
        assert len(client.get("/v1/orders", headers=acting).json["items"]) == seen
        status = client.get(f"/v1/orders/{order.id}", headers=acting).status_code
        assert status == (200 if seen else 404)

    def test_of_orders_shows_no_more_without_the_header(self, client, world, now, order):
        farm, _, agent = world
        client.post("/v1/mandates", json=wanted(farm, now, scope=["orders"]), headers=agent)
        consented(client, world)
        assert client.get("/v1/orders", headers=agent).json["items"] == []

    def test_never_lets_the_agent_tell_what_the_bank_says(self, client, session, world, now):
        farm, _, agent = world
        organisation = session.get_one(Organisation, UUID(farm))
        organisation.bank_account = "0123456789"
        scope = ["listings", "lots", "orders"]
        client.post("/v1/mandates", json=wanted(farm, now, scope=scope), headers=agent)
        consented(client, world)
        answer = client.post(
            "/v1/bank-statements?account=0123456789",
            data=b"date,reference,amount,text\n2026-11-24,FT1,100,x\n",
            content_type="text/csv",
            headers=agent | {HEADER: farm},
        )
        assert refused(answer) == (404, "not_found")


class TestTheHeader:
    def test_has_to_hold_an_id(self, client, world):
        answer = client.get("/v1/me", headers=world[2] | {HEADER: "x"})
        assert refused(answer) == (400, "acting_for.malformed")

    def test_of_a_farm_without_a_mandate_is_not_found(self, client, session, now, world):
        _, other = founder(session, now)
        session.commit()
        answer = client.get("/v1/me", headers=world[2] | {HEADER: str(other)})
        assert refused(answer) == (404, "not_found")

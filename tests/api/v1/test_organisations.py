"""/v1/organisations and their members: seen by those who may, changed by those who decide."""

import pytest

from market import clock
from market.accounts.models import Post
from tests.makers import COMMUNE
from tests.people import COOPERATIVE, colleague, founder, moderator, somebody

NEW = {"kind": "farm", "name": "Vườn Cô Lan", "unit_code": COMMUNE}
BANK = {"bin": "970436", "account": "0123456780", "holder": "NGUYEN THI LAN"}


@pytest.fixture
def now():
    return clock.now()


@pytest.fixture
def boss_and_farm(session, now):
    return founder(session, now)


def patched(client, headers, organisation_id, tag="*", **body):
    return client.patch(
        f"/v1/organisations/{organisation_id}", json=body, headers=headers | {"If-Match": tag}
    )


def refused(answer):
    return (answer.status_code, answer.json["code"])


class TestFounding:
    def test_makes_the_organisation_and_its_seller(self, client, session, now, signed_in):
        headers = signed_in(somebody(session, now))
        answer = client.post("/v1/organisations", json=NEW, headers=headers)
        assert answer.status_code == 201
        assert answer.headers["Location"] == f"/v1/organisations/{answer.json['id']}"
        assert answer.json["verified_at"] is None
        assert client.get("/v1/me", headers=headers).json["roles"] == ["buyer", "seller"]

    def test_takes_the_callers_id_once(self, client, session, now, signed_in):
        headers = signed_in(somebody(session, now))
        body = NEW | {"id": "0198c0de-0000-7000-8000-000000000000"}
        assert client.post("/v1/organisations", json=body, headers=headers).json["id"] == body["id"]
        again = client.post("/v1/organisations", json=body, headers=headers)
        assert refused(again) == (409, "organisation.id_taken")

    @pytest.mark.parametrize(
        "field", ["verified_at", "payment_mode", "bank", "version", "seller_id", "created_at"]
    )
    def test_takes_nothing_that_is_not_asked_for(self, client, session, now, signed_in, field):
        headers = signed_in(somebody(session, now))
        answer = client.post("/v1/organisations", json=NEW | {field: 1}, headers=headers)
        assert refused(answer) == (422, "invalid")
        assert answer.json["errors"][0] == {"field": field, "code": "field.unknown", "params": {}}

    @pytest.mark.parametrize(
        ("field", "value"),
        [("kind", "bank"), ("name", "x"), ("name", "a\nb"), ("unit_code", "1"), ("id", "1")],
    )
    def test_refuses_what_does_not_fit(self, client, session, now, signed_in, field, value):
        headers = signed_in(somebody(session, now))
        answer = client.post("/v1/organisations", json=NEW | {field: value}, headers=headers)
        assert refused(answer) == (422, "invalid")
        assert answer.json["errors"][0]["field"] == field

    def test_needs_a_place_of_the_province(self, client, session, now, signed_in):
        headers = signed_in(somebody(session, now))
        answer = client.post(
            "/v1/organisations", json=NEW | {"unit_code": "00001"}, headers=headers
        )
        assert refused(answer) == (422, "place.unknown")

    def test_needs_somebody(self, client):
        assert refused(client.post("/v1/organisations", json=NEW)) == (401, "unauthenticated")


class TestReading:
    def test_a_verified_one_is_for_everybody_without_its_bank(self, client, session, now):
        _, farm = founder(session, now, verified=True)
        session.commit()
        answer = client.get(f"/v1/organisations/{farm}")
        assert answer.status_code == 200
        assert (answer.json["bank"], answer.json["payment_mode"]) == (None, None)

    def test_an_unverified_one_is_not_found_by_others(
        self, client, session, now, signed_in, boss_and_farm
    ):
        boss, farm = boss_and_farm
        path = f"/v1/organisations/{farm}"
        assert client.get(path).status_code == 404
        assert client.get(path, headers=signed_in(somebody(session, now))).status_code == 404
        assert client.get(path, headers=signed_in(boss)).status_code == 200

    def test_the_bank_is_for_its_own_people(self, client, session, now, signed_in):
        boss, farm = founder(session, now, verified=True)
        headers = signed_in(boss)
        assert patched(client, headers, farm, bank=BANK).json["bank"] == BANK
        path = f"/v1/organisations/{farm}"
        assert client.get(path, headers=headers).json["bank"] == BANK
        for reader in (somebody(session, now), moderator(session, now)):
            assert client.get(path, headers=signed_in(reader)).json["bank"] is None
        listed = client.get("/v1/organisations").json["items"]
        assert [each["bank"] for each in listed] == [None]

    def test_the_phone_and_the_way_there_are_not_on_the_shelf(
        self, client, session, now, signed_in
    ):
        boss, farm = founder(session, now, verified=True)
        headers = signed_in(boss)

        own = patched(client, headers, farm, phone="0912 345 678", address="Hẻm 5").json

        assert (own["phone"], own["address"]) == ("+84912345678", "Hẻm 5")
        shown = client.get(f"/v1/organisations/{farm}").json
        assert (shown["phone"], shown["address"]) == (None, None)

    def test_lists_go_on_where_they_stopped(self, client, session, now):
        ids = [str(founder(session, now, verified=True)[1]) for _ in range(3)]
        session.commit()
        first = client.get("/v1/organisations?limit=2").json
        rest = client.get(
            "/v1/organisations", query_string={"cursor": first["next"], "limit": 2}
        ).json
        assert [each["id"] for each in first["items"] + rest["items"]] == ids[::-1]
        assert rest["next"] is None

    def test_lists_can_be_ones_own(self, client, session, now, signed_in, boss_and_farm):
        boss, farm = boss_and_farm
        founder(session, now, verified=True)
        answer = client.get("/v1/organisations?mine=true", headers=signed_in(boss))
        assert [each["id"] for each in answer.json["items"]] == [str(farm)]
        assert client.get("/v1/organisations?mine=true").json["items"] == []

    @pytest.mark.parametrize("query", ["mine=1", "kind=bank", "limit=0", "cursor=x", "x=1"])
    def test_lists_refuse_what_they_do_not_know(self, client, query):
        assert client.get(f"/v1/organisations?{query}").status_code == 422


class TestChanging:
    def test_needs_the_version(self, client, signed_in, boss_and_farm):
        boss, farm = boss_and_farm
        headers = signed_in(boss)
        tag = client.get(f"/v1/organisations/{farm}", headers=headers).headers["ETag"]
        bare = client.patch(f"/v1/organisations/{farm}", json={"name": "Mai"}, headers=headers)
        assert refused(bare) == (428, "precondition_missing")
        assert patched(client, headers, farm, tag, name="Vườn Mai").status_code == 200
        assert refused(patched(client, headers, farm, tag, name="Vườn")) == (412, "stale")

    def test_a_strangers_is_refused(self, client, session, now, signed_in, boss_and_farm):
        _, hidden = boss_and_farm
        _, public = founder(session, now, verified=True)
        seller = signed_in(founder(session, now)[0])
        buyer = signed_in(somebody(session, now))
        assert refused(patched(client, seller, hidden, name="Của tôi")) == (404, "not_found")
        assert refused(patched(client, seller, public, name="Của tôi")) == (403, "forbidden")
        assert refused(patched(client, buyer, public, name="Của tôi")) == (403, "forbidden")

    def test_a_bank_account_can_be_given_and_taken_away(self, client, signed_in, boss_and_farm):
        boss, farm = boss_and_farm
        headers = signed_in(boss)
        direct = patched(client, headers, farm, bank=BANK, payment_mode="direct")
        assert (direct.json["bank"], direct.json["payment_mode"]) == (BANK, "direct")
        refusal = patched(client, headers, farm, bank=None)
        assert refused(refusal) == (422, "organisation.bank_account_incomplete")
        custody = patched(client, headers, farm, bank=None, payment_mode="custody")
        assert custody.json["bank"] is None

    @pytest.mark.parametrize("field", ["verified_at", "kind", "version", "created_at", "id"])
    def test_takes_only_what_is_its_peoples(self, client, signed_in, boss_and_farm, field):
        boss, farm = boss_and_farm
        answer = patched(client, signed_in(boss), farm, **{field: "x"})
        assert refused(answer) == (422, "invalid")

    @pytest.mark.parametrize(
        "bank",
        [BANK | {"bin": "97043"}, BANK | {"account": "1 2"}, {"bin": "970436"}, BANK | {"x": 1}],
    )
    def test_refuses_half_a_bank_account(self, client, signed_in, boss_and_farm, bank):
        boss, farm = boss_and_farm
        assert refused(patched(client, signed_in(boss), farm, bank=bank)) == (422, "invalid")

    def test_a_verified_name_stays(self, client, session, now, signed_in):
        boss, farm = founder(session, now, verified=True)
        answer = patched(client, signed_in(boss), farm, name="Vườn Khác")
        assert refused(answer) == (409, "organisation.name_is_verified")


class TestMembers:
    def asked(self, client, headers, organisation_id, post="seller"):
        return client.post(
            f"/v1/organisations/{organisation_id}/members", json={"post": post}, headers=headers
        )

    def test_ask_and_are_taken_in(self, client, session, now, signed_in, boss_and_farm):
        boss, farm = boss_and_farm
        newcomer, owner = signed_in(somebody(session, now)), signed_in(boss)
        asked = self.asked(client, newcomer, farm)
        assert (asked.status_code, asked.json["state"]) == (201, "requested")
        path = asked.headers["Location"]
        tag = client.get(path, headers=owner).headers["ETag"]
        granted = client.patch(path, json={"state": "active"}, headers=owner | {"If-Match": tag})
        assert (granted.status_code, granted.json["state"]) == (200, "active")
        assert client.get("/v1/me", headers=newcomer).json["roles"] == ["buyer", "seller"]

    def test_are_listed_for_those_who_decide(self, client, session, now, signed_in, boss_and_farm):
        boss, farm = boss_and_farm
        path = f"/v1/organisations/{farm}/members"
        self.asked(client, signed_in(somebody(session, now, phone="+84987654321")), farm)
        listed = client.get(path, headers=signed_in(boss)).json["items"]
        assert [(each["state"], each["contact"]) for each in listed] == [
            ("requested", "+84•••321"),
            ("active", "•••"),
        ]
        stranger = signed_in(founder(session, now)[0])
        assert refused(client.get(path, headers=stranger)) == (404, "not_found")
        buyer = signed_in(somebody(session, now))
        assert refused(client.get(path, headers=buyer)) == (403, "forbidden")

    def test_do_not_take_themselves_in(self, client, session, now, signed_in, boss_and_farm):
        newcomer = signed_in(somebody(session, now), **{"If-Match": "*"})
        path = self.asked(client, newcomer, boss_and_farm[1]).headers["Location"]
        answer = client.patch(path, json={"state": "active"}, headers=newcomer)
        assert refused(answer) == (403, "forbidden")
        gone = client.patch(path, json={"state": "ended"}, headers=newcomer)
        assert (gone.status_code, gone.json["state"]) == (200, "ended")

    def test_of_others_are_not_found(self, client, session, now, signed_in, boss_and_farm):
        boss, farm = boss_and_farm
        path = self.asked(client, signed_in(somebody(session, now)), farm).headers["Location"]
        stranger = signed_in(founder(session, now)[0], **{"If-Match": "*"})
        assert client.get(path, headers=stranger).status_code == 404
        answer = client.patch(path, json={"state": "active"}, headers=stranger)
        assert refused(answer) == (404, "not_found")
        _, other = founder(session, now)
        elsewhere = path.replace(str(farm), str(other))
        assert client.get(elsewhere, headers=signed_in(boss)).status_code == 404

    def test_ask_once_for_a_post_that_there_is(
        self, client, session, now, signed_in, boss_and_farm
    ):
        _, farm = boss_and_farm
        newcomer = signed_in(somebody(session, now))
        refusal = self.asked(client, newcomer, farm, "manager")
        assert refused(refusal) == (422, "membership.no_such_post")
        self.asked(client, newcomer, farm)
        assert refused(self.asked(client, newcomer, farm)) == (409, "membership.exists")

    @pytest.mark.parametrize("body", [{}, {"post": "king"}, {"post": "seller", "state": "active"}])
    def test_ask_in_the_right_shape(self, client, session, now, signed_in, boss_and_farm, body):
        answer = client.post(
            f"/v1/organisations/{boss_and_farm[1]}/members",
            json=body,
            headers=signed_in(somebody(session, now)),
        )
        assert refused(answer) == (422, "invalid")

    def test_always_leave_somebody_who_decides(self, client, signed_in, boss_and_farm):
        boss, farm = boss_and_farm
        headers = signed_in(boss, **{"If-Match": "*"})
        (own,) = client.get(f"/v1/organisations/{farm}/members", headers=headers).json["items"]
        answer = client.patch(
            f"/v1/organisations/{farm}/members/{own['id']}",
            json={"state": "ended"},
            headers=headers,
        )
        assert refused(answer) == (409, "membership.last")

    def test_taken_out_are_out_at_once(self, client, session, now, signed_in):
        manager, cooperative = founder(session, now, COOPERATIVE)
        accountant = signed_in(colleague(session, now, manager, cooperative, Post.ACCOUNTANT))
        headers = signed_in(manager, **{"If-Match": "*"})
        path = f"/v1/organisations/{cooperative}/members"
        own, _ = client.get(path, headers=headers).json["items"]
        client.patch(f"{path}/{own['id']}", json={"state": "ended"}, headers=headers)
        assert client.get("/v1/me", headers=accountant).json["roles"] == ["buyer"]

"""Options over HTTP: said, scheduled, seen in the calendar; boats and guides."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from catalog.models import Experience, ListingState
from market import clock
from market.accounts.models import OrganisationKind
from tests.api.v1 import callers
from tests.api.v1.test_experiences import PICKING

DAY = timedelta(days=1)


def money(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "VND"}


ADULT = {"type": "adult", "price": money(200_000), "pax": 1}
CHILD = {"type": "child", "price": money(0), "pax": 1, "accompanied_by": ["adult"], "max_age": 11}
SEASON = {
    "from": "2030-04-30",
    "until": "2030-05-01",
    "weekdays": [1, 2],
    "prices": {"adult": money(300_000)},
}


@pytest.fixture
def host(client, session):
    return callers.founder(client, session, OrganisationKind.HOST)


@pytest.fixture
def visit(host):
    """A draft with the version 1."""
    body = PICKING | {"seller_id": str(host.organisation_id)}
    return host.post("/experiences", body).json


@pytest.fixture
def live(session, visit):
    experience = session.get_one(Experience, UUID(visit["id"]))
    experience.state, experience.listed_at = ListingState.LIVE, clock.now()
    session.flush()
    return visit


def daily(start=None, **changes):
    at = start or clock.day_of(clock.now()) + DAY
    return {"starts": f"{at}T08:00", "rrule": "FREQ=DAILY", "seats": 8} | changes


def scheduled(host, option_id, *rules, version="*"):
    tag = {"If-Match": version}
    return host.ask("PUT", f"/options/{option_id}/schedule", json={"rules": rules}, headers=tag)


class TestOptions:
    def test_are_there_from_the_start(self, host, nobody, visit):
        path = f"/experiences/{visit['id']}/options"

        (first,) = host.get(path).json["items"]

        assert first["id"] == visit["id"]
        assert [(unit["type"], unit["price"]["amount"]) for unit in first["units"]] == [
            ("adult", 150_000),
            ("child", 0),
        ]
        assert nobody.get(path).status_code == 404

    def test_say_again_what_was_said(self, host, nobody, live):
        said = {
            "names": {"vi": "Buổi sáng", "en": "Morning"},
            "units": [ADULT, CHILD],
            "seasons": [SEASON],
            "tiers": [{"hours": 24, "percent": 100}, {"hours": 2, "percent": 50}],
            "cutoff_minutes": 120,
            "minimum_guests": 4,
            "most_units": 12,
            "approves": True,
        }

        answer = host.patch(f"/options/{live['id']}", said, version=1)

        assert answer.status_code == 200, answer.json
        (shown,) = nobody.get(f"/experiences/{live['id']}").json["options"]
        assert {name: shown[name] for name in said} == said
        assert nobody.get(f"/experiences/{live['id']}").json["price"]["amount"] == 200_000

    def test_take_limits_away(self, host, visit):
        path = f"/options/{visit['id']}"
        assert host.patch(path, {"minimum_guests": 4}, version=1).json["minimum_guests"] == 4

        assert host.patch(path, {"minimum_guests": None}, version=2).json["minimum_guests"] is None

    def test_need_the_version_that_was_seen(self, host, stranger, visit):
        path = f"/options/{visit['id']}"
        change = {"approves": True}

        answers = [host.patch(path, change, version=version) for version in (None, 1, 1)]

        assert [answer.status_code for answer in answers] == [428, 200, 412]
        assert answers[1].json["approves"] is True
        assert stranger.patch(path, change, version=1).status_code == 404

    def test_can_be_more_and_fewer(self, host, stranger, visit):
        path = f"/experiences/{visit['id']}/options"
        group = {"type": "group", "price": money(1_500_000), "pax": 10}
        body = {"names": {"vi": "Riêng nhóm"}, "units": [group]}

        added = host.post(path, body)

        assert (added.status_code, added.json["names"]) == (201, {"vi": "Riêng nhóm"})
        assert stranger.post(path, body).status_code == 404
        assert len(host.get(path).json["items"]) == 2
        assert stranger.delete(f"/options/{added.json['id']}").status_code == 404
        assert host.delete(f"/options/{added.json['id']}").status_code == 204
        assert len(host.get(path).json["items"]) == 1
        first = host.delete(f"/options/{visit['id']}")
        assert (first.status_code, first.json["code"]) == (409, "option.first_stays")

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"units": []}, "field.too_few"),
            ({"units": [{"type": "adult"}]}, "field.required"),
            ({"units": [{**ADULT, "price": money(-1)}]}, "field.range"),
            ({"units": [{**ADULT, "pax": 10**9}]}, "field.range"),
            ({"units": [{**ADULT, "type": "dog"}]}, "field.not_allowed"),
            ({"units": [{**CHILD, "price": money(1)}]}, "option.companion"),
            ({"seasons": [{**SEASON, "until": "9999-12-31"}]}, "field.bad_day"),
            ({"seasons": [{**SEASON, "from": "2030-02-29"}]}, "field.bad_day"),
            ({"seasons": [{**SEASON, "until": "2030-04-01"}]}, "option.reversed"),
            ({"seasons": [{**SEASON, "weekdays": [7]}]}, "field.range"),
            ({"seasons": [{**SEASON, "prices": {"adult": money(10**15)}}]}, "field.range"),
            ({"tiers": [{"hours": 10**9, "percent": 1}]}, "field.range"),
            ({"tiers": [{"hours": 1, "percent": 1}] * 2}, "option.tiers_order"),
            ({"minimum_guests": 0}, "field.range"),
            ({"asset_ids": [str(uuid4())]}, "option.asset"),
            ({"names": {"vi": "a\u202eb"}}, "field.control_characters"),
            ({"names": {"xx": "?"}}, None),
        ],
    )
    def test_refuse_with_a_code_and_words(self, host, visit, body, code):
        answer = host.patch(f"/options/{visit['id']}", body, version=1)

        assert answer.status_code == 422
        found = [error["code"] for error in answer.json["errors"]]
        assert found == [code] if code else answer.json["code"] == "language.unknown"
        assert answer.json["title"] != answer.json["code"]


class TestSchedules:
    def test_open_and_close_departures(self, host, nobody, live):
        path = f"/experiences/{live['id']}/departures?limit=100"

        answer = scheduled(host, live["id"], daily(**{"until": None, "except": []}))

        assert (answer.status_code, answer.json["kept"]) == (200, [])
        assert len(nobody.get(path).json["items"]) == 100
        assert scheduled(host, live["id"]).json == {"rules": [], "kept": []}
        statuses = {item["status"] for item in nobody.get(path).json["items"]}
        assert statuses == {"cancelled"}

    def test_need_the_version(self, host, stranger, live):
        assert scheduled(host, live["id"], daily(), version='"v7"').status_code == 412
        assert scheduled(stranger, live["id"], daily()).status_code == 404

    @pytest.mark.parametrize(
        "changes",
        [
            {"rrule": "FREQ=SECONDLY"},
            {"rrule": "x" * 501},
            {"starts": "2027-02-29T08:00"},
            {"starts": "9999-12-31T08:00"},
            {"starts": "2026-01-01T25:00"},
            {"until": "07:00"},
            {"until": "99:99"},
            {"seats": 0},
            {"seats": 10**9},
            {"except": ["2027-02-29"]},
            {"except": ["2027-02-28"] * 1_000},
        ],
    )
    def test_refuse_what_cannot_be_meant(self, host, visit, changes):
        answer = scheduled(host, visit["id"], daily(**changes))

        assert (answer.status_code, answer.json["code"]) == (422, "invalid")


class TestCalendar:
    def test_shows_the_days_of_each_option(self, host, nobody, live):
        host.patch(f"/options/{live['id']}", {"units": [ADULT, CHILD]}, version=1)
        scheduled(host, live["id"], daily())

        (option,) = nobody.get(f"/experiences/{live['id']}/calendar?days=3").json["items"]

        assert option["option_id"] == live["id"]
        assert [(day["status"], day["seats_left"]) for day in option["days"]] == [
            ("closed", 0),
            ("available", 8),
            ("available", 8),
        ]
        assert option["days"][0]["prices"] == {"adult": money(200_000), "child": money(0)}

    @pytest.mark.parametrize("query", ["days=0", "days=63", "from=2027-02-29", "from=9999-01-01"])
    def test_refuses_days_that_cannot_be(self, nobody, live, query):
        assert nobody.get(f"/experiences/{live['id']}/calendar?{query}").status_code == 422

    def test_of_what_nobody_may_see_is_empty(self, nobody, visit):
        for name in (visit["id"], uuid4()):
            assert nobody.get(f"/experiences/{name}/calendar").json == {"items": []}


class TestAssets:
    def test_are_opened_changed_and_given_to_options(self, host, stranger, visit):
        body = {"seller_id": str(host.organisation_id), "kind": "vehicle", "name": "Hải Âu"}
        body |= {"places": 12}

        boat = host.post("/assets", body).json
        path = f"/assets/{boat['id']}"
        changed = host.ask("PATCH", path, json={"places": 10}, headers={"If-Match": "*"})

        assert (changed.json["name"], changed.json["places"]) == ("Hải Âu", 10)
        assert host.get("/assets").json["items"] == [changed.json]
        assert stranger.get("/assets").json["items"] == []
        assert stranger.post("/assets", body).status_code == 404
        refused = stranger.ask("PATCH", path, json={"places": 1}, headers={"If-Match": "*"})
        assert refused.status_code == 404
        given = host.patch(f"/options/{visit['id']}", {"asset_ids": [boat["id"]]}, version=1)
        assert given.json["asset_ids"] == [boat["id"]]


class TestMeeting:
    def test_is_told_with_the_languages(self, host, nobody, live):
        said = {"meeting_landmark": "Cổng chợ Đà Lạt", "meeting_commune": live["commune"]["code"]}

        answer = host.patch(
            f"/experiences/{live['id']}", said | {"spoken": ["vi", "fr"]}, version=1
        )

        assert answer.json["meeting_commune"] == live["commune"]
        shown = nobody.get(f"/experiences/{live['id']}").json
        assert shown["meeting_landmark"] == "Cổng chợ Đà Lạt"
        assert (shown["spoken"], shown["availability"]) == (["vi", "fr"], "start-time")

    @pytest.mark.parametrize("spoken", [["xx"], ["tlh"], ["../x"], ["vi"] * 21])
    def test_refuses_languages_that_nobody_knows(self, host, visit, spoken):
        path = f"/experiences/{visit['id']}"

        assert host.patch(path, {"spoken": spoken}, version=1).status_code == 422

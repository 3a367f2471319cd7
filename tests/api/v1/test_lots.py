"""Lots and plots over HTTP: opened, told, weighed, and read by anybody who holds a box."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from market import clock
from market.ids import normal_code
from tests import makers

LOT = {
    "category": "produce.fruit.strawberry",
    "commune": makers.COMMUNE,
    "harvest_day": "2026-01-05",
    "quantity": {"value": 10_000, "scale": 3, "unit": "KGM"},
}


@pytest.fixture
def lot(farmer):
    answer = farmer.post("/lots", LOT | {"seller_id": str(farmer.organisation_id)})
    assert answer.status_code == 201, answer.json
    return answer.json


@pytest.fixture
def tell(farmer, lot):
    def do(step, *, by=farmer, at=None, **facts):
        at = at or clock.now()
        body = {"step": step, "occurred_at": at.isoformat(), "facts": facts}
        return by.post(f"/lots/{lot['code']}/events", body)

    return do


class TestOpening:
    def test_prints_a_code(self, lot):
        assert lot["code"] == normal_code(lot["code"])
        assert (lot["declared"], lot["accepted"], lot["unit"]) == (10_000, None, "KGM")

    def test_lists_ones_own_in_pages(self, farmer, stranger, lot):
        second = farmer.post("/lots", LOT | {"seller_id": str(farmer.organisation_id)}).json

        first = farmer.get("/lots?limit=1").json
        rest = farmer.get(f"/lots?limit=1&cursor={first['next']}").json

        codes = [item["code"] for item in (*first["items"], *rest["items"])]
        assert codes == [second["code"], lot["code"]]
        assert stranger.get("/lots").json == {"items": [], "next": None}

    @pytest.mark.parametrize(
        ("changes", "status", "code"),
        [
            ({"category": "produce.moon"}, 422, "category.unknown"),
            ({"commune": "1"}, 422, "place.unknown"),
            ({"harvest_day": "2099-01-01"}, 422, "lot.harvest_too_far"),
            ({"harvest_day": "2026-02-30"}, 422, "invalid"),
            ({"harvest_day": "0001-01-01"}, 422, "invalid"),
            ({"quantity": {"value": 0, "scale": 3, "unit": "KGM"}}, 422, "invalid"),
            ({"quantity": {"value": 10**9 + 1, "scale": 3, "unit": "KGM"}}, 422, "invalid"),
            ({"quantity": {"value": 5, "scale": 3, "unit": "ZZ"}}, 422, "unit.unknown"),
            ({"seller_id": str(uuid4())}, 404, "not_found"),
            ({"plot_id": str(uuid4())}, 404, "not_found"),
        ],
    )
    def test_refuses_what_is_no_harvest(self, farmer, changes, status, code):
        body = LOT | {"seller_id": str(farmer.organisation_id)} | changes

        answer = farmer.post("/lots", body)

        assert (answer.status_code, answer.json["code"]) == (status, code)

    def test_is_for_sellers(self, nobody, buyer):
        assert nobody.post("/lots", LOT).status_code == 401
        assert buyer.post("/lots", LOT).status_code == 403
        assert nobody.get("/lots").status_code == 401


class TestStory:
    def test_is_told_forward_and_read_by_anybody(self, nobody, lot, tell):
        tell("harvested")
        tell("treated", at=clock.now() - timedelta(days=20), agent="Neem", isolation_days=7)

        story = nobody.get(f"/lots/{lot['code']}").json

        assert [(event["step"], event["voice"]) for event in story["events"]] == [
            ("treated", "producer"),
            ("harvested", "producer"),
        ]
        assert story["producer"]["name"] == "Vườn Gió"
        assert story["producer"]["verified"] is False
        assert story["isolation"]["kept"] is True

    @pytest.mark.parametrize("spoil", [str.lower, lambda code: f"{code[:5]}-{code[5:]}"])
    def test_opens_however_the_code_was_typed(self, nobody, lot, spoil):
        assert nobody.get(f"/lots/{spoil(lot['code'])}").json["code"] == lot["code"]

    @pytest.mark.parametrize("code", ["0000000000", "short", "%C4%91%C3%A0"])
    def test_is_not_there_for_other_codes(self, nobody, code):
        assert nobody.get(f"/lots/{code}").status_code == 404

    def test_takes_the_scales_word(self, nobody, lot, tell):
        answer = tell("weighed", value=9_500)

        assert (answer.status_code, answer.json["facts"]) == (201, {"value": 9_500})
        assert nobody.get(f"/lots/{lot['code']}").json["accepted"] == 9_500

    @pytest.mark.parametrize(
        ("step", "facts", "status", "field"),
        [
            ("eaten", {}, 422, "step"),
            ("treated", {"agent": "Neem"}, 422, "facts.isolation_days"),
            ("treated", {"agent": "Neem", "isolation_days": 7.0}, 422, "facts.isolation_days"),
            ("treated", {"agent": "x" * 121, "isolation_days": 7}, 422, "facts.agent"),
            ("weighed", {"value": -1}, 422, "facts.value"),
            ("packed", {"boxes": 3, "colour": "red"}, 422, "facts.colour"),
        ],
    )
    def test_refuses_what_does_not_belong(self, tell, step, facts, status, field):
        answer = tell(step, **facts)

        assert answer.status_code == status
        assert [error["field"] for error in answer.json["errors"]] == [field]

    def test_does_not_tell_the_future(self, tell):
        answer = tell("harvested", at=clock.now() + timedelta(days=2))

        assert (answer.status_code, answer.json["code"]) == (422, "lot.event_in_future")

    def test_does_not_tell_of_another_age(self, tell):
        answer = tell("harvested", at=datetime(1900, 1, 1, tzinfo=UTC))

        assert (answer.status_code, answer.json["code"]) == (422, "invalid")

    def test_is_told_by_those_who_grow(self, stranger, nobody, buyer, tell):
        statuses = [tell("harvested", by=who).status_code for who in (stranger, nobody, buyer)]

        assert statuses == [404, 401, 403]

    def test_holds_an_event_of_one_id_once(self, farmer, lot):
        body = {
            "id": str(uuid4()),
            "step": "harvested",
            "occurred_at": clock.now().isoformat(),
        }
        path = f"/lots/{lot['code']}/events"

        assert farmer.post(path, body).status_code == 201
        again = farmer.post(path, body)
        assert (again.status_code, again.json["code"]) == (409, "lot.event_exists")


PLOT = {
    "name": "Đồi sau nhà",
    "category": "produce.fruit.strawberry",
    "commune": makers.COMMUNE,
    "area_m2": 2_000,
}


class TestPlots:
    def test_are_registered_and_listed(self, farmer, stranger):
        body = PLOT | {"seller_id": str(farmer.organisation_id)}

        made = farmer.post("/plots", body)

        assert made.status_code == 201
        assert farmer.get("/plots").json["items"] == [made.json]
        assert stranger.get("/plots").json["items"] == []

    def test_are_where_a_lot_grows(self, farmer):
        body = PLOT | {"seller_id": str(farmer.organisation_id)}
        plot_id = farmer.post("/plots", body).json["id"]

        lot = farmer.post(
            "/lots", LOT | {"seller_id": str(farmer.organisation_id), "plot_id": plot_id}
        )

        assert lot.json["plot_id"] == plot_id

    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"area_m2": 0}, 422),
            ({"name": ""}, 422),
            ({"category": "moon"}, 422),
            ({"commune": "1"}, 422),
            ({"seller_id": str(uuid4())}, 404),
        ],
    )
    def test_are_refused_when_they_are_none(self, farmer, changes, status):
        body = PLOT | {"seller_id": str(farmer.organisation_id)} | changes

        assert farmer.post("/plots", body).status_code == status

"""Rules of rates over HTTP: entered and ended by administrators, refused with codes."""

from datetime import timedelta

import pytest

from market import accounts, clock
from market.accounts import SYSTEM, people
from tests import makers
from tests.api.v1 import callers

DAY = timedelta(days=1)


@pytest.fixture
def administrator(client, session):
    now = clock.now()
    person = makers.person(session, now)
    role = accounts.Role.ADMINISTRATOR
    people.grant_role(session, actor=SYSTEM, person_id=person.id, role=role, now=now)
    return callers.of_person(client, session, person.id)


def rule(**changes):
    usual = {"purpose": "commission", "position": 5, "basis_points": 250}
    return usual | {"valid_from": str(clock.day_of(clock.now()))} | changes


class TestRates:
    def test_are_entered_and_told(self, administrator):
        made = administrator.post("/rates", rule(category_code="coffee", law="Hợp đồng"))

        assert made.status_code == 201
        assert administrator.get("/rates").json["items"] == [made.json]
        assert made.json["entered_by"]
        assert made.json["used_in"] == "order-lines"

    def test_end_from_a_day_on(self, administrator):
        made = administrator.post("/rates", rule()).json
        tomorrow = clock.day_of(clock.now()) + DAY

        path = f"/rates/{made['id']}/end"
        early = administrator.post(path, {"valid_to": str(tomorrow - DAY)})
        ended = administrator.post(path, {"valid_to": str(tomorrow)})

        assert (early.status_code, early.json["code"]) == (422, "rates.too_early")
        assert ended.json == made | {"valid_to": str(tomorrow)}
        assert administrator.post(path, {"valid_to": str(tomorrow + DAY)}).status_code == 409

    def test_of_one_scope_and_position_do_not_overlap(self, administrator):
        administrator.post("/rates", rule())
        again = administrator.post("/rates", rule(basis_points=300))

        assert (again.status_code, again.json["code"]) == (409, "rates.overlap")
        assert str(clock.day_of(clock.now()).year) in again.json["detail"]

    @pytest.mark.parametrize(
        "change",
        [
            {"basis_points": -1},
            {"basis_points": 5_001},
            {"basis_points": 2.5},
            {"basis_points": "250"},
            {"basis_points": 10**15},
            {"position": 0},
            {"purpose": "gift"},
            {"category_code": "nothing"},
            {"seller_kind": "shop"},
            {"valid_from": "2026-02-30"},
            {"valid_from": "2020-01-01"},
            {"valid_to": "2020-01-01"},
        ],
    )
    def test_that_make_no_sense_are_refused(self, administrator, change):
        assert administrator.post("/rates", rule(**change)).status_code == 422

    def test_of_a_seller_that_there_is_not_are_refused(self, administrator):
        unknown = "01890000-0000-7000-8000-000000000000"

        assert administrator.post("/rates", rule(seller_id=unknown)).status_code == 404
        assert administrator.post(f"/rates/{unknown}/end", {"valid_to": "2030-01-01"}).status_code

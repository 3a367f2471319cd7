"""A closed sea over HTTP: told of, looked at, applied once, and chosen about by a guest."""

from dataclasses import replace
from datetime import timedelta

import pytest

from api import house
from api.wiring import context_for
from market import clock, orders, worker
from market.accounts.models import OrganisationKind
from market.orders import Rail
from tests import makers
from tests.api.v1 import callers
from tests.databases import settings_for


def hours(count):
    return (clock.now() + timedelta(hours=count)).isoformat()


def closed(**changes):
    said = {"cause": "sea", "source": "Cảng vụ, thông báo số 12", "unit_codes": [makers.COMMUNE]}
    return said | {"from": hours(1), "until": hours(48)} | changes


@pytest.fixture
def host(client, session):
    return callers.founder(client, session, OrganisationKind.HOST)


@pytest.fixture
def overseer(client, session):
    return callers.moderator(client, session)


@pytest.fixture
def booked(app, session, host):
    """A farm tour tomorrow, and a guest's confirmed booking of it with its secret."""
    now = clock.now()
    actor = makers.seller(session, now)
    actor = replace(actor, seller_ids=frozenset({host.organisation_id}))
    _, departure = makers.tour(session, now, of=actor)
    group = makers.bought(session, now, (departure, 2), rail=Rail.CASH)
    (order,) = orders.queries.of_group(session, group_id=group.id)
    orders.confirm(session, actor=actor, order_id=order.id, now=now)
    session.commit()
    with app.app_context():
        secret = house.secret_of(house.ORDER, group.code)
    return departure, order, {"Order-Secret": secret}


@pytest.fixture
def works(app, database, tmp_path):
    """The worker hands out what is due, without the jobs that come round."""

    def work():
        context = context_for(settings_for("sqlite:///unused", tmp_path), database)
        worker.drain(replace(context, wiring=replace(context.wiring, jobs=[])))

    return work


class TestADisruption:
    def test_is_looked_at_applied_once_and_chosen_about(self, overseer, nobody, booked, works):
        _departure, order, secret = booked
        made = overseer.post("/disruptions", closed())
        assert made.status_code == 201, made.text
        assert made.json["counts"] == {"departures": 1, "nights": 0, "orders": 1, "guests": 2}
        assert made.json["applied_at"] is None
        path, at = f"/disruptions/{made.json['id']}", f"/bookings/{order.id}/disruption"
        assert nobody.get(at, headers=secret).status_code == 404

        assert overseer.post(f"{path}/application").status_code == 201
        again = overseer.post(f"{path}/application")
        works()

        assert (again.status_code, again.json["code"]) == (409, "disruption.applied")
        asked = nobody.get(at, headers=secret).json
        assert (asked["cause"], asked["choice"], asked["others"]) == ("sea", None, [])
        assert overseer.get(path).json["progress"] == {"told": 1, "open": 1}
        chosen = nobody.post(f"{at}/choice", {"choice": "refund"}, headers=secret)
        assert (chosen.status_code, chosen.json["state"]) == (201, "cancelled")
        late = nobody.post(f"{at}/choice", {"choice": "refund"}, headers=secret)
        assert (late.status_code, late.json["code"]) == (409, "disruption.nothing_to_choose")
        assert overseer.get(path).json["progress"] == {"told": 1, "refund": 1}

    def test_of_a_host_is_of_their_own_and_nobody_elses_to_see(self, host, stranger, booked):
        made = host.post("/disruptions", closed(unit_codes=[])).json
        assert made["counts"]["orders"] == 1
        assert stranger.get(f"/disruptions/{made['id']}").status_code in {403, 404}
        other = stranger.post("/disruptions", closed(departure_id=str(booked[0].id)))
        assert other.status_code in {403, 404}

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"until": hours(-1)}, "field.bad_period"),
            ({"from": hours(50)}, "field.bad_period"),
            ({"until": "9999-12-31T00:00:00Z"}, "field.bad_time"),
            ({"until": "2100-12-31T00:00:00Z"}, "field.bad_period"),
            ({"from": None}, "field.null"),
            ({"unit_codes": []}, "field.required"),
            ({"unit_codes": ["00000"]}, "place.unknown"),
            ({"unit_codes": ["22945"] * 10_000}, "field.too_many"),
            ({"cause": "mood"}, "field.not_allowed"),
            ({"source": ""}, "field.too_short"),
            ({"source": "a\x00b"}, ""),
            ({"days": 15}, "field.range"),
            ({"departure_id": "00000000-0000-4000-8000-000000000000"}, "not_found"),
        ],
    )
    def test_that_cannot_be_is_refused(self, overseer, changes, code):
        refused = overseer.post("/disruptions", closed(**changes))
        assert refused.status_code in {400, 404, 422}, refused.text
        assert code in refused.text

    def test_without_a_time_is_refused(self, overseer):
        timeless = {name: it for name, it in closed().items() if name not in {"from", "until"}}
        assert overseer.post("/disruptions", timeless).status_code == 422

    def test_is_nothing_that_guests_declare(self, nobody, client, session):
        assert nobody.post("/disruptions", closed()).status_code == 401
        assert callers.buyer(client, session).post("/disruptions", closed()).status_code == 403

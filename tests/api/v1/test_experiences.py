"""Visits over HTTP: drafted, shown, opened on days, called off."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from catalog import search
from catalog.models import Departure, Experience, ListingState
from market import clock
from market.accounts.models import OrganisationKind
from market.ids import uuid7
from market.inventory import Want
from tests import makers
from tests.api.v1 import callers

DAY = timedelta(days=1)
PICKING = {
    "category": "experience.farm.picking",
    "commune": makers.COMMUNE,
    "price": {"amount": 150_000, "currency": "VND"},
    "child_price": {"amount": 0, "currency": "VND"},
    "duration_minutes": 120,
    "cutoff_minutes": 60,
    "texts": {"vi": {"title": "Hái dâu", "description": "Buổi sáng"}},
}


@pytest.fixture
def host(client, session):
    return callers.founder(client, session, OrganisationKind.HOST)


@pytest.fixture
def draft(host):
    def make(**changes):
        body = PICKING | {"seller_id": str(host.organisation_id)} | changes
        answer = host.post("/experiences", body)
        assert answer.status_code == 201, answer.json
        return answer.json

    return make


@pytest.fixture
def live(session, draft):
    def make():
        experience = session.get_one(Experience, UUID(draft()["id"]))
        experience.state, experience.listed_at = ListingState.LIVE, clock.now()
        session.flush()
        search.refresh(session, subject_id=experience.id)
        session.flush()
        return experience

    return make


@pytest.fixture
def open_on(host):
    def do(experience_id, *days, seats=8):
        starts = [(clock.now() + day * DAY).isoformat() for day in days]
        return host.post(
            f"/experiences/{experience_id}/departures", {"starts": starts, "seats": seats}
        )

    return do


class TestDrafting:
    def test_answers_with_the_draft(self, draft):
        visit = draft()

        assert (visit["state"], visit["version"]) == ("draft", 1)
        assert visit["child_price"] == {"amount": 0, "currency": "VND"}
        assert visit["texts"] == PICKING["texts"]

    def test_may_be_for_adults_only(self, host):
        body = PICKING | {"seller_id": str(host.organisation_id)}
        del body["child_price"]

        assert host.post("/experiences", body).json["child_price"] is None

    @pytest.mark.parametrize(
        ("changes", "status", "code"),
        [
            ({"category": "produce.fruit"}, 422, "category.wrong_kind"),
            ({"duration_minutes": 0}, 422, "invalid"),
            ({"cutoff_minutes": -1}, 422, "invalid"),
            ({"cutoff_minutes": "60"}, 422, "invalid"),
            ({"child_price": {"amount": -1, "currency": "VND"}}, 422, "invalid"),
            ({"seller_id": str(uuid4())}, 404, "not_found"),
        ],
    )
    def test_refuses_what_is_no_visit(self, host, changes, status, code):
        body = PICKING | {"seller_id": str(host.organisation_id)} | changes

        answer = host.post("/experiences", body)

        assert (answer.status_code, answer.json["code"]) == (status, code)

    def test_goes_through_review_like_goods(self, host, nobody, draft):
        path = f"/experiences/{draft()['id']}"

        answer = host.post(f"{path}/submission")

        assert (answer.status_code, answer.json["state"]) == (201, "review")
        assert nobody.get(path).status_code == 404


class TestChanging:
    def test_needs_the_version_that_was_seen(self, host, draft):
        path = f"/experiences/{draft()['id']}"
        change = {"duration_minutes": 90, "commune": "22918"}

        missing, good, stale = (
            host.patch(path, change, version=version) for version in (None, 1, 1)
        )

        assert [answer.status_code for answer in (missing, good, stale)] == [428, 200, 412]
        assert (good.json["duration_minutes"], good.json["commune"]["code"]) == (90, "22918")
        assert good.json["price"]["amount"] == 150_000

    def test_is_for_the_host_alone(self, stranger, nobody, draft):
        path = f"/experiences/{draft()['id']}"

        assert stranger.patch(path, {}, version=1).status_code == 404
        assert nobody.patch(path, {}, version=1).status_code == 401


class TestSeeing:
    def test_shows_everybody_what_is_live(self, nobody, live, open_on):
        visit = live()
        open_on(visit.id, 3, 2)

        shown = nobody.get(f"/experiences/{visit.id}").json
        (card,) = nobody.get("/experiences").json["items"]

        assert (shown["title"], shown["description"]) == ("Hái dâu", "Buổi sáng")
        assert shown["next_departure_at"] == card["next_departure_at"]
        assert shown["next_departure_at"][:10] == str((clock.now() + 2 * DAY).date())

    def test_finds_it_among_the_goods(self, nobody, live):
        live()

        (found,) = nobody.get("/search?q=hai+dau").json["items"]

        assert (found["kind"], found["unit"], found["available"]) == ("visit", "IE", None)

    def test_takes_it_off_and_puts_it_back(self, host, nobody, live):
        path = f"/experiences/{live().id}"

        assert host.post(f"{path}/pause").json["state"] == "paused"
        assert nobody.get(path).status_code == 404
        assert host.delete(f"{path}/pause").json["state"] == "live"
        assert nobody.get(path).status_code == 200

    def test_lists_ones_own(self, host, draft):
        name = draft()["id"]

        assert [item["id"] for item in host.get("/me/experiences").json["items"]] == [name]


class TestDepartures:
    def test_come_soonest_first_in_pages(self, nobody, live, open_on):
        visit = live()
        open_on(visit.id, 3, 1, 2)
        path = f"/experiences/{visit.id}/departures"

        first = nobody.get(f"{path}?limit=2").json
        rest = nobody.get(f"{path}?limit=2&cursor={first['next']}").json

        starts = [item["starts_at"] for item in (*first["items"], *rest["items"])]
        assert starts == sorted(starts)
        assert (len(starts), rest["next"]) == (3, None)

    def test_say_what_is_left(self, session, nobody, live, open_on):
        visit = live()
        (opened,) = open_on(visit.id, 1, seats=2).json["items"]
        take(session, visit, opened, qty=2)

        (shown,) = nobody.get(f"/experiences/{visit.id}/departures").json["items"]

        assert (shown["status"], shown["seats"], shown["seats_left"]) == ("sold-out", 2, 0)

    def test_count_lapsed_holds_as_free(self, session, nobody, live, open_on):
        visit = live()
        (opened,) = open_on(visit.id, 1, seats=2).json["items"]
        take(session, visit, opened, qty=2, until=clock.now() - timedelta(seconds=1))

        (shown,) = nobody.get(f"/experiences/{visit.id}/departures").json["items"]

        assert (shown["status"], shown["seats_left"]) == ("available", 2)

    def test_close_at_their_cut_off(self, session, nobody, live, open_on):
        visit = live()
        (opened,) = open_on(visit.id, 1).json["items"]
        departure = session.get_one(Departure, UUID(opened["id"]))
        departure.cutoff_at = clock.now() - timedelta(minutes=1)
        session.flush()

        (shown,) = nobody.get(f"/experiences/{visit.id}/departures").json["items"]

        assert shown["status"] == "closed"

    def test_can_be_called_off(self, host, stranger, nobody, live, open_on):
        visit = live()
        (opened,) = open_on(visit.id, 1).json["items"]
        path = f"/departures/{opened['id']}/cancellation"

        assert stranger.post(path).status_code == 404
        assert host.post(path).status_code == 204
        (shown,) = nobody.get(f"/experiences/{visit.id}/departures").json["items"]
        assert (shown["status"], shown["seats_left"]) == ("cancelled", 0)
        assert nobody.get(f"/experiences/{visit.id}").json["next_departure_at"] is None

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ({"starts": [], "seats": 8}, 422, "invalid"),
            ({"starts": ["tomorrow"], "seats": 8}, 422, "invalid"),
            ({"starts": ["2020-01-01T08:00:00+07:00"], "seats": 8}, 422, "departure.bad_start"),
            ({"starts": ["2099-01-01T08:00:00+07:00"], "seats": 8}, 422, "departure.bad_start"),
            ({"starts": ["2099-01-01T08:00:00"], "seats": 8}, 422, "invalid"),
            ({"starts": ["2020-01-01T08:00:00Z"], "seats": 0}, 422, "invalid"),
            ({"starts": ["2020-01-01T08:00:00Z"], "seats": 501}, 422, "invalid"),
        ],
    )
    def test_refuse_days_and_seats_that_cannot_be(self, host, draft, body, status, code):
        answer = host.post(f"/experiences/{draft()['id']}/departures", body)

        assert (answer.status_code, answer.json["code"]) == (status, code)

    def test_open_once_at_a_moment(self, draft, host):
        path = f"/experiences/{draft()['id']}/departures"
        body = {"starts": [(clock.now() + DAY).isoformat()], "seats": 8}
        host.post(path, body)

        answer = host.post(path, body)

        assert (answer.status_code, answer.json["code"]) == (409, "departure.exists")

    def test_are_the_hosts_to_open_and_to_see_before_it_is_live(
        self, host, stranger, nobody, draft, open_on
    ):
        name = draft()["id"]
        open_on(name, 1)
        path = f"/experiences/{name}/departures"
        body = {"starts": [(clock.now() + DAY).isoformat()], "seats": 8}

        assert stranger.post(path, body).status_code == 404
        assert nobody.get(path).json["items"] == []
        assert len(host.get(path).json["items"]) == 1


def take(session, visit, departure, *, qty, until=None):
    start = clock.now()
    bucket = session.get_one(Departure, UUID(departure["id"])).bucket
    makers.hold(
        session,
        owner_id=uuid7(),
        wants=[Want(resource_id=visit.resource_id, bucket=bucket, qty=qty)],
        expires_at=until or start + DAY,
        now=start,
    )
    session.flush()

"""Bookings over HTTP: cancelled by policy, changed, waited for; with what nobody should send."""

from datetime import timedelta

import pytest

from api import house
from catalog import experiences
from catalog.booking_models import ExperienceOption
from market import clock
from market.orders import queries
from payments import collecting, waiting
from tests import makers
from tests.api.v1 import callers

VND = "VND"
TIERS = [{"hours": 72, "percent": 100}, {"hours": 1, "percent": 50}]


@pytest.fixture
def at():
    return clock.now()


@pytest.fixture
def host(session, at):
    return makers.seller(session, at, member=True)


@pytest.fixture
def tour(session, at, host):
    made, departure = makers.tour(session, at, of=host, seats=4)
    session.get_one(ExperienceOption, made.id).tiers = TIERS
    session.flush()
    return made, departure


@pytest.fixture
def later(session, at, host, tour):
    its = {"experience_id": tour[0].id, "starts": [at + timedelta(days=6)], "seats": 4}
    return experiences.open_departures(session, actor=host, **its, now=at)[0]


@pytest.fixture
def booked(app, session, at, tour):
    """The id of a paid booking of three, and what its guest knows it by."""
    group = makers.bought(session, at, (tour[1], 3))
    (payment,) = collecting.of_group(session, group_id=group.id)
    makers.receive(session, at, makers.transfer(payment, at))
    (order,) = queries.of_group(session, group_id=group.id)
    session.commit()
    with app.app_context():
        secret = house.secret_of(house.ORDER, group.code)
    return f"/bookings/{order.id}", {"headers": {"Order-Secret": secret}}


def dong(amount):
    return {"amount": amount, "currency": VND}


class TestCancelling:
    def test_says_before_what_goes_back(self, nobody, booked):
        path, known = booked

        answer = nobody.get(f"{path}/cancellation", **known)

        assert answer.status_code == 200
        assert answer.json["percent"] == 50
        assert (answer.json["refund"], answer.json["kept"]) == (dong(225_000), dong(225_000))
        assert answer.json["until"] is not None

    def test_of_some_tickets_leaves_the_others(self, nobody, booked):
        path, known = booked
        tickets = self.tickets(nobody, known)

        told = nobody.get(f"{path}/cancellation?tickets={tickets[0]}", **known)
        done = nobody.post(
            f"{path}/cancellation",
            {"tickets": tickets[:1], "expected": told.json["refund"]},
            **known,
        )

        assert told.json["refund"] == dong(75_000)
        assert (done.status_code, done.json["state"]) == (201, "confirmed")
        assert sorted(it["state"] for it in done.json["tickets"]) == ["valid", "valid", "void"]

    def tickets(self, nobody, known):
        group = nobody.get(f"/order-groups/{known['headers']['Order-Secret']}").json
        return [ticket["code"] for ticket in group["orders"][0]["tickets"]]

    def test_refuses_another_sum_than_was_expected(self, nobody, booked):
        path, known = booked

        answer = nobody.post(f"{path}/cancellation", {"expected": dong(450_000)}, **known)

        assert (answer.status_code, answer.json["code"]) == (409, "booking.refund_changed")

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"tickets": ["x" * 11]}, 422),
            ({"tickets": ["0000000000"]}, 404),
            ({"expected": {"amount": 10**17, "currency": VND}}, 400),
            ({"tickets": "all"}, 422),
            ({"reason": "\x00"}, 400),
        ],
    )
    def test_refuses_what_it_cannot_mean(self, nobody, booked, body, status):
        path, known = booked

        assert nobody.post(f"{path}/cancellation", body, **known).status_code == status

    def test_is_the_guests_alone(self, nobody, stranger, booked):
        assert nobody.get(f"{booked[0]}/cancellation").status_code in {401, 404}
        assert stranger.post(f"{booked[0]}/cancellation", {}).status_code == 404


class TestChanging:
    def test_says_before_what_it_costs_and_does_it(self, nobody, booked, later):
        path, known = booked
        to = f"departure_id={later.id}"
        assert nobody.get(f"{path}/change?{to}", **known).json == {"difference": dong(0)}

        answer = nobody.post(f"{path}/change", {"departure_id": str(later.id)}, **known)

        assert answer.status_code == 201
        assert answer.json["lines"][0]["departure_id"] == str(later.id)

    @pytest.mark.parametrize(
        "to",
        [
            {},
            {"departure_id": "00000000-0000-0000-0000-000000000000"},
            {"nights": "2026-12-24/2026-12-26"},
            {"nights": "9999-12-31/9999-12-31"},
            {"departure_id": "x"},
        ],
    )
    def test_to_nowhere_is_refused(self, nobody, booked, to):
        path, known = booked

        answer = nobody.post(f"{path}/change", to, **known)

        assert answer.status_code in {404, 409, 422}
        assert answer.json["code"]


class TestHolding:
    def test_longer_than_a_day_is_refused(self, app, nobody, session, at, tour):
        group = makers.bought(session, at, (tour[1], 1))
        with app.app_context():
            secret = house.secret_of(house.ORDER, group.code)

        answer = nobody.post(f"/order-groups/{secret}/extension")

        assert (answer.status_code, answer.json["code"]) == (409, "hold.longest")


class TestWaiting:
    @pytest.fixture
    def full(self, booked, tour):
        return f"/departures/{tour[1].id}/waitlist"

    def party(self, adults, **more):
        return {
            "units": {"adult": adults},
            "contact": {"name": "Mai", "phone": "0933000111"},
        } | more

    def test_is_offered_and_taken(self, app, nobody, database, at, booked, full):
        made = nobody.post(full, self.party(2))
        assert (made.status_code, made.json["state"]) == (201, "waiting")
        path, known = booked
        nobody.post(f"{path}/cancellation", {}, **known)
        waiting.offer_due(database, now=clock.now())
        party = f"/waitlist/{made.json['id']}"
        assert nobody.get(party).json["state"] == "offered"

        answer = nobody.post(f"{party}/checkout", {"rail": "bank-transfer"})

        assert answer.status_code == 201
        assert len(answer.json["orders"][0]["tickets"]) == 2

    def test_is_left_again(self, nobody, full):
        made = nobody.post(full, self.party(2))
        party = f"/waitlist/{made.json['id']}"

        assert nobody.delete(party).status_code == 204
        assert nobody.get(party).json["state"] == "over"
        assert nobody.post(f"{party}/checkout", {"rail": "card"}).status_code == 409

    def test_is_counted_for_the_host_alone(self, client, session, nobody, stranger, host, full):
        nobody.post(full, self.party(2))
        mine = callers.of_person(client, session, host.person_id)

        assert mine.get(full).json == {"parties": 1, "guests": 2}
        assert stranger.get(full).status_code == 404

    @pytest.mark.parametrize("adults", [0, -1, 10**9, 2.5, "2", None])
    def test_of_impossible_parties_is_refused(self, nobody, full, adults):
        assert nobody.post(full, self.party(adults)).status_code == 422

    @pytest.mark.parametrize(
        "units", [{}, {"dragon": 1}, {"group": 2}, {"room": 2}, {"infant": 2}, []]
    )
    def test_of_units_that_are_not_sold_is_refused(self, nobody, full, units):
        answer = nobody.post(full, self.party(1, units=units))

        assert answer.status_code in {409, 422}

    def test_for_what_has_room_is_refused(self, nobody, later):
        answer = nobody.post(f"/departures/{later.id}/waitlist", self.party(2))

        assert (answer.status_code, answer.json["code"]) == (409, "waitlist.not_full")


class TestAParty:
    """What nobody can book."""

    @pytest.mark.parametrize("guests", [0, -1, 10**9, 10**18])
    def test_of_an_impossible_size_gets_into_no_basket(self, nobody, tour, guests):
        line = {"departure_id": str(tour[1].id), "unit": "adult", "quantity": guests}

        answer = nobody.post("/basket/lines", line, headers={"Basket": "b" * 32})

        assert 400 <= answer.status_code < 500

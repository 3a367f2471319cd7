"""Stays over HTTP: opened, found, put into the basket, rooms by name, and who sleeps there."""

from datetime import timedelta

import pytest

from catalog import rooms
from catalog.booking_models import ExperienceOption
from market import clock
from tests import makers
from tests.api.v1 import callers
from tests.stays import House

BASKET = {"Basket": "a-basket-of-somebody-" + "x" * 20}
LAN = {
    "name": "Nguyễn Thị Lan",
    "born": "1990-02-28",
    "nationality": "VN",
    "paper": "passport",
    "number": "C1234567",
}


@pytest.fixture
def house(session):
    return House(session, clock.now())


@pytest.fixture
def host(client, session, house):
    return callers.of_person(client, session, house.host.person_id)


def day(number):
    return str(clock.day_of(clock.now()) + timedelta(days=number))


def asked(first=2, last=4, **more):
    return {"arrival": day(first), "departure": day(last)} | more


def reasons(answer):
    assert answer.status_code == 422, answer.json
    return {error["field"]: error["code"] for error in answer.json["errors"]}


class TestFinding:
    """What is free."""

    def test_tells_houses_with_the_sum(self, nobody, house):
        (found,) = nobody.get("/stays", query_string=asked(rooms=2)).json["items"]

        assert found["id"] == found["option_id"] == str(house.id)
        assert (found["total"]["amount"], found["rooms"], found["km"]) == (1_600_000, 2, None)

    def test_tells_how_far_it_is(self, nobody, house):
        (found,) = nobody.get("/stays", query_string=asked(near=makers.COMMUNE)).json["items"]

        assert found["km"] == 0

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"arrival": "2027-02-29"}, "arrival"),
            ({"arrival": "9999-12-31"}, "arrival"),
            ({"arrival": day(-1)}, "arrival"),
            ({"departure": day(2)}, "departure"),
            ({"departure": day(1)}, "departure"),
            ({"departure": day(63)}, "departure"),
            ({"rooms": "0"}, "rooms"),
            ({"guests": str(10**9)}, "guests"),
            ({"guests": "-1"}, "guests"),
        ],
    )
    def test_names_what_is_wrong(self, nobody, wrong, field):
        answer = nobody.get("/stays", query_string=asked() | wrong)

        assert field in reasons(answer)

    def test_shows_a_house_and_no_visit(self, nobody, house, session):
        tour, _ = makers.tour(session, clock.now(), of=makers.seller(session, clock.now()))

        assert nobody.get(f"/stays/{house.id}").json["title"] == "Nhà gỗ trên đồi"
        assert nobody.get(f"/stays/{tour.id}").status_code == 404


class TestNights:
    """Night by night."""

    def test_are_opened_closed_and_priced_by_the_host(self, host, nobody, house):
        path = f"/stays/{house.id}/nights"
        span = {"from": day(70), "until": day(72)}
        price = {"amount": 550_000, "currency": "VND"}

        assert host.ask("PUT", path, json=span | {"rooms": 2, "price": price}).status_code == 204
        assert host.ask("PUT", path, json={**span, "from": day(72), "closed": True}).status == (
            "204 NO CONTENT"
        )

        shown = nobody.get(path, query_string={"from": day(69), "days": 5}).json["items"]
        assert [(it["day"], it["left"], it["closed"]) for it in shown] == [
            (day(70), 2, False),
            (day(71), 2, False),
            (day(72), 0, True),
        ]
        assert shown[0]["price"]["amount"] == 550_000
        assert shown[0]["arrival"] is True

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"from": "2027-02-29"}, "from"),
            ({"until": "9999-01-01"}, "until"),
            ({"from": day(-1)}, "from"),
            ({"until": day(401)}, "until"),
            ({"until": day(0)}, "until"),
            ({"rooms": -1}, "rooms"),
            ({"rooms": 10**9}, "rooms"),
            ({"price": {"amount": 0, "currency": "VND"}}, "price.amount"),
        ],
    )
    def test_refuses_what_cannot_be(self, host, house, body, field):
        span = {"from": day(1), "until": day(2)}

        answer = host.ask("PUT", f"/stays/{house.id}/nights", json=span | body)

        assert field in reasons(answer)

    def test_fewer_rooms_than_are_booked_is_a_conflict(self, host, house, session):
        house.books(session, 1, 3, rooms=2)
        body = {"from": day(1), "until": day(2), "rooms": 1}

        answer = host.ask("PUT", f"/stays/{house.id}/nights", json=body)

        assert (answer.status_code, answer.json["code"]) == (409, "stock.promised")

    def test_are_not_a_strangers(self, stranger, house):
        body = {"from": day(1), "until": day(2), "rooms": 9}

        assert stranger.ask("PUT", f"/stays/{house.id}/nights", json=body).status_code == 404

    def test_asked_for_too_many_at_once(self, nobody, house):
        query = {"from": day(0), "days": 93}

        assert "days" in reasons(nobody.get(f"/stays/{house.id}/nights", query_string=query))


class TestBasket:
    """Rooms beside goods and seats."""

    def put(self, caller, house, **more):
        body = {"option_id": str(house.id), "quantity": 1} | asked() | more
        return caller.post("/basket/lines", body, headers=BASKET)

    def test_holds_rooms_and_tells_what_they_cost(self, nobody, house):
        (line,) = self.put(nobody, house, quantity=2).json["items"]

        (part,) = nobody.post("/quotes", {}, headers=BASKET).json["parts"]

        assert (line["kind"], line["unit"]) == ("nights", f"{day(2)}/{day(4)}")
        assert (part["total"]["amount"], part["fulfilment"]) == (1_600_000, "visit")

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"arrival": day(-1)}, "arrival"),
            ({"arrival": "2027-02-29"}, "arrival"),
            ({"departure": day(2)}, "departure"),
            ({"departure": day(70)}, "departure"),
            ({"unit": "adult"}, "unit"),
            ({"listing_id": str(makers.uuid7())}, "listing_id"),
        ],
    )
    def test_refuses_days_that_cannot_be(self, nobody, house, wrong, field):
        assert field in reasons(self.put(nobody, house, **wrong))

    def test_needs_both_days_for_a_room_and_none_for_goods(self, nobody, house):
        room = {"option_id": str(house.id), "quantity": 1, "arrival": day(2)}
        goods = {"listing_id": str(house.id), "quantity": 1, "arrival": day(2)}

        for body, field in ((room, "departure"), (goods, "arrival")):
            answer = nobody.post("/basket/lines", body, headers=BASKET)
            assert field in reasons(answer)

    @pytest.mark.parametrize("quantity", [0, -1, 51, 10**9])
    def test_refuses_a_number_of_rooms_that_nobody_means(self, nobody, house, quantity):
        assert self.put(nobody, house, quantity=quantity).status_code == 422

    def test_is_ordered_and_ordered_again(self, nobody, house):
        self.put(nobody, house, quantity=2)
        contact = {"name": "Lan", "phone": "0987654321"}
        body = {"contact": contact, "rail": "bank-transfer"}
        group = nobody.post("/checkouts", body, headers=BASKET).json
        (order,) = group["orders"]

        headers = BASKET | {"Order-Secret": group["secret"]}
        again = nobody.post(f"/orders/{order['id']}/again", headers=headers)

        assert [ticket["unit"] for ticket in order["tickets"]] == ["room", "room"]
        assert [it["unit"] for it in again.json["items"]] == [f"{day(2)}/{day(4)}"]
        assert again.json["missed"] == []

    def test_tells_why_a_stay_would_have_to_move(self, nobody, session, house):
        session.get_one(ExperienceOption, house.id).rooms = ["A", "B", "C"]
        session.flush()
        for at, room in ((2, "A"), (3, "B"), (2, "C")):
            (ticket,) = house.tickets(session, house.books(session, at, at + 1))
            its = {"code": ticket.code, "room": room, "now": house.now}
            rooms.name(session, actor=house.host, **its)
        self.put(nobody, house)

        answer = nobody.post("/quotes", {}, headers=BASKET)

        assert (answer.status_code, answer.json["code"]) == (409, "stay.fragmented")


class TestRooms:
    """Rooms by name."""

    def test_are_named_and_taken_by_one_party(self, host, stranger, session, house):
        session.get_one(ExperienceOption, house.id).rooms = ["Đồi", "Suối", "Thông"]
        one, other = house.tickets(session, house.books(session, 1, 3, rooms=2))

        def say(who, ticket, room):
            return who.ask("PUT", f"/tickets/{ticket.code}/room", json={"room": room})

        assert say(host, one, "Đồi").status_code == 204
        taken = say(host, other, "Đồi")
        assert (taken.status_code, taken.json["code"]) == (409, "room.taken")
        assert "room" in reasons(say(host, other, "Biển"))
        assert say(stranger, one, "Suối").status_code == 404
        assert say(host, one, "").status_code == 204
        assert say(host, other, "Đồi").status_code == 204


class TestGuests:
    """Who sleeps there."""

    def path(self, order):
        return f"/orders/{order.id}/guests"

    def test_the_host_writes_reads_and_declares(self, host, session, house):
        order = house.books(session, 1, 3)

        assert host.get(self.path(order)).json == {"guests": []}
        assert host.ask("PUT", self.path(order), json={"guests": [LAN]}).status_code == 204
        assert host.get(self.path(order)).json["guests"] == [LAN | {"address": ""}]
        assert host.post(f"{self.path(order)}/declaration").status_code == 204

    def test_nobody_else_sees_them(self, host, stranger, moderator, nobody, session, house):
        order = house.books(session, 1, 3)
        host.ask("PUT", self.path(order), json={"guests": [LAN]})

        for caller in (stranger, moderator, nobody):
            for method, body in (("GET", None), ("PUT", {"guests": []})):
                answer = caller.ask(method, self.path(order), json=body)
                assert answer.status_code == 404, answer.json
            declared = caller.post(f"{self.path(order)}/declaration")
            assert declared.status_code in {401, 403, 404}

    @pytest.mark.parametrize(
        "wrong",
        [
            {"name": ""},
            {"name": "x" * 101},
            {"born": "29.2.1990"},
            {"nationality": "Việt Nam"},
            {"nationality": "QQ"},
            {"paper": "blog"},
            {"number": "a\0b"},
            {"age": 7},
        ],
    )
    def test_refuses_what_no_paper_says(self, host, session, house, wrong):
        order = house.books(session, 1, 3)

        answer = host.ask("PUT", self.path(order), json={"guests": [LAN | wrong]})

        assert answer.status_code in {400, 422}

    def test_an_answer_is_not_stored_with_them(self, host, session, house):
        order = house.books(session, 1, 3)
        key = {"Idempotency-Key": "guests-of-lan"}

        for _ in range(2):
            answer = host.ask("PUT", self.path(order), json={"guests": [LAN]}, headers=key)
            assert (answer.status_code, answer.data) == (204, b"")

"""Scans over HTTP: whose they are, what they say, and what no phone sends."""

from datetime import timedelta
from uuid import uuid4

import pytest

from api import house
from market import bookings, clock, orders
from market.orders import Rail, queries
from tests import makers


@pytest.fixture
def now():
    """The present, since requests live in it."""
    return clock.now()


@pytest.fixture
def host(session, now):
    return makers.seller(session, now, member=True)


@pytest.fixture
def ticket(session, now, host):
    _, departure = makers.tour(session, now, of=host)
    group = makers.bought(session, now, (departure, 1), rail=Rail.CASH)
    (order,) = queries.of_group(session, group_id=group.id)
    orders.confirm(session, actor=host, order_id=order.id, now=now)
    session.commit()
    return bookings.of_orders(session, order_ids=[order.id])[order.id][0]


def scan(shown, at, **more):
    return {"id": str(uuid4()), "ticket": shown, "scanned_at": at.isoformat()} | more


class TestRedemptions:
    def test_take_the_token_that_the_order_shows(self, client, signed_in, app, now, host, ticket):
        headers = signed_in(host)
        order = client.get(f"/v1/orders/{ticket.order_id}", headers=headers).json
        (shown,) = order["tickets"]
        with app.app_context():
            assert shown["token"] == house.token_of(ticket)
        sent = {"items": [scan(shown["token"], now, device="gate 2"), scan("nothing", now)]}

        answer = client.post("/v1/redemptions", json=sent, headers=headers)

        first, second = answer.json["items"]
        assert answer.status_code == 200
        assert (first["outcome"], first["code"]) == ("redeemed", ticket.code)
        assert first["redeemed_at"] == now.isoformat()
        assert second == {
            "id": second["id"],
            "outcome": "unknown",
            "code": None,
            "redeemed_at": None,
        }
        assert client.post("/v1/redemptions", json=sent, headers=headers).json == answer.json

    def test_say_nothing_of_others_tickets(self, client, signed_in, session, now, ticket):
        stranger = signed_in(makers.seller(session, now, member=True, name="Nhà Khác"))
        sent = {"items": [scan(ticket.code, now)]}

        (answer,) = client.post("/v1/redemptions", json=sent, headers=stranger).json["items"]

        assert answer["outcome"] == "unknown"

    @pytest.mark.parametrize(
        "items",
        [
            [],
            [{}],
            "x",
            [{"id": "x", "ticket": "x", "scanned_at": "2026-11-24T05:00:00Z"}],
            [{"id": str(uuid4()), "ticket": "x", "scanned_at": "2026-02-29T05:00:00Z"}],
            [{"id": str(uuid4()), "ticket": "x", "scanned_at": "9999-12-31T23:59:59Z"}],
            [{"id": str(uuid4()), "ticket": "x" * 401, "scanned_at": "2026-11-24T05:00:00Z"}],
            [{"id": str(uuid4()), "ticket": "x", "scanned_at": "2026-11-24T05:00:00Z"}] * 201,
        ],
    )
    def test_refuse_what_no_phone_sends(self, client, signed_in, host, items):
        answer = client.post("/v1/redemptions", json={"items": items}, headers=signed_in(host))

        assert answer.status_code == 422

    def test_know_only_visits_that_have_begun_as_missed(self, client, signed_in, host, ticket):
        path = f"/v1/bookings/{ticket.order_id}/no-show"

        answer = client.post(path, headers=signed_in(host))

        assert (answer.status_code, answer.json["code"]) == (409, "ticket.too_early")
        assert answer.json["params"]["starts_at"] == ticket.starts_at.isoformat()

    def test_of_no_show_end_the_order(self, client, signed_in, session, host, ticket):
        ticket.starts_at -= timedelta(days=2)
        session.commit()

        answer = client.post(f"/v1/bookings/{ticket.order_id}/no-show", headers=signed_in(host))

        assert answer.status_code == 201
        assert [each["state"] for each in answer.json["tickets"]] == ["no-show"]

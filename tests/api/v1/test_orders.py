"""Orders over HTTP: whose they are, which steps they take, and what a complaint needs."""

import io

import pytest
from PIL import Image

from api import house
from catalog.models import ListingState
from market import clock, orders
from market.accounts import Actor, issue_tokens
from market.orders import Rail, queries
from payments import checkout, fulfilling, weighing
from tests import makers

BASKET = {"Basket": "b" * 32}
CHECKOUT = {
    "contact": {"name": "Lan", "phone": "0912345678"},
    "delivery": {"unit_code": makers.COMMUNE, "address": "12 Trần Phú"},
    "rail": "bank-transfer",
}


@pytest.fixture
def at():
    """The present, since requests live in it."""
    return clock.now()


@pytest.fixture
def farmer(session, at) -> Actor:
    return makers.seller(session, at, member=True)


@pytest.fixture
def sold(session, at, farmer):
    group = makers.bought(
        session, at, (makers.strawberries(session, at, of=farmer), 1000), rail=Rail.CASH
    )
    (order,) = queries.of_group(session, group_id=group.id)
    session.commit()
    return group, order


def bearer(session, actor: Actor, at) -> dict[str, str]:
    tokens = issue_tokens(session, person_id=actor.person_id, device_name="t", now=at)
    session.commit()
    return {"Authorization": f"Bearer {tokens.access_token}"}


def secret(app, group) -> dict[str, str]:
    with app.app_context():
        return {"Order-Secret": house.secret_of(house.ORDER, group.code)}


class TestSteps:
    def test_are_the_sellers_to_take(self, client, session, farmer, sold, at):
        seller = bearer(session, farmer, at)

        answer = client.post(f"/v1/orders/{sold[1].id}/confirmation", headers=seller)

        assert (answer.status_code, answer.json["state"]) == (201, "confirmed")

    def test_are_taken_once(self, client, session, farmer, sold, at):
        seller = bearer(session, farmer, at)
        path = f"/v1/orders/{sold[1].id}/confirmation"
        client.post(path, headers=seller)

        answer = client.post(path, headers=seller)

        assert (answer.status_code, answer.json["code"]) == (409, "order.wrong_state")

    def test_of_somebody_elses_order_are_not_found(self, client, session, sold, at):
        stranger = bearer(session, makers.seller(session, at, member=True), at)

        answer = client.post(f"/v1/orders/{sold[1].id}/confirmation", headers=stranger)

        assert (answer.status_code, answer.json["code"]) == (404, "not_found")

    def test_need_somebody(self, client, sold):
        answer = client.post(f"/v1/orders/{sold[1].id}/confirmation")

        assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated")


class TestCheckouts:
    def test_that_cost_more_than_the_books_can_take_are_refused(self, client, session, at, farmer):
        dear = makers.strawberries(session, at, of=farmer, price=10**12, grams=10**6)
        self.fill(client, session, dear, 20_000)

        quote = client.post("/v1/quotes", json={}, headers=BASKET)
        order = self.order(client)

        assert (quote.status_code, quote.json["code"]) == (422, "order.too_large")
        assert (order.status_code, order.json["code"]) == (422, "order.too_large")

    def test_of_guests_are_counted_by_where_they_come_from_too(
        self, client, session, at, farmer, monkeypatch
    ):
        monkeypatch.setattr(checkout, "CHECKOUTS_PER_HOUR_MAX", 2)
        berries = makers.strawberries(session, at, of=farmer)
        answers = []
        for number in range(3):
            self.fill(client, session, berries, 500)
            contact = {"name": "Lan", "email": f"lan{number}@cho.example"}
            answers.append(self.order(client, contact=contact))

        assert [answer.status_code for answer in answers] == [201, 201, 429]
        assert answers[2].json["code"] == "too_many"

    def test_take_an_id_once(self, client, session, at, farmer):
        berries = makers.strawberries(session, at, of=farmer)
        answers = []
        for _ in range(2):
            self.fill(client, session, berries, 500)
            answers.append(self.order(client, id="0192f0c8-0000-7000-8000-000000000001"))

        assert [answer.status_code for answer in answers] == [201, 409]
        assert answers[1].json["code"] == "order.id_taken"
        assert len(client.get("/v1/basket", headers=BASKET).json["items"]) == 1

    def test_sent_again_are_answered_as_before_though_the_basket_is_empty(
        self, client, session, at, farmer
    ):
        self.fill(client, session, makers.strawberries(session, at, of=farmer), 500)

        first, again = (self.order(client, {"Idempotency-Key": "same"}) for _ in range(2))

        assert (again.status_code, again.json) == (first.status_code, first.json)
        assert again.headers["Idempotency-Replayed"] == "true"

    def fill(self, client, session, listing, quantity):
        session.commit()
        line = {"listing_id": str(listing.id), "quantity": quantity}
        answer = client.post("/v1/basket/lines", json=line, headers=BASKET)
        assert answer.status_code == 201, answer.json

    def order(self, client, headers=None, **more):
        body = {
            "contact": {"name": "Lan", "phone": "0912345678"},
            "delivery": {"unit_code": makers.COMMUNE, "address": "12 Trần Phú"},
            "rail": "bank-transfer",
        }
        return client.post("/v1/checkouts", json=body | more, headers=BASKET | (headers or {}))


class TestGuests:
    def test_cancel_with_their_secret(self, app, client, sold):
        group, order = sold

        answer = client.post(
            f"/v1/orders/{order.id}/cancellation", json={}, headers=secret(app, group)
        )

        assert (answer.status_code, answer.json["state"]) == (201, "cancelled")

    @pytest.mark.parametrize("forged", ["", "x", "A" * 32, "7K3QX9M4T2" + "A" * 22])
    def test_without_the_secret_find_nothing(self, client, sold, forged):
        answer = client.post(
            f"/v1/orders/{sold[1].id}/cancellation", json={}, headers={"Order-Secret": forged}
        )

        assert (answer.status_code, answer.json["code"]) == (404, "not_found")

    def test_complain_with_a_photo_about_what_came(self, app, client, session, farmer, sold, at):
        group, order = sold
        orders.confirm(session, actor=farmer, order_id=order.id, now=at)
        weighing.pack(session, actor=farmer, order_id=order.id, now=at)
        fulfilling.hand_over(session, actor=farmer, order_id=order.id, now=at)
        session.commit()
        picture = io.BytesIO()
        Image.new("RGB", (40, 30)).save(picture, "PNG")

        answer = client.post(
            f"/v1/orders/{order.id}/complaints",
            data={
                "statement": "Dâu dập hết",
                "photos": (io.BytesIO(picture.getvalue()), "dau.png"),
            },
            headers=secret(app, group),
        )

        assert answer.status_code == 201, answer.json
        assert len(answer.json["number"]) == 10

    def test_cannot_have_photos_decoded_without_the_secret(self, client, sold):
        answer = client.post(
            f"/v1/orders/{sold[1].id}/complaints",
            data={"statement": "-", "photos": (io.BytesIO(b"no photo"), "dau.png")},
            headers={"Order-Secret": "guessed"},
        )

        assert (answer.status_code, answer.json["code"]) == (404, "not_found")

    def test_cannot_complain_before_anything_came(self, app, client, sold):
        group, order = sold

        answer = client.post(
            f"/v1/orders/{order.id}/complaints",
            data={"statement": "Chưa thấy"},
            content_type="multipart/form-data",
            headers=secret(app, group),
        )

        assert (answer.status_code, answer.json["code"]) == (409, "order.wrong_state")


class TestBaskets:
    @pytest.mark.parametrize(
        ("quantity", "code"),
        [
            (0, "quantity.off_increment"),
            (-500, "quantity.off_increment"),
            (700, "quantity.off_increment"),
            (1.5, "invalid"),
            ("500", "invalid"),
            (10**15, "invalid"),
        ],
    )
    def test_take_only_quantities_that_can_be_sold(
        self, client, session, farmer, at, quantity, code
    ):
        berries = makers.strawberries(session, at, of=farmer)
        session.commit()

        answer = client.post(
            "/v1/basket/lines",
            json={"listing_id": str(berries.id), "quantity": quantity},
            headers=BASKET,
        )

        assert (answer.status_code, answer.json["code"]) == (422, code)

    def test_name_the_nearest_two_quantities(self, client, session, farmer, at):
        berries = makers.strawberries(session, at, of=farmer)
        session.commit()
        line = {"listing_id": str(berries.id), "quantity": 700}

        answer = client.post("/v1/basket/lines", json=line, headers=BASKET)

        assert (answer.status_code, answer.json["code"]) == (422, "quantity.off_increment")
        assert (answer.json["params"]["lower"], answer.json["params"]["upper"]) == (500, 1000)

    def test_cannot_be_ordered_with_a_listing_that_was_paused(self, client, session, farmer, at):
        berries = makers.strawberries(session, at, of=farmer)
        session.commit()
        line = {"listing_id": str(berries.id), "quantity": 500}
        client.post("/v1/basket/lines", json=line, headers=BASKET)
        berries.state = ListingState.PAUSED
        session.commit()

        answer = client.post("/v1/checkouts", json=CHECKOUT, headers=BASKET)

        assert (answer.status_code, answer.json["code"]) == (409, "listing.not_for_sale")
        assert len(client.get("/v1/basket", headers=BASKET).json["items"]) == 1

    def test_are_nobodys_without_their_secret(self, client):
        assert client.get("/v1/basket").status_code == 422
        assert client.get("/v1/basket", headers=BASKET).status_code == 404

    def test_keep_everything_when_the_checkout_is_refused(self, client, session, farmer, at):
        berries = makers.strawberries(session, at, of=farmer)
        session.commit()
        line = {"listing_id": str(berries.id), "quantity": 50_000}
        client.post("/v1/basket/lines", json=line, headers=BASKET)

        answer = client.post(
            "/v1/checkouts",
            json=CHECKOUT,
            headers=BASKET,
        )

        assert (answer.status_code, answer.json["code"]) == (409, "stock.too_little")
        assert len(client.get("/v1/basket", headers=BASKET).json["items"]) == 1


class TestWeights:
    """Goods sold by the piece and priced by weight: two durians of 3.5 kg, held for 7.7 kg."""

    @pytest.fixture
    def durians(self, session, farmer, at):
        """Bought and confirmed: the checkout, its order, and its seller's bearer token."""
        group = makers.bought(
            session, at, (makers.durians(session, at, of=farmer), 2), rail=Rail.CASH
        )
        (order,) = queries.of_group(session, group_id=group.id)
        orders.confirm(session, actor=farmer, order_id=order.id, now=at)
        return group, order.id, bearer(session, farmer, at)

    @pytest.fixture
    def pack(self, client, durians):
        _, order_id, seller = durians

        def send(*weights):
            path = f"/v1/orders/{order_id}/packing"
            return client.post(path, headers=seller, json={"weights": list(weights)})

        return send

    def test_above_the_hold_are_packed_once_the_buyer_agreed(self, app, client, pack, durians):
        group, order_id, seller = durians
        heavy = {"position": 0, "grams": 8_000}

        asked = client.post(f"/v1/orders/{order_id}/supplements", headers=seller, json=heavy)

        assert (asked.status_code, asked.json["total"]["amount"]) == (201, 30_000)
        assert asked.json["supplements_id"] == str(order_id)
        assert pack(heavy).json["code"] == "order.above_hold"
        path = f"/v1/orders/{asked.json['id']}/agreement"
        assert client.post(path).status_code == 404
        assert client.post(path, headers=seller).status_code == 404
        agreed = client.post(path, headers=secret(app, group))
        assert (agreed.status_code, agreed.json["state"]) == (201, "confirmed")
        assert client.post(path, headers=secret(app, group)).status_code == 409
        assert pack(heavy).json["state"] == "packed"

    @pytest.mark.parametrize(
        ("position", "grams", "status", "code"),
        [
            (0, 7_700, 409, "order.within_hold"),
            (1, 8_000, 404, "not_found"),
            (0, 0, 422, "invalid"),
        ],
    )
    def test_that_need_no_word_of_the_buyer_are_not_asked(
        self, client, durians, position, grams, status, code
    ):
        _, order_id, seller = durians
        weighed = {"position": position, "grams": grams}

        answer = client.post(f"/v1/orders/{order_id}/supplements", headers=seller, json=weighed)

        assert (answer.status_code, answer.json["code"]) == (status, code)

    def test_settle_the_order(self, pack):
        answer = pack({"position": 0, "grams": 6_000})

        assert (answer.status_code, answer.json["state"]) == (201, "packed")
        assert answer.json["goods"] == {"amount": 600_000, "currency": "VND"}
        (line,), (weighed,) = answer.json["lines"], answer.json["weighings"]
        assert (line["grade"], line["weight"]) == ("A", {"grams": 7_000, "most_grams": 7_700})
        assert (weighed["grams"], weighed["amount"]["amount"]) == (6_000, 600_000)

    @pytest.mark.parametrize(
        ("weights", "status", "code"),
        [
            ([], 409, "order.not_weighed"),
            ([{"position": 1, "grams": 6_000}], 409, "order.not_weighed"),
            ([{"position": 0, "grams": 7_701}], 409, "order.above_hold"),
            ([{"position": 0, "grams": 10**9}], 409, "order.above_hold"),
            ([{"position": 0, "grams": 0}], 422, "invalid"),
            ([{"position": 0, "grams": -1}], 422, "invalid"),
            ([{"position": 0, "grams": 1.5}], 422, "invalid"),
            ([{"position": -1, "grams": 1}], 422, "invalid"),
            ([{"position": 0, "grams": 6_000}, {"position": 0, "grams": 1}], 422, "invalid"),
        ],
    )
    def test_that_cannot_be_are_refused_and_nothing_is_packed(self, pack, weights, status, code):
        answer = pack(*weights)

        assert (answer.status_code, answer.json["code"]) == (status, code)
        assert pack({"position": 0, "grams": 6_000}).status_code == 201

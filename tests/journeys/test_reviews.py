"""A review with its reply over HTTP, a change that a cooperative approves, and ordering again."""

from typing import Any

import pytest

from market.db import Database
from tests.databases import settings_for
from tests.journeys.phones import COMMUNE, Phone, Town
from tests.journeys.test_first_sale import decide_all, found, join, list_strawberries
from translations.folding import ascii_only

BASKET = {"Basket": "visitor-" + "x" * 24}
CONTACT = {"name": "Trần Thị Lan", "phone": "0987654321"}
AT_HOME = {"unit_code": COMMUNE, "address": "12 Trần Phú"}


@pytest.fixture
def town(real_url: str, real_database: Database, tmp_path) -> Town:
    return Town(settings_for(real_url, tmp_path), real_database)


def buy(visitor: Phone, listing: str) -> dict[str, Any]:
    visitor.post("/v1/basket/lines", {"listing_id": listing, "quantity": 1500}, **BASKET)
    group: dict[str, Any] = visitor.post(
        "/v1/checkouts",
        {"contact": CONTACT, "delivery": AT_HOME, "rail": "cash-on-delivery"},
        **BASKET,
    )
    return group


def refused(phone: Phone, path: str, body: dict[str, Any], **headers: str) -> tuple[int, str]:
    answer = phone.client.post(path, json=body, headers=phone.known() | headers)
    return answer.status_code, answer.json["code"]


def test_a_review_is_answered_and_a_change_is_approved(town: Town) -> None:
    moderator = town.moderator("+84901000001")
    farmer, manager = town.phone("0901 000 002"), town.phone("0901 000 004")
    visitor, stranger = town.phone(), town.phone("0901 000 009")
    farm = found(farmer, "farm", "Vườn Ka Hòa")
    cooperative = found(manager, "cooperative", "HTX Sương Mai")
    decide_all(moderator)
    join(farmer, farm, manager, cooperative)
    listing = list_strawberries(farmer, farm)
    decide_all(moderator)

    group = buy(visitor, listing)
    order, secret = group["orders"][0]["id"], {"Order-Secret": group["secret"]}
    said = {"subject_id": listing, "stars": 4, "body": "Dâu thơm, hộp hơi móp"}
    path = f"/v1/orders/{order}/reviews"
    assert refused(visitor, path, said, **secret) == (409, "review.no_completed_order")
    assert refused(farmer, path, said) == (404, "not_found")
    assert refused(stranger, path, said) == (404, "not_found")
    for step in ("confirmation", "packing", "handover"):
        farmer.post(f"/v1/orders/{order}/{step}")
    visitor.post(f"/v1/orders/{order}/delivery", **secret)

    review = visitor.post(path, said, **secret)
    assert review["author"] == "Lan T."
    assert refused(visitor, path, said, **secret) == (409, "review.already_written")
    farmer.post(f"/v1/reviews/{review['id']}/reply", {"body": "Lần sau em gói kỹ hơn"})
    assert refused(visitor, f"/v1/reviews/{review['id']}/reply", {"body": "-"})[0] == 401
    for shelf in (f"listings/{listing}", f"organisations/{farm}"):
        page = visitor.get(f"/v1/{shelf}/reviews")
        assert (page["many"], page["tenths"], page["next"]) == (1, 40, None)
        assert page["items"][0]["reply"] == "Lần sau em gói kỹ hơn"
    assert "Lần sau em gói kỹ hơn" in visitor.opens(f"/s/{farm}")
    town.work()
    told = [ascii_only(message["text"]) for message in town.outbox.messages()]
    assert any("da tra loi danh gia" in words for words in told)

    a_change_waits_for_the_cooperative(farmer, manager, cooperative, listing)

    again = visitor.post(f"/v1/orders/{order}/again", **secret, **BASKET)
    assert [line["quantity"] for line in again["items"]] == [1500]
    farmer.post(f"/v1/listings/{listing}/pause")
    (missed,) = visitor.post(f"/v1/orders/{order}/again", **secret, **BASKET)["missed"]
    assert (missed["code"], missed["put"]) == ("listing.not_for_sale", 0)
    one_remembers_a_seller(farmer, farm, listing)


def a_change_waits_for_the_cooperative(
    farmer: Phone, manager: Phone, cooperative: str, listing: str
) -> None:
    own = manager.client.get(f"/v1/organisations/{cooperative}", headers=manager.known())
    wish = manager.known() | {"If-Match": own.headers["ETag"]}
    at = f"/v1/organisations/{cooperative}"
    changed = manager.client.patch(at, json={"approves_changes": True}, headers=wish)
    assert changed.json["approves_changes"] is True

    match = farmer.client.get(f"/v1/listings/{listing}").json["version"]
    price = {"price": {"amount": 200_000, "currency": "VND"}}
    headers = farmer.known() | {"If-Match": f'"v{match}"'}
    kept = farmer.client.patch(f"/v1/listings/{listing}", json=price, headers=headers)
    assert kept.json["price"]["amount"] == 180_000
    (case,) = manager.get("/v1/cases?kind=listing-change")["items"]
    assert kept.json["proposed"] == case["number"]
    assert case["facts"]["after"] == {"price_minor": 200_000}

    manager.post(f"/v1/cases/{case['id']}/decision", {"approved": True})

    assert farmer.get(f"/v1/listings/{listing}")["price"]["amount"] == 200_000


def one_remembers_a_seller(person: Phone, farm: str, paused: str) -> None:
    person.client.post(f"/v1/me/favourites/{farm}", headers=person.known())
    assert refused(person, f"/v1/me/favourites/{paused}", {}) == (404, "not_found")
    assert [it["kind"] for it in person.get("/v1/me/favourites")["items"]] == ["seller"]
    person.client.delete(f"/v1/me/favourites/{farm}", headers=person.known())
    assert person.get("/v1/me/favourites")["items"] == []

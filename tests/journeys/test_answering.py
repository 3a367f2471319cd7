"""A farmer does not look at his phone: a sibling steps in, or the buyer has his money back."""

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from market import clock, inventory, ledger
from market.db import Database
from payments import collecting
from tests.databases import settings_for
from tests.journeys.phones import COMMUNE, Phone, Town
from tests.journeys.test_first_sale import decide_all, found, join, list_strawberries
from tests.journeys.till import Watch

SECRET = "a secret of the gateway and of nobody else"
BASKET = {"Basket": "visitor-" + "x" * 24}


class Village(Town):
    """Two farms of one cooperative with the same strawberries, and a visitor."""

    def opens(self, watch: Watch) -> "Village":
        self.watch = watch
        moderator = self.moderator("+84901000001")
        self.farmer, self.neighbour = self.phone("0901 000 002"), self.phone("0901 000 003")
        self.manager, self.visitor = self.phone("0901 000 004"), self.phone()
        self.farm = found(self.farmer, "farm", "Vườn Ka Hòa")
        self.garden = found(self.neighbour, "farm", "Vườn Bà Sáu")
        self.cooperative = found(self.manager, "cooperative", "HTX Sương Mai")
        decide_all(moderator)
        join(self.farmer, self.farm, self.manager, self.cooperative)
        join(self.neighbour, self.garden, self.manager, self.cooperative)
        self.berries = list_strawberries(self.farmer, self.farm)
        self.other = list_strawberries(self.neighbour, self.garden)
        decide_all(moderator)
        return self

    def buys(self, rail: str = "bank-transfer") -> dict[str, Any]:
        """The visitor orders a kilogram of the farmer's, and pays."""
        line = {"listing_id": self.berries, "quantity": 1_000}
        self.visitor.post("/v1/basket/lines", line, **BASKET)
        given = {
            "contact": {"name": "Lan Buyer", "phone": "0987654321"},
            "delivery": {"unit_code": COMMUNE, "address": "12 Trần Phú"},
            "rail": rail,
        }
        group: dict[str, Any] = self.visitor.post("/v1/checkouts", given, **BASKET)
        if rail == "bank-transfer":
            self.pay(group["payments"][0]["vietqr"])
        self.work()
        return group

    def waits(self, **time: float) -> None:
        self.watch.ahead += timedelta(**time)
        self.work()

    def state(self, group: dict[str, Any]) -> str:
        (order,) = self.visitor.get(f"/v1/order-groups/{group['secret']}")["orders"]
        return str(order["state"])

    def sms(self, text: str, *, secret: str = SECRET, number: str = "0901000002") -> int:
        """The gateway tells what was written from the phone."""
        about = {"id": f"sms-{self.watch.ahead}-{text}", "from": number, "text": text}
        body = orjson.dumps(about | {"at": clock.now().isoformat()})
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"X-Signature": signature, "Content-Type": "application/json"}
        answer = self.phone().client.post("/v1/hooks/sms", data=body, headers=headers)
        self.work()
        return answer.status_code

    def audits(self) -> None:
        with self.database.reading() as session:
            assert inventory.drift(session) == ledger.problems(session) == []
            assert collecting.stuck(session) == []


@pytest.fixture
def village(real_url: str, real_database: Database, tmp_path) -> Iterator[Village]:
    settings = replace(settings_for(real_url, tmp_path), sms_hook_secret=SECRET)
    with Watch().worn() as watch:
        yield Village(settings, real_database).opens(watch)


def test_a_sibling_steps_in(village: Village) -> None:
    group = village.buys()
    (order,) = group["orders"]
    assert village.neighbour.get("/v1/offered-orders")["items"] == []
    village.waits(hours=24)

    (offered,) = village.neighbour.get("/v1/offered-orders")["items"]
    assert (offered["id"], offered["listing_ids"]) == (order["id"], [village.other])
    page = village.neighbour.opens("/sell/orders")
    assert "Dâu tây hái sáng" in page
    assert "Lâm Viên" in page
    assert not re.search("Lan Buyer|Trần Phú|0987", page + str(offered))
    village.neighbour.press(
        "/sell/orders", f"/sell/offered/{order['id']}", listing_id=village.other
    )
    late = {"json": {"listing_id": village.berries}, "headers": village.farmer.known()}
    again = village.farmer.client.post(f"/v1/orders/{order['id']}/take-over", **late)
    assert (again.status_code, again.json["code"]) == (409, "order.taken")

    assert "Lan Buyer" in village.neighbour.opens("/sell/orders")
    assert "Vườn Bà Sáu" in village.visitor.opens(f"/o/{group['secret']}")
    for step in ("packing", "handover", "delivery"):
        village.neighbour.post(f"/v1/orders/{order['id']}/{step}")
    assert village.state(group) == "delivered"

    answers = f"/v1/cooperatives/{village.cooperative}/reports/answers"
    rows = {row["seller_name"]: row for row in village.manager.get(answers)["items"]}
    assert rows["Vườn Ka Hòa"]["taken_by_others"] == rows["Vườn Ka Hòa"]["asked"] == 1
    assert rows["Vườn Bà Sáu"]["taken_from_others"] == 1
    assert "Vườn Bà Sáu" in village.manager.get(f"{answers}?format=csv")
    assert "0/1" in village.manager.opens("/desk")
    village.audits()


def test_nobody_steps_in(village: Village) -> None:
    group = village.buys()
    village.waits(hours=24)
    assert village.state(group) == "placed"

    village.waits(hours=12)
    assert village.state(group) == "expired"
    (order,) = village.visitor.get(f"/v1/order-groups/{group['secret']}")["orders"]
    (refund,) = order["refunds"]
    assert refund["amount"] == group["total"]
    village.audits()


def test_a_farmer_answers_by_sms(village: Village) -> None:
    group = village.buys()
    asked = village.outbox.messages()
    assert any("Tra loi 1 de nhan don" in message["text"] for message in asked)

    assert village.sms("1", secret="somebody else's secret") == 422
    assert village.sms("nhan don") == 200
    assert village.state(group) == "placed"
    assert "Nhan 1 va bon ky tu cuoi" in village.outbox.messages()[0]["text"]

    assert village.sms("1") == 200
    assert village.state(group) == "confirmed"
    texts = [message["text"] for message in village.outbox.messages()[:3]]
    assert any("Ban da nhan don" in text for text in texts)


def test_a_holiday(village: Village) -> None:
    group = village.buys(rail="cash-on-delivery")
    today = clock.day_of(clock.now())
    days = {"closed_from": today.isoformat(), "closed_until": (today + timedelta(2)).isoformat()}
    farmer: Phone = village.farmer
    assert farmer.press("/sell", "/sell/holiday", **days) == "/sell"
    village.waits(hours=24)

    assert village.state(group) == "placed"
    assert "Người bán nghỉ" in village.visitor.opens(f"/g/{village.berries}")
    line = {"listing_id": village.berries, "quantity": 1_000}
    refused = village.visitor.client.post("/v1/basket/lines", json=line, headers=BASKET)
    assert (refused.status_code, refused.json["code"]) == (409, "seller.closed")
    assert village.visitor.get(f"/v1/organisations/{village.farm}")["closed_until"]

    assert farmer.press("/sell", "/sell/holiday") == "/sell"  # one tap opens again
    village.visitor.post("/v1/basket/lines", line, **BASKET)
    farmer.post(f"/v1/orders/{group['orders'][0]['id']}/confirmation")
    shown = farmer.opens("/sell")
    csrf = re.findall(r'name="csrf" value="([^"]+)"', shown)[0]
    wrong = {"closed_from": days["closed_until"], "closed_until": days["closed_from"]}
    answer = farmer.client.post("/sell/holiday", data={"csrf": csrf, **wrong})
    assert answer.status_code == 422

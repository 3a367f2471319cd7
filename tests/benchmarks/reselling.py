"""Resellers: CPU of one answer of /octo against bare Flask, and a booking against our own API's."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient

from api.app import create_app
from catalog import experiences
from catalog.models import Departure
from market import clock
from market.config import Settings
from market.db import Database
from market.ids import uuid7
from market.orders import Rail
from tests import makers
from tests.benchmarks import floor, holding
from tests.benchmarks.report import Line
from tests.databases import CUSTODY
from tests.payments import test_payos

PRODUCTS, DAYS, SEATS = 50, 31, 5_000
WARM, ASKED, BOOKED, ROUNDS = 20, 60, 40, 3
OWN_LEAST = 0.7
Send = Callable[[], Any]


def lines(settings: Settings) -> Iterator[Line]:
    """One option's month, fifty products, and a hold with its confirmation."""
    database = Database(settings)
    start, key = _stocked(database)
    app = create_app(
        replace(settings, requests_per_minute=0, payos_checksum_key=test_payos.KEY), database
    )
    client = app.test_client()
    known = {"Authorization": f"Bearer {key}", "Octo-Capabilities": "octo/pricing"}
    today = clock.day_of(clock.now())
    ids = {"productId": str(start.experience_id), "optionId": str(start.option_id)}
    month = {"localDateStart": str(today), "localDateEnd": str(today + timedelta(days=DAYS))}

    def octo(method: str, path: str, body: Any = None) -> Any:
        return client.open(f"/octo{path}", method=method, json=body, headers=known)

    asked: dict[str, Send] = {
        f"availability of one option, {DAYS} days": lambda: octo(
            "POST", "/availability", ids | month
        ),
        f"its calendar, {DAYS} days": lambda: octo("POST", "/availability/calendar", ids | month),
        f"/products, {PRODUCTS} of them": lambda: octo("GET", "/products"),
    }
    for what, send in asked.items():
        size = len(send().get_data())
        bare = _micros(floor.application(size).test_client().get, "/")
        mine = _micros(send)
        yield Line(f"{what} ({size // 1024} KiB)", f"{mine / 1000:.1f} ms, {mine / bare:.0f}×")
    body = ids | {"availabilityId": str(start.id), "unitItems": [{"unitId": "adult"}]}

    def resold() -> None:
        uuid = octo("POST", "/bookings", body).json["uuid"]
        contact = {"contact": {"fullName": "Emma"}}
        assert octo("POST", f"/bookings/{uuid}/confirm", contact).json["status"] == "CONFIRMED"

    theirs = min(_seconds([resold] * BOOKED) for _ in range(ROUNDS)) / BOOKED
    ours = min(_seconds(_own(database, client, start)) for _ in range(ROUNDS)) / BOOKED
    said: dict[str, Any] = {"aim": f"≥ {OWN_LEAST}×", "met": ours / theirs >= OWN_LEAST}
    figure = f"{theirs * 1000:.1f} ms, {ours / theirs:.2f}×"
    yield Line("hold and confirm, against our own API", figure, **said)
    database.close()


def _stocked(database: Database) -> tuple[Departure, str]:
    """Visits with a start on every day, a start with many seats, and a reseller's key."""
    now = clock.now()
    with database.transaction() as session:
        host = makers.seller(session, now, member=True)
        _, key = makers.reseller(session, now)
        for _ in range(PRODUCTS):
            tour, _ = makers.tour(session, now, of=host)
            starts = [now + timedelta(days=day, hours=1) for day in range(1, DAYS)]
            its: dict[str, Any] = {"experience_id": tour.id, "starts": starts, "seats": 500}
            made = experiences.open_departures(session, actor=host, **its, now=now)
        session.expunge_all()
    return made[-1], key


def _own(database: Database, client: FlaskClient, start: Departure) -> list[Callable[[], None]]:
    """The same of guests whose transfer the bank tells; their baskets are filled before."""
    with database.transaction() as session:
        buyers = [holding._buyer(session, start) for _ in range(BOOKED)]

    at = clock.now().astimezone(clock.VIETNAM).strftime("%Y-%m-%d %H:%M:%S")

    def booked(buyer: holding.Buyer) -> None:
        headers = {"Authorization": f"Bearer {buyer.token}", "Basket": buyer.basket}
        body = {"contact": {"name": "Emma"}, "rail": Rail.BANK_TRANSFER}
        headers |= {"Idempotency-Key": str(uuid7())}
        group = client.post("/v1/checkouts", json=body, headers=headers).json
        (payment,) = group["payments"]
        said = {"amount": payment["amount"]["amount"], "description": payment["memo"]}
        said |= {"reference": uuid7().hex, "accountNumber": CUSTODY}
        told = test_payos.body(test_payos.SAMPLE | said | {"transactionDateTime": at})
        sent = client.post("/v1/hooks/payos", data=told, content_type="application/json")
        assert sent.status_code == 200

    return [lambda buyer=buyer: booked(buyer) for buyer in buyers]


def _micros(send: Callable[..., Any], *given: Any) -> float:
    """CPU of one answer, the least of some rounds."""
    for _ in range(WARM):
        send(*given)
    return min(_seconds([lambda: send(*given)] * ASKED) for _ in range(ROUNDS)) / ASKED * 1e6


def _seconds(deeds: list[Callable[[], Any]]) -> float:
    began = time.process_time()
    for deed in deeds:
        deed()
    return time.process_time() - began

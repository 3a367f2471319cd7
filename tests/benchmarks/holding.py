"""Holding seats over HTTP: thirty-two clients at one departure and at ten, against the bare update.

A hold is `POST /v1/checkouts` of a basket with one seat, by somebody signed in: the answer is an
order that waits for its money. Refused is what is asked for when all seats are gone.
"""

import http.client
import json
import multiprocessing
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from catalog import baskets
from catalog.models import Departure, SeatUnit
from market import accounts, clock, inventory
from market.accounts import Actor
from market.config import Settings
from market.db import Database
from market.ids import secret, uuid7
from market.inventory import Hold, Want
from tests import makers
from tests.benchmarks import servers
from tests.benchmarks.buyers import CLIENTS, Task, racing
from tests.benchmarks.buying import PLENTY, a_second, hot_lot
from tests.benchmarks.databases import SQLITE
from tests.benchmarks.report import Line

PROCESSES, THREADS = 8, 4  # thirty-two clients
HOLDS, ROUNDS, UPDATES = 320, 3, 60
SLOTS = 10
HOT_LEAST, SPREAD_LEAST, REFUSED_LEAST = 0.3, 3.0, 5.0
BUNDLES = 100
CREATED, CONFLICT = http.client.CREATED, http.client.CONFLICT


class Buyer(NamedTuple):
    """Somebody signed in with a seat in the basket."""

    token: str
    basket: str


def lines(engine: str, settings: Settings) -> Iterator[Line]:
    """Holds of one slot and of ten, refusals after the last seat, and bundles in any order."""
    database = Database(settings)
    host = _host(database)
    with racing(settings) as race:
        bare = [Task(hot_lot(database, PLENTY).cell, updates=UPDATES)] * CLIENTS
        race(bare)
        floor = a_second(race(bare), CLIENTS * UPDATES)
    with servers.market(settings, workers=2) as server:
        hot, spread = [], []
        for _ in range(ROUNDS + 1):
            hot.append(_held(server.port, database, [_slot(database, host)]))
            spread.append(
                _held(server.port, database, [_slot(database, host) for _ in range(SLOTS)])
            )
        gone = _slot(database, host, seats=1)
        _held(server.port, database, [gone], count=1)
        refused = _asked(server.port, _buyers(database, [gone], HOLDS), CONFLICT)
    one, ten = median(hot[1:]), median(spread[1:])
    yield Line("bare guarded updates", f"{floor:,.0f}/s")
    said = {"aim": f"≥ {HOT_LEAST}×", "met": one / floor >= HOT_LEAST}
    yield Line("holds over HTTP, 32 clients, one slot", f"{one:,.0f}/s, {one / floor:.2f}×", **said)
    said = {"aim": f"≥ {SPREAD_LEAST}×", "met": ten / one >= SPREAD_LEAST}
    spread_aim = {} if engine == SQLITE else said
    yield Line("the same over ten slots", f"{ten:,.0f}/s, {ten / one:.1f}×", **spread_aim)
    said = {"aim": f"≥ {REFUSED_LEAST}×", "met": refused / one >= REFUSED_LEAST}
    yield Line("refused after the last seat", f"{refused:,.0f}/s, {refused / one:.1f}×", **said)
    yield _bundles(database, settings, host)
    database.close()


def _host(database: Database) -> Actor:
    with database.transaction() as session:
        return makers.seller(session, clock.now())


def _slot(database: Database, host: Actor, seats: int = 10**6) -> Departure:
    """A departure with so many seats."""
    now = clock.now()
    with database.transaction() as session:
        _, departure = makers.tour(session, now, of=host, seats=1)
        where: Any = {"resource_id": departure.resource_id, "bucket": departure.bucket}
        its: Any = {"reason": "opened", "actor": host, "now": now}
        inventory.change(session, **where, delta=seats - 1, **its)
        session.expunge(departure)
        return departure


def _buyers(database: Database, slots: Sequence[Departure], count: int) -> list[Buyer]:
    with database.transaction() as session:
        return [_buyer(session, slots[number % len(slots)]) for number in range(count)]


def _buyer(session: Session, slot: Departure) -> Buyer:
    now, known = clock.now(), secret(16)
    who = makers.person(session, now, name="Khách")
    tokens = accounts.issue_tokens(session, person_id=who.id, device_name="", now=now)
    actor = Actor(person_id=who.id, roles=frozenset(), seller_ids=frozenset())
    basket = baskets.open_basket(session, actor=actor, secret=known, now=now)
    what: Any = {"departure_id": slot.id, "unit": SeatUnit.ADULT, "quantity": 1}
    baskets.put_seats(session, basket=basket, **what, now=now)
    return Buyer(tokens.access_token, known)


def _held(port: int, database: Database, slots: Sequence[Departure], count: int = HOLDS) -> float:
    """Holds a second; every one must be given."""
    return _asked(port, _buyers(database, slots, count), CREATED)


def _asked(port: int, buyers: list[Buyer], expected: int) -> float:
    """Answers a second between the first question and the last answer, all with one status."""
    context = multiprocessing.get_context("spawn")
    shares = [share for number in range(PROCESSES) if (share := buyers[number::PROCESSES])]
    barrier = context.Barrier(len(shares))
    with context.Pool(len(shares), initializer=_meet, initargs=(barrier,)) as pool:
        done = pool.starmap(_client, [(port, share) for share in shares], chunksize=1)
    outcomes: Counter[int] = sum((statuses for _, _, statuses in done), Counter())
    if outcomes != Counter({expected: len(buyers)}):
        raise AssertionError(f"not what was expected: {outcomes}")
    return len(buyers) / (max(ended for _, ended, _ in done) - min(began for began, _, _ in done))


_barrier: Any = None


def _meet(barrier: Any) -> None:
    global _barrier  # noqa: PLW0603  a pool hands such things over at its start only
    _barrier = barrier


def _client(port: int, buyers: list[Buyer]) -> tuple[float, float, Counter[int]]:
    statuses: Counter[int] = Counter()
    threads = [
        threading.Thread(target=_ask, args=(port, buyers[number::THREADS], statuses))
        for number in range(THREADS)
    ]
    _barrier.wait()
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return began, time.monotonic(), statuses


def _ask(port: int, buyers: list[Buyer], statuses: Counter[int]) -> None:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    body = json.dumps({"contact": {"name": "Khách"}, "rail": "bank-transfer"})
    for buyer in buyers:
        headers = {"Authorization": f"Bearer {buyer.token}", "Basket": buyer.basket}
        headers |= {"Content-Type": "application/json", "Idempotency-Key": str(uuid7())}
        line.request("POST", "/v1/checkouts", body, headers)
        answer = line.getresponse()
        answer.read()
        statuses[answer.status] += 1
    line.close()


def _bundles(database: Database, settings: Settings, host: Actor) -> Line:
    """Three slots of ten each, named in any order: none may wait for another in a circle."""
    cells = [(it.resource_id, it.bucket) for it in (_slot(database, host) for _ in range(SLOTS))]
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(CLIENTS)
    with context.Pool(CLIENTS, initializer=_meet, initargs=(barrier,)) as pool:
        asked = [(settings, cells, number) for number in range(CLIENTS)]
        done = pool.starmap(_bundle, asked, chunksize=1)
    seconds = max(ended for _, ended, _ in done) - min(began for began, _, _ in done)
    failed = sum(failed for _, _, failed in done)
    said = {"aim": "none", "met": failed == 0}
    figure = f"{CLIENTS * BUNDLES / seconds:,.0f}/s, {failed} deadlocks"
    return Line("bundles of three parts in any order", figure, **said)


def _bundle(settings: Settings, cells: list[Any], number: int) -> tuple[float, float, int]:
    database, failed, now = Database(settings), 0, clock.now()
    _barrier.wait()
    began = time.monotonic()
    for turn in range(BUNDLES):
        start = number + turn
        parts = [cells[(start * step) % SLOTS] for step in (3, 7, 1)]
        wants = [Want(resource_id=it, bucket=bucket, qty=1) for it, bucket in parts]
        until = now + timedelta(hours=1)
        try:
            with database.transaction() as session:
                inventory.hold_all(session, holds=[Hold(uuid7(), tuple(wants), until)], now=now)
        except Exception:  # noqa: BLE001  whatever the database says of a circle is counted
            failed += 1
    database.close()
    return began, time.monotonic(), failed

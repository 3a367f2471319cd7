"""A month's calendar of fifty options, and a closed sea under five hundred orders."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from statistics import quantiles
from typing import Any

from sqlalchemy.orm import Session

from api.wiring import context_for
from catalog import experiences, offering
from catalog.models import Departure, Experience
from catalog.shelves import calendar
from market import clock
from market.accounts import NOBODY, Actor, Role
from market.config import Settings
from market.db import Database
from payments import collecting, disrupting
from payments.disruptions import Cause, Disruption
from tests import makers
from tests.benchmarks.report import Line

OPTIONS, DAYS, ASKED = 50, 31, 300
ORDERS, SECONDS_MOST, P95_MOST = 500, 30, 15


def lines(settings: Settings) -> Iterator[Line]:
    """Read by visitors again and again; then the sea closes, once."""
    database = Database(settings)
    now = clock.now()
    with database.transaction() as session:
        host = makers.seller(session, now)
        tour, departure = makers.tour(session, now, of=host, seats=500)
        _options(session, host, tour, now)
        session.expunge_all()
    p50, p95 = _calendar(database, tour, now)
    said: dict[str, Any] = {"aim": f"< {P95_MOST} ms", "met": p95 < P95_MOST}
    what = f"calendar, {DAYS} days of {OPTIONS} options (p50 / p95)"
    yield Line(what, f"{p50:.1f} / {p95:.1f} ms", **said)
    seconds = _disrupted(database, settings, departure, now)
    said = {"aim": f"< {SECONDS_MOST} s", "met": seconds < SECONDS_MOST}
    yield Line(f"a closed sea, {ORDERS} orders", f"{seconds:.1f} s", **said)
    database.close()


def _options(session: Session, host: Actor, tour: Experience, now: datetime) -> None:
    """Each with a start on every day, and half of them with a season."""
    start = clock.start_of(clock.day_of(now)) + timedelta(days=1, hours=8)
    starts = [start + timedelta(days=day) for day in range(DAYS)]
    season = {"from": "2000-01-01", "until": "2099-12-31", "prices": {"adult": 170_000}}
    for number in range(OPTIONS):
        its: dict[str, Any] = {"experience_id": tour.id}
        said = {"seasons": [season] if number % 2 else []}
        option_id = tour.id
        if number:
            words = {"vi": {"option": f"Loại {number}"}}
            made = offering.add(session, actor=host, **its, said=said, words=words, now=now)
            option_id = made.id
        its |= {"starts": starts, "option_id": option_id, "seats": 500}
        experiences.open_departures(session, actor=host, **its, now=now)


def _calendar(database: Database, tour: Experience, now: datetime) -> tuple[float, float]:
    asked: dict[str, Any] = {"experience_id": tour.id, "actor": NOBODY, "days": DAYS, "now": now}
    taken = []
    with database.read_engine.connect() as connection:
        for _ in range(ASKED):
            began = time.perf_counter()
            calendar.of_experience(connection, first=clock.day_of(now), **asked)
            taken.append((time.perf_counter() - began) * 1_000)
    cuts = quantiles(taken[ASKED // 10 :], n=20)
    return cuts[9], cuts[18]


def _disrupted(
    database: Database, settings: Settings, departure: Departure, now: datetime
) -> float:
    """Seconds from applying it until each order was handled and its guest told."""
    with database.transaction() as session:
        for number in range(ORDERS):
            phone = f"+8493{number:07}"
            group = makers.bought(session, now, (departure, 1), phone=phone)
            for payment in collecting.of_group(session, group_id=group.id):
                makers.receive(session, now, makers.transfer(payment, now))
        sea = Disruption(
            cause=Cause.SEA,
            source="Cảng vụ",
            unit_codes=[makers.COMMUNE],
            from_at=departure.starts_at - timedelta(hours=1),
            until_at=departure.starts_at + timedelta(hours=1),
        )
        desk = Actor(
            person_id=makers.person(session, now).id,
            roles=frozenset({Role.MODERATOR}),
            seller_ids=frozenset(),
        )
        declared = disrupting.declare(session, actor=desk, new=sea, now=now)
        disruption_id = declared.id
    context = context_for(settings, database)
    began = time.perf_counter()
    with database.transaction() as session:
        disrupting.apply(session, actor=desk, disruption_id=disruption_id, now=now)
    disrupting.handle_all(context, disrupting.Applied(disruption_id=disruption_id))
    seconds = time.perf_counter() - began
    with database.reading() as session:
        told = disrupting.progress(session, disruption_id=disruption_id)["told"]
    if told != ORDERS:
        raise AssertionError(f"not each once: {told} of {ORDERS}")
    return seconds

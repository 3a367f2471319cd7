"""The nightly job that opens what schedules say of the days that have come within reach."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import func, select

from api import wiring
from catalog import scheduling
from catalog.models import Departure
from market.inventory.models import Cell
from tests import makers

NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)


def test_each_schedule_goes_on_and_nothing_is_opened_twice(real_database):
    rule = {"starts": "2026-11-30T08:00", "rrule": "FREQ=WEEKLY", "except": [], "until": None}
    with real_database.transaction() as session:
        host = makers.seller(session, NOW)
        for _ in range(2):
            tour, _ = makers.tour(session, NOW, of=host)
            which: Any = {"actor": host, "option_id": tour.id, "now": NOW}
            scheduling.set_schedule(session, **which, rules=[{**rule, "seats": 8}])

    def counted() -> tuple[int, int]:
        with real_database.reading() as session:
            tables = (Departure, Cell)
            return tuple(session.scalar(select(func.count()).select_from(it)) for it in tables)

    before = counted()
    for _ in range(2):
        later = NOW + timedelta(days=14)
        wiring._open_departures(SimpleNamespace(database=real_database), later)

    assert counted() == (before[0] + 4, before[1] + 4)

"""Mixed bookings of one boat and one house by processes that are killed: no drift."""

import random
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from market import inventory
from market.orders import Order
from tests import makers, visits
from tests.databases import settings_for
from tests.faults import bookers, mortal
from tests.payments.market import Market

pytestmark = pytest.mark.slow

DEEDS, PROCESSES, LIVES = 2_000, 4, 150  # ten thousand were tried, too


@pytest.fixture
def market(real_url, real_database, tmp_path, now):
    return Market(real_database, settings_for(real_url, tmp_path), now)


@pytest.fixture
def world(market, now):
    with market.database.transaction() as session:
        host = makers.seller(session, now)
        boat = visits.boat(session, host)
        hours = (0, 2, 5, 9)
        starts = [it for hour in hours for it in visits.at_sea(session, now, host, boat, hour)]
        house = visits.guesthouse(session, now, of=host)
        return bookers.World([it.id for it in starts], house.id, host, now)


def test_the_auditor_finds_no_difference(world, market, real_url, tmp_path):
    """Each process is killed after some hundred commits, and the next one takes its place."""
    share, ends = DEEDS // PROCESSES, []

    def lives_of(first_seed):
        done, seed = 0, first_seed
        while done < share:
            lives = random.Random(seed).randint(LIVES // 2, LIVES)
            given = (real_url, tmp_path, world, seed, share - done, lives)
            ends.append(mortal.ending_of(bookers.book, *given, seconds=300))
            done += int((tmp_path / f"done-{seed}").read_text())
            seed += PROCESSES

    with ThreadPoolExecutor(PROCESSES) as pool:
        list(pool.map(lives_of, range(PROCESSES)))

    assert -signal.SIGKILL in ends
    assert set(ends) <= {0, -signal.SIGKILL}
    with market.database.reading() as session:
        assert inventory.drift(session) == []
        placed = session.scalar(select(func.count()).select_from(Order)) or 0
    assert placed > DEEDS // 10
    market.audits()

"""/octo on a database in which nothing stays, as a reseller with a key asks it."""

from datetime import datetime, time, timedelta

import pytest

from catalog import experiences
from market import clock
from tests import makers, visits
from tests.api.octo.asking import Asking
from tests.api.octo.buying import World

DAY = timedelta(days=1)
SEATS = 90


@pytest.fixture
def moment():
    """Now by the clock of the application."""
    return clock.now()


@pytest.fixture
def later(monkeypatch, moment):
    """Let time pass for the application: `later(minutes=31)`."""

    def pass_by(**time):
        monkeypatch.setattr(clock, "now", lambda: moment + timedelta(**time))

    return pass_by


@pytest.fixture
def host(session, moment):
    return makers.seller(session, moment)


@pytest.fixture
def tour(session, moment, host):
    """A tour with a start tomorrow and one in two days, ten seats each."""
    experience, _ = makers.tour(session, moment, of=host)
    starts = [moment + timedelta(days=2)]
    its = {"experience_id": experience.id, "starts": starts, "seats": 10}
    experiences.open_departures(session, actor=host, **its, now=moment)
    session.commit()
    return experience


@pytest.fixture
def world(session, moment, host):
    """Two tours by their starts, the first with one that is sold out, and a garden by the day."""
    tours = [makers.tour(session, moment, of=host)[0] for _ in range(2)]
    nine = datetime.combine(clock.day_of(moment), time(9), clock.VIETNAM)
    opened = {}
    for days, seats in [(2, SEATS), (3, SEATS), (4, 1)]:
        for tour in tours:
            its = {"experience_id": tour.id, "starts": [nine + days * DAY], "seats": seats}
            opened[tour, days] = experiences.open_departures(session, actor=host, **its, now=moment)
    makers.bought(session, moment, (opened[tours[0], 4][0], 1))
    garden = visits.open_daily(session, moment, host)
    session.commit()
    return World(*(str(each.id) for each in (*tours, garden)))


@pytest.fixture
def key(session, moment):
    """The secret of a reseller's key."""
    _, token = makers.reseller(session, moment)
    session.commit()
    return token


@pytest.fixture
def octo(app, key):
    """Asks as the reseller, with all capabilities; every answer is held against the shapes."""
    return Asking(app.test_client(), key)

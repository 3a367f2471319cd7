"""Choices, the deadline and the sale at the same moment, with real commits."""

import pytest

from market import inventory
from market.inventory.models import Cell
from market.orders import State
from payments import cancelling, disrupting
from payments.models import Refund
from tests.databases import settings_for
from tests.payments.island import Island
from tests.payments.market import Market
from tests.payments.test_season_races import at_once


@pytest.fixture
def island(real_url, real_database, tmp_path, now):
    return Island(Market(real_database, settings_for(real_url, tmp_path), now), seats=10)


def audits(market):
    market.audits()
    with market.database.reading() as session:
        assert inventory.drift(session) == []


def test_of_many_choices_one_counts(island):
    order_id = island.books()["boat"]
    island.closes()
    to = island.departures[2].id

    def choosing(choice):
        return lambda: island.chooses(order_id, choice, to)

    ends = at_once(*map(choosing, ("rebook", "refund", "credit", "rebook", "refund")))

    # A credit may become another remedy, but only once and never the other way.
    assert ends.count("ok") in (1, 2)
    assert set(ends) - {"ok"} <= {"disruption.nothing_to_choose", "invalid"}
    island.market.works()
    refunds = island.market.all(Refund)
    is_off = island.market.order(order_id).state == State.CANCELLED
    assert len(refunds) == is_off
    audits(island.market)


def test_the_deadline_comes_while_guests_choose(island):
    ids = [island.books(phone=f"+8491234500{at}")["boat"] for at in range(4)]
    island.closes()
    market = island.market
    market.pass_time(days=3)

    def expires():
        with market.database.transaction() as session:
            cancelling.expire_due(session, now=market.now)

    at_once(expires, *[lambda it=it: island.chooses(it, "refund") for it in ids], expires)
    expires()

    assert {market.order(it).state for it in ids} == {State.EXPIRED}
    assert len(market.all(Refund)) == len(ids)
    audits(market)


def test_two_parties_do_not_get_the_last_seats_of_another_day(island):
    ids = [island.books(guests=4, phone=f"+8491234500{at}")["boat"] for at in range(2)]
    island.books(boat=2, guests=5, phone="+84912345009")
    island.closes()
    to = island.departures[2].id

    ends = at_once(*[lambda it=it: island.chooses(it, "rebook", to) for it in ids])

    assert sorted(ends) == ["ok", "stock.too_little"]
    audits(island.market)


def test_nobody_books_what_is_being_closed(island):
    island.books(guests=2)
    its_id = island.declares()

    def applies():
        with island.market.database.transaction() as session:
            its = {"disruption_id": its_id, "now": island.market.now}
            disrupting.apply(session, actor=island.overseer, **its)

    def books(at):
        return lambda: island.books(guests=2, phone=f"+8491234510{at}", pays=False)

    ends = at_once(applies, *map(books, range(3)), applies)

    assert ends.count("disruption.applied") == 1
    island.market.works()
    assert island.left() == 0
    with island.market.database.reading() as session:
        cell = (island.departures[0].resource_id, island.departures[0].bucket)
        found = session.get_one(Cell, cell)
        assert (found.held, found.sold) == (0, 0)
    audits(island.market)

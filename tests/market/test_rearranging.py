"""Claims that become others: only the difference is taken, and crossing changes never deadlock."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from market import inventory
from market.ids import uuid7
from market.inventory import OutOfStock, Want
from market.inventory.claiming import HoldLapsed
from market.inventory.models import Cell
from tests import makers

HOUR = timedelta(hours=1)


def counters(session, resource_id):
    cell = session.get_one(Cell, (resource_id, 0), populate_existing=True)
    return cell.held, cell.sold


def want(resource_id, qty=1, use=None):
    return Want(resource_id=resource_id, qty=qty, use=use)


class Owner:
    """Somebody who holds something, or has bought it."""

    def __init__(self, session, now, *wants, sold=False):
        self.session, self.now, self.id = session, now, uuid7()
        makers.hold(session, owner_id=self.id, wants=wants, expires_at=now + HOUR, now=now)
        if sold:
            inventory.sell(session, owner_ids=[self.id], now=now)

    def changes(self, *wants, **more):
        its = {"owner_id": self.id, "wants": wants, "now": self.now, **more}
        with self.session.begin_nested():
            inventory.change_claims(self.session, **its)
        assert inventory.drift(self.session) == []


@pytest.fixture
def cells(session, now):
    return [makers.stock(session, now, 5) for _ in range(2)]


class TestChanging:
    @pytest.mark.parametrize(("sold", "after"), [(False, (3, 0)), (True, (0, 3))])
    def test_moves_what_was_held_or_sold(self, session, now, cells, sold, after):
        owner = Owner(session, now, want(cells[0], 2), sold=sold)

        owner.changes(want(cells[1], 3))

        assert counters(session, cells[0]) == (0, 0)
        assert counters(session, cells[1]) == after

    def test_takes_only_what_is_more(self, session, now, cells):
        owner = Owner(session, now, want(cells[0], 4), sold=True)
        Owner(session, now, want(cells[0], 1))

        owner.changes(want(cells[0], 4), want(cells[1], 1))
        owner.changes(want(cells[0], 2))

        assert counters(session, cells[0]) == (1, 2)

    def test_changes_nothing_where_too_little_is_left(self, session, now, cells):
        owner = Owner(session, now, want(cells[0], 2), sold=True)
        Owner(session, now, want(cells[1], 4))

        with pytest.raises(OutOfStock):
            owner.changes(want(cells[1], 2))

        assert counters(session, cells[0]) == (0, 2)
        assert counters(session, cells[1]) == (4, 0)

    def test_of_nothing_is_refused(self, session, now, cells):
        owner = Owner(session, now, want(cells[0], 2))
        inventory.release(session, owner_ids=[owner.id])

        with pytest.raises(HoldLapsed):
            owner.changes(want(cells[1], 2))

    def test_takes_over_what_another_holds_for_it(self, session, now, cells):
        owner = Owner(session, now, want(cells[0], 2), sold=True)
        beside = Owner(session, now, want(cells[1], 5))

        owner.changes(want(cells[1], 5), absorbing=[beside.id])

        assert counters(session, cells[1]) == (0, 5)
        assert inventory.wants_of(session, owner_id=beside.id) == []

    def test_lets_a_boat_sail_elsewhere_only_for_who_is_alone_on_it(self, session, now, cells):
        first, second = uuid7(), uuid7()
        owner = Owner(session, now, want(cells[0], 2, first), sold=True)

        owner.changes(want(cells[0], 2, second))
        Owner(session, now, want(cells[0], 1, second))

        with pytest.raises(OutOfStock):
            owner.changes(want(cells[0], 2, first))


class TestClaimingAgain:
    def test_holds_what_lapsed(self, session, now, cells):
        owner = Owner(session, now, want(cells[0], 2), want(cells[1], 1))
        later = now + 2 * HOUR

        for _ in range(2):
            inventory.claim_again(session, uses={owner.id: None}, until=later + HOUR, now=later)

        assert counters(session, cells[0]) == (2, 0)
        assert inventory.drift(session) == []

    def test_holds_nothing_where_somebody_was_quicker(self, session, now, cells):
        owner = Owner(session, now, want(cells[0], 2))
        later = now + 2 * HOUR
        makers.hold(
            session, owner_id=uuid7(), wants=[want(cells[0], 4)], expires_at=later + HOUR, now=later
        )

        with pytest.raises(OutOfStock), session.begin_nested():
            inventory.claim_again(session, uses={owner.id: None}, until=later + HOUR, now=later)

        assert counters(session, cells[0]) == (4, 0)

    def test_does_not_board_a_boat_that_sails_for_others(self, session, now, cells):
        mine, other = uuid7(), uuid7()
        owner = Owner(session, now, want(cells[0], 2, mine))
        inventory.release(session, owner_ids=[owner.id])
        Owner(session, now, want(cells[0], 1, other))

        with pytest.raises(OutOfStock), session.begin_nested():
            inventory.claim_again(session, uses={owner.id: mine}, until=now + HOUR, now=now)


@pytest.mark.parametrize("seed", range(3))
def test_crossing_changes_neither_deadlock_nor_oversell(real_database, now, seed):
    """Sixteen owners swap between six cells that are nearly full, each at random."""
    with real_database.transaction() as session:
        cells = [makers.stock(session, now, 6) for _ in range(6)]
        owners = [
            Owner(session, now, want(cells[number % 6], 2), sold=number % 3 > 0).id
            for number in range(16)
        ]

    def wander(number):
        chance, done = random.Random(100 * seed + number), 0
        for _ in range(15):
            wants = [want(cell, chance.randint(1, 2)) for cell in chance.sample(cells, 2)]
            try:
                with real_database.transaction() as session:
                    its = {"owner_id": owners[number], "wants": wants, "now": now}
                    inventory.change_claims(session, **its)
                done += 1
            except OutOfStock:
                continue
        return done

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(wander, range(16))) > 0
    with real_database.reading() as session:
        assert inventory.drift(session) == []
        for cell in cells:
            held, sold = counters(session, cell)
            assert held + sold <= 6

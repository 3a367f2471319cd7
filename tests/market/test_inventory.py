"""Cells and claims: nothing is promised twice, and time alone gives back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from market import inventory
from market.accounts import NOBODY
from market.db import Database
from market.ids import uuid7
from market.inventory import BelowClaims, OutOfStock, Want
from market.inventory.claiming import HoldLapsed
from market.inventory.models import Cell, Movement
from tests import makers

HOUR = timedelta(hours=1)


def left(session, resource_id, now, bucket=0):
    return inventory.free(session, cells=[(resource_id, bucket)], now=now)[resource_id, bucket]


class TestHolding:
    def test_takes_from_what_is_free(self, session, now):
        apples = makers.stock(session, now, 10)
        wants = [Want(resource_id=apples, qty=4)]

        makers.hold(session, owner_id=uuid7(), wants=wants, expires_at=now + HOUR, now=now)

        assert left(session, apples, now) == 6
        assert inventory.drift(session) == []

    def test_refuses_more_than_there_is(self, session, now):
        apples = makers.stock(session, now, 3)
        wants = [Want(resource_id=apples, qty=4)]

        with pytest.raises(OutOfStock):
            makers.hold(session, owner_id=uuid7(), wants=wants, expires_at=now + HOUR, now=now)

    def test_adds_up_two_wants_of_one_cell(self, session, now):
        """Each alone would fit; together they are too much."""
        apples = makers.stock(session, now, 5)
        wants = [Want(resource_id=apples, qty=3), Want(resource_id=apples, qty=3)]

        with pytest.raises(OutOfStock):
            makers.hold(session, owner_id=uuid7(), wants=wants, expires_at=now + HOUR, now=now)

    def test_refuses_a_closed_cell(self, session, now):
        apples = makers.stock(session, now, 5)
        inventory.close(session, resource_id=apples)

        assert left(session, apples, now) == 0
        with pytest.raises(OutOfStock):
            makers.hold(
                session,
                owner_id=uuid7(),
                wants=[Want(resource_id=apples, qty=1)],
                expires_at=now + HOUR,
                now=now,
            )

    def test_is_refused_by_the_database_itself_when_a_counter_would_overflow(self, session, now):
        apples = makers.stock(session, now, 5)
        session.flush()

        with pytest.raises(IntegrityError), session.begin_nested():
            session.query(Cell).filter_by(resource_id=apples).update({"held": 6})


class TestTime:
    def test_gives_a_lapsed_hold_back_without_any_sweeper(self, session, now):
        apples = makers.stock(session, now, 5)
        wants = [Want(resource_id=apples, qty=5)]
        makers.hold(session, owner_id=uuid7(), wants=wants, expires_at=now + HOUR, now=now)
        later = now + HOUR

        assert left(session, apples, later) == 5
        makers.hold(session, owner_id=uuid7(), wants=wants, expires_at=later + HOUR, now=later)
        assert left(session, apples, later) == 0
        assert inventory.drift(session) == []

    def test_lets_nobody_buy_what_they_no_longer_hold(self, session, now):
        apples = makers.stock(session, now, 5)
        slow = uuid7()
        wants = [Want(resource_id=apples, qty=5)]
        makers.hold(session, owner_id=slow, wants=wants, expires_at=now + HOUR, now=now)

        with pytest.raises(HoldLapsed):
            inventory.sell(session, owner_ids=[slow], now=now + HOUR)

    def test_sweeps_lapsed_holds(self, session, now):
        apples = makers.stock(session, now, 5)
        wants = [Want(resource_id=apples, qty=5)]
        makers.hold(session, owner_id=uuid7(), wants=wants, expires_at=now + HOUR, now=now)

        assert inventory.sweep(session, now=now) == 0
        assert inventory.sweep(session, now=now + HOUR) == 1
        assert session.get_one(Cell, (apples, 0)).held == 0


class TestSelling:
    def test_turns_held_into_sold_for_good(self, session, now):
        apples = makers.stock(session, now, 5)
        buyer = uuid7()
        wants = [Want(resource_id=apples, qty=2)]
        makers.hold(session, owner_id=buyer, wants=wants, expires_at=now + HOUR, now=now)

        inventory.sell(session, owner_ids=[buyer], now=now)

        assert left(session, apples, now + 2 * HOUR) == 3
        assert inventory.drift(session) == []

    def test_gives_back_what_was_sold_when_released_and_only_once(self, session, now):
        apples = makers.stock(session, now, 5)
        buyer = uuid7()
        wants = [Want(resource_id=apples, qty=2)]
        makers.hold(session, owner_id=buyer, wants=wants, expires_at=now + HOUR, now=now)
        inventory.sell(session, owner_ids=[buyer], now=now)

        inventory.release(session, owner_ids=[buyer])
        inventory.release(session, owner_ids=[buyer])

        assert left(session, apples, now) == 5
        assert inventory.drift(session) == []


class TestStock:
    def test_never_falls_below_what_is_promised(self, session, now):
        apples = makers.stock(session, now, 5)
        wants = [Want(resource_id=apples, qty=4)]
        makers.hold(session, owner_id=uuid7(), wants=wants, expires_at=now + HOUR, now=now)

        with pytest.raises(BelowClaims):
            inventory.change(
                session, resource_id=apples, delta=-2, reason="spoilt", actor=NOBODY, now=now
            )

    def test_keeps_a_book_of_its_movements(self, session, now):
        apples = makers.stock(session, now, 5)
        inventory.change(
            session, resource_id=apples, delta=-2, reason="spoilt", actor=NOBODY, now=now
        )

        book = session.query(Movement).filter_by(resource_id=apples).order_by(Movement.number)
        assert [(move.delta, move.reason) for move in book] == [(5, "harvest"), (-2, "spoilt")]


class TestRacing:
    def test_forty_buyers_of_five_units_make_exactly_five_holds(self, real_database: Database, now):
        with real_database.transaction() as session:
            apples = makers.stock(session, now, 5)

        def buy(_: int) -> bool:
            try:
                with real_database.transaction() as session:
                    makers.hold(
                        session,
                        owner_id=uuid7(),
                        wants=[Want(resource_id=apples, qty=1)],
                        expires_at=now + HOUR,
                        now=now,
                    )
            except OutOfStock:
                return False
            return True

        with ThreadPoolExecutor(16) as pool:
            assert sum(pool.map(buy, range(40))) == 5
        with real_database.reading() as session:
            assert inventory.drift(session) == []

    def test_bundles_of_many_cells_never_deadlock_whatever_their_order(
        self, real_database: Database, now
    ):
        with real_database.transaction() as session:
            parts = [makers.stock(session, now, 1000) for _ in range(4)]

        def buy(turn: int) -> None:
            mine = parts[turn % 4 :] + parts[: turn % 4]
            owner = uuid7()
            with real_database.transaction() as session:
                makers.hold(
                    session,
                    owner_id=owner,
                    wants=[Want(resource_id=part, qty=1) for part in mine],
                    expires_at=now + HOUR,
                    now=now,
                )
            with real_database.transaction() as session:
                inventory.sell(session, owner_ids=[owner], now=now)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(buy, range(40)))
        with real_database.reading() as session:
            assert inventory.drift(session) == []
            assert all(session.get_one(Cell, (part, 0)).sold == 40 for part in parts)

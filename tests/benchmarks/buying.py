"""Buying: sixteen buyers at one lot, against the bare guarded update on the same database.

A checkout here is the whole verb and its commit: quote, order, hold, payment, events, audit.
"""

from collections import Counter
from statistics import median
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from catalog import listings
from catalog.models import Listing
from market import clock
from market.config import Settings
from market.db import Database
from market.inventory.models import Cell
from tests import makers
from tests.benchmarks.buyers import CLIENTS, DONE, GRAMS, Done, Race, Task, racing

ROUNDS = 3
CHECKOUTS, UPDATES = 10, 60  # of each client in a round
PLENTY = 10**8
SCARCE_SHARE = 0.75


class Buying(NamedTuple):
    """Commits a second (medians over the rounds), their ratio, and how the scarce lot ended."""

    checkouts: float
    updates: float
    ratio: float
    wanted: int
    sold: int


class Lot(NamedTuple):
    """A lot that everybody wants, by its listing and its cell."""

    listing_id: UUID
    cell: UUID


def measure(settings: Settings) -> Buying:
    """Updates and checkouts in turn, round after round; then a race for a lot that is too small.

    The first race is the warming up, and every process's first compilation of its statements.
    """
    database = Database(settings)
    updates, checkouts = [], []
    with racing(settings) as race:
        for number in range(ROUNDS + 1):
            lot = hot_lot(database, PLENTY)
            bare = [Task(lot.cell, updates=UPDATES)] * CLIENTS
            updates.append(a_second(race(bare), CLIENTS * UPDATES))
            whole = _checkouts(database, hot_lot(database, PLENTY), number)
            checkouts.append(a_second(race(whole), CLIENTS * CHECKOUTS))
        sold = _sell_out(database, race, ROUNDS + 1)
    database.close()
    warm = list(zip(checkouts, updates, strict=True))[1:]
    return Buying(
        checkouts=median(sales for sales, _ in warm),
        updates=median(floor for _, floor in warm),
        ratio=median(sales / floor for sales, floor in warm),
        wanted=CLIENTS * CHECKOUTS,
        sold=sold,
    )


def _sell_out(database: Database, race: Race, number: int) -> int:
    """Everybody wants and not everybody gets: what there was is sold, and not a gram more."""
    enough = int(CLIENTS * CHECKOUTS * SCARCE_SHARE)
    lot = hot_lot(database, enough * GRAMS)
    outcomes = _outcomes(race(_checkouts(database, lot, number)))
    with database.reading() as session:
        held, capacity = session.execute(
            select(Cell.held, Cell.capacity).where(Cell.resource_id == lot.cell)
        ).one()
    if (outcomes[DONE], held) != (enough, capacity):
        raise AssertionError(f"oversold, or not sold out: {outcomes}, {held} of {capacity}")
    return outcomes[DONE]


def hot_lot(database: Database, grams: int) -> Lot:
    """A new lot that everybody wants."""
    now = clock.now()
    with database.transaction() as session:
        listing = makers.strawberries(session, now, of=makers.seller(session, now), grams=grams)
        (stock,) = listings.lots_of(session, listing_id=listing.id, now=now)
        return Lot(listing.id, stock.lot_id)


def _checkouts(database: Database, lot: Lot, number: int) -> list[Task]:
    """A basket and a phone number of its own for every checkout of the race."""
    now = clock.now()
    with database.transaction() as session:
        listing = session.get_one(Listing, lot.listing_id)
        baskets = [
            makers.basket_of(session, now, (listing, GRAMS)).id for _ in range(CLIENTS * CHECKOUTS)
        ]
    first = number * len(baskets)
    return [
        Task(lot.cell, baskets=baskets[start : start + CHECKOUTS], first_phone=first + start)
        for start in range(0, len(baskets), CHECKOUTS)
    ]


def a_second(done: list[Done], count: int) -> float:
    """How many a second, between the first start and the last end; every one must have worked."""
    outcomes = _outcomes(done)
    if outcomes[DONE] != count:
        raise AssertionError(f"refused although there was plenty: {outcomes}")
    return count / (max(each.ended for each in done) - min(each.began for each in done))


def _outcomes(done: list[Done]) -> Counter[str]:
    return sum((each.outcomes for each in done), Counter())

"""Captures: sixteen workers hear that money was taken, against the bare guarded update.

A capture here is the whole of it and its commit: the try, the payment, the ledger.
"""

from statistics import median
from typing import NamedTuple

from sqlalchemy import select

from market import clock
from market.config import Settings
from market.db import Database
from market.ids import uuid7
from market.orders import Rail
from payments import attempting
from payments.gateway import PaidIn, Standing
from payments.models import Attempt, AttemptState, Payment
from tests import makers
from tests.benchmarks.buyers import CLIENTS, Task, racing, told_of
from tests.benchmarks.buying import PLENTY, a_second, hot_lot

ROUNDS = 3
CAPTURES, UPDATES = 10, 60  # of each client in a round
SELLERS = {"on one hot seller": 1, "over 100 sellers": 100}


class Capturing(NamedTuple):
    """Captures a second by how they are spread, and their ratio to the bare updates."""

    a_second: dict[str, float]
    ratios: dict[str, float]


def measure(settings: Settings) -> Capturing:
    """Updates and captures in turn, round after round; the first round is the warming up."""
    database = Database(settings)
    rates: dict[str, list[float]] = {name: [] for name in SELLERS}
    ratios: dict[str, list[float]] = {name: [] for name in SELLERS}
    with racing(settings) as race:
        for _ in range(ROUNDS + 1):
            cell = hot_lot(database, PLENTY).cell
            bare = a_second(race([Task(cell, updates=UPDATES)] * CLIENTS), CLIENTS * UPDATES)
            for name, sellers in SELLERS.items():
                told = _promised(database, sellers)
                tasks = [Task(cell, captured=told[at::CLIENTS]) for at in range(CLIENTS)]
                rates[name].append(a_second(race(tasks), len(told)))
                ratios[name].append(rates[name][-1] / bare)
    database.close()
    return Capturing(
        {name: median(each[1:]) for name, each in rates.items()},
        {name: median(each[1:]) for name, each in ratios.items()},
    )


def _promised(database: Database, sellers: int) -> list[PaidIn]:
    """Authorised tries for as many orders as there are captures, and what will be said of them."""
    now = clock.now()
    with database.transaction() as session:
        goods = [
            makers.strawberries(session, now, of=makers.seller(session, now), grams=PLENTY)
            for _ in range(sellers)
        ]
        for number in range(CLIENTS * CAPTURES):
            phone = f"+8498{uuid7().int % 10**7:07}"
            thing = goods[number % sellers]
            makers.bought(session, now, (thing, 500), rail=Rail.CARD, phone=phone, pick_up=True)
        asked = select(Payment).where(Payment.rail == Rail.CARD).where(Payment.created_at == now)
        tries = [_try(payment, now) for payment in session.scalars(asked)]
        session.add_all(tries)
        session.flush()
        for each in tries:
            told = told_of(each, Standing.AUTHORIZED)
            attempting.hear(session, provider="stripe", told=told, now=now)
        return [told_of(each, Standing.CAPTURED) for each in tries]


def _try(payment: Payment, now: object) -> Attempt:
    made = uuid7()
    return Attempt(
        id=made,
        payment_id=payment.id,
        provider="stripe",
        reference=f"pi_{made.hex}",
        state=AttemptState.AWAITING_PAYER,
        manual=True,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        created_at=now,
        changed_at=now,
    )

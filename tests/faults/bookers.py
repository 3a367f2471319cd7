"""A process that books, pays, changes its mind and lets time run out, until it is killed."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from catalog import baskets
from catalog.models import SeatUnit
from market import clock, inventory, orders
from market.accounts import NOBODY, SYSTEM, Actor
from market.errors import MarketError
from market.ids import secret
from market.orders import Order, Rail, State
from payments import cancelling, collecting
from tests import makers
from tests.databases import settings_for
from tests.faults.mortal import MortalDatabase, Steps

NIGHTS = 20


class World(NamedTuple):
    """What there is to book, the host, and a file for how many deeds were done."""

    departures: list[UUID]
    option_id: UUID
    host: Actor
    now: datetime


def book(url: str, data: Path, world: World, seed: int, deeds: int, lives: int) -> None:
    """The body of the process: so many deeds at random, as far as its lives last."""
    chance = random.Random(seed)
    database = MortalDatabase(settings_for(url, data), Steps(lives))
    done = data / f"done-{seed}"
    verbs: list[Callable[..., object]] = [_buy, _buy, _buy, _pay, _pay, _call_off, _lapse, _sweep]
    for number in range(deeds):
        verb = chance.choice(verbs)
        with suppress(MarketError, DBAPIError), database.transaction() as session:
            verb(session, world, chance)
        done.write_text(str(number + 1))
    database.close()


def _buy(session: Session, world: World, chance: random.Random) -> None:
    """Seats, a stay, or both in one basket."""
    now = world.now
    basket = baskets.open_basket(session, actor=NOBODY, secret=secret(16), now=now)
    what = chance.choice(("seats", "nights", "both"))
    if what != "nights":
        seats: Any = {"unit": SeatUnit.ADULT, "quantity": chance.randint(1, 4)}
        departure_id = chance.choice(world.departures)
        baskets.put_seats(session, basket=basket, departure_id=departure_id, **seats, now=now)
    if what != "seats":
        first = clock.day_of(now) + timedelta(days=chance.randint(1, NIGHTS))
        nights = f"{first}/{first + timedelta(days=chance.randint(1, 4))}"
        room: Any = {"option_id": world.option_id, "nights": nights, "quantity": 1}
        baskets.put_nights(session, basket=basket, **room, now=now)
    phone = f"+849{chance.randrange(10**8):08}"
    rail = chance.choice((Rail.CASH, Rail.BANK_TRANSFER))
    makers.check_out(session, now, basket, rail=rail, phone=phone)


def _some(session: Session, chance: random.Random, *states: State) -> Order | None:
    found = session.scalars(select(Order.id).where(Order.state.in_(states)).limit(40)).all()
    return session.get(Order, chance.choice(found)) if found else None


def _pay(session: Session, world: World, chance: random.Random) -> None:
    order = _some(session, chance, State.AWAITING_PAYMENT, State.PLACED)
    if order is None:
        return
    if order.rail == Rail.CASH:
        orders.confirm(session, actor=world.host, order_id=order.id, now=world.now)
    else:
        payment = collecting.of_order(session, order_id=order.id)
        makers.receive(session, world.now, makers.transfer(payment, world.now))


def _call_off(session: Session, world: World, chance: random.Random) -> None:
    order = _some(session, chance, State.AWAITING_PAYMENT, State.PLACED, State.CONFIRMED)
    if order is not None:
        doing: dict[str, Any] = {"by_buyer": False, "reason": "", "now": world.now}
        cancelling.cancel(session, actor=SYSTEM, order=order, **doing)


def _lapse(session: Session, world: World, _chance: random.Random) -> None:
    cancelling.expire_due(session, now=world.now + timedelta(hours=25))


def _sweep(session: Session, world: World, _chance: random.Random) -> None:
    inventory.sweep(session, now=world.now + timedelta(hours=25))

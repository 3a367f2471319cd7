"""Processes killed at any step of a sale: whoever comes after brings it to the same end."""

import signal
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from api.wiring import context_for
from market import bookings, inventory, ledger, worker
from market.accounts.models import Person
from market.bookings import Ticket
from market.config import Settings
from market.db import Database
from market.inventory.models import Cell, Claim
from market.ledger.models import Account, Entry, Posting
from market.notifications import DemoOutbox
from market.notifications.telling import Notice
from market.orders import Rail, queries
from market.orders.models import Order, OrderEvent
from market.outbox import OutboxDelivery, OutboxEvent
from market.worker import ScheduleRun
from payments import asking, collecting, fake_bank
from payments.models import BankLine, Payment
from tests import makers
from tests.databases import settings_for
from tests.faults import mortal

pytestmark = pytest.mark.slow

STEPS_MAX = 200
LATER = worker.LEASE + timedelta(minutes=1)


class Sale:
    """Strawberries and a visit, ordered by a guest and paid at the bank, which we do not know."""

    def __init__(self, url: str, data: Path, now: datetime) -> None:
        self.settings: Settings = settings_for(url, data)
        self.database = Database(self.settings)
        self.url, self.data, self.now = url, data, now
        with self.database.transaction() as session:
            self.farmer = farmer = makers.seller(session, now, member=True)
            self.host = host = makers.seller(session, now, member=True, name="Nhà Gió")
            for seller, phone in ((farmer, "+84901000001"), (host, "+84901000002")):
                session.get_one(Person, seller.person_id).phone = phone
            berries = makers.strawberries(session, now, of=farmer)
            _, departure = makers.tour(session, now, of=host)
            group = makers.bought(session, now, (berries, 1500), (departure, 2))
            (payment,) = collecting.of_group(session, group_id=group.id)
            payload = asking.payload(payment)
        fake_bank.pay(data, payload=payload, now=now)

    def worker_with(self, lives: int) -> int:
        """How the process of a worker with so many lives ends."""
        return mortal.ending_of(mortal.live, self.url, self.data, self.now, lives)

    def people_with(self, deeds: mortal.Deeds, lives: int) -> int:
        """The same for a process that answers people."""
        return mortal.ending_of(mortal.act, self.url, self.data, deeds, lives)

    def a_fresh_worker(self) -> None:
        """The one that comes after, when the leases of the dead have run out."""
        with self.database.transaction() as session:  # its last transaction is given up by then
            for table in (OutboxEvent, OutboxDelivery, ScheduleRun):
                session.scalars(select(table).with_for_update()).all()
        worker.drain(context_for(self.settings, self.database, now=lambda: self.now + LATER))


@pytest.fixture
def sale_number(templates, tmp_path, now):
    """A sale in a database of its own."""
    made: list[Sale] = []

    def make(number: int) -> Sale:
        made.append(Sale(templates.fresh_url(), tmp_path / str(number), now))
        return made[-1]

    yield make
    for sale in made:
        sale.database.close()


def test_a_worker_killed_at_any_step_leaves_a_sale_that_ends_the_same(sale_number):
    untroubled = sale_number(0)
    assert untroubled.worker_with(lives=STEPS_MAX) == 0
    expected = end_of(untroubled)
    assert expected["orders"] == {("confirmed", "visit"): 1, ("placed", "delivery"): 1}
    assert expected["told"] == {
        ("+84901000001", "notice.order.placed"): 1,
        ("+84901000002", "notice.sold.visit"): 1,
        ("+84912345678", "notice.order.group"): 1,
        ("+84912345678", "notice.order.confirmed"): 1,
    }

    killed = 0
    for step in range(1, STEPS_MAX):
        sale = sale_number(step)
        ending = sale.worker_with(lives=step)
        sale.a_fresh_worker()
        assert end_of(sale) == expected, f"killed at step {step}"
        sale.database.close()
        if ending == 0:
            break
        assert ending == -signal.SIGKILL
        killed += 1
    assert ending == 0  # the last worker lived through all the steps there are
    assert killed > len(expected["delivered"])


def test_people_whose_process_is_killed_at_any_tap_tap_again_and_end_the_same(sale_number):
    sale = sale_number(0)
    deeds = ready(sale)
    assert sale.people_with(deeds, lives=STEPS_MAX) == 0
    sale.a_fresh_worker()
    expected = end_of(sale)
    assert expected["orders"] == {
        ("delivered", "delivery"): 1,
        ("delivered", "pick-up"): 1,
        ("delivered", "visit"): 1,
        ("cancelled", "delivery"): 1,
        ("expired", "delivery"): 1,
        ("confirmed", "visit"): 1,  # the bank tells of the money after all, and all is still there
        ("placed", "delivery"): 1,
    }

    for step in range(1, len(deeds.verbs()) + 1):
        sale = sale_number(step)
        deeds = ready(sale)
        assert sale.people_with(deeds, lives=step) == -signal.SIGKILL
        assert sale.people_with(deeds, lives=STEPS_MAX) == 0
        sale.a_fresh_worker()
        assert end_of(sale) == expected, f"killed at tap {step}"
        sale.database.close()


def ready(sale: Sale) -> mortal.Deeds:
    """Orders of every kind, paid where a transfer was asked for, but for one that never is."""
    with sale.database.transaction() as session:
        berries = makers.strawberries(session, sale.now, of=sale.farmer)
        _, departure = makers.tour(session, sale.now, of=sale.host)
        wanted: dict[str, Any] = {
            "sent": ((berries, 1000), {}),
            "fetched": ((berries, 500), {"rail": Rail.CASH, "pick_up": True}),
            "visited": ((departure, 2), {}),
            "called_off": ((berries, 1500), {}),
        }
        ids = {}
        for number, (name, (thing, terms)) in enumerate(wanted.items()):
            phone = f"+8491000000{number}"
            group = makers.bought(session, sale.now, thing, phone=phone, **terms)
            (order,) = queries.of_group(session, group_id=group.id)
            ids[name] = order.id
            if not terms:
                (payment,) = collecting.of_group(session, group_id=group.id)
                makers.receive(session, sale.now, makers.transfer(payment, sale.now))
        ticket, _ = bookings.of_orders(session, order_ids=[ids["visited"]])[ids["visited"]]
        makers.bought(session, sale.now, (berries, 2000), phone="+84910000009")
        return mortal.Deeds(
            farmer=sale.farmer, host=sale.host, ticket=ticket.code, now=sale.now, **ids
        )


def end_of(sale: Sale) -> dict[str, Any]:
    """What the sale came to, without ids; counted, so that nothing may be there twice."""
    with sale.database.reading() as session:
        assert ledger.problems(session) == []
        assert inventory.drift(session) == []
        assert_everybody_was_told(sale, list(session.scalars(select(Notice))))
        parts = {
            "orders": select(Order.state, Order.fulfilment),
            "steps": select(OrderEvent.state),
            "tickets": select(Ticket.state),
            "payments": select(Payment.state, Payment.amount_minor),
            "bank": select(BankLine.state, BankLine.applied_minor),
            "postings": select(Posting.kind),
            "entries": select(Account.normal, Entry.amount).join_from(Entry, Account),
            "cells": select(Cell.capacity, Cell.held, Cell.sold),
            "claims": select(Claim.state, Claim.qty),
            "events": select(OutboxEvent.name, OutboxEvent.dispatched_at.is_not(None)),
            "delivered": select(OutboxDelivery.subscriber, OutboxDelivery.state),
            "told": select(func.coalesce(Notice.destination, Person.phone), Notice.key).join_from(
                Notice, Person, isouter=True
            ),
        }
        found = {part: Counter(map(tuple, session.execute(rows))) for part, rows in parts.items()}
    assert {state for _, state in found["delivered"]} == {"done"}
    return found


def assert_everybody_was_told(sale: Sale, notices: list[Notice]) -> None:
    """A message may come twice, with the same key and words; none may be missing."""
    sent: dict[str, set[str]] = {}
    for message in DemoOutbox(sale.data).messages():
        sent.setdefault(message["key"], set()).add(message["text"])
    assert all(notice.sent_at for notice in notices)
    assert set(sent) == {str(notice.id) for notice in notices}
    assert all(len(texts) == 1 for texts in sent.values())

"""Reconciling: a provider's 100,000 movements compared with the ledger, a hundredth of them lost.

The provider is a list in memory; what its library adds is measured with the shipped Stripe.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy.orm import Session

from api.wiring import context_for
from market import clock, ledger
from market.config import Settings
from market.db import Database, insert_rows
from market.ids import new_code, uuid7
from market.ledger import Booking, chart
from market.money import Money
from market.orders import Fulfilment, Rail, State
from market.orders.models import Order, OrderGroup
from payments import reconciling
from payments.gateway import Movement, MovementKind, PaidIn, Standing
from payments.models import Attempt, AttemptState, Payment, PaymentOrder, PaymentState
from tests import makers
from tests.benchmarks.report import Line

MOVEMENTS, LOST_EACH = 100_000, 100
SECONDS_MOST = 60
CHUNK = 1_000
PRICE, FEE = 90_000, 3_060
Rows: TypeAlias = dict[Any, dict[str, Any]]


@dataclass
class Provider:
    """Answers as a gateway does, from what was made for it."""

    provider: str = "stripe"
    paid: dict[str, UUID] = field(default_factory=dict)

    def movements(self, *, since: datetime) -> Iterator[Movement]:
        """One payment after the other."""
        for number, reference in enumerate(self.paid):
            yield Movement(
                reference=f"txn_{reference}",
                kind=MovementKind.PAYMENT,
                amount=Money(PRICE),
                fee=Money(FEE),
                source=f"ch_{reference}",
                payment=reference,
                at=since + timedelta(seconds=number),
            )

    def look(self, reference: str) -> PaidIn:
        """Captured, all of it."""
        return PaidIn(
            reference=reference,
            charge_id=self.paid[reference],
            standing=Standing.CAPTURED,
            amount=Money(PRICE),
            captured=Money(PRICE),
        )


def lines(settings: Settings) -> Iterator[Line]:
    """How long it takes, and that the ledger then says what the provider says."""
    provider = Provider()
    _fill(settings, provider, clock.now())
    database = Database(settings)
    with database.reading() as session:
        before = ledger.balance(session, chart.clearing("stripe"))
    before -= PRICE * (MOVEMENTS - MOVEMENTS // LOST_EACH)  # of these the ledger knows
    context = context_for(settings, database)
    context.ports["gateways"] = {Rail.CARD: provider}  # type: ignore[index]
    said: list[str] = []
    began = time.perf_counter()
    compared = reconciling.compare(context, say=said.append)
    seconds = time.perf_counter() - began
    with database.reading() as session:
        kept = ledger.balance(session, chart.clearing("stripe"))
    database.close()
    if (compared, kept - before) != (MOVEMENTS, MOVEMENTS * (PRICE - FEE)):
        raise AssertionError(f"{compared} compared, {kept} in the ledger")
    what = f"{MOVEMENTS:,} movements compared, {MOVEMENTS // LOST_EACH:,} were lost"
    yield Line(what, f"{seconds:.1f} s", f"< {SECONDS_MOST} s", seconds < SECONDS_MOST)
    yield Line("lines of progress", str(len(said)))


def _fill(settings: Settings, provider: Provider, now: datetime) -> None:
    with _connected_anew(settings) as session:
        seller = makers.organisation(session, now).id
    for first in range(0, MOVEMENTS, CHUNK):
        numbers = range(first, min(first + CHUNK, MOVEMENTS))
        with _connected_anew(settings) as session:
            _promised_or_paid(session, [_rows(number, seller, now) for number in numbers], provider)


@contextmanager
def _connected_anew(settings: Settings) -> Iterator[Session]:
    """On PostgreSQL a connection's plans, made on empty tables, grow no wiser as these fill."""
    database = Database(settings)
    with database.transaction() as session:
        yield session
    database.close()


def _promised_or_paid(session: Session, rows: list[Rows], provider: Provider) -> None:
    for model in (OrderGroup, Order, Payment, PaymentOrder, Attempt):
        insert_rows(session, model, [each[model] for each in rows])
    known = [each[Attempt] for each in rows if each[Attempt]["state"] == AttemptState.CAPTURED]
    sides = chart.clearing("stripe"), chart.COMMISSION
    bookings = [
        Booking(f"capture:{each['id']}", "card.captured", *sides, each["captured_minor"])
        for each in known
    ]
    ledger.post_all(session, bookings, now=rows[0][Attempt]["created_at"])
    provider.paid |= {each[Attempt]["reference"]: each[Attempt]["id"] for each in rows}


def _rows(number: int, seller: UUID, now: datetime) -> Rows:
    group, order, payment, attempt = (uuid7() for _ in range(4))
    lost = number % LOST_EACH == 0
    money = {"currency": "VND", "created_at": now}
    return {
        OrderGroup: {"id": group, "code": new_code(), "name": "", "language": "vi"}
        | {"total_minor": PRICE, **money},
        Order: {"id": order, "code": new_code(), "group_id": group, "seller_id": seller}
        | {"state": State.PLACED, "rail": Rail.CARD, "fulfilment": Fulfilment.PICK_UP}
        | {"goods_minor": PRICE, "delivery_minor": 0, "total_minor": PRICE}
        | {"commission_minor": 2_700, "cooperative_minor": 0, **money},
        Payment: {"id": payment, "group_id": group, "rail": Rail.CARD, "amount_minor": PRICE}
        | {"state": PaymentState.AUTHORIZED if lost else PaymentState.PAID, **money},
        PaymentOrder: {"payment_id": payment, "order_id": order, "amount_minor": PRICE},
        Attempt: {"id": attempt, "payment_id": payment, "provider": "stripe", "manual": True}
        | {"reference": f"pi_{number:06}", "amount_minor": PRICE, "changed_at": now, **money}
        | {"state": AttemptState.AUTHORIZED if lost else AttemptState.CAPTURED}
        | {"captured_minor": 0 if lost else PRICE},
    }

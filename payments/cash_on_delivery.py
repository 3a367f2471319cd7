"""Cash at the door: whoever takes it is its custodian in the ledger until he hands it in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from market import ledger
from market.accounts.actors import Actor
from market.ledger import chart
from market.orders.models import Order
from market.orders.queries import BOOKKEEPERS
from payments import collecting


def collect(session: Session, *, actor: Actor, order: Order, now: datetime) -> bool:
    """The buyer's cash was taken: it is in somebody's custody, and held for the order.

    False where none is due any more.
    """
    payment = collecting.of_order(session, order_id=order.id)
    if payment.rail != order.rail:
        return False
    if not collecting.mark_paid(session, payment=payment, actor=actor, now=now):
        return False
    taken = payment.amount_minor
    amounts = {chart.cash(custodian(actor, order)): taken, chart.held(order.id): -taken}
    key, kind, its = f"cash:{payment.id}", "cash.collected", order.id
    ledger.post(session, key=key, kind=kind, amounts=amounts, order_id=its, actor=actor, now=now)
    return True


def custodian(actor: Actor, order: Order) -> UUID:
    """Who holds the cash: the cooperative where its people say that their driver took it.

    In every other case the seller, also where the buyer says that the goods came.
    """
    kept = actor.cooperative_ids if actor.has(*BOOKKEEPERS) else frozenset()
    if order.cooperative_id in kept and order.seller_id not in actor.seller_ids:
        return order.cooperative_id
    return order.seller_id

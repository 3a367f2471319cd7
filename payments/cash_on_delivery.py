"""Cash at the door: whoever takes it is its custodian in the ledger until he hands it in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from market.accounts.actors import Actor
from market.ledger import chart, post
from market.orders import Order, queries
from payments import collecting
from payments.models import PaymentState


def collect(session: Session, *, actor: Actor, order: Order, now: datetime) -> None:
    """The buyer's cash was taken, if any is due: it is in custody, and held for the order."""
    payment = collecting.of_order(session, order_id=order.id)
    is_due = payment.rail == order.rail
    if not is_due or not collecting.mark(session, payment, PaymentState.PAID, actor=actor, now=now):
        return
    taken = payment.amount_minor
    amounts = {chart.cash(custodian(actor, order)): taken, chart.held(order.id): -taken}
    key, its = f"cash:{payment.id}", order.id
    post(session, key, "cash.collected", amounts, order_id=its, actor=actor, now=now)


def custodian(actor: Actor, order: Order) -> UUID:
    """Who holds the cash: the cooperative where its people say that their driver took it.

    In every other case the seller, also where the buyer says that the goods came.
    """
    kept = actor.cooperative_ids if actor.has(*queries.BOOKKEEPERS) else frozenset()
    if order.cooperative_id in kept and order.seller_id not in actor.seller_ids:
        return order.cooperative_id
    return order.seller_id

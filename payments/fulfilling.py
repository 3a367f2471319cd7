"""Handing over and delivering: goods change hands, a card's promise and cash are taken."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from market import bookings, orders
from market.accounts.actors import Actor
from market.errors import Kind, MarketError, NotFound
from market.orders import Fulfilment, Order, Rail, State
from payments import cancelling, capturing, cash_on_delivery, collecting, weighing
from payments.models import PaymentState

GOOD = (PaymentState.AUTHORIZED, PaymentState.PAID)


class NotPaid(MarketError, code="order.not_paid", kind=Kind.CONFLICT):
    """The money that was promised for the order is not to be had any more; facts: `state`."""


def hand_over(session: Session, *, actor: Actor, order_id: UUID, now: datetime) -> Order:
    """Give the goods to the buyer, and take the cash where it is due, or to the courier.

    Goods picked up at the seller's are delivered with that.
    """
    order = orders.queries.sold_by(session, actor=actor, order_id=order_id)
    collecting.lock(session, group_id=order.group_id)
    for each in (order, *collecting.beside(session, order, now=now)):
        _give(session, actor, each, now)
    return order


def deliver(session: Session, *, actor: Actor, order: Order, now: datetime) -> Order:
    """The goods have arrived, and cash that was due is taken; the waiting time begins.

    The seller, the buyer or the order's cooperative says so; see `cash_on_delivery.custodian`.
    """
    if order.supplements_id is not None:
        raise NotFound(what="order")  # it comes with the one that it supplements
    collecting.lock_anew(session, order)
    for each in (order, *collecting.beside(session, order, now=now)):
        _arrive(session, actor, each, now)
    return order


def refuse(session: Session, *, actor: Actor, order_id: UUID, reason: str, now: datetime) -> Order:
    """The buyer would not have the goods at the door: no cash is due, what was paid is owed back.

    They may be bruised, so they are not on the shelf again before their seller puts them there.
    """
    order = orders.queries.sold_by(session, actor=actor, order_id=order_id)
    collecting.lock(session, group_id=order.group_id)
    for each in (order, *collecting.beside(session, order, now=now)):
        orders.move(session, actor=actor, order=each, to=State.RETURNED, now=now, reason=reason)
        cancelling.let_go(session, actor=actor, order=each, now=now)
    return order


def redeem(session: Session, *, actor: Actor, code: str, now: datetime) -> Order:
    """Let a guest in; with the first of an order's guests its visit is delivered."""
    ticket = bookings.by_code(session, code=code)
    order = orders.queries.sold_by(session, actor=actor, order_id=ticket.order_id)
    collecting.lock_anew(session, order)  # guests of one order come at once
    bookings.redeem(session, actor=actor, code=code, now=now)
    if order.state in {State.CONFIRMED, State.PACKED}:
        hand_over(session, actor=actor, order_id=order.id, now=now)
    return order


def _give(session: Session, actor: Actor, order: Order, now: datetime) -> None:
    weighing.require_weighed(session, order=order)
    orders.move(session, actor=actor, order=order, to=State.HANDED_OVER, now=now)
    payment = collecting.of_order(session, order_id=order.id)
    if order.rail != Rail.CASH and payment.state not in GOOD:
        raise NotPaid(state=payment.state)
    capturing.take(session, payment=payment)
    if order.fulfilment != Fulfilment.DELIVERY:
        _arrive(session, actor, order, now)


def _arrive(session: Session, actor: Actor, order: Order, now: datetime) -> None:
    if order.rail == Rail.CASH:
        cash_on_delivery.collect(session, actor=actor, order=order, now=now)
    orders.move(session, actor=actor, order=order, to=State.DELIVERED, now=now)

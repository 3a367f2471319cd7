"""Handing over and delivering: goods change hands, a card's promise and cash are taken.

What was delivered, and not complained of in time, is its seller's.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from market import bookings, db, orders
from market.actors import Actor
from market.bookings import Ticket, TicketState
from market.cases.models import Case, CaseKind, CaseState
from market.errors import Kind, MarketError, NotFound
from market.ids import uuid7
from market.ledger import chart, post
from market.orders import Fulfilment, Order, OrderGroup, Rail, State
from payments import cancelling, capturing, collecting, disputing, taking, weighing
from payments.models import Attempt, Dispute, Payment, PaymentOrder, PaymentState

BATCH = 100
PROMISED = frozenset({State.CONFIRMED, State.PACKED})
GOOD = (PaymentState.AUTHORIZED, PaymentState.PAID)


class NotPaid(MarketError, code="order.not_paid", kind=Kind.CONFLICT):
    """The money that was promised for the order is not to be had any more; facts: `state`."""


def hand_over(session: Session, *, actor: Actor, order_id: UUID, now: datetime) -> Order:
    """Give the goods to the buyer, and take the cash where it is due, or to the courier.

    Goods picked up at the seller's are delivered with that.
    """
    order = orders.queries.sold_by(session, actor=actor, order_id=order_id)
    collecting.lock(session, group_id=order.group_id)
    for each in collecting.together(session, order, now=now):
        if each is not order and each.state == State.AWAITING_PAYMENT:  # for a change that is off
            cancelling.call_off(session, actor=actor, order=each, now=now, by="seller")
        else:
            _give(session, actor, each, now)
    return order


def deliver(session: Session, *, actor: Actor, order: Order, now: datetime) -> Order:
    """The goods have arrived, and cash that was due is taken; the waiting time begins.

    The seller, the buyer or the order's cooperative says so; see `_custodian`.
    """
    if order.supplements_id is not None:
        raise NotFound(what="order")  # it comes with the one that it supplements
    collecting.lock_anew(session, order)
    for each in collecting.together(session, order, now=now):
        _arrive(session, actor, each, now)
    return order


def refuse(session: Session, *, actor: Actor, order_id: UUID, reason: str, now: datetime) -> Order:
    """The buyer would not have the goods at the door: no cash is due, what was paid is owed back.

    They may be bruised, so they are not on the shelf again before their seller puts them there.
    """
    order = orders.queries.sold_by(session, actor=actor, order_id=order_id)
    collecting.lock(session, group_id=order.group_id)
    for each in collecting.together(session, order, now=now):
        orders.move(session, actor=actor, order=each, to=State.RETURNED, now=now, reason=reason)
        cancelling.let_go(session, actor=actor, order=each, now=now)
    return order


def redeem(session: Session, *, actor: Actor, code: str, now: datetime) -> Order:
    """Let a guest in, here and now; with the first of an order's guests its visit is delivered."""
    ticket = bookings.by_code(session, code=code)
    order = let_in(session, actor=actor, ticket=ticket, at=now, now=now)
    scan: dict[str, Any] = {"id": uuid7(), "ticket_id": ticket.id, "outcome": "redeemed"}
    session.add(bookings.Scan(**scan, scanned_at=now, received_at=now, person_id=actor.person_id))
    return order


def let_in(session: Session, *, actor: Actor, ticket: Ticket, at: datetime, now: datetime) -> Order:
    """The same for a guest who was scanned `at` an earlier moment."""
    order = orders.queries.sold_by(session, actor=actor, order_id=ticket.order_id)
    collecting.lock_anew(session, order)  # guests of one order come at once
    if order.state in orders.OFF:
        raise bookings.TicketVoid(state=TicketState.VOID)
    bookings.redeem(session, actor=actor, ticket=ticket, at=at, now=now)
    if order.state in PROMISED:
        hand_over(session, actor=actor, order_id=order.id, now=now)
    return order


def miss(session: Session, *, actor: Actor, order_id: UUID, now: datetime) -> Order:
    """Nobody came: what was paid is earned, what was to be paid in cash is awaited no more.

    Raises TooEarly before the start, WrongState where no ticket is open.
    """
    order = orders.queries.sold_by(session, actor=actor, order_id=order_id)
    collecting.lock_anew(session, order)
    if not bookings.stay_away(session, order_id=order.id, now=now):
        raise orders.WrongState(state=order.state, wanted=State.CONFIRMED)
    if order.state in PROMISED and order.rail == Rail.CASH:
        facts: Any = {"reason": TicketState.NO_SHOW, "by": "seller"}
        for each in collecting.together(session, order, now=now):
            cancelling.call_off(session, actor=actor, order=each, now=now, **facts)
    elif order.state in PROMISED:
        hand_over(session, actor=actor, order_id=order.id, now=now)
    return order


def release_due(session: Session, *, wait: timedelta, now: datetime) -> int:
    """Let a batch of orders earn that were delivered, or cancelled late, the oldest first.

    How many they were. An open complaint or dispute holds an order back.
    """
    cases = select(Case.id).filter_by(kind=CaseKind.COMPLAINT, state=CaseState.OPEN)
    complained = cases.where(Case.subject_id == Order.id)
    its, is_paid = PaymentOrder.order_id == Order.id, Payment.state == PaymentState.PAID
    paid = select(PaymentOrder.order_id).join(Payment).where(its, is_paid)
    tried = PaymentOrder.payment_id == Attempt.payment_id
    disputes = select(Dispute.id).join(Attempt).join(PaymentOrder, tried)
    disputed = disputes.where(its, Dispute.state.in_(disputing.OPEN))
    is_due = or_(Order.state == State.DELIVERED, Order.kept_minor > 0)
    waits = select(Order).filter_by(earned_at=None).where(is_due).join(OrderGroup)
    over = waits.where(Order.closed_at <= now - wait)
    free = over.where(paid.exists(), ~disputed.exists(), ~complained.exists())
    first = free.order_by(Order.closed_at, Order.id).limit(BATCH)
    due = session.scalars(collecting.unlocked(first)).all()
    for order in due:
        if db.changed(session, order, Order.earned_at.is_(None), earned_at=now):
            payment = collecting.of_order(session, order_id=order.id)
            taking.earn(session, order=order, payment=payment, now=now)
            session.refresh(order)
    return len(due)


def _give(session: Session, actor: Actor, order: Order, now: datetime) -> None:
    if order.fulfilment == Fulfilment.VISIT and order.deadline is not None:
        raise bookings.TicketVoid  # it does not take place, and its guest has no other date yet
    bookings.require_due(session, order_id=order.id, now=now)
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
        _collect(session, actor, order, now)
    orders.move(session, actor=actor, order=order, to=State.DELIVERED, now=now)


def _collect(session: Session, actor: Actor, order: Order, now: datetime) -> None:
    """The buyer's cash was taken, if any is due: it is in custody, and held for the order."""
    payment = collecting.of_order(session, order_id=order.id)
    is_due = payment.rail == order.rail
    if not is_due or not collecting.mark(session, payment, PaymentState.PAID, actor=actor, now=now):
        return
    taken = payment.amount_minor
    amounts = {chart.cash(_custodian(actor, order)): taken, chart.held(order.id): -taken}
    key, its = f"cash:{payment.id}", order.id
    post(session, key, "cash.collected", amounts, order_id=its, actor=actor, now=now)


def _custodian(actor: Actor, order: Order) -> UUID:
    """Who holds the cash: the cooperative where its people say that their driver took it.

    In every other case the seller, also where the buyer says that the goods came.
    """
    kept = actor.cooperative_ids if actor.has(*orders.queries.BOOKKEEPERS) else frozenset()
    if order.cooperative_id in kept and order.seller_id not in actor.seller_ids:
        return order.cooperative_id
    return order.seller_id

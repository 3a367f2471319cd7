"""Handing over and delivering: goods change hands, cash is taken, the seller has earned."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from market import bookings, ledger, orders
from market.accounts.actors import Actor
from market.ledger import chart
from market.orders import Fulfilment, Rail, State
from market.orders.models import Order
from payments import collecting
from payments.models import PaymentState


def hand_over(session: Session, *, actor: Actor, order_id: UUID, now: datetime) -> Order:
    """Give the goods to the buyer or the courier and take the cash where it is due.

    Goods picked up at the seller's are delivered with that.
    """
    order = orders.queries.sold_by(session, actor=actor, order_id=order_id)
    collecting.lock(session, group_id=order.group_id)
    orders.move(session, actor=actor, order=order, to=State.HANDED_OVER, now=now)
    if order.rail == Rail.CASH:
        collecting.collect_cash(session, actor=actor, order=order, now=now)
    if order.fulfilment != Fulfilment.DELIVERY:
        _delivered(session, actor, order, now)
    return order


def deliver(session: Session, *, actor: Actor, order: Order, now: datetime) -> Order:
    """The goods have arrived (the seller or the buyer says so); the seller's part is earned."""
    _delivered(session, actor, order, now)
    return order


def redeem(session: Session, *, actor: Actor, code: str, now: datetime) -> Order:
    """Let a guest in; with the first of an order's guests its visit is delivered."""
    ticket = bookings.by_code(session, code=code)
    order = orders.queries.sold_by(session, actor=actor, order_id=ticket.order_id)
    collecting.lock(session, group_id=order.group_id)  # guests of one order come at once
    bookings.redeem(session, actor=actor, code=code, now=now)
    session.refresh(order)
    if order.state in {State.CONFIRMED, State.PACKED}:
        hand_over(session, actor=actor, order_id=order.id, now=now)
    return order


def _delivered(session: Session, actor: Actor, order: Order, now: datetime) -> None:
    orders.move(session, actor=actor, order=order, to=State.DELIVERED, now=now)
    payment = collecting.of_order(session, order_id=order.id)
    if payment.state != PaymentState.PAID:
        return
    taken = order.commission_minor + order.cooperative_minor
    source = {chart.held(order.id): order.total_minor}
    earned = {chart.payable(order.seller_id): -(order.total_minor - taken)}
    if payment.beneficiary_id is not None:  # the buyer paid the seller, who owes the rates
        source, earned = {chart.receivable(order.seller_id): taken}, {}
    if order.cooperative_id is not None:
        earned[chart.payable(order.cooperative_id)] = -order.cooperative_minor
    ledger.post(
        session,
        key=f"earned:{order.id}",
        kind="order.earned",
        amounts={**source, **earned, chart.COMMISSION: -order.commission_minor},
        order_id=order.id,
        actor=actor,
        now=now,
    )

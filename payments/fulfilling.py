"""Handing over, delivering and letting in: goods change hands, guests show tickets, cash is taken.

A card's promise is taken with it. What was delivered, and not complained of in time, is its
seller's. Tickets that phones have scanned, perhaps without signal, are sent when they could.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from market import Kind, MarketError, NotFound, bookings, db, orders, portable, uuid7
from market.accounts import Actor, Scope, require_scope
from market.bookings import AlreadyRedeemed, Scan, Ticket, TicketState, TicketVoid
from market.cases.models import Case, CaseKind, CaseState
from market.ledger import chart, post
from market.orders import Fulfilment, Order, OrderGroup, Rail, State
from market.ticket_tokens import shown_code
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


SCANS_MAX = 200
AHEAD_MAX = timedelta(minutes=5)  # a clock that is a little fast
OLD_MAX = timedelta(days=7)


class Outcome(StrEnum):
    """What a scan came to; a scan is refused where its payment is not to be had any more.

    Its ticket lets in, did so before, is not paid yet, is off, is not ours, is another host's.
    """

    REDEEMED = "redeemed"
    ALREADY = "already"
    PENDING = "pending"
    VOID = "void"
    UNKNOWN = "unknown"
    FOREIGN = "foreign"
    FORGED = "forged"
    BAD_TIME = "bad-time"
    ID_TAKEN = "id-taken"
    REFUSED = "refused"


class Shown(NamedTuple):
    """A ticket's code or token, scanned at a moment by the phone's clock, under the phone's id."""

    id: UUID
    ticket: str
    scanned_at: datetime
    device: str | None = None


class Answer(NamedTuple):
    """What a scan came to; of one's own ticket the code, and since when its guest is in."""

    id: UUID
    outcome: Outcome
    code: str | None = None
    redeemed_at: datetime | None = None


def receive(
    session: Session, *, actor: Actor, secret: str, scans: Sequence[Shown], now: datetime
) -> list[Answer]:
    """Let in whom the scans show, the earliest first; none that fails keeps another from counting.

    A scan that was received before is answered as it was then.
    """
    require_scope(actor, Scope.ORDERS)
    read = [shown_code(secret, scan.ticket) for scan in scans]
    codes = {code for code, _ in read if code}
    _lock(session, actor, codes)
    tickets = bookings.of_codes(session, codes=codes)
    answers: dict[int, Answer] = {}
    for place, scan in sorted(enumerate(scans), key=lambda each: each[1].scanned_at):
        code, signed = read[place]
        ticket = tickets.get(code or "")
        if ticket is not None and ticket.seller_id in actor.seller_ids:
            outcome = _taken(session, actor, ticket, scan, now)
            answers[place] = Answer(scan.id, outcome, ticket.code, ticket.redeemed_at)
        elif signed is None:
            answers[place] = Answer(scan.id, Outcome.FORGED)
        else:
            is_others = signed and ticket is not None
            answers[place] = Answer(scan.id, Outcome.FOREIGN if is_others else Outcome.UNKNOWN)
    return [answers[place] for place in range(len(scans))]


def _lock(session: Session, actor: Actor, codes: set[str]) -> None:
    """All the checkouts first and in one order, so that two phones never wait crosswise."""
    mine = Ticket.seller_id.in_(actor.seller_ids)
    tickets = select(Ticket.order_id).where(Ticket.code.in_(codes), mine)
    groups = select(Order.group_id).where(Order.id.in_(tickets)).distinct()
    for group_id in sorted(session.scalars(groups)):
        collecting.lock(session, group_id=group_id)


def _taken(session: Session, actor: Actor, ticket: Ticket, scan: Shown, now: datetime) -> Outcome:
    before = session.get(Scan, scan.id)
    if before is not None:
        return Outcome(before.outcome) if before.ticket_id == ticket.id else Outcome.ID_TAKEN
    at = min(scan.scanned_at, now)
    outcome = _let_in(session, actor, ticket, scan, now)
    said: dict[str, Any] = {"id": scan.id, "ticket_id": ticket.id, "outcome": outcome}
    said |= {"scanned_at": at, "received_at": now, "device": scan.device}
    portable.insert_new(session, Scan, **said, person_id=actor.person_id)
    return outcome


def _let_in(session: Session, actor: Actor, ticket: Ticket, scan: Shown, now: datetime) -> Outcome:
    if not now - OLD_MAX <= scan.scanned_at <= now + AHEAD_MAX:
        return Outcome.BAD_TIME
    at = min(scan.scanned_at, now)
    try:
        with session.begin_nested():
            let_in(session, actor=actor, ticket=ticket, at=at, now=now)
    except AlreadyRedeemed:
        return Outcome.ALREADY
    except TicketVoid as refusal:
        waits = refusal.facts["state"] == TicketState.PENDING
        return Outcome.PENDING if waits else Outcome.VOID
    except MarketError:
        return Outcome.REFUSED
    return Outcome.REDEEMED

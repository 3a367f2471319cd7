"""Money that has come: orders it pays go on, the ledger says where it is."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, Select, bindparam, or_, select, update
from sqlalchemy.orm import Session

from catalog import calendars
from market import SYSTEM, Actor, Kind, MarketError, bookings, db, existing, inventory, orders
from market.inventory.rearranging import MOMENT
from market.ledger import Account, AccountName, chart
from market.orders import Order, OrderGroup, OrderLine, Rail, State, news
from market.portable import fast_rows, flushed, uuid_of
from payments import checkout, rebooking, waiting
from payments.models import Payment, PaymentOrder, PaymentState

ANSWER = timedelta(hours=24)  # in which a seller accepts what was paid, or it goes back
SIBLINGS = timedelta(hours=12)  # in which others of the cooperative may, after that
_COUNTS = or_(Order.state.not_in(orders.OFF), Order.kept_minor > 0)
_LIVE_SHARES: Any = (
    select(PaymentOrder.order_id, PaymentOrder.amount_minor - Order.given_back_minor)
    .join(Order, Order.id == PaymentOrder.order_id)
    .where(PaymentOrder.payment_id == bindparam("payment"), _COUNTS)
    .order_by(PaymentOrder.order_id)
)
UNPAID = (PaymentState.AWAITING, PaymentState.EXPIRED)
STEP = timedelta(minutes=15)  # by which a hold is prolonged
MOST: dict[str, timedelta] = {Rail.CARD: checkout.CARD_HOLD_MAX + 2 * STEP}
CALENDARS_SECONDS = 30  # for all of an order; one that does not answer keeps nobody waiting
# What was promised was taken; a payment that is not promised stays as it is.
CAPTURED = (
    update(Payment)
    .where(Payment.id == bindparam("payment"), Payment.state == PaymentState.AUTHORIZED)
    .values(state=PaymentState.PAID, settled_at=bindparam("now"))
)


class HeldLongest(MarketError, code="hold.longest", kind=Kind.CONFLICT):
    """It is held as long as may be, or not any more."""


def settle(
    session: Session, payment: Payment, to: PaymentState, *, actor: Actor = SYSTEM, now: datetime
) -> bool:
    """Mark an awaited payment as paid and let its orders go on; False where it came too late.

    With a card's promise they go on as well, and the money is taken at the hand-over. Money that
    came too late pays for what can be claimed anew; see `_revive`.
    """
    lock(session, group_id=payment.group_id)
    if not mark(session, payment, to, actor=actor, now=now):
        expired = orders_of(session, payment=payment)
        if not _revive(session, payment, to, expired, now):
            return False
        db.changed(session, payment, state=to, settled_at=now, settled_by=actor.person_id)
    paid = orders_of(session, payment=payment)
    ids = [order.id for order in paid]
    changed = [order.supplements_id for order in paid if order.supplements_id]
    inventory.lock(session, owner_ids=[*ids, *changed])
    inventory.sell(session, owner_ids=ids, now=now)
    lines = orders.queries.lines(session, order_ids=ids)
    for order in paid:
        deadline = min([now + ANSWER, *orders.cutoffs(lines[order.id])])
        orders.move(session, actor=SYSTEM, order=order, to=State.PLACED, now=now, deadline=deadline)
        # Visits are confirmed at once (OCTO instant) unless their host is asked first, and so is
        # what the seller himself asked for.
        sure = orders.queries.is_sure(session, order)
        if order.supplements_id or (sure and not calendars.put_off(session, order_id=order.id)):
            orders.moving.make_sure(session, actor=SYSTEM, order=order, now=now)
        if order.supplements_id:
            rebooking.paid(session, supplement=order, now=now)
    return True


def mark(
    session: Session, payment: Payment, to: PaymentState, *, actor: Actor, now: datetime
) -> bool:
    """Mark an awaited payment as made; False where it is not awaited, or not any more."""
    in_time = or_(Payment.expires_at.is_(None), Payment.expires_at > now)
    said = {"state": to, "settled_at": now, "settled_by": actor.person_id}
    return db.changed(session, payment, Payment.state == PaymentState.AWAITING, in_time, **said)


def extend(
    session: Session, *, actor: Actor, group: OrderGroup, step: timedelta = STEP, now: datetime
) -> datetime:
    """Hold all unpaid orders of a checkout a `step` longer, and await their money; until when.

    A card's hold twice, nothing longer than a day or past a cut-off. Raises HeldLongest.
    """
    lock(session, group_id=group.id)
    held = (Order.state == State.AWAITING_PAYMENT) & (Order.deadline > now)
    its = select(Order).where(Order.group_id == group.id, held).order_by(Order.id)
    unpaid = list(session.scalars(its.execution_options(populate_existing=True)))
    ids = [order.id for order in unpaid]
    both = {*ids, *(order.supplements_id for order in unpaid if order.supplements_id)}
    found = orders.queries.lines(session, order_ids=list(both))
    lines = [it for its in found.values() for it in its]
    longest = [order.created_at + MOST.get(order.rail, checkout.HOLD_MAX) for order in unpaid]
    later = [order.deadline + step for order in unpaid if order.deadline]
    until = min([now + checkout.HOLD_MAX, *orders.cutoffs(lines), *longest, *later])
    if not unpaid or any(order.deadline and until <= order.deadline for order in unpaid):
        raise HeldLongest
    for order in unpaid:
        db.changed(session, order, held, deadline=until)
        orders.note_step(session, order, "order.extended", actor=actor, now=now)
    awaited = update(Payment).filter_by(group_id=group.id, state=PaymentState.AWAITING)
    session.execute(awaited.where(Payment.expires_at.is_not(None)).values(expires_at=until))
    inventory.claiming.prolong(session, owner_ids=ids, until=until)
    return until


def recheck(context: Any, event: calendars.RecheckDue) -> None:
    """Confirm the order unless a calendar has the same: then its host has to say what is done."""
    stop, order_id, now = monotonic() + CALENDARS_SECONDS, event.order_id, context.now()
    with context.database.reading() as session:
        ids = [each.id for each in calendars.channels_of(session, order_id=order_id)]
    read = [monotonic() < stop and calendars.synchronise(context, each) for each in ids]
    with context.database.transaction() as session:
        order = session.get_one(Order, order_id)
        lock_anew(session, order)
        is_placed = orders.state_at(order, now) == State.PLACED
        if not is_placed or calendars.collides(session, order_id=order_id):
            return
        orders.moving.make_sure(session, actor=SYSTEM, order=order, now=now)
        if not all(read):
            news.tell_people(session, order=order, key="notice.calendar.unread")


def is_awaited(payment: Payment, *, now: datetime) -> bool:
    """Whether the payment may still be made; certain under the checkout's lock."""
    return payment.state == PaymentState.AWAITING and not is_late(payment, now=now)


def is_late(payment: Payment, *, now: datetime) -> bool:
    """Whether the time to make it is over."""
    return payment.expires_at is not None and payment.expires_at <= now


def lock(session: Session, *, group_id: UUID | ScalarSelect[UUID]) -> None:
    """From here on nobody else pays, cancels or expires the checkout's orders meanwhile.

    The group comes before its payments, orders and stock, so that nobody waits crosswise.
    """
    session.execute(select(OrderGroup.id).filter_by(id=group_id).with_for_update(key_share=True))


def lock_anew(session: Session, row: Order | Payment) -> None:
    """The same for the checkout of an order or a payment, which is read anew then."""
    lock(session, group_id=row.group_id)
    session.refresh(row)


def unlocked(waiting: Select[Order]) -> Select[Order]:
    """Orders, joined with their checkouts, which are locked but for those that somebody has."""
    return waiting.with_for_update(of=OrderGroup, key_share=True, skip_locked=True)


def lock_some(session: Session, waiting: Select[Order], most: int) -> Sequence[Order] | None:
    """Some of the orders that wait, with all their checkouts locked first; None: there were none.

    What somebody closed meanwhile is left out.
    """
    groups = waiting.join(OrderGroup, OrderGroup.id == Order.group_id).limit(most)
    locking = groups.with_only_columns(Order.id).with_for_update(of=OrderGroup, key_share=True)
    ids = session.scalars(locking).all()
    fresh = waiting.where(Order.id.in_(ids)).execution_options(populate_existing=True)
    return session.scalars(fresh).all() if ids else None


def stuck(session: Session) -> list[str]:
    """Orders that are closed while the ledger still holds money for them, a line each."""
    held = Account.code.like("order:%:held"), Account.balance != 0
    codes = session.scalars(select(Account.code).where(*held))
    ids = [UUID(code.split(":")[1]) for code in codes]
    earns = or_(Order.state == State.DELIVERED, Order.kept_minor > 0) & Order.earned_at.is_(None)
    closed = select(Order.code, Order.state).where(Order.state.in_(orders.moving.CLOSED), ~earns)
    rows = session.execute(closed.where(Order.id.in_(ids)))
    return [f"order {code} is {state} and its money is still held" for code, state in rows]


def beside(session: Session, order: Order, *, now: datetime) -> list[Order]:
    """What goes with the order and still counts, because its goods weigh more than was held."""
    extras = orders.queries.supplements(session, order_ids=[order.id])[order.id]
    return [extra for extra in extras if orders.state_at(extra, now) not in orders.moving.CLOSED]


def together(session: Session, order: Order, *, now: datetime) -> list[Order]:
    """The order, and what goes with it and still counts."""
    return [order, *beside(session, order, now=now)]


def of_order(session: Session, *, order_id: UUID) -> Payment:
    """The payment that the order counts on now."""
    return existing(of_orders(session, order_ids=[order_id]).get(order_id), "payment")


def of_orders(session: Session, *, order_ids: Collection[UUID]) -> dict[UUID, Payment]:
    """The payment that each of the orders counts on now: the last that was asked for."""
    its = select(PaymentOrder.order_id, Payment).join_from(PaymentOrder, Payment)
    theirs = its.where(PaymentOrder.order_id.in_(order_ids))
    oldest_first = theirs.order_by(Payment.created_at, Payment.id)
    rows = session.execute(oldest_first.execution_options(populate_existing=True))
    return {row[0]: row[1] for row in rows}


def claim(session: Session, *, group_id: UUID, payment_id: UUID, now: datetime) -> Payment:
    """The buyer says that the transfer was made; the first time counts."""
    its = select(Payment).filter_by(id=payment_id, group_id=group_id)
    payment = existing(session.scalar(its), "payment")
    unclaimed = Payment.claimed_at.is_(None)
    db.changed(session, payment, Payment.state == PaymentState.AWAITING, unclaimed, claimed_at=now)
    return payment


def of_group(session: Session, *, group_id: UUID) -> list[Payment]:
    """The payments of a checkout that are awaited or made."""
    its = select(Payment).where(Payment.group_id == group_id)
    counting = its.where(Payment.state != PaymentState.CANCELLED)
    return list(session.scalars(counting.order_by(Payment.created_at, Payment.id)))


def shares(session: Session, *, payment: Payment) -> dict[UUID, int]:
    """How much of the payment is for which order."""
    its = select(PaymentOrder.order_id, PaymentOrder.amount_minor).filter_by(payment_id=payment.id)
    return {row[0]: row[1] for row in session.execute(its.order_by(PaymentOrder.order_id))}


def holding(shares: Mapping[UUID, int]) -> dict[AccountName, int]:
    """What is held for each order once its share of the money came."""
    return {chart.held(order_id): -share for order_id, share in shares.items()}


def orders_of(session: Session, *, payment: Payment) -> list[Order]:
    """The orders that a payment is for."""
    its = select(Order).join(PaymentOrder, PaymentOrder.order_id == Order.id).order_by(Order.id)
    paid = its.where(PaymentOrder.payment_id == payment.id)
    return list(session.scalars(paid.execution_options(populate_existing=True)))


def live_shares(session: Session, *, payment_id: UUID) -> dict[UUID, int]:
    """How much is to be taken for which order, of those that were not called off."""
    rows = fast_rows(flushed(session), _LIVE_SHARES, {"payment": payment_id})
    return {uuid_of(order_id): amount for order_id, amount in rows}


def _revive(
    session: Session, payment: Payment, to: PaymentState, expired: Sequence[Order], now: datetime
) -> bool:
    """Whether all that nobody paid in time is held once more, so that its orders can go on.

    Not what was called off, what supplements another, or what takes nobody any more. A card's
    promise alone revives nothing: it is being let go.
    """
    lapsed = all(orders.state_at(order, now) == State.EXPIRED for order in expired)
    if payment.state not in UNPAID or to is not PaymentState.PAID or not lapsed:
        return False
    found = orders.queries.lines(session, order_ids=[order.id for order in expired])
    if not _again(session, expired, [line for its in found.values() for line in its], now):
        for order in expired:
            waiting.wait_instead(session, order=order, lines=found[order.id], now=now)
        return False
    for order in expired:
        db.changed(session, order, deadline=None)
        bookings.revive(session, order_id=order.id)
    return True


def _again(
    session: Session, expired: Sequence[Order], lines: Sequence[OrderLine], now: datetime
) -> bool:
    """Claim it all, or nothing."""
    over = any(at <= now for at in orders.cutoffs(lines))
    if over or any(order.supplements_id for order in expired):
        return False
    uses = {line.order_id: line.departure_id for line in lines}
    try:
        with session.begin_nested():
            inventory.claim_again(session, uses=uses, until=now + MOMENT, now=now)
    except inventory.OutOfStock:
        return False
    return True

"""Who is told of an order's steps: the seller's people what is theirs to do, the buyer all."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from market import clock, links, notifications, portable
from market.accounts.models import Membership, MembershipState, Organisation, Person
from market.cases.models import Case
from market.limits import LimitCounter
from market.orders import queries
from market.orders.models import Fulfilment, Order, OrderGroup, Rail, State
from market.orders.moving import OrderMoved
from market.orders.placing import OrderPlaced
from translations import formats

SOON = timedelta(hours=6)
TOLD = frozenset(State) - {State.AWAITING_PAYMENT, State.PLACED}


def tell_seller(session: Session, event: OrderPlaced | OrderMoved) -> None:
    """The seller's people hear of an order that waits for them, and that it is off again.

    Cash is theirs to confirm at once, a transfer when it is paid; before that nothing is said.
    """
    order = session.get_one(Order, event.order_id)
    if isinstance(event, OrderPlaced):
        key = "notice.order.placed" if order.rail == Rail.CASH else None
    elif event.state == State.PLACED:
        is_visit = order.fulfilment == Fulfilment.VISIT  # confirmed by its payment
        key = "notice.sold.visit" if is_visit else "notice.order.placed"
    else:
        key = _off(session, order.id, event.state)
    if key is not None:
        _tell_people(session, order, key)


def remind(session: Session, *, now: datetime) -> int:
    """Tell sellers once more of what they have not accepted when six hours are left; how many."""
    waiting = select(Order).where(Order.state == State.PLACED, Order.deadline > now)
    told = 0
    for order in session.scalars(waiting.where(Order.deadline <= now + SOON).order_by(Order.id)):
        once = {"key": f"answer:{order.id}", "window_start": order.deadline}
        if portable.add_up(session, LimitCounter, once, "count", by=1) == 1:
            _tell_people(session, order, "notice.order.soon")
            told += 1
    return told


def _off(session: Session, order_id: UUID, state: str) -> str | None:
    if state not in {State.CANCELLED, State.EXPIRED}:
        return None
    (steps,) = queries.events(session, order_ids=[order_id]).values()
    was_theirs = any(step.state == State.PLACED for step in steps)
    by_seller = any(step.facts.get("by") == "seller" for step in steps)
    return f"notice.sold.{state}" if was_theirs and not by_seller else None


def _tell_people(session: Session, order: Order, key: str) -> None:
    group = session.get_one(OrderGroup, order.group_id)
    first, *others = queries.lines(session, order_ids=[order.id])[order.id]
    people = (
        select(Person.id, Person.language)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id == order.seller_id)
        .where(Membership.state == MembershipState.ACTIVE)
    )
    title = f"{first.title} + {len(others)}" if others else first.title
    facts = {"code": order.code, "buyer": group.name, "title": title}
    link, now = f"/sell/orders#o-{order.code}", clock.now()
    for person_id, language in session.execute(people).all():
        lang = language or "vi"
        facts["amount"] = formats.money(order.left_minor, order.currency, (lang,))
        notifications.tell(
            session, person_id=person_id, language=lang, key=key, params=facts, link=link, now=now
        )


def tell_of_checkout(session: Session, event: OrderPlaced) -> None:
    """The buyer gets the link to the whole checkout, once, however many sellers it has."""
    order = session.get_one(Order, event.order_id)
    first = queries.of_group(session, group_id=order.group_id)[0]
    if order.id != first.id:
        return
    group = session.get_one(OrderGroup, order.group_id)
    total = formats.money(group.total_minor, group.currency, (group.language, "vi"))
    facts = {"code": group.code, "amount": total}
    _tell(session, group, "notice.order.group", facts, clock.now())


def tell_buyer(session: Session, event: OrderMoved) -> None:
    """The buyer, signed in or a guest, hears that the order has come a step further."""
    if event.state not in TOLD:
        return
    order = session.get_one(Order, event.order_id)
    group = session.get_one(OrderGroup, order.group_id)
    seller = session.get_one(Organisation, order.seller_id)
    facts = {"code": order.code, "seller": seller.name}
    _tell(session, group, f"notice.order.{event.state}", facts, clock.now())


def complaint_decided(session: Session, *, case: Case, approved: bool, now: datetime) -> None:
    """A guest hears what became of their complaint; the signed in hear of every case of theirs."""
    if case.applicant_id is not None:
        return
    order = session.get_one(Order, case.subject_id)
    group = session.get_one(OrderGroup, order.group_id)
    facts = {"number": case.number, "reason": case.reason or ""}
    _tell(session, group, f"notice.complaint.{'approved' if approved else 'declined'}", facts, now)


def _tell(
    session: Session, group: OrderGroup, key: str, params: dict[str, str], now: datetime
) -> None:
    notifications.tell(
        session,
        person_id=group.buyer_id,
        destination=None if group.buyer_id else group.phone or group.email,
        language=group.language,
        key=key,
        params=params,
        link=f"{links.ORDERS}{group.code}",
        now=now,
    )

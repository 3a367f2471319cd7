"""Who is told of an order's steps: the seller's people what is theirs to do, the buyer all."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from market import clock, links, notifications, portable
from market.accounts import Actor, Organisation, Person, Scope
from market.accounts.models import Mandate, MandateState, Membership, MembershipState
from market.cases.models import Case
from market.limits import LimitCounter
from market.notifications import telling
from market.orders import queries
from market.orders.models import Order, OrderEvent, OrderGroup, Rail, State
from market.orders.moving import OrderMoved
from market.orders.placing import OrderPlaced
from translations import Amount, formats, text

SOON = timedelta(hours=6)
CALLED_OFF = frozenset({State.CANCELLED, State.EXPIRED})
OVER = frozenset({State.CANCELLED, State.PLACED})
Facts = Mapping[str, str]
TOLD = frozenset(State) - {State.AWAITING_PAYMENT, State.PLACED}


def tell_seller(session: Session, event: OrderPlaced | OrderMoved) -> None:
    """The seller's people hear of an order that waits for them, and that it is off again.

    Cash is theirs to confirm at once, a transfer when it is paid; before that nothing is said.
    """
    order = session.get_one(Order, event.order_id)
    if isinstance(event, OrderPlaced):
        key = "notice.order.placed" if order.rail == Rail.CASH else None
    elif order.supplements_id is not None:
        key = "notice.sold.agreed" if event.state == State.PLACED else None
    elif event.state == State.PLACED:
        # A visit is confirmed by its payment, unless its host wants to be asked.
        is_sure = queries.is_sure(session, order)
        key = "notice.sold.visit" if is_sure else "notice.order.placed"
    else:
        key = _off(session, order.id, event.state)
    if key is not None:
        tell_people(session, order=order, key=key)


def remind(session: Session, *, now: datetime) -> int:
    """Tell sellers once more of what they have not accepted when six hours are left; how many."""
    waiting = select(Order).where(Order.state == State.PLACED, Order.deadline > now)
    told = 0
    for order in session.scalars(waiting.where(Order.deadline <= now + SOON).order_by(Order.id)):
        once = {"key": f"answer:{order.id}", "window_start": order.deadline}
        if portable.add_up(session, LimitCounter, once, "count", by=1) == 1:
            tell_people(session, order=order, key="notice.order.soon")
            told += 1
    return told


def _off(session: Session, order_id: UUID, state: str) -> str | None:
    if state not in CALLED_OFF:
        return None
    (steps,) = queries.events(session, order_ids=[order_id]).values()
    was_theirs = any(step.state == State.PLACED for step in steps)
    by_seller = any(step.facts.get("by") == "seller" for step in steps)
    return f"notice.sold.{state}" if was_theirs and not (by_seller or _why(steps)) else None


def tell_people(
    session: Session, *, order: Order, key: str, seller_id: UUID | None = None, **more: str
) -> None:
    """Tell all who may handle the seller's orders: its people and its agents.

    Those of another seller, where one is named, do not learn who the buyer is.
    """
    group = session.get_one(OrderGroup, order.group_id)
    first, *others = queries.lines(session, order_ids=[order.id])[order.id]
    title = f"{first.title} + {len(others)}" if others else first.title
    facts = {"code": order.code, "title": title, **more}
    if seller_id is None:
        facts["buyer"] = group.name
    link, now = f"/sell/orders#o-{order.code}", clock.now()
    for person in _handling(session, seller_id or order.seller_id, now):
        lang = person.language or "vi"
        facts["amount"] = formats.money(order.left_minor, order.currency, (lang,))
        told: dict[str, Any] = {"key": key, "params": facts, "link": link}
        notifications.tell(session, person_id=person.id, language=lang, **told, now=now)


def reassigned(session: Session, *, actor: Actor, order: Order, before_id: UUID) -> None:
    """The buyer hears whose goods come now, and the sellers that the order changed hands."""
    tell(session, order, "notice.order.reassigned", clock.now())
    if order.seller_id != before_id:
        key, seller = "notice.sold.taken", session.get_one(Organisation, order.seller_id)
        tell_people(session, order=order, key=key, seller_id=before_id, seller=seller.name)
    if order.seller_id not in actor.seller_ids:
        tell_people(session, order=order, key="notice.order.placed")


def _handling(session: Session, seller_id: UUID, now: datetime) -> list[Person]:
    theirs: Any = {"organisation_id": seller_id}
    members = select(Membership.person_id).filter_by(**theirs, state=MembershipState.ACTIVE)
    given = select(Mandate).filter_by(**theirs, state=MandateState.ACTIVE)
    valid = session.scalars(given.where(Mandate.expires_at > now))
    agents = [each.agent_id for each in valid if Scope.ORDERS in each.scope]
    people = select(Person).where(Person.id.in_(members) | Person.id.in_(agents))
    return list(session.scalars(people.where(Person.banned_at.is_(None)).order_by(Person.id)))


def tell_of_checkout(session: Session, event: OrderPlaced) -> None:
    """The buyer gets the link to the whole checkout, once, however many sellers it has."""
    order = session.get_one(Order, event.order_id)
    first = queries.of_group(session, group_id=order.group_id)[0]
    if order.id != first.id or order.rail == Rail.RESELLER:  # whose customer is not ours to tell
        return
    group = session.get_one(OrderGroup, order.group_id)
    total = Amount(group.total_minor, group.currency)
    tell(session, order, "notice.order.group", clock.now(), code=group.code, amount=total)


def tell_buyer(session: Session, event: OrderMoved) -> None:
    """The buyer, signed in or a guest, hears that the order has come a step further."""
    order = session.get_one(Order, event.order_id)
    if event.state not in TOLD or order.supplements_id is not None:  # it goes with the first order
        return
    is_off = event.state in CALLED_OFF
    steps = queries.events(session, order_ids=[order.id])[order.id] if is_off else ()
    by_others = any(step.facts.get("by") in {"seller", "disruption"} for step in steps)
    if order.rail == Rail.RESELLER and not by_others:  # what it does itself it knows
        return
    if why := _why(steps):
        tell_of_disruption(session, order, why, clock.now())
    else:
        tell(session, order, f"notice.order.{event.state}", clock.now())


def _why(steps: Sequence[OrderEvent]) -> Facts:
    """Of an order that is off: what keeps it from taking place, where it is off because of that."""
    last = (it.facts for it in reversed(steps) if "cause" in it.facts or it.state in OVER)
    facts = next(last, {})
    return facts if "cause" in facts else {}


def tell_of_disruption(
    session: Session, order: Order, why: Facts, now: datetime, until: datetime | None = None
) -> None:
    """The buyer hears why it cannot take place, and `until` when to choose, else that it is off."""
    language = session.get_one(OrderGroup, order.group_id).language
    said: Any = {"cause": text((language, "vi"), f"disruption.cause.{why['cause']}")}
    said |= {"source": f" ({why['source']})" if why["source"] else "", "until": until or now}
    tell(session, order, f"notice.order.disrupted{'' if until else '.off'}", now, **said)


def complaint_decided(session: Session, *, case: Case, approved: bool, now: datetime) -> None:
    """A guest hears what became of their complaint; the signed in hear of every case of theirs."""
    if case.applicant_id is not None:
        return
    order = session.get_one(Order, case.subject_id)
    key = f"notice.complaint.{'approved' if approved else 'declined'}"
    tell(session, order, key, now, number=case.number, reason=case.reason or "")


def tell(session: Session, order: Order, key: str, now: datetime, **facts: object) -> None:
    """The buyer of an order, signed in or a guest, hears something about it.

    Its code and its seller's name are among the facts; sums and days are put in the buyer's words.
    """
    group = session.get_one(OrderGroup, order.group_id)
    seller = session.get_one(Organisation, order.seller_id)
    told = {"code": order.code, "seller": seller.name, **facts}
    link = f"{links.ORDERS}{group.code}"
    telling.tell_contact(session, group, group.buyer_id, key, told, link=link, now=now)

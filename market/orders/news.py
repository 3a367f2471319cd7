"""Who is told of an order's steps: the seller's people what is theirs to do, the buyer all."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from market import clock, notifications
from market.accounts.models import Membership, MembershipState, Organisation, Person
from market.orders import queries
from market.orders.events import OrderMoved, OrderPlaced
from market.orders.models import Fulfilment, Order, OrderGroup, Rail, State

TOLD = frozenset(
    {
        State.CONFIRMED,
        State.PACKED,
        State.HANDED_OVER,
        State.DELIVERED,
        State.CANCELLED,
        State.EXPIRED,
    }
)


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


def _off(session: Session, order_id: UUID, state: str) -> str | None:
    if state not in {State.CANCELLED, State.EXPIRED}:
        return None
    (steps,) = queries.events(session, order_ids=[order_id]).values()
    was_theirs = any(step.state == State.PLACED for step in steps)
    by_seller = any(step.facts.get("by") == "seller" for step in steps)
    return f"notice.sold.{state}" if was_theirs and not by_seller else None


def _tell_people(session: Session, order: Order, key: str) -> None:
    people = session.execute(
        select(Person.id, Person.language)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organisation_id == order.seller_id,
            Membership.state == MembershipState.ACTIVE,
        )
    )
    for person_id, language in people.all():
        notifications.tell(
            session,
            person_id=person_id,
            destination=None,
            language=language or "vi",
            key=key,
            params={"code": order.code},
            link="/sell/orders",
            now=clock.now(),
        )


def tell_buyer(session: Session, event: OrderMoved) -> None:
    """The buyer, signed in or a guest, hears that the order has come a step further."""
    if event.state not in TOLD:
        return
    order = session.get_one(Order, event.order_id)
    group = session.get_one(OrderGroup, order.group_id)
    seller = session.get_one(Organisation, order.seller_id)
    notifications.tell(
        session,
        person_id=group.buyer_id,
        destination=None if group.buyer_id else group.phone or group.email,
        language=group.language,
        key=f"notice.order.{event.state}",
        params={"code": order.code, "seller": seller.name},
        link=None,
        now=clock.now(),
    )

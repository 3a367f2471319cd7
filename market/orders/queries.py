"""Questions about orders, each narrowed to what the one who asks may see."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from market import portable
from market.accounts import Actor, Role, Scope, require_scope
from market.db import grouped, newest_first, table_of
from market.errors import existing
from market.orders import models
from market.orders.models import Fulfilment, Order, OrderEvent, OrderGroup, OrderLine, Rail, State
from market.orders.placing import Buyer

BOOKKEEPERS = (Role.MANAGER, Role.ACCOUNTANT)  # a weigh-master sees lots, not buyers
SellerCursor = tuple[datetime, UUID]


def in_time(now: datetime) -> ColumnElement[bool]:
    """The condition that no deadline of the order is over."""
    return Order.deadline.is_(None) | (Order.deadline > now)


def visible_to(actor: Actor) -> Select[Order]:
    """The orders one bought, sells, or oversees as a cooperative or moderator."""
    orders = select(Order)
    if actor.oversees:
        return orders
    if actor.person_id is None:
        return orders.where(Order.id.is_(None))
    sold = Order.seller_id.in_(actor.sells_for(Scope.ORDERS))
    kept = Order.cooperative_id.in_(actor.cooperative_ids if actor.has(*BOOKKEEPERS) else ())
    return orders.where(or_(sold, kept, _bought_by(actor)))


def get(session: Session, *, actor: Actor, order_id: UUID) -> Order:
    """The order, or NotFound for strangers."""
    return existing(session.scalar(visible_to(actor).where(Order.id == order_id)), "order")


def sold_by(session: Session, *, actor: Actor, order_id: UUID, beside: bool = False) -> Order:
    """The order as its seller may handle it, or who acts for them in such things; or NotFound.

    What supplements another goes with it, and is handled by itself only where `beside` says so.
    """
    require_scope(actor, Scope.ORDERS)
    its = select(Order).where(Order.id == order_id, Order.seller_id.in_(actor.seller_ids))
    if not beside:
        its = its.where(Order.supplements_id.is_(None))
    return existing(session.scalar(its), "order")


def brought_by(session: Session, *, actor: Actor, order_id: UUID) -> Order | None:
    """The order of a member whose cooperative the actor keeps the books of, and may deliver."""
    kept = actor.cooperative_ids if actor.has(*BOOKKEEPERS) else ()
    its = Order.seller_id.not_in(actor.seller_ids) & Order.cooperative_id.in_(kept)
    return session.scalar(select(Order).where(Order.id == order_id, its))


def page(
    session: Session,
    *,
    actor: Actor,
    selling: bool,
    states: Sequence[State] = (),
    after: SellerCursor | None = None,
    limit: int,
) -> list[Order]:
    """The newest orders first, of what one sells or of what one bought."""
    sold = Order.seller_id.in_(actor.seller_ids)
    orders = visible_to(actor).where(sold if selling else _bought_by(actor))
    if selling:  # a supplement is shown with the order that it belongs to
        orders = orders.where(Order.supplements_id.is_(None))
    if states:
        orders = orders.where(Order.state.in_(states))
    key = (Order.created_at, Order.id)
    return newest_first(session, orders, *key, after=after, limit=limit - 1)


def of_group(session: Session, *, group_id: UUID) -> list[Order]:
    """The orders of a checkout, in the order they were placed."""
    return list(session.scalars(select(Order).where(Order.group_id == group_id).order_by(Order.id)))


def of_codes(session: Session, *, codes: Sequence[str]) -> list[Order]:
    """The orders of checkouts whose codes came under our seal, the newest first."""
    groups = select(OrderGroup.id).where(OrderGroup.code.in_(codes))
    newest = select(Order).where(Order.group_id.in_(groups)).order_by(Order.id.desc())
    return list(session.scalars(newest))


def group_by_code(session: Session, *, code: str) -> OrderGroup:
    """The group of a code that came under our seal."""
    return existing(session.scalar(select(OrderGroup).where(OrderGroup.code == code)), "order")


def lines(session: Session, *, order_ids: Sequence[UUID]) -> dict[UUID, list[OrderLine]]:
    """The lines of several orders at once."""
    rows = select(OrderLine).order_by(OrderLine.order_id, OrderLine.position)
    return grouped(session, rows, OrderLine.order_id, order_ids)


def weighings(session: Session, *, order_ids: Sequence[UUID]) -> dict[UUID, list[models.Weighing]]:
    """What of several orders was weighed, by the line."""
    rows = select(models.Weighing).order_by(models.Weighing.order_id, models.Weighing.position)
    return grouped(session, rows, models.Weighing.order_id, order_ids)


def supplements(session: Session, *, order_ids: Sequence[UUID]) -> dict[UUID, list[Order]]:
    """The orders that supplement each of several, as they stand now."""
    rows = select(Order).order_by(Order.supplements_id, Order.id)
    fresh = rows.execution_options(populate_existing=True)
    return grouped(session, fresh, Order.supplements_id, order_ids)


def events(session: Session, *, order_ids: Sequence[UUID]) -> dict[UUID, list[OrderEvent]]:
    """What happened to several orders, oldest first."""
    rows = select(OrderEvent).order_by(OrderEvent.at, OrderEvent.id)
    return grouped(session, rows, OrderEvent.order_id, order_ids)


def is_sure(session: Session, order: Order) -> bool:
    """Whether it is a visit that is confirmed by its payment: its host need not be asked."""
    if order.fulfilment != Fulfilment.VISIT:
        return False
    (its,) = lines(session, order_ids=[order.id]).values()
    return not any(line.snapshot.get("approves") for line in its)


def open_holds(session: Session, *, buyer: Buyer, now: datetime) -> int:
    """How many checkouts of this buyer hold stock that is neither paid nor confirmed."""
    by = "buyer_id" if buyer.person_id else "phone" if buyer.phone else "email"
    asked = {"known_by": getattr(buyer, "person_id" if by == "buyer_id" else by), "now": now}
    return int(portable.fast_rows(portable.flushed(session), _OPEN_HOLDS[by], asked)[0][0])


def bought_by(session: Session, *, actor: Actor, order: Order) -> bool:
    """Whether the order is one that the actor bought."""
    buyer_id = session.scalar(select(OrderGroup.buyer_id).where(OrderGroup.id == order.group_id))
    return buyer_id is not None and buyer_id == actor.person_id


def _bought_by(actor: Actor) -> ColumnElement[bool]:
    groups = select(OrderGroup.id).where(OrderGroup.buyer_id == actor.person_id)
    return Order.group_id.in_(groups)


_ORDER, _GROUP = table_of(Order), table_of(OrderGroup)
_IS_PLACED = _ORDER.c.state.in_((State.AWAITING_PAYMENT, State.PLACED))
_IS_UNPAID = (_ORDER.c.state == State.AWAITING_PAYMENT) | (_ORDER.c.rail == Rail.CASH)
_IS_OPEN: Select[UUID] = select(_ORDER.c.id).where(_IS_PLACED, _IS_UNPAID).correlate(_GROUP)
_IS_OPEN = _IS_OPEN.where(_ORDER.c.group_id == _GROUP.c.id, _ORDER.c.deadline > bindparam("now"))
# Not a join: a planner without fresh statistics would begin with all the open orders there are.
_OPEN = select(func.count()).select_from(_GROUP).where(_IS_OPEN.exists())
_KNOWN_BY = ("buyer_id", "phone", "email")
_OPEN_HOLDS = {by: _OPEN.where(_GROUP.c[by] == bindparam("known_by")) for by in _KNOWN_BY}

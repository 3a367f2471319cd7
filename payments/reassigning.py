"""Other goods for what was ordered: what fits it, the exchange, and siblings who step in."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from catalog import baskets, delivering, pricing
from catalog.models import Listing, ListingState
from market import Kind, MarketError, db, existing, ids, inventory, orders
from market.accounts import Actor, Organisation, Scope, require_scope
from market.cooperatives import CooperativeMember, members_of
from market.orders import Fulfilment, Line, LineKind, Order, OrderLine, State, news
from payments import collecting

EXCHANGEABLE = frozenset({State.AWAITING_PAYMENT, State.PLACED, State.CONFIRMED})
CANDIDATES_MAX = 20
# Of a line's snapshot: who sells it now and from what, how it keeps, and what is said of it.
FROM_SELLER = ("seller", "commune", "lots", "cold_chain", "shelf_hours", "marks")


class Taken(MarketError, code="order.taken", kind=Kind.CONFLICT):
    """The first seller or another sibling was faster, or the time is over; facts: `state`."""


class NotExchangeable(MarketError, code="order.not_exchangeable", kind=Kind.CONFLICT):
    """Several lines, a visit, packed already, or paid into its seller's own account."""


class Fit(NamedTuple):
    """What could serve an order instead: whose it is, and the line as it would cost today."""

    seller_id: UUID
    line: Line


class Offered(NamedTuple):
    """An order that waits for a sibling, and the listings that could serve it, cheapest first."""

    order: Order
    line: OrderLine
    listing_ids: list[UUID]


def fitting(
    session: Session, *, order: Order, now: datetime, seller_ids: Collection[UUID] | None = None
) -> list[Fit]:
    """Live goods that could serve the order instead, the cheapest first; only of these sellers.

    They are of the order's seller or, where it is delivered, of its cooperative's present members:
    the same product, unit, grade and size, picked already, enough, and not dearer than was agreed.
    None where the order is not to be exchanged (see NotExchangeable).
    """
    line = _only_line(session, order, now)
    if line is None:
        return []
    alike = _alike(order, line)
    if seller_ids is not None:
        alike = alike.where(Listing.seller_id.in_(seller_ids))
    fits = (_fit(session, line, each, now) for each in session.scalars(alike).all())
    return [fit for fit in fits if fit and _reaches(session, order, fit)]


def rehome(
    session: Session, *, actor: Actor, order: Order, listing_id: UUID, now: datetime, **only: Any
) -> Order:
    """Serve the order from another listing that fits; price, commission and fee stay as agreed.

    It is one that is `fitting`, `only` of these `seller_ids` where they are said.
    Its buyer is told, and whose order it was or is now. Raises NotExchangeable, baskets.NotForSale,
    OutOfStock, or WrongState where the order went on meanwhile.
    """
    collecting.lock_anew(session, order)
    line, before, state = _only_line(session, order, now), order.seller_id, order.state
    if line is None:
        raise NotExchangeable
    found = fitting(session, order=order, now=now, **only)
    fits = {fit.line.listing_id: fit for fit in found}
    if listing_id not in fits:
        raise baskets.NotForSale(listing_id=str(listing_id))
    fit = fits[listing_id]
    same = (Order.state == state, Order.seller_id == before)
    its = {"seller_id": fit.seller_id, "promised_day": None}
    if not db.changed(session, order, *same, orders.queries.in_time(now), **its):
        raise orders.WrongState(state=orders.state_at(order, now), wanted=state)
    inventory.change_claims(session, owner_id=order.id, wants=fit.line.wants, now=now)
    _rewrite(session, line, fit.line)
    facts: Any = {"from": str(before), "to": str(order.seller_id), "listing": str(listing_id)}
    orders.note_step(session, order, "order.reassigned", actor=actor, now=now, **facts)
    news.reassigned(session, actor=actor, order=order, before_id=before)
    return order


def offer(session: Session, *, order: Order, now: datetime) -> bool:
    """Offer what its seller did not answer in time to those of the cooperative who could serve it.

    False where there are none, or it was offered before.
    """
    if order.state != State.PLACED or order.cooperative_id is None or order.offered_at is not None:
        return False
    if order.promised_day is not None:
        return False  # who comes in now has the goods now
    able = {fit.seller_id for fit in fitting(session, order=order, now=now)} - {order.seller_id}
    unanswered = (Order.state == State.PLACED, Order.deadline <= now, Order.offered_at.is_(None))
    until = {"offered_at": now, "deadline": now + collecting.SIBLINGS}
    if not able or not db.changed(session, order, *unanswered, **until):
        return False
    for seller_id in sorted(able):
        news.tell_people(session, order=order, key="notice.order.offered", seller_id=seller_id)
    return True


def offered(session: Session, *, actor: Actor, now: datetime) -> list[Offered]:
    """The orders that one could take over, the most urgent first."""
    its = _offered_to(actor).where(Order.state == State.PLACED, Order.deadline > now)
    its = its.order_by(Order.deadline, Order.id).limit(CANDIDATES_MAX)
    waiting = session.scalars(its).all()
    lines = orders.queries.lines(session, order_ids=[order.id for order in waiting])
    able: dict[str, Any] = {"seller_ids": actor.sells_for(Scope.ORDERS), "now": now}
    fits = {order.id: fitting(session, order=order, **able) for order in waiting}
    return [
        Offered(order, lines[order.id][0], [fit.line.listing_id for fit in fits[order.id]])
        for order in waiting
        if fits[order.id]
    ]


def take_over(
    session: Session, *, actor: Actor, order_id: UUID, listing_id: UUID, now: datetime
) -> Order:
    """A sibling promises to deliver the order from own goods; the first of all has it.

    Raises Taken for the others, NotFound for what was not offered to them, and as `rehome`.
    """
    require_scope(actor, Scope.ORDERS)
    order = existing(session.scalar(_offered_to(actor).where(Order.id == order_id)), "order")
    mine = Listing.seller_id.in_(actor.seller_ids)
    existing(session.scalar(select(Listing.id).where(Listing.id == listing_id, mine)), "listing")
    if orders.state_at(order, now) != State.PLACED:
        raise Taken(state=orders.state_at(order, now))
    try:
        rehome(session, actor=actor, order=order, listing_id=listing_id, now=now)
        return orders.confirm(session, actor=actor, order_id=order_id, now=now)
    except (orders.WrongState, NotExchangeable) as late:
        raise Taken(**late.facts) from None


def _offered_to(actor: Actor) -> Select[Order]:
    """What was offered to the cooperatives of those for whom the actor sells, of other sellers."""
    sellers = actor.sells_for(Scope.ORDERS)
    belong = CooperativeMember.organisation_id.in_(sellers), CooperativeMember.belongs()
    theirs = select(CooperativeMember.cooperative_id).where(*belong)
    its = Order.cooperative_id.in_(theirs) & Order.seller_id.not_in(sellers)
    return select(Order).where(Order.offered_at.is_not(None), its)


def _only_line(session: Session, order: Order, now: datetime) -> OrderLine | None:
    """The one line of goods that can be exchanged, or None."""
    lines = orders.queries.lines(session, order_ids=[order.id])[order.id]
    if len(lines) != 1 or lines[0].kind != LineKind.GOODS or order.state not in EXCHANGEABLE:
        return None
    if collecting.beside(session, order, now=now):
        return None  # its buyer is asked to pay more for that very piece
    payment = collecting.of_order(session, order_id=order.id)
    return lines[0] if payment.beneficiary_id is None else None


def _alike(order: Order, line: OrderLine) -> Select[UUID]:
    """Other listings of the same goods; a buyer who comes for them goes to nobody else."""
    whose = Listing.seller_id == order.seller_id
    if order.fulfilment == Fulfilment.DELIVERY and order.cooperative_id:
        whose |= Listing.seller_id.in_(members_of([order.cooperative_id]))
    same = {name: getattr(line, name) for name in ("category_code", "unit", "scale")}
    goods = select(Listing.id).filter_by(state=ListingState.LIVE, **same).where(whose)
    graded = goods.where(Listing.grade.is_not_distinct_from(line.snapshot.get("grade")))
    others = graded.where(Listing.id != line.listing_id)
    return others.order_by(Listing.price_minor, Listing.id).limit(CANDIDATES_MAX)


def _fit(session: Session, line: OrderLine, listing_id: UUID, now: datetime) -> Fit | None:
    """The listing as it would be sold now, where there is enough, at no more, of that size."""
    put = baskets.Put(ids.uuid7(), LineKind.GOODS, listing_id, line.unit, line.quantity)
    free: dict[str, Any] = {"lang": "", "tariff": pricing.FREE_OF_CHARGE, "now": now}
    try:
        ((seller, other),) = pricing.priced(session, lines=[put], **free)
    except MarketError:  # too little of it, in other steps, or its seller is away
        return None
    is_picked = bool(other.snapshot.get("lots"))
    serves = is_picked and other.price.minor <= line.price_minor and _weighs_alike(line, other)
    borne = {mark["code"] for mark in other.snapshot.get("marks", ())}
    bears = all(mark["code"] in borne for mark in line.snapshot.get("marks", ()))
    return Fit(seller.id, other) if serves and bears else None


def _reaches(session: Session, order: Order, fit: Fit) -> bool:
    """Whether the road to the buyer allows what that seller would promise."""
    if order.fulfilment != Fulfilment.DELIVERY or order.address is None:
        return True
    shop, to = session.get_one(Organisation, fit.seller_id), order.address["unit_code"]
    ids = {shop.id} if shop.zoned else set()
    zones = delivering.zones_of(session, seller_ids=ids).get(shop.id)
    return delivering.why_not(fit.line.snapshot, to=to, zones=zones) is None


def _weighs_alike(line: OrderLine, other: Line) -> bool:
    """Whether its estimate is within the tolerance that the order holds money for."""
    asked, given = line.snapshot.get("weight"), other.snapshot.get("weight")
    if asked is None or given is None:
        return asked is given
    return bool(abs(given["grams"] - asked["grams"]) <= asked["most_grams"] - asked["grams"])


def _rewrite(session: Session, line: OrderLine, other: Line) -> None:
    """The line as it is served now, and from where it would have come before."""
    kept = {name: it for name, it in line.snapshot.items() if name not in FROM_SELLER}
    kept.pop("promise", None)
    served = {name: it for name, it in other.snapshot.items() if name in FROM_SELLER}
    was = {name: it for name, it in line.snapshot.items() if name in FROM_SELLER}
    was["listing"] = str(line.listing_id)
    snapshot = {**kept, **served, "reassigned_from": was}
    its = update(OrderLine).filter_by(order_id=line.order_id, position=line.position)
    session.execute(its.values(listing_id=other.listing_id, snapshot=snapshot))

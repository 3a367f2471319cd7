"""Placing: one group, one order per seller, every line a snapshot, every claim held, or nothing."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from market import inventory, outbox
from market.accounts.actors import Actor
from market.ids import new_code, uuid7
from market.money import Money
from market.orders.drafts import Buyer, Line, Part, Terms
from market.orders.events import OrderPlaced
from market.orders.models import Order, OrderEvent, OrderGroup, OrderLine, Rail, State


def place_group(
    session: Session, *, actor: Actor, buyer: Buyer, total: Money, group_id: UUID, now: datetime
) -> OrderGroup:
    """The neutral container of a checkout's orders."""
    group = OrderGroup(
        id=group_id,
        code=new_code(),
        buyer_id=actor.person_id,
        name=buyer.name,
        phone=buyer.phone,
        email=buyer.email,
        language=buyer.language,
        total_minor=total.minor,
        currency=total.currency,
        created_at=now,
    )
    session.add(group)
    session.flush()
    return group


def place_order(
    session: Session,
    *,
    actor: Actor,
    group: OrderGroup,
    part: Part,
    rail: Rail,
    deadline: datetime,
    now: datetime,
) -> Order:
    """One seller's order; its stock must be claimed by the caller, sorted over all parts."""
    order = _order(group, part, rail, deadline, now)
    session.add(order)
    session.flush()
    session.execute(
        insert(OrderLine),
        [_line(order, position, line, part.terms) for position, line in enumerate(part.lines)],
    )
    session.execute(
        insert(OrderEvent).values(
            id=uuid7(),
            order_id=order.id,
            state=order.state,
            at=now,
            actor_id=actor.person_id,
            mandate_id=None,
            facts={},
        )
    )
    outbox.record(session, OrderPlaced(order_id=order.id))
    return order


def claim(
    session: Session, orders: Sequence[tuple[Order, Part]], *, deadline: datetime, now: datetime
) -> None:
    """Hold the stock of all the orders, cells in one sorted order over them all, or refuse."""
    wants = {
        order.id: [want for line in part.lines for want in line.wants] for order, part in orders
    }
    inventory.hold_all(session, wants=wants, expires_at=deadline, now=now)


def _order(group: OrderGroup, part: Part, rail: Rail, deadline: datetime, now: datetime) -> Order:
    paid_first = rail is Rail.BANK_TRANSFER
    return Order(
        id=uuid7(),
        code=new_code(),
        group_id=group.id,
        seller_id=part.seller_id,
        cooperative_id=part.terms.cooperative_id,
        state=State.AWAITING_PAYMENT if paid_first else State.PLACED,
        rail=rail,
        fulfilment=part.fulfilment,
        address=dict(part.address) if part.address else None,
        goods_minor=part.goods.minor,
        delivery_minor=part.delivery.minor,
        total_minor=part.total.minor,
        currency=part.total.currency,
        commission_minor=sum(_commission(line, part.terms) for line in part.lines),
        cooperative_minor=sum(_fee(line, part.terms) for line in part.lines),
        deadline=deadline,
        created_at=now,
        closed_at=None,
    )


def _commission(line: Line, terms: Terms) -> int:
    return line.amount.part(terms.commission_basis_points).minor


def _fee(line: Line, terms: Terms) -> int:
    return line.amount.part(terms.cooperative_basis_points).minor


def _line(order: Order, position: int, line: Line, terms: Terms) -> dict[str, object]:
    return {
        "id": uuid7(),
        "order_id": order.id,
        "position": position,
        "kind": line.kind,
        "listing_id": line.listing_id,
        "departure_id": line.departure_id,
        "category_code": line.category_code,
        "title": line.title,
        "quantity": line.quantity.value,
        "scale": line.quantity.scale,
        "unit": line.quantity.unit,
        "price_minor": line.price.minor,
        "amount_minor": line.amount.minor,
        "currency": line.amount.currency,
        "commission_minor": _commission(line, terms),
        "cooperative_minor": _fee(line, terms),
        "snapshot": dict(line.snapshot),
    }

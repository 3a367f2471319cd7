"""What weighs more than was held is asked of the buyer, as an order beside the first.

It has the line's price and rates and a payment of its own. Who pays it agrees; where cash is due,
who says so. It is packed, handed over and given back with the order that it supplements.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from market import ids, money, orders, portable, quantity
from market.accounts import Actor
from market.errors import Kind, MarketError, existing
from market.orders import NewOrder, Order, OrderGroup, OrderLine, Rail, Rate, State, Terms, news
from payments import asking, checkout, collecting, weighing
from translations import Amount

KEPT = ("seller", "commune", "grade", "lots", "marks")  # of what the line's snapshot says


class AlreadyAsked(MarketError, code="order.already_asked", kind=Kind.CONFLICT):
    """The buyer was asked about this line already, and has not declined."""


class WithinHold(MarketError, code="order.within_hold", kind=Kind.CONFLICT):
    """It weighs no more than is held: nothing is to be asked; facts: `most_grams`."""


def ask(
    session: Session,
    *,
    actor: Actor,
    order_id: UUID,
    weighed: tuple[int, int],
    custody: asking.BankAccount,
    now: datetime,
) -> Order:
    """Ask to pay for a line that weighs more than its hold; `weighed` is its position and grams.

    The seller does so before packing; the buyer has a day. Raises NotFound, WrongState,
    WithinHold, AboveHold for more than twice the hold, or AlreadyAsked.
    """
    order = orders.queries.sold_by(session, actor=actor, order_id=order_id)
    collecting.lock_anew(session, order)
    if order.state != State.CONFIRMED:
        raise orders.WrongState(state=orders.state_at(order, now), wanted=State.CONFIRMED.value)
    position, grams = weighed
    line = existing(weighing.by_weight(session, order=order).get(position), "line")
    most = weighing.most_grams(line)
    if grams <= most:
        raise WithinHold(most_grams=most)
    if grams > 2 * most:  # nobody's estimate is so far off
        raise weighing.AboveHold(position=position, most_grams=2 * most)
    beside = weighing.supplements(session, order=order, now=now)
    if any(its.snapshot["supplements"] == position for _, its in beside):
        raise AlreadyAsked(position=position)
    made = _order(order, line, grams - most, now)
    batch = portable.Batch(session)
    orders.supplement(batch, actor=actor, order=made, supplements=order, now=now)
    accounts = asking.accounts_of(session, seller_ids={order.seller_id}, custody=custody)
    asking.ask(batch, orders=[made], accounts=accounts, now=now)
    batch.write(session)
    more = OrderGroup.total_minor + made.left_minor
    its_group = update(OrderGroup).where(OrderGroup.id == order.group_id)
    session.execute(its_group.values(total_minor=more))
    news.tell(session, order, "notice.order.heavier", now, amount=Amount(made.left_minor))
    return session.get_one(Order, made.id)


def agree(session: Session, *, actor: Actor, order: Order, now: datetime) -> Order:
    """The buyer will pay the supplement in cash, with the rest; raises WrongState for any other."""
    collecting.lock_anew(session, order)
    if order.supplements_id is None or order.rail != Rail.CASH:
        raise orders.WrongState(state=orders.state_at(order, now), wanted=State.AWAITING_PAYMENT)
    since = {State.AWAITING_PAYMENT}
    orders.move(session, actor=actor, order=order, to=State.PLACED, now=now, since=since)
    orders.move(session, actor=actor, order=order, to=State.CONFIRMED, now=now)
    return order


def _order(order: Order, line: OrderLine, grams: int, now: datetime) -> NewOrder:
    price, over = money.Money(line.price_minor, line.currency), quantity.weight(grams)
    its = orders.Line(
        kind=orders.LineKind.GOODS,
        listing_id=line.listing_id,
        category_code=line.category_code,
        title=line.title,
        quantity=over,
        price=price,
        amount=quantity.cost(price, over),
        wants=(),
        terms=Terms(*(_rate(line.snapshot["rates"][name]) for name in Terms._fields)),
        snapshot={
            **{name: said for name, said in line.snapshot.items() if name in KEPT},
            "weight": {"grams": grams, "most_grams": grams},
            "supplements": line.position,
        },
    )
    part = orders.Part(
        seller_id=order.seller_id,
        cooperative_id=order.cooperative_id,
        fulfilment=orders.Fulfilment(order.fulfilment),
        address=order.address,
        lines=(its,),
        delivery=money.Money(0, line.currency),
    )
    until = now + checkout.HOLD_MAX
    return NewOrder(ids.uuid7(), order.group_id, part, until, Rail(order.rail))


def _rate(frozen: Mapping[str, Any]) -> Rate:
    return Rate(frozen["basis_points"], frozen["rule"] and UUID(frozen["rule"]))

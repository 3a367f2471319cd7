"""What weighs more than was held is asked of the buyer, as an order beside the first.

It has the line's price and rates and a payment of its own. Who pays it agrees; where cash is due,
who says so. It is packed, handed over and given back with the order that it supplements. A visit
that is changed to a dearer one is supplemented in the same way.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from market import Kind, MarketError, existing, ids, inventory, money, orders, portable, quantity
from market.accounts import Actor
from market.orders import NewOrder, Order, OrderGroup, OrderLine, Rail, Rate, State, Terms, news
from payments import asking, checkout, collecting, weighing
from translations import Amount

KEPT = ("seller", "commune", "grade", "lots", "marks")  # of what the line's snapshot says


class AlreadyAsked(MarketError, code="order.already_asked", kind=Kind.CONFLICT):
    """The buyer was asked about this line already, and has not declined."""


class WithinHold(MarketError, code="order.within_hold", kind=Kind.CONFLICT):
    """It weighs no more than is held: nothing is to be asked; facts: `most_grams`."""


def ask(
    session: Session, *, actor: Actor, order_id: UUID, weighed: tuple[int, int], now: datetime
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
    lines = (_line(line, grams - most),)
    asked = place(session, actor=actor, order=order, lines=lines, now=now)
    news.tell(session, order, "notice.order.heavier", now, amount=Amount(asked.left_minor))
    return asked


def place(
    session: Session,
    *,
    actor: Actor,
    order: Order,
    lines: tuple[orders.Line, ...],
    apart: bool = False,
    until: datetime = datetime.max.replace(tzinfo=UTC),
    now: datetime,
) -> Order:
    """Ask for the lines in an order that supplements the other, and hold what they claim meanwhile.

    Its buyer has a day for that, with seats as long as a card's are held, and never past `until`.
    One that is `apart` stands for itself in the same checkout, with tickets of its own.
    """
    part = orders.Part(
        seller_id=order.seller_id,
        cooperative_id=order.cooperative_id,
        fulfilment=orders.Fulfilment(order.fulfilment),
        address=order.address,
        lines=lines,
        delivery=money.Money(0, order.currency),
    )
    is_quick = part.wants and order.rail == Rail.CARD
    until = min(until, now + (checkout.CARD_HOLD_MAX if is_quick else checkout.HOLD_MAX))
    made = NewOrder(ids.uuid7(), order.group_id, part, until, Rail(order.rail))
    batch = portable.Batch(session)
    to = None if apart else order
    orders.placing.add(batch, actor=actor, order=made, supplements=to, now=now)
    payment = collecting.of_order(session, order_id=order.id)
    asking.ask_like(batch, payment, orders=[made], now=now)
    if apart:
        checkout.issue(batch, made)
    batch.write(session)
    inventory.hold_all(session, holds=[made.hold], now=now)
    more = OrderGroup.total_minor + made.left_minor
    its_group = update(OrderGroup).where(OrderGroup.id == order.group_id)
    session.execute(its_group.values(total_minor=more))
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


def _line(line: OrderLine, grams: int) -> orders.Line:
    price, over = money.Money(line.price_minor, line.currency), quantity.weight(grams)
    return orders.Line(
        kind=orders.LineKind.GOODS,
        **{name: getattr(line, name) for name in ("listing_id", "category_code", "title")},
        quantity=over,
        price=price,
        amount=quantity.cost(price, over),
        wants=(),
        terms=terms_of(line),
        snapshot={
            **{name: said for name, said in line.snapshot.items() if name in KEPT},
            "weight": {"grams": grams, "most_grams": grams},
            "supplements": line.position,
        },
    )


def terms_of(line: OrderLine) -> Terms:
    """The commission and the fee that were agreed for a line."""
    return Terms(*(_rate(line.snapshot["rates"][name]) for name in Terms._fields))


def _rate(frozen: Mapping[str, Any]) -> Rate:
    return Rate(frozen["basis_points"], frozen["rule"] and UUID(frozen["rule"]))

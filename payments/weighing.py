"""Weighing: what is sold by the piece is settled by its weight when it is packed.

The order holds the estimate with its tolerance; what the scales say is written once beside the
line, and what it is less goes back to the buyer at once, or is never taken.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from market import Actor, Kind, MarketError, audit, db, money, orders
from market.orders import Fulfilment, Order, OrderLine, State
from market.orders.models import Weighing
from market.quantity import cost, weight
from payments import cancelling, collecting
from translations import text

Grams = Mapping[int, int]


class NotWeighed(MarketError, code="order.not_weighed", kind=Kind.CONFLICT):
    """Goods that are priced by weight go out weighed; facts: `positions` of those that are not."""


class AboveHold(MarketError, code="order.above_hold", kind=Kind.CONFLICT):
    """It weighs more than the buyer agreed to pay for; facts: `position` and `most_grams`."""


def pack(
    session: Session, *, actor: Actor, order_id: UUID, grams: Grams | None = None, now: datetime
) -> Order:
    """Say that the goods stand packed, and what each line sold by the piece weighs, by position.

    What a line weighs above its hold is the supplement's that the buyer agreed to; a supplement
    that is not needed after all is withdrawn. Raises NotFound, WrongState, NotWeighed or AboveHold.
    """
    order = orders.queries.sold_by(session, actor=actor, order_id=order_id)
    if order.fulfilment == Fulfilment.VISIT:
        raise orders.WrongState(state=order.state, wanted=State.HANDED_OVER)
    collecting.lock(session, group_id=order.group_id)
    given = dict(grams or {})
    lines = by_weight(session, order=order)
    _refuse([position for position in lines if given.get(position, 0) <= 0])
    for extra, its in supplements(session, order=order, now=now) if lines else ():
        position = its.snapshot["supplements"]
        held, more = most_grams(lines[position]), most_grams(its)
        beyond = given[position] - held
        if beyond > 0 and extra.state == State.CONFIRMED:
            if beyond > more:
                raise AboveHold(position=position, most_grams=held + more)
            _settle(session, actor, extra, {0: beyond}, now)
            given[position] -= beyond
        else:
            cancelling.call_off(session, actor=actor, order=extra, now=now, by="seller")
    _settle(session, actor, order, given, now)
    return order


def supplements(session: Session, *, order: Order, now: datetime) -> list[tuple[Order, OrderLine]]:
    """What was asked for beside the order and still counts, each with its one line."""
    extras = collecting.beside(session, order, now=now)
    lines = orders.queries.lines(session, order_ids=[extra.id for extra in extras])
    return [(extra, lines[extra.id][0]) for extra in extras]


def most_grams(line: OrderLine) -> int:
    """The weight up to which a line is held."""
    return int(line.snapshot["weight"]["most_grams"])


def _settle(session: Session, actor: Actor, order: Order, grams: Grams, now: datetime) -> None:
    """An order is packed, its lines weigh so much; what they cost less is let go."""
    lines = by_weight(session, order=order)
    settled = {at: _settled(line, grams[at]) for at, line in lines.items()}
    orders.move(session, actor=actor, order=order, to=State.PACKED, now=now)
    for at, line in lines.items():
        its = {"position": line.position, "grams": grams[at]}
        seen = {"amount_minor": settled[at], "weighed_by": actor.person_id, "at": now}
        session.add(Weighing(order_id=order.id, **its, **seen))
        audit.note(session, actor, "order.weighed", order.id, now=now, **its)
    over = sum(line.amount_minor - settled[at] for at, line in lines.items())
    if over:  # what was held too much is sent back where it was taken, else never taken
        db.changed(session, order, weighed_off_minor=over)
        group = session.get_one(orders.OrderGroup, order.group_id)
        said: Any = {"reason": text((group.language, "vi"), "order.weighed.reason"), "now": now}
        cancelling.give_back(session, actor=actor, order=order, minor=over, **said)


def require_weighed(session: Session, *, order: Order) -> None:
    """Refuse what is priced by weight and was never weighed; raises NotWeighed."""
    lines = by_weight(session, order=order)
    known = orders.queries.weighings(session, order_ids=[order.id])[order.id] if lines else []
    done = {each.position for each in known}
    _refuse([position for position in lines if position not in done])


def by_weight(session: Session, *, order: Order) -> dict[int, OrderLine]:
    """The lines of an order that are sold by the piece and priced by weight, by position."""
    lines = orders.queries.lines(session, order_ids=[order.id])[order.id]
    return {line.position: line for line in lines if "weight" in line.snapshot}


def _refuse(missing: Sequence[int]) -> None:
    if missing:
        raise NotWeighed(positions=list(missing))


def _settled(line: OrderLine, grams: int) -> int:
    """What a line of this weight costs, at least a đồng."""
    if grams > most_grams(line):
        raise AboveHold(position=line.position, most_grams=most_grams(line))
    return max(1, cost(money.Money(line.price_minor, line.currency), weight(grams)).minor)

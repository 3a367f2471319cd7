"""Weighing: what is sold by the piece is settled by its weight when it is packed.

The order holds the estimate with its tolerance; what the scales say is written once beside the
line, and what it is less goes back to the buyer at once, or is never taken.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from market import audit, orders, portable
from market.accounts import Actor
from market.db import changed
from market.errors import Kind, MarketError
from market.money import Money
from market.orders import Order, OrderLine, State
from market.orders.models import Weighing
from market.quantity import cost, weight
from payments import asking, collecting, refunding, taking
from payments.models import Payment, PaymentState
from translations import text


class NotWeighed(MarketError):
    """Goods that are priced by weight go out weighed; facts: `positions` of those that are not."""

    code, kind = "order.not_weighed", Kind.CONFLICT


class AboveHold(MarketError):
    """It weighs more than the buyer agreed to pay for; facts: `position` and `most_grams`."""

    code, kind = "order.above_hold", Kind.CONFLICT


def pack(
    session: Session,
    *,
    actor: Actor,
    order_id: UUID,
    grams: Mapping[int, int] | None = None,
    now: datetime,
) -> Order:
    """Say that the goods stand packed, and what each line sold by the piece weighs, by position.

    Raises NotFound, WrongState, NotWeighed or AboveHold.
    """
    order = orders.queries.sold_by(session, actor=actor, order_id=order_id)
    collecting.lock(session, group_id=order.group_id)
    lines, given = by_weight(session, order=order), grams or {}
    _refuse([line.position for line in lines if given.get(line.position, 0) <= 0])
    settled = {line.position: _settled(line, given[line.position]) for line in lines}
    orders.move(session, actor=actor, order=order, to=State.PACKED, now=now)
    for line in lines:
        _note(session, actor, line, given[line.position], settled[line.position], now)
    over = sum(line.amount_minor - settled[line.position] for line in lines)
    if over:
        _let_go(session, actor, order, over, now)
    return order


def require_weighed(session: Session, *, order: Order) -> None:
    """Refuse what is priced by weight and was never weighed; raises NotWeighed."""
    lines = by_weight(session, order=order)
    known = orders.queries.weighings(session, order_ids=[order.id])[order.id] if lines else []
    done = {each.position for each in known}
    _refuse([line.position for line in lines if line.position not in done])


def by_weight(session: Session, *, order: Order) -> Sequence[OrderLine]:
    """The lines of an order that are sold by the piece and priced by weight."""
    lines = orders.queries.lines(session, order_ids=[order.id])[order.id]
    return [line for line in lines if "weight" in line.snapshot]


def _refuse(missing: Sequence[int]) -> None:
    if missing:
        raise NotWeighed(positions=list(missing))


def _settled(line: OrderLine, grams: int) -> int:
    """What a line of this weight costs, at least a đồng."""
    most = line.snapshot["weight"]["most_grams"]
    if grams > most:
        raise AboveHold(position=line.position, most_grams=most)
    return max(1, cost(Money(line.price_minor, line.currency), weight(grams)).minor)


def _note(
    session: Session, actor: Actor, line: OrderLine, grams: int, settled: int, now: datetime
) -> None:
    its: dict[str, Any] = {"position": line.position, "grams": grams}
    said = {"amount_minor": settled, "weighed_by": actor.person_id, "at": now}
    session.execute(insert(Weighing).values(order_id=line.order_id, **its, **said))
    verb = "order.weighed"
    audit.note(session, actor=actor, verb=verb, subject_id=line.order_id, now=now, **its)


def _let_go(session: Session, actor: Actor, order: Order, over: int, now: datetime) -> None:
    """What was held too much: sent back where it was taken, else never taken."""
    changed(session, order, weighed_off_minor=over)
    payment = collecting.of_order(session, order_id=order.id)
    if payment.state == PaymentState.PAID:
        group = session.get_one(orders.OrderGroup, order.group_id)
        reason = text((group.language, "vi"), "order.weighed.reason")
        refunding.request(
            session, actor=actor, order=order, amount_minor=over, reason=reason, now=now
        )
        return
    taking.count(session, order=order, amount_minor=over)
    if payment.state == PaymentState.AWAITING:  # cash: less is due at the door
        changed(session, payment, Payment.state == payment.state, state=PaymentState.CANCELLED)
        batch = portable.Batch(session)
        asking.ask(batch, orders=[order], accounts={}, now=now)
        batch.write(session)

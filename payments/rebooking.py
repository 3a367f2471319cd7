"""A booking on another departure or other nights: its seats, lines and tickets move together."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from catalog import calendars, rooms
from market import SYSTEM, Actor, bookings, inventory, orders
from market.inventory import Want
from market.orders import Line, Order, OrderLine, news
from payments import resold
from translations import formats

Facts = Mapping[str, Any]


def told(lines: Mapping[int, Line], percent_max: int) -> dict[str, Any]:
    """The change as it is kept until it is paid: what is claimed, and each line by position.

    Who changes late gets no more back than on that day, however far the new one is.
    """
    wants = [want for line in lines.values() for want in line.wants]
    kept = [(str(it.resource_id), it.bucket, it.qty, it.use and str(it.use)) for it in wants]
    more = {"percent_max": percent_max}
    its = {
        str(at): (str(line.departure_id), {**line.snapshot, **more, "now_minor": line.price.minor})
        for at, line in lines.items()
    }
    return {"wants": kept, "lines": its}


def paid(session: Session, *, supplement: Order, now: datetime) -> None:
    """What a change costs more has come, so that it is made; goods that weigh more move nothing."""
    (line, *_), *_ = orders.queries.lines(session, order_ids=[supplement.id]).values()
    change, order = line.snapshot.get("change"), session.get(Order, supplement.supplements_id)
    if change and order:
        apply(session, order, change, paid_by=[supplement.id], actor=SYSTEM, now=now)


def apply(
    session: Session, order: Order, change: Facts, *, paid_by: Any = (), actor: Actor, now: datetime
) -> None:
    """Make the change, with what the orders that paid for it hold; both sides are told."""
    wants = [
        Want(resource_id=UUID(it), bucket=bucket, qty=qty, use=use and UUID(use))
        for it, bucket, qty, use in change["wants"]
    ]
    inventory.change_claims(session, owner_id=order.id, wants=wants, absorbing=paid_by, now=now)
    turn(session, order, change["lines"], actor=actor, now=now)


def turn(session: Session, order: Order, to: Facts, *, actor: Actor, now: datetime) -> None:
    """Turn lines and tickets, by position, to the departure and the words given with each."""
    lines = orders.queries.lines(session, order_ids=[order.id])[order.id]
    moved = [line for line in lines if str(line.position) in to]  # of others nobody comes
    said: Any = {"from": moved[0].snapshot["starts_at"]}
    for line in moved:
        _move(session, line, *to[str(line.position)])
    said["to"] = moved[0].snapshot["starts_at"]
    calendars.syncing.look_again(session, order_id=order.id)
    orders.note_step(session, order, "order.rebooked", actor=actor, now=now, **said)
    starts_at = datetime.fromisoformat(said["to"])
    resold.follow(session, order=order, departure_id=moved[0].departure_id, starts_at=starts_at)
    news.tell(session, order, "notice.order.rebooked", now, starts_at=starts_at)
    when = formats.moment(starts_at, ("vi",))
    news.tell_people(session, order=order, key="notice.sold.rebooked", starts_at=when)


def _move(session: Session, line: OrderLine, departure: str, snapshot: Facts) -> None:
    to, both = UUID(departure), (line.snapshot, snapshot)
    kept = {"rates": line.snapshot["rates"]}
    kept["percent_max"] = min(each.get("percent_max", 100) for each in both)
    its = update(OrderLine).filter_by(order_id=line.order_id, position=line.position)
    session.execute(its.values(departure_id=to, snapshot={**snapshot, **kept}))
    session.refresh(line)
    starts_at = datetime.fromisoformat(snapshot["starts_at"])
    bookings.rebook(session, line.order_id, line.position, departure_id=to, starts_at=starts_at)
    rooms.let_go(session, order_id=line.order_id)

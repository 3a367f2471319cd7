"""A harvest that slips: every order ahead is promised anew or released, and its buyer chooses."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Select, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from catalog import harvests, seasons
from market import SYSTEM, Actor, Kind, MarketError, audit, existing, orders, outbox, portable
from market.db import Base, changed
from market.inventory.models import Claim, ClaimState
from market.orders import Order, State, news, state_at
from payments import cancelling, collecting, reassigning

BATCH = 50  # orders in one transaction
UNPACKED = frozenset({State.AWAITING_PAYMENT, State.PLACED, State.CONFIRMED})


class Choice(StrEnum):
    """What a buyer does about a promise that was moved."""

    WAIT = "wait"
    SWAP = "swap"
    REFUND = "refund"


class Slip(Base):
    """One order that one slip of a harvest touched: from which day to which, and the choice.

    The key makes a slip that was interrupted go on where it stopped, each order once.
    """

    order_id: Mapped[UUID] = mapped_column(ForeignKey("order_.id"), primary_key=True)
    harvest_id: Mapped[UUID] = mapped_column(ForeignKey("harvest.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    from_day: Mapped[date]
    to_day: Mapped[date | None]
    told_at: Mapped[datetime]
    choice: Mapped[str | None]
    chosen_at: Mapped[datetime | None]


class NothingToChoose(MarketError, code="promise.nothing_to_choose", kind=Kind.CONFLICT):
    """The promise was not moved, the buyer has chosen, or the goods are packed already."""


class HarvestSlipped(outbox.Event, name="harvest.slipped"):
    """A harvest comes later, or (without a day) never, for its so many-th time."""

    harvest_id: UUID
    number: int
    to_day: str | None
    reason: str


def slip(
    session: Session,
    *,
    actor: Actor,
    harvest_id: UUID,
    to_day: date | None,
    reason: str,
    now: datetime,
) -> harvests.Harvest:
    """Promise all that was ordered ahead for a later day, or with none close and release it.

    The orders follow in `work_off`. Raises HarvestOver or PromiseTooEarly.
    """
    doing: dict[str, Any] = {"actor": actor, "now": now}
    harvest = seasons.move_promise(session, harvest_id=harvest_id, to_day=to_day, **doing)
    day = str(to_day) if to_day else None
    said: dict[str, Any] = {"number": harvest.slips, "to_day": day, "reason": reason}
    audit.note(session, actor, "harvest.slipped", harvest_id, now=now, **said)
    outbox.record(session, HarvestSlipped(harvest_id=harvest_id, **said))
    return harvest


def touched(session: Session, *, harvest_id: UUID, now: datetime) -> int:
    """How many orders a slip of the harvest would touch now."""
    return len(session.scalars(_ahead(harvest_id, now).with_only_columns(Order.id)).all())


def work_off(context: Any, event: HarvestSlipped) -> None:
    """Tell every order that the slip touches, a batch in a transaction; called again, it goes on.

    What a later slip has overtaken is left to that one.
    """
    while context.database.run(_batch, event=event, now=context.now()):
        pass


def choose(
    session: Session,
    *,
    actor: Actor,
    order: Order,
    choice: Choice,
    listing_id: UUID | None = None,
    now: datetime,
) -> Order:
    """The buyer waits, has their money back, or takes the listing instead; once for each slip.

    Raises NothingToChoose, or what `reassigning.rehome` does.
    """
    collecting.lock_anew(session, order)
    last = awaited(session, order_ids=[order.id]).get(order.id)
    if last is None or state_at(order, now) not in UNPACKED:
        raise NothingToChoose
    last.choice, last.chosen_at = choice, now
    session.flush()
    doing: dict[str, Any] = {"actor": actor, "now": now}
    if choice is Choice.REFUND:
        said: Any = {"by": "buyer", "reason": "", "since": UNPACKED}
        cancelling.call_off_all(session, order, **said, **doing)
    elif choice is Choice.SWAP:
        own: Any = {"listing_id": existing(listing_id, "listing"), "seller_ids": {order.seller_id}}
        reassigning.rehome(session, order=order, **own, **doing)
    return order


def swaps(session: Session, *, order: Order, now: datetime) -> list[reassigning.Fit]:
    """What lies at the order's own seller and may be taken instead; others promised nothing."""
    return reassigning.fitting(session, order=order, seller_ids={order.seller_id}, now=now)


def awaited(session: Session, *, order_ids: Sequence[UUID]) -> dict[UUID, Slip]:
    """The last slip of each order, where its buyer has not chosen yet."""
    rows = select(Slip).where(Slip.order_id.in_(order_ids)).order_by(Slip.number)
    last = {slip.order_id: slip for slip in session.scalars(rows)}
    return {order_id: slip for order_id, slip in last.items() if slip.choice is None}


def _ahead(harvest_id: UUID, now: datetime) -> Select[Order]:
    """Orders that hold or have bought of the harvest and that are not packed."""
    its = select(Order).join(Claim, Claim.owner_id == Order.id)
    live = its.where(Claim.resource_id == harvest_id, Claim.state != ClaimState.RELEASED)
    return live.where(Order.state.in_(UNPACKED), orders.queries.in_time(now))


def _batch(session: Session, event: HarvestSlipped, now: datetime) -> bool:
    """Handle some orders that were not; whether there were any. All locks come first."""
    harvest = session.get_one(harvests.Harvest, event.harvest_id, with_for_update=True)
    once = {"harvest_id": event.harvest_id, "number": event.number}
    done = select(Slip.order_id).filter_by(**once)
    waiting = _ahead(event.harvest_id, now).where(Order.id.not_in(done)).order_by(Order.group_id)
    day = date.fromisoformat(event.to_day) if event.to_day else None
    if day is not None:
        waiting = waiting.where(Order.promised_day < day)  # others wait longer already
    found = collecting.lock_some(session, waiting, BATCH) if harvest.slips == event.number else None
    doing: dict[str, Any] = {"actor": SYSTEM, "reason": event.reason, "now": now}
    for order in found or ():
        said = {"from_day": order.promised_day, "to_day": day, "told_at": now}
        if not portable.insert_new(session, Slip, order_id=order.id, **once, **said):
            continue
        if day is None:
            cancelling.cancel(session, order=order, by_buyer=False, **doing)
        else:
            changed(session, order, promised_day=day)
            orders.note_step(session, order, "order.promised", day=str(day), **doing)
            news.tell(session, order, "notice.order.promised", now, day=day, reason=event.reason)
    return found is not None

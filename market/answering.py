"""How soon a cooperative's members answer their orders, and who steps in for whom."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from market import clock, reports
from market.accounts import Actor, Organisation
from market.db import by_id
from market.orders import Fulfilment, Order, State, queries
from market.orders.models import OrderEvent


@dataclass(slots=True)
class Answers:
    """What became of the orders that one member was asked for; minutes are to a yes or a no."""

    seller_name: str = ""
    asked: int = 0
    in_time: int = 0
    taken_by_others: int = 0
    taken_from_others: int = 0
    expired: int = 0
    minutes: list[int] = field(default_factory=list)

    @property
    def median_minutes(self) -> int | None:
        """In which every second answer had come."""
        return self._within(50)

    @property
    def most_minutes(self) -> int | None:
        """In which nine of ten answers had come."""
        return self._within(90)

    def _within(self, percent: int) -> int | None:
        """The nearest rank."""
        rank = -(-percent * len(self.minutes) // 100)
        return sorted(self.minutes)[rank - 1] if self.minutes else None


def answers(
    session: Session, *, actor: Actor, cooperative_id: UUID, since: date, until: date
) -> list[Answers]:
    """A row for each member, by name, of the orders of goods from these days, both counted."""
    reports.require_cooperative(actor, cooperative_id)
    placed = (Order.created_at >= clock.start_of(since), Order.created_at < clock.end_of(until))
    goods = Order.fulfilment != Fulfilment.VISIT
    asked = select(Order).where(Order.cooperative_id == cooperative_id, goods, *placed)
    orders = session.scalars(asked).all()
    steps = queries.events(session, order_ids=[order.id for order in orders])
    found: dict[UUID, Answers] = defaultdict(Answers)
    for order in orders:
        _count(found, order, steps[order.id])
    for shop in by_id(session, Organisation, found).values():
        found[shop.id].seller_name = shop.name
    return sorted(found.values(), key=lambda row: row.seller_name)


def _count(found: dict[UUID, Answers], order: Order, steps: Sequence[OrderEvent]) -> None:
    asked = [step.at for step in steps if step.state == State.PLACED]
    if not asked or any("disruption" in step.facts for step in steps):
        return  # nobody paid for it, or the sea was closed
    offered = order.offered_at
    gone = [step.facts for step in steps if offered and step.facts.get("to")]
    said = [step.at for step in steps if _is_answer(step)]
    row = found[UUID(gone[0]["from"]) if gone else order.seller_id]
    row.asked += 1
    row.expired += order.state == State.EXPIRED
    if gone:
        row.taken_by_others += 1
        found[UUID(gone[0]["to"])].taken_from_others += 1
    elif said:
        row.minutes.append((said[0] - asked[0]) // timedelta(minutes=1))
        row.in_time += offered is None or said[0] < offered


def _is_answer(step: OrderEvent) -> bool:
    """The seller's word: that he delivers, or that he does not."""
    return step.state == State.CONFIRMED or step.facts.get("by") == "seller"

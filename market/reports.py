"""What a manager asks of a cooperative, and a seller of himself: sold, owed, awaited, answered."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from market import clock, ledger
from market.accounts import Actor, Organisation, Scope, require_scope
from market.bookings import Ticket, TicketState
from market.cooperatives import CooperativeMember, members_of
from market.db import by_id
from market.errors import NotFound, existing
from market.ledger import Account, AccountName, chart
from market.money import half_up
from market.orders import Fulfilment, Order, OrderLine, Rail, State, queries
from market.orders.models import OrderEvent, Weighing

SOLD = (State.PLACED, State.CONFIRMED, State.PACKED, State.HANDED_OVER, State.DELIVERED)


class SalesRow(NamedTuple):
    """What one member sold of one product on one day; money in minor units."""

    day: date
    seller_name: str
    seller_id: UUID
    category_code: str
    unit: str
    scale: int
    quantity: int
    amount_minor: int
    commission_minor: int
    cooperative_minor: int


class MemberRow(NamedTuple):
    """What the ledger says of one member's orders here: earned and unpaid, cash in hand, fees owed.

    `owed_minor` is payable less cash and fees; below zero the member owes the market. What was
    sold, with `delivery_minor` and without the rates, is `payable_minor` and, of orders that have
    not arrived, `awaited_minor`; a member who is paid directly has his part already.
    """

    seller_id: UUID
    seller_name: str
    delivery_minor: int
    awaited_minor: int
    payable_minor: int
    cash_minor: int
    fees_minor: int

    @property
    def is_open(self) -> bool:
        """Whether anything is still to be paid, handed in or awaited."""
        return any((self.payable_minor, self.cash_minor, self.fees_minor, self.awaited_minor))

    @property
    def owed_minor(self) -> int:
        """What the member is to be paid in the end."""
        return self.payable_minor - self.cash_minor - self.fees_minor


def sales(
    session: Session, *, actor: Actor, cooperative_id: UUID, since: date, until: date
) -> list[SalesRow]:
    """Sold by day, member and product, both days counted: confirmed cash, and what was paid."""
    require_cooperative(actor, cooperative_id)
    its = (Weighing.order_id == OrderLine.order_id) & (Weighing.position == OrderLine.position)
    asked = select(OrderLine, Weighing.amount_minor, Order, Organisation.name)
    lines = asked.join(Order, Order.id == OrderLine.order_id).outerjoin(Weighing, its)
    then = Order.created_at >= clock.start_of(since), Order.created_at < clock.end_of(until)
    counted = Order.cooperative_id == cooperative_id, _is_sold(), *then
    found = session.execute(
        lines.join(Organisation, Organisation.id == Order.seller_id).where(*counted)
    )
    of_line = Ticket.order_id, Ticket.position
    left_out = select(*of_line, func.count()).join(Order, Order.id == Ticket.order_id)
    void = left_out.where(Ticket.state == TicketState.VOID, *counted).group_by(*of_line)
    gone = {(order_id, position): count for order_id, position, count in session.execute(void)}
    rows: dict[tuple[date, str, UUID, str, str, int], list[int]] = {}
    for line, weighed, order, name in found:
        day = clock.day_of(order.created_at)
        key = (day, name, order.seller_id, line.category_code, line.unit, line.scale)
        sums = rows.setdefault(key, [0, 0, 0, 0])
        taken = order.goods_minor - order.weighed_off_minor
        left = max(0, order.left_minor - order.delivery_minor)
        amount = line.amount_minor if weighed is None else weighed
        amount = half_up(amount * left, taken or 1)
        fees = line.commission_minor, line.cooperative_minor
        parts = (half_up(fee * amount, line.amount_minor or 1) for fee in fees)
        came = line.quantity - gone.get((line.order_id, line.position), 0)
        figures = (came, amount, *parts)
        rows[key] = [one + more for one, more in zip(sums, figures, strict=True)]
    return [SalesRow(*key, *sums) for key, sums in sorted(rows.items())]


def owed(session: Session, *, actor: Actor, cooperative_id: UUID) -> list[MemberRow]:
    """Each member, and each former one with anything left, by name; of the cooperative's orders."""
    require_cooperative(actor, cooperative_id)
    present = func.max(case((CooperativeMember.ended_at.is_(None), 1), else_=0)).label("present")
    member = Organisation.id == CooperativeMember.organisation_id
    joined = select(Organisation.id, Organisation.name, present).join(CooperativeMember, member)
    taken_in = joined.where(CooperativeMember.approved_at.is_not(None))
    its = taken_in.where(CooperativeMember.cooperative_id == cooperative_id)
    key = Organisation.name, Organisation.id
    members = session.execute(its.group_by(*key).order_by(*key)).all()
    counted = Order.cooperative_id == cooperative_id
    balances, orders = _balances(session, counted), _orders(session, counted)
    rows = [_member_row(each.id, each.name, balances, orders) for each in members]
    stays = {each.id for each in members if each.present}
    return [row for row in rows if row.seller_id in stays or row.is_open]


def owed_to(session: Session, *, actor: Actor, seller_id: UUID) -> MemberRow:
    """The same of a seller one sells for."""
    if seller_id not in actor.seller_ids:
        raise NotFound(what="organisation")
    name = session.scalars(select(Organisation.name).where(Organisation.id == seller_id)).one()
    balances = ledger.balances(session, _accounts(seller_id))
    orders = _orders(session, Order.seller_id == seller_id)
    return _member_row(seller_id, name, balances, orders)


def require_cooperative(actor: Actor, cooperative_id: UUID) -> None:
    """Refuse what is not of a cooperative that the actor works for; raises NotFound."""
    if cooperative_id not in actor.cooperative_ids and not actor.oversees:
        raise NotFound(what="cooperative")


def sold_since(session: Session, *, actor: Actor, seller_id: UUID, since: datetime) -> int:
    """What one seller's orders since then are worth without delivery, in đồng; sure ones only."""
    if seller_id not in actor.seller_ids:
        raise NotFound(what="organisation")
    its = Order.seller_id == seller_id, Order.seller_id.in_(actor.sells_for(Scope.ORDERS))
    left = Order.goods_minor - Order.given_back_minor  # of the goods before it is of the delivery
    worth = select(func.sum(case((left > 0, left), else_=0)))
    total = session.scalar(worth.where(*its, _is_sold(), Order.created_at >= since))
    return int(total or 0)


def unconfirmed(
    session: Session, *, actor: Actor, cooperative_id: UUID, now: datetime, limit: int
) -> list[Order]:
    """The members' orders that wait for a confirmation, the most urgent first."""
    require_cooperative(actor, cooperative_id)
    waiting = select(Order).filter_by(cooperative_id=cooperative_id, state=State.PLACED)
    timely = waiting.where(queries.in_time(now))
    return list(session.scalars(timely.order_by(Order.deadline, Order.id).limit(limit)))


def statement(
    session: Session, *, actor: Actor, organisation_id: UUID, since: date, until: date, **page: Any
) -> ledger.Statement:
    """What the market owes it (below zero: it the market), both days counted. Raises as `whose`."""
    whose(session, actor=actor, organisation_id=organisation_id)
    accounts, span = chart.of_seller(organisation_id), (clock.start_of(since), clock.end_of(until))
    return ledger.queries.statement(session, accounts, *span, **page)


def whose(session: Session, *, actor: Actor, organisation_id: UUID) -> Organisation:
    """The organisation, for its own people and its cooperative's; raises NotFound, OutOfScope."""
    if organisation_id in actor.seller_ids:
        require_scope(actor, Scope.ORDERS)
    elif not (
        actor.oversees
        or organisation_id in actor.managed_ids | actor.cooperative_ids
        or organisation_id in session.scalars(members_of(actor.cooperative_ids))
    ):
        raise NotFound(what="organisation")
    return existing(session.get(Organisation, organisation_id), "organisation")


def _is_sold() -> ColumnElement[bool]:
    """What was paid, promised or kept; cash orders lose their deadline when confirmed."""
    timely = Order.deadline.is_(None) | (Order.rail != Rail.CASH)
    return (Order.state.in_(SOLD) & timely) | (Order.kept_minor > 0)


def _balances(session: Session, counted: ColumnElement[bool]) -> dict[str, int]:
    """What the orders that count, and no others, have left on each account."""
    found = ledger.queries.of_orders(session, counted)
    codes = [code for code in found if chart.kind_of(code) == "cash"]
    cash = select(Account.code, Account.balance).where(Account.code.in_(codes))
    in_hand = {row[0]: row[1] for row in session.execute(cash)}  # what was handed in has no order
    return {code: min(amount, in_hand.get(code, amount)) for code, amount in found.items()}


def _orders(session: Session, counted: ColumnElement[bool]) -> dict[UUID, tuple[int, int]]:
    """By seller the delivery of what was sold, and his part of what he has not earned yet."""
    sums = select(Order.seller_id, func.sum(Order.delivery_minor)).where(counted, _is_sold())
    delivered = session.execute(sums.group_by(Order.seller_id))
    found = {seller_id: (int(minor), 0) for seller_id, minor in delivered}
    waiting = select(Order).where(counted, _is_sold(), Order.earned_at.is_(None))
    for order in session.scalars(waiting):
        delivery, awaited = found[order.seller_id]
        part = order.left_minor - sum(order.fees_of(order.left_minor))
        found[order.seller_id] = (delivery, awaited + part)
    return found


def _accounts(seller_id: UUID) -> tuple[AccountName, ...]:
    return chart.payable(seller_id), chart.cash(seller_id), chart.receivable(seller_id)


def _member_row(
    seller_id: UUID, name: str, balances: dict[str, int], orders: dict[UUID, tuple[int, int]]
) -> MemberRow:
    delivery, awaited = orders.get(seller_id, (0, 0))
    payable, cash, fees = (balances.get(each.code, 0) for each in _accounts(seller_id))
    return MemberRow(seller_id, name, delivery, awaited, payable, cash, fees)


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
    require_cooperative(actor, cooperative_id)
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

"""Sales of a cooperative's members from the frozen order lines, and what the ledger owes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from market import clock, ledger
from market.accounts.actors import Actor
from market.accounts.models import Organisation
from market.cooperatives.models import CooperativeMember
from market.errors import NotFound
from market.ledger import chart
from market.orders.models import Order, OrderLine, State

SOLD = (State.PLACED, State.CONFIRMED, State.PACKED, State.HANDED_OVER, State.DELIVERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesRow:
    """What one member sold of one product on one day; money in minor units."""

    day: date
    seller_id: UUID
    seller_name: str
    category_code: str
    unit: str
    scale: int
    quantity: int
    amount_minor: int
    commission_minor: int
    cooperative_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """What the ledger says of one member: earned and unpaid, cash in hand, fees owed.

    `owed_minor` is payable less cash and fees; below zero the member owes the market.
    """

    seller_id: UUID
    seller_name: str
    payable_minor: int
    cash_minor: int
    fees_minor: int

    @property
    def owed_minor(self) -> int:
        """What the member is to be paid in the end."""
        return self.payable_minor - self.cash_minor - self.fees_minor


def sales(
    session: Session, *, actor: Actor, cooperative_id: UUID, since: date, until: date
) -> list[SalesRow]:
    """Sold by day, member and product, both days counted; orders not yet sure are left out.

    A cash order counts from its confirmation on, a transfer from its payment on.
    """
    _check(actor, cooperative_id)
    lines = session.execute(
        select(OrderLine, Order.created_at, Order.seller_id, Organisation.name)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Organisation, Organisation.id == Order.seller_id)
        .where(Order.cooperative_id == cooperative_id, _is_sold())
        .where(Order.created_at >= clock.start_of(since), Order.created_at < clock.end_of(until))
    )
    rows: dict[tuple[date, str, UUID, str, str, int], list[int]] = {}
    for line, created_at, seller_id, name in lines:
        day = clock.day_of(created_at)
        key = (day, name, seller_id, line.category_code, line.unit, line.scale)
        sums = rows.setdefault(key, [0, 0, 0, 0])
        figures = (
            line.quantity,
            line.amount_minor,
            line.commission_minor,
            line.cooperative_minor,
        )
        rows[key] = [one + more for one, more in zip(sums, figures, strict=True)]
    return [_sales_row(key, sums) for key, sums in sorted(rows.items())]


def owed(session: Session, *, actor: Actor, cooperative_id: UUID) -> list[MemberRow]:
    """Each present or former member with anything in the ledger, by name."""
    _check(actor, cooperative_id)
    members = session.execute(
        select(Organisation.id, Organisation.name)
        .join(CooperativeMember, CooperativeMember.organisation_id == Organisation.id)
        .where(
            CooperativeMember.cooperative_id == cooperative_id,
            CooperativeMember.approved_at.is_not(None),
        )
        .distinct()
        .order_by(Organisation.name, Organisation.id)
    ).all()
    names = [name for member in members for name in _accounts(member.id)]
    balances = ledger.balances(session, names)
    return [_member_row(member.id, member.name, balances) for member in members]


def owed_to(session: Session, *, actor: Actor, seller_id: UUID) -> MemberRow:
    """The same of a seller one sells for."""
    if seller_id not in actor.seller_ids:
        raise NotFound(what="organisation")
    name = session.scalars(select(Organisation.name).where(Organisation.id == seller_id)).one()
    return _member_row(seller_id, name, ledger.balances(session, _accounts(seller_id)))


def _check(actor: Actor, cooperative_id: UUID) -> None:
    if cooperative_id not in actor.cooperative_ids and not actor.oversees:
        raise NotFound(what="cooperative")


def _is_sold() -> ColumnElement[bool]:
    """Paid transfers have no deadline any more; cash orders lose theirs when confirmed."""
    return Order.state.in_(SOLD) & Order.deadline.is_(None)


def _sales_row(key: tuple[date, str, UUID, str, str, int], sums: Sequence[int]) -> SalesRow:
    day, name, seller_id, category_code, unit, scale = key
    return SalesRow(
        day=day,
        seller_id=seller_id,
        seller_name=name,
        category_code=category_code,
        unit=unit,
        scale=scale,
        quantity=sums[0],
        amount_minor=sums[1],
        commission_minor=sums[2],
        cooperative_minor=sums[3],
    )


def _accounts(seller_id: UUID) -> tuple[chart.AccountName, ...]:
    return chart.payable(seller_id), chart.cash(seller_id), chart.receivable(seller_id)


def _member_row(seller_id: UUID, name: str, balances: dict[str, int]) -> MemberRow:
    payable, cash, fees = (balances[account.code] for account in _accounts(seller_id))
    return MemberRow(
        seller_id=seller_id,
        seller_name=name,
        payable_minor=payable,
        cash_minor=cash,
        fees_minor=fees,
    )

"""Checkout: from a basket to orders, holds and payments, in one transaction or not at all.

`prepare` asks and works everything out, before the turn to write; `place` only guards and writes,
and takes the stock that many want last, so that others wait for that one row and the commit.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from catalog import baskets, prices
from market import audit, bookings, inventory, limits, orders
from market.accounts.actors import Actor
from market.errors import Kind, MarketError
from market.orders import Buyer, Drafted, Due, Fulfilment, Line, LineKind, OrderGroup, Part, Rail
from market.portable import Batch
from payments import asking
from payments.asking import BankAccount

HOLD_MAX = timedelta(hours=24)
CARD_HOLD_MAX = timedelta(minutes=15)  # who pays by card does it now
OPEN_HOLDS_MAX = 5
CHECKOUTS_PER_HOUR_MAX = 60


class ContactMissing(MarketError):
    """A buyer must be reachable by phone or e-mail."""

    code, kind = "contact.missing", Kind.INVALID


class RailNotOffered(MarketError):
    """The market cannot take money this way; facts: `rail`."""

    code, kind = "payment.rail_not_offered", Kind.CONFLICT


class TooManyHolds(MarketError):
    """The buyer holds stock in several unpaid orders already; facts: `most`."""

    code, kind = "orders.too_many_open", Kind.TOO_MANY


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The market's own terms: its commission, the account that keeps buyers' money, its rails."""

    commission_basis_points: int
    custody: BankAccount
    rails: Collection[Rail] = tuple(Rail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How the buyer wants the basket, under which id."""

    buyer: Buyer
    delivery: prices.Delivery
    rail: Rail
    group_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A checkout ready to be written: for whom, of which basket lines, what it writes and holds."""

    buyer: Buyer
    basket_id: UUID
    lines: Mapping[UUID, int]
    drafted: Drafted
    batch: Batch


def prepare(
    session: Session, *, actor: Actor, basket_id: UUID, wish: Wish, house: House, now: datetime
) -> Prepared:
    """The basket as it would be ordered now; nothing is held or written yet.

    Raises ContactMissing, RailNotOffered, AddressMissing and what `prices.quote` does.
    """
    buyer = wish.buyer
    if wish.rail not in house.rails:
        raise RailNotOffered(rail=wish.rail.value)
    if not (buyer.phone or buyer.email or buyer.person_id):
        raise ContactMissing
    lines = baskets.lines(session, basket_id=basket_id)
    parts = prices.quote(
        session,
        lines=lines,
        delivery=wish.delivery,
        commission_basis_points=house.commission_basis_points,
        lang=buyer.language,
        now=now,
    )
    if any(part.fulfilment is Fulfilment.DELIVERY and not part.address for part in parts):
        raise prices.AddressMissing
    sellers = {part.seller_id for part in parts}
    accounts = asking.accounts_of(session, seller_ids=sellers, custody=house.custody)
    batch = Batch(session)
    return Prepared(
        buyer=buyer,
        basket_id=basket_id,
        lines={line.id: line.quantity for line in lines},
        drafted=_draft(batch, actor, wish, parts, accounts, now),
        batch=batch,
    )


def place(session: Session, *, prepared: Prepared, now: datetime) -> OrderGroup:
    """Order what was prepared: everything is held for this buyer, or the whole is refused.

    Raises TooManyHolds, TooMany, BasketChanged, IdTaken or OutOfStock.
    """
    _guard_open_holds(session, prepared.buyer, now)
    baskets.take_out(session, basket_id=prepared.basket_id, expected=prepared.lines, now=now)
    group = orders.open_group(session, group=prepared.drafted.group)
    prepared.batch.write(session)
    inventory.hold_all(session, holds=[order.hold for order in prepared.drafted.orders], now=now)
    return group


def _draft(
    batch: Batch,
    actor: Actor,
    wish: Wish,
    parts: Sequence[Part],
    accounts: Mapping[UUID, BankAccount],
    now: datetime,
) -> Drafted:
    dues, group_id = _dues(parts, wish.rail, accounts, now), wish.group_id
    drafted = orders.draft(
        batch, actor=actor, buyer=wish.buyer, dues=dues, group_id=group_id, now=now
    )
    asking.ask(batch, orders=drafted.orders, accounts=accounts, now=now)
    for order in drafted.orders:
        seats = [(at, line) for at, line in enumerate(order.part.lines) if line.departure_id]
        guests = [_guest(at, line) for at, line in seats]
        bookings.issue(batch, order_id=order.id, seller_id=order.seller_id, guests=guests)
    deed = audit.row_of(actor=actor, verb="checkout", subject_id=group_id, now=now)
    batch.add(audit.AuditEntry, deed)
    return drafted


def _guard_open_holds(session: Session, buyer: Buyer, now: datetime) -> None:
    """The counter row also makes checkouts of one buyer wait for each other."""
    hour = timedelta(hours=1)
    key = f"checkout:{buyer.contact}"
    limits.take(session, key=key, most=CHECKOUTS_PER_HOUR_MAX, window=hour, now=now)
    if buyer.address and buyer.person_id is None:  # a guest has as many names as he likes
        key = f"checkout:from:{buyer.address}"
        limits.take(session, key=key, most=CHECKOUTS_PER_HOUR_MAX, window=hour, now=now)
    if orders.queries.open_holds(session, buyer=buyer, now=now) >= OPEN_HOLDS_MAX:
        raise TooManyHolds(most=OPEN_HOLDS_MAX)


def _dues(
    parts: Sequence[Part], rail: Rail, accounts: Mapping[UUID, BankAccount], now: datetime
) -> list[Due]:
    """Each part with its rail and deadline; parts of one payment wait as long as the shortest.

    A card pays into custody only: a seller who is paid directly gets a transfer.
    """
    dues = [_due(part, _rail(rail, accounts[part.seller_id]), now) for part in parts]
    if rail is Rail.CASH:
        return dues
    shared: dict[BankAccount, datetime] = {}
    for due in dues:
        account = accounts[due.part.seller_id]
        shared[account] = min(due.deadline, shared.get(account, due.deadline))
    return [replace(due, deadline=shared[accounts[due.part.seller_id]]) for due in dues]


def _due(part: Part, rail: Rail, now: datetime) -> Due:
    hold = CARD_HOLD_MAX if rail is Rail.CARD else HOLD_MAX
    return Due(part, min([now + hold, *_cutoffs(part)]), rail)


def _rail(wished: Rail, account: BankAccount) -> Rail:
    direct = account.owner_id is not None
    return Rail.BANK_TRANSFER if wished is Rail.CARD and direct else wished


def _cutoffs(part: Part) -> list[datetime]:
    visits = [line.snapshot for line in part.lines if line.kind is LineKind.SEATS]
    return [datetime.fromisoformat(visit["cutoff_at"]) for visit in visits]


def _guest(position: int, line: Line) -> bookings.Guest:
    if line.departure_id is None:
        raise ValueError("seats without a departure")
    return bookings.Guest(
        position=position,
        departure_id=line.departure_id,
        unit=line.snapshot["unit"],
        count=line.quantity.value,
        starts_at=datetime.fromisoformat(line.snapshot["starts_at"]),
    )

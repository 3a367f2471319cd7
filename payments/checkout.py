"""Checkout: from a basket to orders, holds and payments, in one transaction or not at all."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from catalog import baskets, listings, prices
from market import Kind, MarketError, audit, bookings, ids, inventory, limits, orders, portable
from market.actors import Actor
from market.orders import Buyer, Fulfilment, NewOrder, OrderGroup, Part, Rail
from payments import asking

HOLD_MAX = timedelta(hours=24)
CARD_HOLD_MAX = timedelta(minutes=15)  # who pays by card does it now
OPEN_HOLDS_MAX = 5
CHECKOUTS_PER_HOUR_MAX = 60


class ContactMissing(MarketError, code="contact.missing"):
    """A buyer must be reachable by phone or e-mail."""


class RailNotOffered(MarketError, code="payment.rail_not_offered", kind=Kind.CONFLICT):
    """The market cannot take money this way; facts: `rail`."""


class TooManyHolds(MarketError, code="orders.too_many_open", kind=Kind.TOO_MANY):
    """The buyer holds stock in several unpaid orders already; facts: `most`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The market's own terms: its commission, the account that keeps buyers' money, its rails."""

    commission_basis_points: int
    custody: asking.BankAccount
    rails: Collection[Rail] = tuple(Rail)


class Wish(NamedTuple):
    """How the buyer wants the basket, under which id."""

    buyer: Buyer
    delivery: prices.Delivery
    rail: Rail
    group_id: UUID


class Prepared(NamedTuple):
    """A checkout ready to be written: for whom, of which basket lines, what it writes and holds."""

    buyer: Buyer
    basket_id: UUID
    lines: Mapping[UUID, int]
    group: dict[str, Any]
    orders: list[NewOrder]
    batch: portable.Batch


def prepare(
    session: Session, *, actor: Actor, basket_id: UUID, wish: Wish, house: House, now: datetime
) -> Prepared:
    """The basket as it would be ordered now; nothing is held or written yet.

    Raises ContactMissing, RailNotOffered, AddressMissing, NothingToPay, and as `prices.quote`.
    """
    buyer = wish.buyer
    if wish.rail not in house.rails:
        raise RailNotOffered(rail=wish.rail.value)
    if not (buyer.phone or buyer.email or buyer.person_id):
        raise ContactMissing
    lines = baskets.lines(session, basket_id=basket_id)
    asked: Any = {"lang": buyer.language, "buyer_id": buyer.person_id, "delivery": wish.delivery}
    asked["commission_basis_points"] = house.commission_basis_points
    parts = prices.quote(session, lines=lines, **asked, now=now)
    if any(part.fulfilment is Fulfilment.DELIVERY and not part.address for part in parts):
        raise prices.AddressMissing
    sellers = {part.seller_id for part in parts}
    accounts = asking.accounts_of(session, seller_ids=sellers, custody=house.custody)
    batch, ordered = portable.Batch(session), _orders(parts, wish, accounts, now)
    group = orders.placing.draft(batch, actor=actor, buyer=buyer, orders=ordered, now=now)
    asking.ask(batch, orders=ordered, accounts=accounts, now=now)
    for order in ordered:
        issue(batch, order)
    deed = audit.row_of(actor=actor, verb="checkout", subject_id=group["id"], now=now)
    batch.add(audit.AuditEntry, deed)
    taken = {line.id: line.quantity for line in lines}
    return Prepared(buyer, basket_id, taken, group, ordered, batch)


def place(session: Session, *, prepared: Prepared, now: datetime) -> OrderGroup:
    """Order what was prepared: everything is held for this buyer, or the whole is refused.

    Raises TooManyHolds, TooMany, BasketChanged, IdTaken or OutOfStock.
    """
    _guard_open_holds(session, prepared.buyer, now)
    baskets.take_out(session, basket_id=prepared.basket_id, expected=prepared.lines, now=now)
    listings.require_promised(session, parts=[order.part for order in prepared.orders])
    group = orders.placing.open_group(session, group=prepared.group)
    prepared.batch.write(session)
    inventory.hold_all(session, holds=[order.hold for order in prepared.orders], now=now)
    return group


def _guard_open_holds(session: Session, buyer: Buyer, now: datetime) -> None:
    """The counter row also makes checkouts of one buyer wait for each other."""
    keys, hour = [f"checkout:{buyer.contact}"], timedelta(hours=1)
    if buyer.address and buyer.person_id is None:  # a guest has as many names as he likes
        keys.append(f"checkout:from:{buyer.address}")
    for key in keys:
        limits.take(session, key=key, most=CHECKOUTS_PER_HOUR_MAX, window=hour, now=now)
    if orders.queries.open_holds(session, buyer=buyer, now=now) >= OPEN_HOLDS_MAX:
        raise TooManyHolds(most=OPEN_HOLDS_MAX)


def _orders(
    parts: Sequence[Part], wish: Wish, accounts: Mapping[UUID, asking.BankAccount], now: datetime
) -> list[NewOrder]:
    """Each part with its rail and deadline, which is one for all parts of a payment."""
    ordered = [_order(part, wish, accounts[part.seller_id], now) for part in parts]
    if wish.rail is Rail.CASH:
        return ordered
    shared: dict[asking.BankAccount, datetime] = {}
    for order in ordered:
        account = accounts[order.seller_id]
        shared[account] = min(order.deadline, shared.get(account, order.deadline))
    return [order._replace(deadline=shared[accounts[order.seller_id]]) for order in ordered]


def _order(part: Part, wish: Wish, account: asking.BankAccount, now: datetime) -> NewOrder:
    """A card pays into custody only: a seller who is paid directly gets a transfer."""
    direct = account.owner_id is not None
    rail = Rail.BANK_TRANSFER if wish.rail is Rail.CARD and direct else wish.rail
    hold = CARD_HOLD_MAX if rail is Rail.CARD else HOLD_MAX
    until = min([now + hold, *orders.cutoffs(part.lines)])
    return NewOrder(ids.uuid7(), wish.group_id, part, until, rail)


def issue(batch: portable.Batch, order: NewOrder) -> None:
    """Make its tickets ready: one for each seat, and for each room of a stay."""
    guests: list[bookings.Guest] = []
    for position, line in enumerate(order.part.lines):
        if line.departure_id:
            starts_at = datetime.fromisoformat(line.snapshot["starts_at"])
            seat = {"position": position, "departure_id": line.departure_id}
            seat |= {"unit": line.snapshot["unit"], "starts_at": starts_at}
            guests += [seat] * line.quantity.value
    bookings.issue(batch, order_id=order.id, seller_id=order.seller_id, guests=guests)

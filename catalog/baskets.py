"""Baskets: goods of many sellers and seats in one place, for somebody signed in or a guest."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from catalog.models import Basket, BasketLine, Departure, Experience, Listing, SeatUnit
from catalog.shelves.cards import left_of
from market import holidays, portable
from market.accounts import Actor, Organisation
from market.db import insert_rows, table_of, took_effect
from market.errors import Kind, MarketError, NotFound, existing
from market.ids import token_hash, uuid7
from market.inventory import OutOfStock
from market.orders import LineKind, OrderLine
from market.quantity import Quantity, require_step

LINES_MAX = 50
SEATS_MAX = 50


class Put(NamedTuple):
    """A line of a basket, as its table keeps it."""

    id: UUID
    kind: LineKind
    subject_id: UUID
    unit: str
    quantity: int


class Missed(NamedTuple):
    """A line that is not in the basket, or not with all it had: how much of it is, and why."""

    line: OrderLine
    put: int
    why: MarketError


class BasketFull(MarketError, code="basket.full", kind=Kind.CONFLICT):
    """No more lines fit; facts: `most`."""


class BasketChanged(MarketError, code="basket.changed", kind=Kind.CONFLICT):
    """The basket is no longer what was priced: changed, or bought already, by the same buyer."""


class NotForSale(MarketError, code="listing.not_for_sale", kind=Kind.CONFLICT):
    """The listing or departure cannot be bought now; facts: `listing_id`."""


class TooManySeats(MarketError, code="seats.too_many"):
    """More seats than one basket may hold; facts: `most`."""


def open_basket(session: Session, *, actor: Actor, secret: str, now: datetime) -> Basket:
    """The basket known by the secret, made where there is none yet."""
    known_by = {"secret_hash": token_hash(secret), "person_id": actor.person_id}
    portable.insert_new(session, Basket, id=uuid7(), **known_by, updated_at=now)
    return by_secret(session, secret=secret)


def by_secret(session: Session, *, secret: str) -> Basket:
    """The basket of the secret, or NotFound."""
    basket = session.scalar(select(Basket).where(Basket.secret_hash == token_hash(secret)))
    return existing(basket, "basket")


def put_goods(
    session: Session, *, basket: Basket, listing_id: UUID, quantity: int, now: datetime
) -> None:
    """Have this quantity of a live listing in the basket (10^-scale, whole increments)."""
    its = select(Listing, Organisation).where(Listing.id == listing_id)
    both = its.join(Organisation, Organisation.id == Listing.seller_id)
    listing, seller = existing(session.execute(both).first(), "listing")
    if not listing.is_live:
        raise NotForSale(listing_id=str(listing_id))
    holidays.require_open(seller, now)
    asked = Quantity(quantity, listing.scale, listing.unit)
    require_step(asked, minimum=listing.minimum, increment=listing.increment)
    what: Any = {"kind": LineKind.GOODS, "subject_id": listing_id, "unit": listing.unit}
    _put(session, basket, now, **what, quantity=quantity)


def put_seats(
    session: Session,
    *,
    basket: Basket,
    departure_id: UUID,
    unit: SeatUnit,
    quantity: int,
    now: datetime,
) -> None:
    """Have this many seats of one kind on a departure in the basket."""
    its = select(Departure, Experience).where(Departure.id == departure_id)
    both = its.join(Experience, Experience.id == Departure.experience_id)
    departure, experience = existing(session.execute(both).first(), "departure")
    no_child = unit is SeatUnit.CHILD and experience.child_minor is None
    if not experience.is_live or departure.cutoff_at <= now or no_child:
        raise NotForSale(listing_id=str(experience.id))
    if not 1 <= quantity <= SEATS_MAX:
        raise TooManySeats(most=SEATS_MAX)
    what: Any = {"kind": LineKind.SEATS, "subject_id": departure_id, "unit": unit}
    _put(session, basket, now, **what, quantity=quantity)


def put_again(
    session: Session, *, basket: Basket, lines: Iterable[OrderLine], now: datetime
) -> list[Missed]:
    """Put in what is still sold, of goods at most what is left; what was missed, with reasons."""
    missed = []
    for line in lines:
        try:
            with session.begin_nested():
                put = _put_line(session, basket, line, now)
        except MarketError as why:
            missed.append(Missed(line, 0, why))
            continue
        if put != line.quantity:
            missed.append(Missed(line, put, OutOfStock(wanted=line.quantity, left=put)))
    return missed


def remove(session: Session, *, basket: Basket, line_id: UUID, now: datetime) -> None:
    """Take a line out; taking it out again is NotFound."""
    if not took_effect(session, delete(BasketLine).filter_by(id=line_id, basket_id=basket.id)):
        raise NotFound(what="basket_line")
    _touch(session, basket, now)


def take_out(
    session: Session, *, basket_id: UUID, expected: Mapping[UUID, int], now: datetime
) -> None:
    """Empty the basket of just these lines and quantities; raises BasketChanged for any other."""
    connection = portable.flushed(session)
    taken = portable.fast_rows(connection, _TAKE_OUT, {"basket": basket_id})
    if {portable.uuid_of(row.id): row.quantity for row in taken} != expected:
        raise BasketChanged
    portable.fast_rows(connection, _TOUCH, {"basket": basket_id, "now": now})


def lines(session: Session, *, basket_id: UUID) -> list[Put]:
    """The basket's lines in the order they were put in."""
    rows = portable.fast_rows(portable.flushed(session), _LINES, {"basket": basket_id})
    uuid_of = portable.uuid_of
    return [
        Put(uuid_of(line), LineKind(kind), uuid_of(subject), unit, quantity)
        for line, kind, subject, unit, quantity in rows
    ]


def forget(session: Session, *, before: datetime) -> None:
    """Drop the baskets that nobody touched since."""
    session.execute(delete(Basket).where(Basket.updated_at < before))


def _put_line(session: Session, basket: Basket, line: OrderLine, now: datetime) -> int:
    """As much as there is, in whole increments and at least the minimum; how much it was."""
    if line.departure_id is not None:
        seats: Any = {"departure_id": line.departure_id, "unit": SeatUnit(line.snapshot["unit"])}
        put_seats(session, basket=basket, **seats, quantity=line.quantity, now=now)
        return line.quantity
    listing_id, wanted = line.listing_id, line.quantity
    its = select(Listing, left_of(Listing.id)).where(Listing.id == listing_id)
    listing, left = existing(session.execute(its, {"now": now}).first(), "listing")
    if (line.unit, line.scale) != (listing.unit, listing.scale):
        raise NotForSale(listing_id=str(listing_id))
    whole = min(wanted, left) // listing.increment * listing.increment
    put: int = max(whole, listing.minimum)
    if put > left and listing.is_live:
        raise OutOfStock(wanted=wanted, left=left)
    put_goods(session, basket=basket, listing_id=listing_id, quantity=put, now=now)
    return put


def _put(session: Session, basket: Basket, now: datetime, **line: Any) -> None:
    _touch(session, basket, now)
    key = {"basket_id": basket.id, "subject_id": line["subject_id"], "unit": line["unit"]}
    same = update(BasketLine).filter_by(**key).values(quantity=line["quantity"])
    if took_effect(session, same):
        return
    if len(lines(session, basket_id=basket.id)) >= LINES_MAX:
        raise BasketFull(most=LINES_MAX)
    insert_rows(session, BasketLine, [line | key | {"id": uuid7(), "added_at": now}])


def _touch(session: Session, basket: Basket, now: datetime) -> None:
    """Also the lock that makes changes of one basket wait for each other."""
    session.execute(_TOUCH, {"basket": basket.id, "now": now})


_BASKET, _LINE = table_of(Basket), table_of(BasketLine)
_TOUCH = (
    update(_BASKET)
    .where(_BASKET.c.id == bindparam("basket"))
    .values(updated_at=bindparam("now"), version=_BASKET.c.version + 1)
)
_TAKE_OUT = (
    delete(_LINE)
    .where(_LINE.c.basket_id == bindparam("basket"))
    .returning(_LINE.c.id, _LINE.c.quantity)
)
_LINES = (
    select(*(_LINE.c[name] for name in Put._fields))
    .where(_LINE.c.basket_id == bindparam("basket"))
    .order_by(_LINE.c.added_at, _LINE.c.id)
)

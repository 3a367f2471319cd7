"""Baskets: goods of many sellers and seats in one place, for somebody signed in or a guest."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from catalog.booking_models import ExperienceOption
from catalog.models import Basket, BasketLine, Departure, Experience, Listing, SeatUnit
from catalog.shelves.cards import left_of
from market import Kind, MarketError, NotFound, existing, holidays, portable
from market.accounts import Actor, Organisation
from market.db import insert_rows, table_of, took_effect
from market.ids import token_hash, uuid7
from market.inventory import OutOfStock
from market.orders import LineKind, OrderLine
from market.quantity import Quantity, require_step

LINES_MAX = 50
SEATS_MAX = 50


class Put(NamedTuple):
    """A line of a basket, as its table keeps it; of a change of a booking `id` is its order's."""

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
    _put(session, basket, Put(uuid7(), LineKind.GOODS, listing_id, listing.unit, quantity), now)


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
    its = select(Departure, *_OPTION).where(Departure.id == departure_id)
    both = its.join(ExperienceOption, ExperienceOption.id == Departure.option_id)
    found = existing(session.execute(both.join(Experience)).first(), "departure")
    if found.Departure.cutoff_at <= now or not _is_sold(found, unit):
        raise NotForSale(listing_id=str(found.Departure.experience_id))
    _put(session, basket, Put(uuid7(), LineKind.SEATS, departure_id, unit, quantity), now)


def put_nights(
    session: Session, *, basket: Basket, option_id: UUID, nights: str, quantity: int, now: datetime
) -> None:
    """Have this many rooms of a type in the basket, for `2026-12-24/2026-12-26`."""
    its = select(*_OPTION).join(Experience).where(ExperienceOption.id == option_id)
    found = existing(session.execute(its).first(), "option")
    if not _is_sold(found, SeatUnit.ROOM):
        raise NotForSale(listing_id=str(option_id))
    _put(session, basket, Put(uuid7(), LineKind.NIGHTS, option_id, nights, quantity), now)


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


def _is_sold(found: Any, unit: SeatUnit) -> bool:
    """Whether an option on the shelf takes this kind of guest."""
    is_open = found.is_live and found.closed_at is None
    return is_open and any(each["type"] == unit for each in found.units)


def _put_line(session: Session, basket: Basket, line: OrderLine, now: datetime) -> int:
    """As much as there is, in whole increments and at least the minimum; how much it was."""
    said, listing_id, wanted = line.snapshot, line.listing_id, line.quantity
    of: Any = {"basket": basket, "now": now}
    if line.kind == LineKind.NIGHTS:
        its: Any = {"option_id": line.departure_id, "nights": f"{said['from']}/{said['until']}"}
        put_nights(session, **its, quantity=wanted, **of)
        return wanted
    if line.departure_id is not None:
        unit = SeatUnit(said["unit"])
        put_seats(session, departure_id=line.departure_id, unit=unit, quantity=wanted, **of)
        return wanted
    its = select(Listing, left_of(Listing.id)).where(Listing.id == listing_id)
    listing, left = existing(session.execute(its, {"now": now}).first(), "listing")
    if (line.unit, line.scale) != (listing.unit, listing.scale):
        raise NotForSale(listing_id=str(listing_id))
    whole = min(wanted, left) // listing.increment * listing.increment
    put: int = max(whole, listing.minimum)
    if put > left and listing.is_live:
        raise OutOfStock(wanted=wanted, left=left)
    put_goods(session, listing_id=listing_id, quantity=put, **of)
    return put


def _put(session: Session, basket: Basket, line: Put, now: datetime) -> None:
    if line.kind is not LineKind.GOODS and not 1 <= line.quantity <= SEATS_MAX:
        raise TooManySeats(most=SEATS_MAX)
    _touch(session, basket, now)
    key = {"basket_id": basket.id, "subject_id": line.subject_id, "unit": line.unit}
    same = update(BasketLine).filter_by(**key).values(quantity=line.quantity)
    if took_effect(session, same):
        return
    if len(lines(session, basket_id=basket.id)) >= LINES_MAX:
        raise BasketFull(most=LINES_MAX)
    insert_rows(session, BasketLine, [line._asdict() | {"basket_id": basket.id, "added_at": now}])


def _touch(session: Session, basket: Basket, now: datetime) -> None:
    """Also the lock that makes changes of one basket wait for each other."""
    session.execute(_TOUCH, {"basket": basket.id, "now": now})


_OPTION = (*table_of(ExperienceOption).c["units", "closed_at"], Experience.is_live)
_BASKET, _LINE = table_of(Basket), table_of(BasketLine)
_TOUCH = update(_BASKET).where(_BASKET.c.id == bindparam("basket"))
_TOUCH = _TOUCH.values(updated_at=bindparam("now"), version=_BASKET.c.version + 1)
_OF_BASKET = _LINE.c.basket_id == bindparam("basket")
_TAKE_OUT = delete(_LINE).where(_OF_BASKET).returning(_LINE.c.id, _LINE.c.quantity)
_LINES = select(*_LINE.c[Put._fields]).where(_OF_BASKET).order_by(_LINE.c.added_at, _LINE.c.id)

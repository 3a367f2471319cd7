"""Baskets: goods of many sellers and seats in one place, for somebody signed in or a guest."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from catalog.models import (
    Basket,
    BasketLine,
    Departure,
    Experience,
    Listing,
    ListingState,
    SeatUnit,
)
from market import portable
from market.accounts.actors import Actor
from market.db import insert_rows, table_of, took_effect
from market.errors import Kind, MarketError, NotFound, existing
from market.ids import token_hash, uuid7
from market.orders import LineKind
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


class BasketFull(MarketError):
    """No more lines fit; facts: `most`."""

    code, kind = "basket.full", Kind.CONFLICT


class BasketChanged(MarketError):
    """The basket is no longer what was priced: changed, or bought already, by the same buyer."""

    code, kind = "basket.changed", Kind.CONFLICT


class NotForSale(MarketError):
    """The listing or departure cannot be bought now; facts: `listing_id`."""

    code, kind = "listing.not_for_sale", Kind.CONFLICT


class TooManySeats(MarketError):
    """More seats than one basket may hold; facts: `most`."""

    code, kind = "seats.too_many", Kind.INVALID


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
    listing = existing(session.get(Listing, listing_id), "listing")
    if listing.state != ListingState.LIVE:
        raise NotForSale(listing_id=str(listing_id))
    asked = Quantity(quantity, listing.scale, listing.unit)
    require_step(asked, minimum=listing.minimum, increment=listing.increment)
    _put(session, basket, (LineKind.GOODS, listing_id, listing.unit), quantity, now)


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
    if experience.state != ListingState.LIVE or departure.cutoff_at <= now or no_child:
        raise NotForSale(listing_id=str(experience.id))
    if not 1 <= quantity <= SEATS_MAX:
        raise TooManySeats(most=SEATS_MAX)
    _put(session, basket, (LineKind.SEATS, departure_id, unit), quantity, now)


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


def _put(
    session: Session,
    basket: Basket,
    subject: tuple[LineKind, UUID, str],
    quantity: int,
    now: datetime,
) -> None:
    kind, subject_id, unit = subject
    _touch(session, basket, now)
    key = {"basket_id": basket.id, "subject_id": subject_id, "unit": unit}
    same = update(BasketLine).filter_by(**key).values(quantity=quantity)
    if took_effect(session, same):
        return
    if len(lines(session, basket_id=basket.id)) >= LINES_MAX:
        raise BasketFull(most=LINES_MAX)
    row = {**key, "id": uuid7(), "kind": kind, "quantity": quantity, "added_at": now}
    insert_rows(session, BasketLine, [row])


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

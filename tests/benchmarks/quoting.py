"""Quoting: a basket of twenty lines whose goods have dated prices, for a buyer of a group."""

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from catalog import baskets, prices, tiers
from catalog.models import Basket, Listing
from catalog.tiers import CustomerGroup, ListingPrice
from market import clock
from market.config import Settings
from market.db import Database
from market.ids import uuid7
from tests import makers
from tests.benchmarks import goods
from tests.benchmarks.report import Line

LINES, ASKED = 20, 1_000
P99_MOST = 5.0  # milliseconds
PHONE = "+84912000111"


def fill(session: Session, *, now: datetime) -> None:
    """The usual shelf, every listing with four more prices; every other seller knows the buyer."""
    goods.fill(session, now=now)
    shelf = session.execute(select(Listing.id, Listing.price_minor, Listing.minimum)).all()
    session.execute(insert(ListingPrice), [row for each in shelf for row in _tiers(each, now)])
    session.query(Listing).update({"tiered": True})
    buyer = makers.person(session, now, phone=PHONE).id
    sellers = session.scalars(select(Listing.seller_id).distinct()).all()
    rows = [{"seller_id": it, "person_id": buyer, "set_at": now} for it in sellers[::2]]
    session.execute(insert(tiers.Customer), [it | {"customer_group": "wholesale"} for it in rows])


def lines(settings: Settings) -> Iterator[Line]:
    """The quote of such a basket and of the same without dated prices, in turn."""
    with closing(Database(settings)) as database:
        with database.transaction() as session:
            buyer = session.scalar(select(tiers.Customer.person_id).limit(1))
            plain, dated = _basket(session, LINES, 0), _basket(session, LINES, LINES)
            session.query(Listing).filter(Listing.id.in_(plain[1])).update({"tiered": False})
        spent: dict[str, list[float]] = {"plain": [], "dated": []}
        for _ in range(ASKED):
            spent["plain"].append(_milliseconds(database, plain[0], buyer))
            spent["dated"].append(_milliseconds(database, dated[0], buyer))
    warm = {name: sorted(each[ASKED // 10 :]) for name, each in spent.items()}
    for name, each in warm.items():
        p50, p95, p99 = (each[int(len(each) * part)] for part in (0.5, 0.95, 0.99))
        told = f"{p50:.2f} / {p95:.2f} / {p99:.2f} ms"
        if name == "plain":
            yield Line(f"quote of {LINES} lines", told)
        else:
            what = f"the same with tiers and groups, {p50 / warm['plain'][len(each) // 2]:.2f}×"
            yield Line(what, told, f"< {P99_MOST:.0f} ms", p99 < P99_MOST)


def _tiers(listing: Any, now: datetime) -> Iterator[dict[str, Any]]:
    for number, group in enumerate((*CustomerGroup, CustomerGroup.RETAIL)):
        yield {
            "id": uuid7(),
            "listing_id": listing.id,
            "customer_group": group,
            "from_quantity": listing.minimum * (1 + number),
            "price_minor": max(1, listing.price_minor * (99 - number) // 100),
            "valid_from": now,
            "set_at": now,
        }


def _basket(session: Session, count: int, start: int) -> tuple[UUID, list[UUID]]:
    """A basket of so many listings of as many sellers as there are."""
    now = clock.now()
    rows = session.scalars(select(Listing).order_by(Listing.id).offset(start).limit(count)).all()
    basket: Basket = makers.basket_of(session, now, *((each, each.minimum * 2) for each in rows))
    return basket.id, [each.id for each in rows]


def _milliseconds(database: Database, basket_id: UUID, buyer_id: UUID | None) -> float:
    began = time.perf_counter()
    with database.reading() as session:
        prices.quote(
            session,
            lines=baskets.lines(session, basket_id=basket_id),
            delivery=prices.Delivery(),
            commission_basis_points=300,
            lang="vi",
            buyer_id=buyer_id,
            now=clock.now(),
        )
    return (time.perf_counter() - began) * 1_000

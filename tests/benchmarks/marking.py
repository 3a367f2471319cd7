"""The night of the marks: 100,000 listings with a claim each, of which some lapse or oversold."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog import mark_watch
from catalog.marks import Basis, MarkClaim, Standing
from catalog.models import Listing, ListingState
from market import clock
from market.accounts.models import Organisation, OrganisationKind
from market.config import Settings
from market.db import Database, insert_rows
from market.ids import uuid7
from tests import makers
from tests.benchmarks.report import Line

LISTINGS, SELLERS, LAPSED_EACH = 100_000, 1_000, 1_000
SECONDS_MOST = 60
CHUNK = 5_000
Rows = list[dict[str, Any]]


def lines(settings: Settings) -> Iterator[Line]:
    """How long a night takes of which a hundred claims end, and of which none does."""
    database, now = Database(settings), clock.now()
    for what, ending in (("a night", LISTINGS // LAPSED_EACH), ("the next", 0)):
        began = time.perf_counter()
        ended = mark_watch.sweep(database, now=now)
        mark_watch.balance(database, now=now)
        seconds = time.perf_counter() - began
        if ended != ending:
            raise AssertionError(f"{ended} claims ended, not {ending}")
        title = f"{what} of {LISTINGS:,} claims, {ended} ended"
        yield Line(title, f"{seconds:.1f} s", f"< {SECONDS_MOST} s", seconds < SECONDS_MOST)
    with database.reading() as session:
        standing = session.scalar(select(func.count()).where(MarkClaim.state == Standing.ACTIVE))
    database.close()
    assert standing == LISTINGS - LISTINGS // LAPSED_EACH


def fill(session: Session, *, now: datetime) -> None:
    """Listings of strawberries under VietGAP; the certificate of every thousandth is over."""
    sellers = [_seller(number, now) for number in range(SELLERS)]
    insert_rows(session, Organisation, sellers)
    for first in range(0, LISTINGS, CHUNK):
        numbers = range(first, first + CHUNK)
        listings = [_listing(sellers[number % SELLERS]["id"], now) for number in numbers]
        insert_rows(session, Listing, listings)
        claims = [
            _claim(listing, now, over=number % LAPSED_EACH == 0)
            for number, listing in zip(numbers, listings, strict=True)
        ]
        insert_rows(session, MarkClaim, claims)


def _seller(number: int, now: datetime) -> dict[str, Any]:
    its = {"kind": OrganisationKind.FARM, "name": f"Farm {number}", "unit_code": makers.COMMUNE}
    return {"id": uuid7(), **its, "verified_at": now, "created_at": now}


def _listing(seller_id: UUID, now: datetime) -> dict[str, Any]:
    sold = {"unit": "KGM", "scale": 3, "increment": 500, "minimum": 500, "price_minor": 180_000}
    about = {"category_code": "produce.fruit.strawberry", "unit_code": makers.COMMUNE}
    times = {"created_at": now, "updated_at": now, "listed_at": now}
    stands = {"state": ListingState.LIVE, "source_lang": "vi", "currency": "VND"}
    its = {"id": uuid7(), "seller_id": seller_id, "marks": ["vietgap"]}
    return its | sold | about | times | stands


def _claim(listing: dict[str, Any], now: datetime, *, over: bool) -> dict[str, Any]:
    until = clock.day_of(now) + timedelta(days=-1 if over else 300)
    its = {"organisation_id": listing["seller_id"], "subject_id": listing["id"]}
    paper = {"basis": Basis.CERTIFICATE, "number": "VG", "valid_until": until}
    paper["valid_from"] = until - timedelta(days=365)
    stands = {"state": Standing.ACTIVE, "created_at": now, "changed_at": now}
    return {"id": uuid7(), "mark_code": "vietgap", **its, **paper, **stands}

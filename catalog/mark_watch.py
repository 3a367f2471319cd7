"""Marks are watched: what lapsed ends, and nobody sells more under one than a season can give.

What can have been given tell the seller's lots and land (mass balance).
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog import categories, claiming, marks
from catalog.marks import MarkClaim, Standing
from catalog.models import Experience, Listing, ListingLot
from market import clock, limits
from market.cases.models import Case, CaseState
from market.cooperatives import CooperativeMember
from market.db import Database, in_batches
from market.orders import Order, OrderLine, State, queries
from market.orders.models import Weighing
from market.orders.moving import OrderMoved
from market.quantity import KILOGRAM
from market.traceability.models import Lot, Plot

log = logging.getLogger("market.marks")
WARNED_AHEAD = timedelta(days=30)
BATCH, SELLERS = 1_000, 200
TOLERANCE_BASIS_POINTS = 2_000
LONGEST = timedelta(days=366)  # season
SOLD = (State.CONFIRMED, State.PACKED, State.HANDED_OVER, State.DELIVERED)


class Season(NamedTuple):
    """What a seller sells of a category under a mark, in thousandths of a unit."""

    seller_id: UUID
    mark_code: str
    category_code: str
    unit: str


@dataclass
class Balance:
    """The claims of a season, what was sold in it, and what the lots and plots can have given.

    Without a registered plot the lots alone tell; `allowed` is what a review let pass.
    """

    season: Season
    claims: list[MarkClaim] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)
    sold: int = 0
    lots: int = 0
    plots: int | None = None
    allowed: int = 0

    @property
    def most(self) -> int:
        """What may have been sold."""
        given = self.lots if self.plots is None else min(self.lots, self.plots)
        return max(given, self.allowed)


def beyond(session: Session, *, seller_ids: Collection[UUID], now: datetime) -> list[Balance]:
    """The seasons of the sellers that sold more than they can have, and no review allowed it."""
    today = clock.day_of(now)
    balances = _sold(session, seller_ids, today)
    _add_claims(session, balances)
    weighed = [each for each in balances.values() if each.claims]
    for each in weighed:
        since = _since(each.season.category_code, today)
        _add_lots(session, each, since)
        _add_plots(session, each)
        each.allowed = _allowed(session, each, since)
    return [each for each in weighed if each.sold > each.most]


def check(session: Session, *, seller_id: UUID, now: datetime) -> None:
    """Suspend the seller's claims of the seasons that sold too much."""
    for each in beyond(session, seller_ids=[seller_id], now=now):
        figures = {"sold": each.sold, "lots": each.lots, "plots": each.plots}
        claiming.suspend(session, each.claims, figures | {"unit": each.season.unit}, now)


def order_confirmed(session: Session, event: OrderMoved) -> None:
    """Weigh a seller's season up when goods under a mark are promised to somebody."""
    lines = session.scalars(select(OrderLine).where(OrderLine.order_id == event.order_id))
    if event.state == State.CONFIRMED and any("marks" in it.snapshot for it in lines):
        (events,) = queries.events(session, order_ids=[event.order_id]).values()
        order = session.get_one(Order, event.order_id)
        check(session, seller_id=order.seller_id, now=events[-1].at)


def sweep(database: Database, *, now: datetime) -> int:
    """Look through all claims that stand and end those that lapsed; how many ended.

    It may be stopped anywhere and run again: each offer is put right in a transaction of its own.
    """
    ended, today = 0, clock.day_of(now)
    for rows in in_batches(database, _CLAIMS, MarkClaim.id, BATCH):
        lapsed = (it for it in rows if claiming.why_not(it, it, today, it.marks, it.cooperative_id))
        for subject_id in sorted({row.subject_id for row in lapsed}):
            with database.transaction() as session:
                ended += claiming.recheck(session, subject_id=subject_id, now=now)
        with database.transaction() as session:
            _warn(session, rows, now)
        log.info("marks: %s more claims looked at, %s ended so far", len(rows), ended)
    return ended


def balance(database: Database, *, now: datetime) -> int:
    """Suspend what sold more under a mark than its season can have given; of how many sellers."""
    suspended = 0
    for rows in in_batches(database, _SELLERS, MarkClaim.organisation_id, SELLERS):
        with database.reading() as session:
            found = beyond(session, seller_ids=[seller_id for (seller_id,) in rows], now=now)
        for seller_id in sorted({each.season.seller_id for each in found}):
            with database.transaction() as session:
                check(session, seller_id=seller_id, now=now)
            suspended += 1
    return suspended


PROMISED = frozenset({State.PLACED, State.CONFIRMED})


def _sold(session: Session, seller_ids: Collection[UUID], today: date) -> dict[Season, Balance]:
    """What was sold under marks in the seasons that are not over."""
    found: dict[Season, Balance] = {}
    claimed = select(MarkClaim.subject_id).where(MarkClaim.organisation_id.in_(seller_ids))
    its = (Weighing.order_id == Order.id) & (Weighing.position == OrderLine.position)
    asked = select(Order.seller_id, Order.created_at, Order.state, OrderLine, Weighing.grams)
    lines = asked.join(OrderLine, OrderLine.order_id == Order.id).outerjoin(Weighing, its)
    recent = Order.created_at >= clock.start_of(today - LONGEST), Order.state.in_(SOLD)
    theirs = lines.where(Order.seller_id.in_(seller_ids), OrderLine.listing_id.in_(claimed))
    for seller_id, ordered_at, state, line, grams in session.execute(theirs.where(*recent)):
        if state in PROMISED and not line.snapshot.get("lots"):
            continue  # ordered ahead of a harvest that nobody has weighed
        if clock.day_of(ordered_at) >= _since(line.category_code, today):
            estimate = line.snapshot.get("weight", {}).get("grams")
            sold = grams or estimate or _thousandths(line.quantity, line.scale)
            for mark in line.snapshot.get("marks", ()):
                what = (line.category_code, KILOGRAM if estimate else line.unit)
                season = Season(seller_id, mark["code"], *what)
                balance = found.setdefault(season, Balance(season))
                balance.sold += sold
                balance.codes |= {lot["code"] for lot in line.snapshot.get("lots", ())}
    return found


def _add_claims(session: Session, balances: dict[Season, Balance]) -> None:
    sellers = {season.seller_id for season in balances}
    its = MarkClaim.organisation_id.in_(sellers), MarkClaim.state == Standing.ACTIVE
    asked = select(MarkClaim, Listing).join(Listing, Listing.id == MarkClaim.subject_id)
    rows = session.execute(asked.where(*its).order_by(MarkClaim.id))
    for claim, listing in rows:
        whose, what = (claim.organisation_id, claim.mark_code), listing.category_code
        season = Season(*whose, what, listing.price_unit)
        if season in balances:
            balances[season].claims.append(claim)


def _add_lots(session: Session, balance: Balance, since: date) -> None:
    """Those harvested in the season, and those that something was sold from in it."""
    season, counted = balance.season, {}
    kind = Lot.producer_id == season.seller_id, Lot.category_code == season.category_code
    lots = select(Lot, Listing).outerjoin(ListingLot, ListingLot.lot_id == Lot.id).where(*kind)
    its = lots.outerjoin(Listing, Listing.id == ListingLot.listing_id)
    counts = (Lot.harvest_day >= since) | Lot.code.in_(balance.codes)
    for lot, listing in session.execute(its.where(counts)):
        if listing is not None and listing.piece_grams and season.unit == KILOGRAM:
            most = listing.piece_grams * (10_000 + listing.tolerance_basis_points) // 10_000
            counted[lot.id] = lot.weight * most
        elif lot.unit == season.unit:
            counted[lot.id] = _thousandths(lot.weight, lot.scale)
    balance.lots = sum(counted.values())


def _add_plots(session: Session, balance: Balance) -> None:
    season = balance.season
    known, lineage = marks.yield_of(season.category_code), categories.lineage(season.category_code)
    planted = (Plot.producer_id == season.seller_id) & Plot.category_code.in_(lineage)
    areas = session.scalars(select(Plot.area_m2).where(planted)).all()
    if known and areas and season.unit == KILOGRAM:
        grams = sum(areas) * known.grams
        balance.plots = grams * (10_000 + TOLERANCE_BASIS_POINTS) // 10_000


def _allowed(session: Session, balance: Balance, since: date) -> int:
    """What a review allowed in this season; it may grow by the tolerance before the next."""
    ids = {str(each.id) for each in balance.claims}
    cases = select(Case.facts).where(Case.organisation_id == balance.season.seller_id)
    approved = Case.state == CaseState.APPROVED, Case.decided_at >= clock.start_of(since)
    looked_at = session.scalars(cases.where(*approved))
    sold: list[int] = [each["sold"] for each in looked_at if ids & set(each.get("claims", ()))]
    return max(sold, default=0) * (10_000 + TOLERANCE_BASIS_POINTS) // 10_000


def _since(category_code: str, today: date) -> date:
    """The first day of the season: as long ago as one lasts, else the first of the year."""
    known = marks.yield_of(category_code)
    return today - timedelta(days=known.season_days) if known else today.replace(month=1, day=1)


def _thousandths(value: int, scale: int) -> int:
    return value * 1_000 // int(10**scale)


def _warn(session: Session, rows: Sequence[Any], now: datetime) -> None:
    """Of each certificate that ends soon, once."""
    today = clock.day_of(now)
    for row in rows:
        if not row.valid_until or not today <= row.valid_until <= today + WARNED_AHEAD:
            continue
        if limits.counted(session, f"claim:{row.id}", clock.start_of(row.valid_until)) == 1:
            claim = session.get_one(MarkClaim, row.id)
            claiming.tell(session, claim.organisation_id, "notice.claim.soon", claim, now)


_SELLERS = select(MarkClaim.organisation_id).where(MarkClaim.state == Standing.ACTIVE).distinct()
_OF_OFFER = (
    func.coalesce(getattr(Listing, name), getattr(Experience, name)).label(name)
    for name in ("category_code", "unit_code", "marks")
)
_MEMBERSHIP = CooperativeMember.organisation_id == MarkClaim.organisation_id
_CLAIMS: Any = (
    select(MarkClaim.id, MarkClaim.subject_id, MarkClaim.mark_code, MarkClaim.basis)
    .add_columns(MarkClaim.cultivar, MarkClaim.valid_until, *_OF_OFFER)
    .add_columns(CooperativeMember.cooperative_id)
    .outerjoin(Listing, Listing.id == MarkClaim.subject_id)
    .outerjoin(Experience, Experience.id == MarkClaim.subject_id)
    .outerjoin(CooperativeMember, _MEMBERSHIP & CooperativeMember.belongs())
    .where(MarkClaim.state.in_(claiming.LIVING))
)

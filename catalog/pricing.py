"""Basket lines looked up in the catalogue: live, priced, in the buyer's words, with their stock."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Select, and_, bindparam, select
from sqlalchemy.orm import Session

from catalog import categories, claiming, harvests, listings, tiers, visiting
from catalog.baskets import LINES_MAX, NotForSale
from catalog.booking_models import ExperienceOption
from catalog.models import SEATS, Departure, Experience, Listing, ListingLot, ListingState
from catalog.offers import OPTION
from catalog.shelves.cards import worded
from market import MINOR_MAX, MarketError, Money, holidays, rates, table_of
from market.accounts.models import Organisation
from market.cooperatives import CooperativeMember
from market.inventory.models import Cell
from market.inventory.stocking import FREE
from market.orders import Line, LineKind, Rate, Terms
from market.portable import fast_rows, flushed, given_ids, id_parameters, uuid_of
from market.quantity import Quantity, cost, require_step, weight
from market.rates import Purpose
from market.traceability.models import Lot

_OFFERED = ("seller_id", "category_code", "currency", "state", "unit_code", "marks")
AGREED = (Purpose.COMMISSION, Purpose.COOPERATIVE, Purpose.RESELLER)


class Seller(NamedTuple):
    """Who sells, through which cooperative, and whether they deliver only where they said so."""

    id: UUID
    cooperative_id: UUID | None
    zoned: bool = False


class Tariff(NamedTuple):
    """The dated rules of commission and fees, and the commission where none of them fits."""

    rules: Sequence[rates.Rule]
    commission_basis_points: int
    reseller_id: UUID | None = None  # who sells it on, at a net price


FREE_OF_CHARGE = Tariff((), 0)


class TooMuchMoney(MarketError, code="order.too_large"):
    """A sum above all that the market handles; facts: `most`, in đồng."""


def priced(
    session: Session,
    *,
    lines: Sequence[Any],
    lang: str,
    tariff: Tariff,
    buyer_id: UUID | None = None,
    mine: Mapping[Any, int] | None = None,
    now: datetime,
) -> Iterator[tuple[Seller, Line]]:
    """Each line with its seller; refuses what is not live, off its step, or not left nor `mine`."""
    rows = _rows(session, LineKind.GOODS, lines, lang, now)
    ids = [listing_id for listing_id, lots in rows.items() if lots[0].tiered]
    dated = tiers.in_force(session, listing_ids=ids, buyer_id=buyer_id, now=now) if ids else {}
    promised: Counter[Any] = Counter()  # by lot, to the lines before: two listings may share one

    @cache
    def coming() -> Mapping[UUID, Any]:
        """Asked for where a lot has too little."""
        found = harvests.standing(session, listing_ids=list(rows), now=now)
        return {key: it for key, it in found.items() if harvests.orderable(it, now=now)}

    for line in _of_kind(lines, LineKind.GOODS):
        lots, its = rows.get(line.subject_id, []), dated.get(line.subject_id, ())
        found = _goods(line, lots, promised, coming, tariff, its)
        holidays.require_open(lots[0], now)
        yield _seller(lots[0]), found
    visits = _of_kind(lines, LineKind.SEATS, LineKind.NIGHTS)
    if visits:
        taken = Counter({key: -count for key, count in (mine or {}).items()})
        yield from _visits(session, visits, lang, tariff, now, taken)


def _visits(
    session: Session, lines: Sequence[Any], lang: str, tariff: Tariff, now: datetime, taken: Any
) -> Iterator[tuple[Seller, Line]]:
    """Seats and rooms; what one departure or night has is counted over all its lines."""
    starts = _rows(session, LineKind.SEATS, lines, lang, now)
    for line in lines:
        if line.kind == LineKind.SEATS:
            rows, sold = starts.get(line.subject_id, []), visiting.seats
        else:
            rows, sold = _nights(session, line, lang, now), visiting.nights
        if not rows or rows[0].state != ListingState.LIVE or rows[0].closed_at is not None:
            raise NotForSale(listing_id=str(line.subject_id))
        found = sold(session, line, rows, taken, now)
        within_bounds(found.amount)
        if tariff.reseller_id:
            found = _net(found, rows[0], tariff)
        yield _seller(rows[0]), replace(found, terms=_terms(rows[0], tariff))


def _nights(session: Session, line: Any, lang: str, now: datetime) -> list[Any]:
    """What is known of a room type on each night of a stay, soonest first."""
    first, last = visiting.interval(line.unit)
    given = {"id": line.subject_id, "first": first.toordinal(), "last": last.toordinal()}
    rows = fast_rows(flushed(session), _NIGHTS, given | {"lang": lang, "now": now})
    found = {line.subject_id: rows} if rows else {}
    claiming.add_marks(session, found, now)
    return found.get(line.subject_id, [])


def within_bounds(sum_: Money) -> Money:
    """The sum, unless it is more than books and banks can take; raises TooMuchMoney."""
    if sum_.minor > MINOR_MAX:
        raise TooMuchMoney(most=MINOR_MAX)
    return sum_


def _rows(
    session: Session, kind: LineKind, lines: Sequence[Any], lang: str, now: datetime
) -> dict[UUID, list[Any]]:
    """What is known of each thing in the basket, in the order in which it would be sold."""
    found: dict[UUID, list[Any]] = {}
    ids = [line.subject_id for line in _of_kind(lines, kind)]
    if ids:
        given = {"lang": lang, "now": now} | given_ids(ids)
        for row in fast_rows(flushed(session), _asked(kind, len(ids)), given):
            found.setdefault(uuid_of(row.subject_id), []).append(row)
        claiming.add_marks(session, found, now)
    return found


def _of_kind(lines: Sequence[Any], *kinds: LineKind) -> list[Any]:
    return [line for line in lines if line.kind in kinds]


def _seller(row: Any) -> Seller:
    cooperative_id = row.cooperative_id and uuid_of(row.cooperative_id)
    return Seller(uuid_of(row.seller_id), cooperative_id, bool(row.zoned))


def _net(line: Line, row: Any, tariff: Tariff) -> Line:
    """The line as a reseller pays for it; what its customer pays stands in the snapshot."""
    rate = rate_of(row, tariff, Purpose.RESELLER, 0)
    price = line.price - line.price.part(rate.basis_points)
    said = {"retail_minor": line.price.minor, "net_rule": rate.rule_id and str(rate.rule_id)}
    its: Any = {"price": price, "amount": price * line.quantity.value}
    return replace(line, **its, snapshot={**line.snapshot, **said})


def _terms(row: Any, tariff: Tariff) -> Terms:
    commission = rate_of(row, tariff, Purpose.COMMISSION, tariff.commission_basis_points)
    is_member = row.cooperative_id is not None
    fee = Rate(0)
    if is_member:
        fee = rate_of(row, tariff, Purpose.COOPERATIVE, row.fee_basis_points)
    return Terms(commission=commission, cooperative=fee)


def rate_of(row: Any, tariff: Tariff, purpose: Purpose, otherwise: int) -> Rate:
    """What is taken of what a seller offers: by the first rule that fits, else as given."""
    cooperative_id = row.cooperative_id and uuid_of(row.cooperative_id)
    scope: Any = {"seller_id": uuid_of(row.seller_id), "cooperative_id": cooperative_id}
    scope |= {"seller_kind": row.seller_kind, "reseller_id": tariff.reseller_id}
    scope["category_codes"] = categories.lineage(row.category_code)
    rule = rates.first_match(tariff.rules, purpose, **scope)
    return Rate(rule.basis_points, rule.id) if rule else Rate(otherwise)


def _goods(
    line: Any,
    lots: Sequence[Any],
    promised: Counter[Any],
    coming: Callable[[], Mapping[UUID, Any]],
    tariff: Tariff,
    dated: Sequence[Any],
) -> Line:
    if not lots or lots[0].state != ListingState.LIVE:
        raise NotForSale(listing_id=str(line.subject_id))
    listing = lots[0]
    quantity = Quantity(line.quantity, listing.scale, listing.unit)
    require_step(quantity, minimum=listing.minimum, increment=listing.increment)
    price, tier = tiers.cheapest(listing, line.quantity, dated)
    wants, source = listings.drawn(line, lots, promised, coming)
    about, priced = _weight(listing, line.quantity) if listing.piece_grams else ({}, quantity)
    return Line(
        kind=LineKind.GOODS,
        listing_id=line.subject_id,
        category_code=listing.category_code,
        title=listing.title,
        quantity=quantity,
        price=price,
        amount=within_bounds(cost(price, priced)),
        wants=wants,
        terms=_terms(listing, tariff),
        increment=listing.increment,
        snapshot={
            "seller": listing.seller_name,
            "commune": listing.unit_code,
            **source,
            **({"grade": listing.grade} if listing.grade else {}),
            **({"cold_chain": True} if listing.cold_chain else {}),
            **({"shelf_hours": listing.shelf_hours} if listing.shelf_hours else {}),
            **about,
            **tier,
            **listing.marks,
        },
    )


def _weight(listing: Any, pieces: int) -> tuple[dict[str, Any], Quantity]:
    """What so many pieces weigh by estimate and at most, and what is held for them."""
    grams = pieces * listing.piece_grams
    most = -(-grams * (10_000 + listing.tolerance_basis_points) // 10_000)
    return {"weight": {"grams": grams, "most_grams": most}}, weight(most)


def _sold(kind: type[Listing] | type[Experience], *columns: Any) -> Select[Any]:
    """The columns with the offer's title, its seller and what the seller's cooperative takes."""
    names = Organisation.name.label("seller_name"), Organisation.kind.label("seller_kind")
    seller = *table_of(Organisation).c["closed_from", "closed_until", "zoned"], *names
    member = table_of(CooperativeMember).c["cooperative_id", "fee_basis_points"]
    belongs = (CooperativeMember.organisation_id == kind.seller_id) & CooperativeMember.belongs()
    its = select(*columns, *table_of(kind).c[_OFFERED], *seller, FREE.label("left"), *member)
    sellers = its.select_from(kind).join(Organisation, Organisation.id == kind.seller_id)
    return worded(sellers.outerjoin(CooperativeMember, belongs), kind.id, "title")


_GOODS = (
    _sold(
        Listing,
        Listing.id.label("subject_id"),
        *table_of(Listing).c["unit", "scale", "increment", "minimum", "price_minor", "grade"],
        *table_of(Listing).c["piece_grams", "tolerance_basis_points", "tiered"],
        *table_of(Listing).c["cold_chain", "shelf_hours"],
        Lot.id.label("lot_id"),
        *table_of(Lot).c["code", "harvest_day"],
    )
    .outerjoin(ListingLot, ListingLot.listing_id == Listing.id)
    .outerjoin(Lot, Lot.id == ListingLot.lot_id)
    .outerjoin(Cell, and_(Cell.resource_id == Lot.id, Cell.bucket == 0))
    .order_by(Lot.harvest_day, Lot.id)
)
_VISITED = (
    *table_of(ExperienceOption).c["resource_id", "units", "seasons", "tiers", "asset_ids"],
    *table_of(ExperienceOption).c["least_units", "most_units", "approves", "closed_at"],
    *table_of(ExperienceOption).c["minimum_nights", "arrival_days", "cutoff_minutes", "rooms"],
    *table_of(Experience).c["meeting_landmark", "meeting_unit_code"],
    ExperienceOption.id.label("option_id"),
    Experience.id.label("experience_id"),
)
_VISITS = worded(_sold(Experience, *_VISITED).join(ExperienceOption), ExperienceOption.id, OPTION)
_START = table_of(Departure).c["bucket", "starts_at", "ends_at", "cutoff_at"]
_SEATS = _VISITS.add_columns(Departure.id.label("subject_id"), *_START)
_SEATS = _SEATS.join(Departure, Departure.option_id == ExperienceOption.id).join(Cell, SEATS)
_NIGHTS = (
    _VISITS.add_columns(ExperienceOption.id.label("subject_id"), Cell.bucket, Cell.capacity)
    .join(Cell, Cell.resource_id == ExperienceOption.resource_id)
    .where(ExperienceOption.id == bindparam("id", type_=sa.Uuid()))
    .where(Cell.bucket >= bindparam("first"), Cell.bucket < bindparam("last"))
    .order_by(Cell.bucket)
)


@lru_cache(maxsize=2 * LINES_MAX)
def _asked(kind: LineKind, count: int) -> Select[Any]:
    if kind is LineKind.GOODS:
        return _GOODS.where(Listing.id.in_(id_parameters(count)))
    return _SEATS.where(Departure.id.in_(id_parameters(count)))

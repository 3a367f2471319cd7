"""Basket lines looked up in the catalogue: live, priced, in the buyer's words, with their stock."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from catalog import categories, claiming, harvests, sourcing, tiers
from catalog.baskets import LINES_MAX, NotForSale
from catalog.models import Departure, Experience, Listing, ListingLot, ListingState, SeatUnit
from catalog.shelves.cards import worded
from market import holidays, inventory, rates
from market.accounts.models import Organisation
from market.cooperatives import CooperativeMember
from market.db import table_of
from market.errors import MarketError
from market.inventory import Want
from market.inventory.models import Cell
from market.inventory.stocking import FREE
from market.money import MINOR_MAX, Money
from market.orders import Line, LineKind, Rate, Terms
from market.portable import fast_rows, flushed, given_ids, id_parameters, instant_of, uuid_of
from market.quantity import Quantity, cost, require_step, weight
from market.rates import Purpose
from market.traceability.models import Lot

_OFFERED = ("seller_id", "category_code", "currency", "state", "unit_code", "marks")
AGREED = (Purpose.COMMISSION, Purpose.COOPERATIVE)
SEAT = "C62"  # UN/CEFACT: one


class Seller(NamedTuple):
    """Who sells, through which cooperative, and whether they deliver only where they said so."""

    id: UUID
    cooperative_id: UUID | None
    zoned: bool = False


class Tariff(NamedTuple):
    """The dated rules of commission and fees, and the commission where none of them fits."""

    rules: Sequence[rates.Rule]
    commission_basis_points: int


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
    now: datetime,
) -> Iterator[tuple[Seller, Line]]:
    """Each line with its seller; refuses what is not live, off its increment or too much."""
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
        yield _seller(lots), found
    visits = _rows(session, LineKind.SEATS, lines, lang, now)
    wanted: Counter[UUID] = Counter()
    for line in _of_kind(lines, LineKind.SEATS):
        wanted[line.subject_id] += line.quantity
        starts = visits.get(line.subject_id, [])
        yield _seller(starts), _seats(line, starts, wanted[line.subject_id], tariff, now)


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


def _of_kind(lines: Sequence[Any], kind: LineKind) -> list[Any]:
    return [line for line in lines if line.kind == kind]


def _seller(rows: Sequence[Any]) -> Seller:
    row = rows[0]
    cooperative_id = row.cooperative_id and uuid_of(row.cooperative_id)
    return Seller(uuid_of(row.seller_id), cooperative_id, bool(row.zoned))


def _terms(row: Any, tariff: Tariff) -> Terms:
    seller = _seller([row])
    scope: dict[str, Any] = {
        "category_codes": categories.lineage(row.category_code),
        "seller_kind": row.seller_kind,
        "seller_id": seller.id,
        "cooperative_id": seller.cooperative_id,
    }

    def rate(purpose: Purpose, otherwise: int) -> Rate:
        rule = rates.first_match(tariff.rules, purpose, **scope)
        return Rate(rule.basis_points, rule.id) if rule else Rate(otherwise)

    return Terms(
        commission=rate(Purpose.COMMISSION, tariff.commission_basis_points),
        cooperative=rate(Purpose.COOPERATIVE, row.fee_basis_points)
        if seller.cooperative_id
        else Rate(0),
    )


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
    wants, source = sourcing.drawn(line, lots, promised, coming)
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


def _seats(line: Any, starts: Sequence[Any], wanted: int, tariff: Tariff, now: datetime) -> Line:
    if not starts or starts[0].state != ListingState.LIVE:
        raise NotForSale(listing_id=str(line.subject_id))
    visit = starts[0]
    starts_at, cutoff_at = instant_of(visit.starts_at), instant_of(visit.cutoff_at)
    experience_id, resource_id = uuid_of(visit.experience_id), uuid_of(visit.resource_id)
    minor = visit.adult_minor if line.unit == SeatUnit.ADULT else visit.child_minor
    if minor is None or cutoff_at <= now:
        raise NotForSale(listing_id=str(experience_id))
    if wanted > visit.left:
        left = max(visit.left, 0)
        raise inventory.OutOfStock(listing_id=str(experience_id), wanted=wanted, left=left)
    price = Money(minor, visit.currency)
    return Line(
        kind=LineKind.SEATS,
        listing_id=experience_id,
        departure_id=line.subject_id,
        category_code=visit.category_code,
        title=visit.title,
        quantity=Quantity(line.quantity, 0, SEAT),
        price=price,
        amount=within_bounds(price * line.quantity),
        wants=(Want(resource_id=resource_id, bucket=visit.bucket, qty=line.quantity),),
        terms=_terms(visit, tariff),
        snapshot={
            "seller": visit.seller_name,
            "commune": visit.unit_code,
            "unit": line.unit,
            "minutes": visit.duration_minutes,
            "starts_at": starts_at.isoformat(),
            "cutoff_at": cutoff_at.isoformat(),
            **visit.marks,
        },
    )


def _sold(columns: Sequence[Any], kind: type[Listing] | type[Experience]) -> Select[Any]:
    """The columns with the offer's title, its seller and what the seller's cooperative takes."""
    statement = (
        select(
            *columns,
            *table_of(kind).c[_OFFERED],
            *table_of(Organisation).c["closed_from", "closed_until", "zoned"],
            FREE.label("left"),
            Organisation.name.label("seller_name"),
            Organisation.kind.label("seller_kind"),
            *table_of(CooperativeMember).c["cooperative_id", "fee_basis_points"],
        )
        .select_from(kind)
        .join(Organisation, Organisation.id == kind.seller_id)
        .outerjoin(
            CooperativeMember,
            (CooperativeMember.organisation_id == kind.seller_id) & CooperativeMember.belongs(),
        )
    )
    return worded(statement, kind.id, "title")


_GOODS = (
    _sold(
        (
            Listing.id.label("subject_id"),
            *table_of(Listing).c["unit", "scale", "increment", "minimum", "price_minor", "grade"],
            *table_of(Listing).c["piece_grams", "tolerance_basis_points", "tiered"],
            *table_of(Listing).c["cold_chain", "shelf_hours"],
            Lot.id.label("lot_id"),
            *table_of(Lot).c["code", "harvest_day"],
        ),
        Listing,
    )
    .outerjoin(ListingLot, ListingLot.listing_id == Listing.id)
    .outerjoin(Lot, Lot.id == ListingLot.lot_id)
    .outerjoin(Cell, and_(Cell.resource_id == Lot.id, Cell.bucket == 0))
    .order_by(Lot.harvest_day, Lot.id)
)
_SEATS = (
    _sold(
        (
            Departure.id.label("subject_id"),
            *table_of(Departure).c["bucket", "starts_at", "cutoff_at"],
            Experience.id.label("experience_id"),
            *table_of(Experience).c[
                "resource_id", "adult_minor", "child_minor", "duration_minutes"
            ],
        ),
        Experience,
    )
    .join(Departure, Departure.experience_id == Experience.id)
    .join(Cell, and_(Cell.resource_id == Experience.resource_id, Cell.bucket == Departure.bucket))
)


@lru_cache(maxsize=2 * LINES_MAX)
def _asked(kind: LineKind, count: int) -> Select[Any]:
    if kind is LineKind.GOODS:
        return _GOODS.where(Listing.id.in_(id_parameters(count)))
    return _SEATS.where(Departure.id.in_(id_parameters(count)))

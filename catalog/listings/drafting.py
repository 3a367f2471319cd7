"""A seller describes goods, once for all and then better: drafts and their revisions."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from catalog import categories, changing, offers, reference_prices, tiers
from catalog.listings import stock
from catalog.models import Grade, Listing, ListingState
from market import clock, geography
from market.accounts import Actor
from market.errors import MarketError
from market.money import Money
from market.quantity import PIECE, Quantity, require_unit
from market.texts import Texts

PIECE_GRAMS_MAX, TOLERANCE_MAX = 200_000, 5_000


class WindowBackwards(MarketError, code="listing.window_backwards"):
    """The harvest ends before it begins."""


class Steps(MarketError, code="listing.steps"):
    """The minimum is not a whole number of increments; facts: `increment` and `minimum`."""


class PieceWrong(MarketError, code="listing.piece"):
    """Nothing that is counted weighs so much, or so uncertainly; facts: `most_grams`."""


class Piece(NamedTuple):
    """What one piece weighs by estimate, and how much more an order holds until it is weighed."""

    grams: int
    tolerance_basis_points: int = 1_000


class Window(NamedTuple):
    """From which day to which day the goods are picked; either end may be open."""

    opens: date | None = None
    closes: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What changes; what is left out stays. Category and unit stay what the lots are in."""

    price: Money | None = None
    price_is_meant: bool = False
    increment: int | None = None
    minimum: int | None = None
    grade: Grade | None = None
    piece: Piece | None = None
    cold_chain: bool | None = None
    shelf_hours: int | None = None
    unit_code: str | None = None
    window: Window | None = None
    texts: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods(Revision):
    """What a seller says of goods; the category gives what is left out.

    Increment and minimum are in 10^-scale of the unit. A quantity makes a lot at once. With a
    `piece` goods are counted, and priced per kilogram. Who delivers goods of a `cold_chain` keeps
    them cold all the way; `shelf_hours` is how long they keep, from being packed (0: long).
    """

    seller_id: UUID
    category_code: str
    unit_code: str
    price: Money
    source_lang: str = "vi"
    unit: str | None = None
    scale: int | None = None
    cold_chain: bool = False
    window: Window = field(default_factory=Window)
    quantity: Quantity | None = None
    harvest_day: date | None = None
    plot_id: UUID | None = None
    id: UUID | None = None


def draft(session: Session, *, actor: Actor, goods: Goods, now: datetime) -> Listing:
    """A listing that only its seller sees; the phone may have named it already."""
    offers.require_seller(actor, goods.seller_id)
    said: Any = {"offer_id": goods.id, "values": _columns(goods), "words": goods.texts}
    listing = offers.draft(session, Listing, actor=actor, **said, now=now)
    tiers.keep_history(session, actor=actor, listing=listing, now=now)
    if goods.quantity is not None:
        day = goods.harvest_day or goods.window.opens or clock.day_of(now)
        lot: Any = {"quantity": goods.quantity, "harvest_day": day, "plot_id": goods.plot_id}
        stock.harvest(session, actor=actor, listing_id=listing.id, **lot, now=now)
    return listing


def revise(
    session: Session,
    *,
    actor: Actor,
    listing_id: UUID,
    version: int | None,
    revision: Revision,
    now: datetime,
) -> Listing:
    """Change what is said, as `changing.change` does; a price cut too far is questioned on sale."""
    listing = offers.own(session, actor=actor, kind=Listing, offer_id=listing_id)
    minor = listing.price_minor
    said: Any = {"values": _changes(listing, revision), "words": revision.texts}
    changing.change(session, actor=actor, offer=listing, version=version, **said, now=now)
    if listing.state != ListingState.DRAFT and listing.price_minor != minor:
        is_meant = revision.price_is_meant
        reference_prices.require_meant(session, listing=listing, is_meant=is_meant, now=now)
    return listing


def _columns(goods: Goods) -> dict[str, Any]:
    category = categories.get(goods.category_code)
    if category.kind is not categories.Sold.GOODS:
        raise offers.WrongCategory(category=category.code)
    usual = (0, PIECE) if goods.piece else (category.scale, category.unit)
    given = goods.quantity or Quantity(0, *usual)
    unit = goods.unit or given.unit
    scale = given.scale if goods.scale is None else goods.scale
    increment = goods.increment or (category.increment if unit == category.unit else 1)
    minimum = goods.minimum or increment
    require_unit(unit, scale)
    _require_steps(increment=increment, minimum=minimum)
    as_told = ("seller_id", "grade", "cold_chain", "source_lang")
    return {name: getattr(goods, name) for name in as_told} | {
        "category_code": category.code,
        "unit": unit,
        "scale": scale,
        "increment": increment,
        "minimum": minimum,
        **_of_piece(goods.piece, scale),
        "shelf_hours": goods.shelf_hours or None,
        "price_minor": offers.minor_of(goods.price),
        "currency": goods.price.currency,
        "unit_code": geography.unit(goods.unit_code).code,
        **_of_window(goods.window),
    }


def _changes(listing: Listing, revision: Revision) -> dict[str, Any]:
    increment = revision.increment or listing.increment
    minimum = revision.minimum or listing.minimum
    _require_steps(increment=increment, minimum=minimum)
    changes: dict[str, Any] = {
        "increment": increment,
        "minimum": minimum,
        "price_minor": offers.minor_of(revision.price),
        "grade": revision.grade,
        "cold_chain": revision.cold_chain,
        "unit_code": revision.unit_code and geography.unit(revision.unit_code).code,
    }
    changes = {name: value for name, value in changes.items() if value is not None}
    if revision.piece is not None and listing.piece_grams is not None:
        changes |= _of_piece(revision.piece, listing.scale)
    if revision.shelf_hours is not None:
        changes["shelf_hours"] = revision.shelf_hours or None
    if revision.window is not None:
        changes |= _of_window(revision.window)
    return changes


def _require_steps(*, increment: int, minimum: int) -> None:
    """Refuse a minimum that cannot be sold."""
    if increment < 1 or minimum < increment or minimum % increment:
        raise Steps(increment=increment, minimum=minimum)


def _of_piece(piece: Piece | None, scale: int) -> dict[str, Any]:
    """The columns of what is counted; refuses what nothing weighs."""
    if piece is None:
        return {"piece_grams": None, "tolerance_basis_points": 0}
    grams, tolerance = piece.grams, piece.tolerance_basis_points
    is_plausible = 0 < grams <= PIECE_GRAMS_MAX and 0 <= tolerance <= TOLERANCE_MAX
    if scale or not is_plausible:
        raise PieceWrong(most_grams=PIECE_GRAMS_MAX, most_basis_points=TOLERANCE_MAX)
    return {"piece_grams": grams, "tolerance_basis_points": tolerance}


def _of_window(window: Window) -> dict[str, Any]:
    """The columns of the season; refuses one that ends before it begins."""
    if window.opens and window.closes and window.closes < window.opens:
        raise WindowBackwards(opens=window.opens, closes=window.closes)
    return {"harvest_from": window.opens, "harvest_until": window.closes}

"""A seller describes goods, once for all and then better: drafts and their revisions."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from catalog import categories, offers, reference_prices, search
from catalog.listings import stock
from catalog.models import Grade, Listing, ListingState
from market import audit, clock, geography
from market.accounts import Actor
from market.db import changed
from market.errors import MarketError, Stale
from market.ids import uuid7
from market.money import Money
from market.quantity import PIECE, Quantity, require_unit
from market.texts import Texts

PIECE_GRAMS_MAX, TOLERANCE_MAX = 200_000, 5_000


class WindowBackwards(MarketError):
    """The harvest ends before it begins."""

    code = "listing.window_backwards"


class Steps(MarketError):
    """The minimum is not a whole number of increments; facts: `increment` and `minimum`."""

    code = "listing.steps"


class PieceWrong(MarketError):
    """Nothing that is counted weighs so much, or so uncertainly; facts: `most_grams`."""

    code = "listing.piece"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What one piece weighs by estimate, and how much more an order holds until it is weighed."""

    grams: int
    tolerance_basis_points: int = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From which day to which day the goods are picked; either end may be open."""

    opens: date | None = None
    closes: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """What a seller says of goods; the category gives what is left out.

    Increment and minimum are in 10^-scale of the unit. A quantity makes a lot at once. With a
    `piece` goods are counted, and priced per kilogram.
    """

    seller_id: UUID
    category_code: str
    unit_code: str
    price: Money
    texts: Texts
    source_lang: str = "vi"
    unit: str | None = None
    scale: int | None = None
    increment: int | None = None
    minimum: int | None = None
    grade: Grade | None = None
    piece: Piece | None = None
    window: Window = field(default_factory=Window)
    quantity: Quantity | None = None
    harvest_day: date | None = None
    plot_id: UUID | None = None
    id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What changes; what is left out stays. Category and unit stay what the lots are in."""

    price: Money | None = None
    price_is_meant: bool = False
    increment: int | None = None
    minimum: int | None = None
    grade: Grade | None = None
    piece: Piece | None = None
    unit_code: str | None = None
    window: Window | None = None
    texts: Texts = field(default_factory=dict)


def draft(session: Session, *, actor: Actor, goods: Goods, now: datetime) -> Listing:
    """A listing that only its seller sees; the phone may have named it already."""
    offers.require_seller(actor, goods.seller_id)
    offers.require_price(goods.price)
    offers.require_title(goods.texts, goods.source_lang)
    listing_id = goods.id or uuid7()
    values = _columns(goods)
    listing = offers.keep_new(session, Listing, offer_id=listing_id, now=now, values=values)
    offers.write_texts(session, actor=actor, offer=listing, given=goods.texts, now=now)
    if goods.quantity is not None:
        day = goods.harvest_day or goods.window.opens or clock.day_of(now)
        lot: Any = {"quantity": goods.quantity, "harvest_day": day, "plot_id": goods.plot_id}
        stock.harvest(session, actor=actor, listing_id=listing_id, **lot, now=now)
    audit.note(session, actor=actor, verb="listing.drafted", subject_id=listing_id, now=now)
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
    """Change what is said, if nobody else did since `version` (None: whatever they did).

    While a moderator looks at it, it does not change; a price cut too far is questioned on sale.
    """
    listing = offers.own(session, actor=actor, kind=Listing, offer_id=listing_id)
    expected, minor = listing.version if version is None else version, listing.price_minor
    if listing.version == expected and listing.state == ListingState.REVIEW:
        raise offers.WrongState(state=listing.state)
    changes = {**_changes(listing, revision), "updated_at": now}
    if not changed(session, listing, Listing.version == expected, **changes):
        raise Stale(version=listing.version)
    offers.write_texts(session, actor=actor, offer=listing, given=revision.texts, now=now)
    search.refresh(session, subject_id=listing_id)
    audit.note(session, actor=actor, verb="listing.revised", subject_id=listing_id, now=now)
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
    _require_window(goods.window)
    _require_piece(goods.piece, scale)
    return {
        "seller_id": goods.seller_id,
        "category_code": category.code,
        "unit": unit,
        "scale": scale,
        "increment": increment,
        "minimum": minimum,
        "grade": goods.grade,
        **_of_piece(goods.piece),
        "price_minor": goods.price.minor,
        "currency": goods.price.currency,
        "state": ListingState.DRAFT,
        "unit_code": geography.unit(goods.unit_code).code,
        "harvest_from": goods.window.opens,
        "harvest_until": goods.window.closes,
        "source_lang": goods.source_lang,
    }


def _changes(listing: Listing, revision: Revision) -> dict[str, Any]:
    increment = revision.increment or listing.increment
    minimum = revision.minimum or listing.minimum
    _require_steps(increment=increment, minimum=minimum)
    changes: dict[str, Any] = {"increment": increment, "minimum": minimum}
    if revision.price is not None:
        offers.require_price(revision.price)
        changes["price_minor"] = revision.price.minor
    if revision.grade is not None:
        changes["grade"] = revision.grade
    if revision.piece is not None and listing.piece_grams is not None:
        _require_piece(revision.piece, listing.scale)
        changes |= _of_piece(revision.piece)
    if revision.unit_code is not None:
        changes["unit_code"] = geography.unit(revision.unit_code).code
    if revision.window is not None:
        _require_window(revision.window)
        changes["harvest_from"] = revision.window.opens
        changes["harvest_until"] = revision.window.closes
    return changes


def _require_steps(*, increment: int, minimum: int) -> None:
    """Refuse a minimum that cannot be sold."""
    if increment < 1 or minimum < increment or minimum % increment:
        raise Steps(increment=increment, minimum=minimum)


def _of_piece(piece: Piece | None) -> dict[str, int | None]:
    if piece is None:
        return {"piece_grams": None, "tolerance_basis_points": 0}
    tolerance = piece.tolerance_basis_points
    return {"piece_grams": piece.grams, "tolerance_basis_points": tolerance}


def _require_piece(piece: Piece | None, scale: int) -> None:
    if piece is None:
        return
    plausible = piece.tolerance_basis_points in range(TOLERANCE_MAX + 1)
    if scale or piece.grams not in range(1, PIECE_GRAMS_MAX + 1) or not plausible:
        raise PieceWrong(most_grams=PIECE_GRAMS_MAX, most_basis_points=TOLERANCE_MAX)


def _require_window(window: Window) -> None:
    if window.opens and window.closes and window.closes < window.opens:
        raise WindowBackwards(opens=window.opens, closes=window.closes)

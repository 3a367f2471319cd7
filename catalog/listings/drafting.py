"""A seller describes goods, once for all and then better: drafts and their revisions."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from catalog import categories, offers, reference_prices, reviewing, tiers
from catalog.listings import stock
from catalog.models import Grade, Listing, ListingState
from market import Actor, MarketError, Money, clock, geography, uuid7
from market.quantity import PIECE, Quantity, require_unit
from market.texts import Texts

PIECE_GRAMS_MAX, TOLERANCE_MAX = 200_000, 5_000


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
    """What changes; what is left out stays. Category and unit stay what the lots are in.

    With a `version` only if nobody changed it since that one.
    """

    version: int | None = None
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
    quantity: Quantity | None = None
    harvest_day: date | None = None
    plot_id: UUID | None = None
    id: UUID | None = None


def draft(session: Session, *, actor: Actor, goods: Goods, now: datetime) -> Listing:
    """A listing that only its seller sees; the phone may have named it already."""
    offers.require_seller(actor, goods.seller_id)
    listing = offers.draft(session, Listing, actor, _drafted(goods), goods.texts, now)
    tiers.keep_history(session, actor=actor, listing=listing, now=now)
    if goods.quantity is not None:
        opens = goods.window and goods.window.opens
        day = goods.harvest_day or opens or clock.day_of(now)
        lot: Any = {"quantity": goods.quantity, "harvest_day": day, "plot_id": goods.plot_id}
        stock.harvest(session, actor=actor, listing_id=listing.id, **lot, now=now)
    return listing


def revise(
    session: Session, *, actor: Actor, listing_id: UUID, revision: Revision, now: datetime
) -> Listing:
    """Change what is said, as `reviewing.change` does; a price cut far is questioned on sale."""
    which: Any = {"kind": Listing, "offer_id": listing_id, "version": revision.version}
    listing: Listing = offers.own(session, actor=actor, **which)
    minor, words = listing.price_minor, revision.texts
    increment = revision.increment or listing.increment
    minimum = revision.minimum or listing.minimum
    said = revision if listing.piece_grams else replace(revision, piece=None)
    values = _columns(said, increment=increment, minimum=minimum, scale=listing.scale)
    reviewing.change(session, actor=actor, offer=listing, values=values, words=words, now=now)
    if listing.state != ListingState.DRAFT and listing.price_minor != minor:
        is_meant = revision.price_is_meant
        reference_prices.require_meant(session, listing=listing, is_meant=is_meant, now=now)
    return listing


def _drafted(goods: Goods) -> dict[str, Any]:
    """What is said, by columns, and what the category gives."""
    category = categories.get(goods.category_code)
    if category.kind is not categories.Sold.GOODS:
        raise offers.WrongCategory(category=category.code)
    usual = (0, PIECE) if goods.piece else (category.scale, category.unit)
    given = goods.quantity or Quantity(0, *usual)
    unit = goods.unit or given.unit
    scale = given.scale if goods.scale is None else goods.scale
    require_unit(unit, scale)
    increment = goods.increment or (category.increment if unit == category.unit else 1)
    minimum = goods.minimum or increment
    return _columns(goods, increment=increment, minimum=minimum, scale=scale) | {
        "id": goods.id or uuid7(),
        "seller_id": goods.seller_id,
        "source_lang": goods.source_lang,
        "category_code": category.code,
        "unit": unit,
        "scale": scale,
        "currency": goods.price.currency,
    }


def _columns(said: Revision, *, increment: int, minimum: int, scale: int) -> dict[str, Any]:
    """What is said, by columns; what is left out is not among them. Refuses what cannot be sold."""
    if increment < 1 or minimum < increment or minimum % increment:
        raise Steps(increment=increment, minimum=minimum)
    columns: dict[str, Any] = {
        "increment": increment,
        "minimum": minimum,
        "price_minor": offers.minor_of(said.price),
        "grade": said.grade,
        "cold_chain": said.cold_chain,
        "unit_code": said.unit_code and geography.unit(said.unit_code).code,
    }
    columns = {name: value for name, value in columns.items() if value is not None}
    if said.piece is not None:
        grams, tolerance = said.piece
        is_plausible = 0 < grams <= PIECE_GRAMS_MAX and 0 <= tolerance <= TOLERANCE_MAX
        if scale or not is_plausible:
            raise PieceWrong(most_grams=PIECE_GRAMS_MAX, most_basis_points=TOLERANCE_MAX)
        columns |= {"piece_grams": grams, "tolerance_basis_points": tolerance}
    if said.shelf_hours is not None:
        columns["shelf_hours"] = said.shelf_hours or None
    if said.window is not None:
        opens, closes = said.window
        if opens and closes and closes < opens:
            raise offers.WindowBackwards(opens=opens, closes=closes)
        columns |= {"harvest_from": opens, "harvest_until": closes}
    return columns

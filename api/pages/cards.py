"""Rows of the catalogue as the cards and photos that templates draw."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import g

from catalog import categories, reference_prices
from catalog.categories import Sold
from catalog.search import Filters, Found, Search, find
from market import clock, geography
from market.accounts.models import Organisation
from market.geography import PlaceKind
from market.portable import uuid_of
from market.quantity import Quantity
from translations import text
from translations.folding import fold

WIDTHS = (320, 640, 1280)
CARD_RATIO = (640, 480)


def found(search: Search, *, limit: int, after: Any = None) -> list[Found]:
    """What is found, with its keys, up to one more than the limit."""
    asked = {"lang": g.languages[0], "after": after, "limit": limit, "now": clock.now()}
    return find(g.session.connection(), search, **asked)


def shelf(limit: int, **filters: Any) -> list[dict[str, Any]]:
    """The newest cards of a shelf."""
    search = Search(filters=Filters(**filters))
    return [card(one.row) for one in found(search, limit=limit)][:limit]


def card(row: Any, *, near: str | None = None) -> dict[str, Any]:
    """One found row as a card, with how far it is from a commune."""
    is_visit = row.kind == Sold.VISIT
    return {
        "kind": row.kind,
        "href": f"/{'x' if is_visit else 'g'}/{uuid_of(row.id)}",
        "title": row.title,
        "seller": row.seller_id,
        "photo": photo(row.photo_id and uuid_of(row.photo_id), alt=row.title),
        "icon": categories.get(row.category_code).icon,
        "price": row.price_minor,
        "unit": row.unit,
        "place": geography.unit(row.unit_code).name,
        "far": near and _far(near, row.unit_code),
        "marks": _marks(row),
    }


def photo(
    photo_id: UUID | None, *, alt: str = "", size: tuple[int, int] = CARD_RATIO, **more: Any
) -> dict[str, Any] | None:
    """The addresses of a photo's three widths; all the smallest for a reader who saves data."""
    if photo_id is None:
        return None
    widths = WIDTHS[:1] * len(WIDTHS) if g.saves_data else WIDTHS
    small, medium, large = (f"/media/{photo_id}/{width}.webp" for width in widths)
    addresses = {"small": small, "medium": medium, "large": large}
    return {**more, **addresses, "width": size[0], "height": size[1], "alt": alt}


def audio(note_id: UUID, ending: str) -> str:
    """The address of a recording."""
    return f"/media/{note_id}/note.{ending}"


def decimal(value: int, scale: int) -> str:
    """10^-scale units as decimal text, such as "0.5"."""
    return format(Decimal(value).scaleb(-scale).normalize(), "f")


def amount(goods: Any, *, most: int | None, value: int | None = None) -> dict[str, Any]:
    """What a number field of a quantity of these goods allows."""
    least, scale = goods.minimum, goods.scale
    return {
        "min": decimal(least, scale),
        "step": decimal(goods.increment, scale),
        "max": None if most is None else decimal(most, scale),
        "value": decimal(least if value is None else value, scale),
    }


def quantity(value: int, scale: int, unit: str) -> Quantity:
    """For the `measure` filter."""
    return Quantity(value, scale, unit)


def communes() -> list[dict[str, str]]:
    """The communes to choose from, grouped by what they are, by their proper names."""
    groups = {kind: text(g.languages, f"place.kind.{kind}").capitalize() for kind in PlaceKind}
    lead = {kind: len(text(("vi",), f"place.kind.{kind}")) for kind in PlaceKind}
    ordered = sorted(geography.units(), key=lambda unit: fold(unit.name[lead[unit.kind] :]))
    return [{"value": unit.code, "word": unit.name, "group": groups[unit.kind]} for unit in ordered]


def kinds(kind: Sold | None = None) -> list[dict[str, str]]:
    """The categories to choose from, indented by their place in the tree."""
    return [
        {
            "value": each.code,
            "word": "\u2003" * each.code.count(".") + text(g.languages, each.name_key),
            "icon": each.icon,
        }
        for each in categories.all()
        if kind is None or each.kind == kind
    ]


def choices(prefix: str, values: Iterable[str]) -> list[dict[str, str]]:
    """Values to choose from, each by the word `<prefix>.<value>`."""
    return [{"value": each, "word": text(g.languages, f"{prefix}.{each}")} for each in values]


def roots() -> list[dict[str, str]]:
    """The first shelves of the market."""
    return [
        {
            "href": "/search?" + urlencode({"category": each.code}),
            "word": text(g.languages, each.name_key),
            "icon": each.icon,
        }
        for each in categories.children(None)
    ]


def prices(*first: str) -> list[dict[str, Any]]:
    """The newest reference price of each product, those of the products named first."""
    told = reference_prices.told(g.session, now=clock.now())
    return sorted(told, key=lambda one: one["category"] not in first)


def moment(value: str | datetime) -> datetime:
    """A moment out of a snapshot."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def seller(row: Any) -> Mapping[str, Any]:
    """The seller beneath a listing or a visit, and where goods are picked up."""
    home = g.session.get_one(Organisation, uuid_of(row.seller_id)).unit_code
    return {
        "name": row.seller_name,
        "place": geography.unit(home).name,
        "verified": row.seller_verified,
        "href": "/search?" + urlencode({"seller": row.seller_id}),
    }


def _far(near: str, code: str) -> str:
    return text(g.languages, "page.search.km", km=geography.between(near, code).km)


def _marks(row: Any) -> list[dict[str, Any]]:
    if row.left is None or row.left > 0:
        return []
    return [{"word": text(g.languages, "page.mark.sold_out"), "tone": "bad", "by": None}]

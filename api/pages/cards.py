"""Rows of the catalogue as the cards and photos that templates draw."""

import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from api.pages.frame import UUID, Any, Facts, g
from catalog import categories, reference_prices
from catalog.categories import Sold
from catalog.search import Filters, Found, Search, find
from market import clock, geography, texts
from market.accounts import Organisation
from market.geography.units import PlaceKind
from market.portable import uuid_of
from translations import text
from translations.folding import fold

WIDTHS = (320, 640, 1280)
CARD_RATIO = (640, 480)


def table(name: str) -> Any:
    """What a file of data beside the pages holds."""
    return json.loads(Path(__file__).with_name(f"{name}.json").read_text())


def found(search: Search, *, limit: int, after: Any = None) -> list[Found]:
    """What is found, with its keys, up to one more than the limit."""
    asked = {"lang": g.languages[0], "after": after, "limit": limit, "now": clock.now()}
    return find(g.session.connection(), search, **asked)


def shelf(limit: int, **filters: Any) -> list[Any]:
    """The newest of a shelf."""
    search = Search(filters=Filters(**filters))
    return [one.row for one in found(search, limit=limit)][:limit]


def photo(
    photo_id: Any, alt: str = "", *, size: tuple[int, int] = CARD_RATIO, **more: Any
) -> Facts | None:
    """A photo as {small, medium, large, width, height, alt}; None where there is none.

    The addresses are those at 320, 640 and 1280 px; all the smallest for a reader who saves data.
    """
    if photo_id is None:
        return None
    widths = WIDTHS[:1] * len(WIDTHS) if g.saves_data else WIDTHS
    small, medium, large = (f"/media/{uuid_of(photo_id)}/{width}.webp" for width in widths)
    addresses = {"small": small, "medium": medium, "large": large}
    return {**more, **addresses, "width": size[0], "height": size[1], "alt": alt}


def decimal(value: int, scale: int) -> str:
    """10^-scale units as decimal text, such as "0.5"."""
    return format(Decimal(value).scaleb(-scale).normalize(), "f")


def amount(goods: Any, *, most: int | None, value: int | None = None) -> Facts:
    """What a number field of a quantity of these goods allows, as decimal text in the unit."""
    least, scale = goods.minimum, goods.scale
    return {
        "min": decimal(least, scale),
        "step": decimal(goods.increment, scale),
        "max": None if most is None else decimal(most, scale),
        "value": decimal(least if value is None else value, scale),
    }


def communes() -> list[dict[str, str]]:
    """The communes to choose from, grouped by what they are, by their proper names."""
    groups = {kind: text(g.languages, f"place.kind.{kind}").capitalize() for kind in PlaceKind}
    lead = {kind: len(text(("vi",), f"place.kind.{kind}")) for kind in PlaceKind}
    ordered = sorted(geography.units(), key=lambda unit: fold(unit.name[lead[unit.kind] :]))
    return [{"value": unit.code, "word": unit.name, "group": groups[unit.kind]} for unit in ordered]


def kinds(kind: Sold | None = None) -> list[dict[str, str]]:
    """The categories to choose from, indented by their place in the tree."""
    shown = [each for each in categories.all() if kind in {None, each.kind}]
    words = {each.code: text(g.languages, each.name_key) for each in shown}
    return [{"value": it, "word": "\u2003" * it.count(".") + words[it]} for it in words]


def choices(prefix: str, values: Iterable[str]) -> list[dict[str, str]]:
    """Values to choose from, each by the word `<prefix>.<value>`.

    A choice may also have an icon, help, off, and the group of a select.
    """
    return [{"value": each, "word": text(g.languages, f"{prefix}.{each}")} for each in values]


def said(ids: Iterable[UUID], field: str) -> dict[UUID, str]:
    """What is written in a field of things, in the reader's language where it is."""
    wanted = list(ids)
    its = texts.read(g.session, subject_ids=wanted, languages=g.languages) if wanted else {}
    return {its_id: said[field].body for its_id, said in its.items() if field in said}


def prices(*first: str) -> list[Facts]:
    """The newest reference price of each product, those of the products named first."""
    told = reference_prices.told(g.session, now=clock.now())
    return sorted(told, key=lambda one: one["category"] not in first)


def seller(row: Any) -> Organisation:
    """The seller of a listing or a visit, at whose place goods are picked up."""
    found: Organisation = g.session.get_one(Organisation, uuid_of(row.seller_id))
    return found

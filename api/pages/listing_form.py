"""The form of goods: what it offers to choose from, and what was typed, read as people write.

"180.000" and "180000" are one price; "1,5" is one and a half to a reader of Vietnamese, and so is
"1.5"; "1.500" is fifteen hundred.
"""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import g

from api.pages import cards, typed
from api.pages.counter import Counter
from catalog import categories, listings, offers
from catalog.categories import Category, Sold, UnknownCategory
from catalog.models import Grade, Listing
from market import clock
from market.errors import FieldInvalid
from market.ids import uuid7
from market.money import Money
from market.quantity import PIECE, Quantity
from market.texts import Texts
from translations import formats, text

TITLE_MAX, ABOUT_MAX = 120, 2_000
CHIPS_MAX = 6
OTHER = "other"
UNITS = ("KGM", "H87", "BX", "BG", "BE", "BO", "JR", "LTR")
USUAL = (
    "produce.fruit.strawberry",
    "produce.fruit.dragonfruit",
    "produce.vegetable",
    "coffee.roasted",
    "seafood.fresh",
    "flowers",
)
# The field that a refusal is about, by the beginning of its code.
BLAMED = {
    **dict.fromkeys(("photo", "media", "files"), "photos"),
    "audio": "audio",
    "listing.piece": "piece",
    "category": "category_code",
    "offer.title": "title",
    "text": "about",
    "price.far_below": "price_is_meant",
    "price": "price",
    **dict.fromkeys(("quantity", "stock"), "quantity"),
    "lot": "harvested",
    "unit": "unit",
    "place": "unit_code",
    "organisation": "farm",
}


def blamed(code: str) -> str:
    """The field beside which a refusal with this code is shown."""
    return next((field for start, field in BLAMED.items() if code.startswith(start)), "title")


def page_facts(given: Mapping[str, str], here: Counter | None) -> dict[str, Any]:
    """What the page shows around the values."""
    today = clock.day_of(clock.now())
    return {
        "form_id": given.get("form_id") or uuid7(),
        "categories": _chips(here),
        "all_categories": cards.kinds(Sold.GOODS),
        "units": cards.choices("unit", UNITS),
        "grades": [{"value": each.value, "word": each.value} for each in Grade],
        "prices": cards.prices(),
        "price_words": _price_words(given.get("price", "")),
        "today": today.isoformat(),
        "tomorrow": (today + timedelta(days=1)).isoformat(),
        "farm_needed": here is None,
    }


def first_values(here: Counter | None) -> dict[str, str]:
    """What stands in a form not yet touched."""
    values = {"unit": UNITS[0], "harvested": clock.day_of(clock.now()).isoformat()}
    return values if here is None else values | {"unit_code": here.shop.unit_code}


def read(given: Mapping[str, str], *, seller_id: UUID) -> listings.Goods:
    """The goods that were typed; raises FieldInvalid for the first field that cannot be read."""
    category = category_of(given)
    unit = given.get("unit") or category.unit
    if unit not in listings.SCALES:
        raise FieldInvalid(field="unit", reason="field.not_allowed")
    piece = _piece(given)
    unit = PIECE if piece else unit
    scale = category.scale if unit == category.unit else listings.SCALES[unit]
    lang = "en" if g.languages[0] == "en" else "vi"
    return listings.Goods(
        seller_id=seller_id,
        category_code=category.code,
        unit_code=typed.needed(given, "unit_code"),
        price=price_of(given.get("price", "")),
        texts=texts_of(given, lang),
        source_lang=lang,
        unit=unit,
        scale=scale,
        increment=None if unit == category.unit else max(1, 10**scale // 2),
        quantity=Quantity(quantity_of(given.get("quantity", ""), scale), scale, unit),
        harvest_day=day_of(given),
        grade=Grade(given["grade"]) if given.get("grade") in set(Grade) else None,
        piece=piece,
        id=typed.id_of(given.get("form_id", "")),
    )


def _piece(given: Mapping[str, str]) -> listings.Piece | None:
    """What one piece weighs, where goods are counted and priced by weight."""
    if not given.get("piece"):
        return None
    return listings.Piece(grams=quantity_of(given["piece"], 3, "piece"))


def category_of(given: Mapping[str, str]) -> Category:
    """The kind that was chosen, from the pictures or from the list of all."""
    code = given.get("category_code", "")
    if code in {"", OTHER}:
        code = given.get("other_category", "")
    if not code:
        raise FieldInvalid(field="category_code", reason="field.required")
    try:
        return categories.get(code)
    except UnknownCategory:
        raise FieldInvalid(field="category_code", reason="field.not_allowed") from None


def price_of(written: str, field: str = "price") -> Money:
    """Whole đồng, with or without grouping and the sign of the currency."""
    plain = re.sub(r"[\s₫đ]", "", written.lower()).removesuffix("vnd")
    if not plain:
        raise FieldInvalid(field=field, reason="field.required")
    if not re.fullmatch(r"[0-9]{1,15}|[0-9]{1,3}(?:([.,])[0-9]{3})(?:\1[0-9]{3}){0,3}", plain):
        raise FieldInvalid(field=field, reason="field.invalid")
    return Money(int(re.sub(r"[.,]", "", plain)))


def quantity_of(written: str, scale: int, field: str = "quantity") -> int:
    """Units of 10^-scale; the reader's own language says which sign groups and which divides."""
    group, point = (",", ".") if g.languages[0] == "en" else (".", ",")
    plain = re.sub(r"\s", "", written)
    if not plain:
        raise FieldInvalid(field=field, reason="field.required")
    grouped = rf"[1-9][0-9]{{0,2}}({re.escape(group)}[0-9]{{3}})+({re.escape(point)}[0-9]+)?"
    if re.fullmatch(grouped, plain):
        plain = plain.replace(group, "")
    plain = plain.replace(",", ".")
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", plain):
        raise FieldInvalid(field=field, reason="field.invalid")
    scaled = Decimal(plain).scaleb(scale)
    if scaled != int(scaled):
        raise FieldInvalid(field=field, reason="field.not_integer")
    return int(scaled)


def _chips(here: Counter | None) -> list[dict[str, str]]:
    """What this seller sold before comes first, then what is sold most here."""
    before: list[str] = []
    if here is not None:
        mine = offers.mine(g.session, actor=here.only, kind=Listing, limit=50)
        before = [listing.category_code for listing in mine]
    codes = list(dict.fromkeys((*before, *USUAL)))[:CHIPS_MAX]
    return [
        {"value": code, "word": text(g.languages, each.name_key), "icon": each.icon}
        for code, each in ((code, categories.get(code)) for code in codes)
    ]


def _price_words(written: str) -> str | None:
    try:
        return formats.spoken_money(price_of(written).minor, g.languages)
    except FieldInvalid:
        return None


def texts_of(given: Mapping[str, str], lang: str) -> Texts:
    """Title and story in the language of the form, and the English title where one was typed."""
    texts = {lang: {"title": typed.bounded(given.get("title", ""), "title", TITLE_MAX)}}
    if about := typed.bounded(given.get("about", ""), "about", ABOUT_MAX):
        texts[lang]["description"] = about
    if lang == "vi" and (title := typed.bounded(given.get("title_en", ""), "title_en", TITLE_MAX)):
        texts["en"] = {"title": title}
    return texts


def day_of(given: Mapping[str, str]) -> date | None:
    """The day of the harvest, from the chips or from the calendar; None where none was chosen."""
    field = "other_day" if given.get("harvested") == OTHER else "harvested"
    written = given.get(field, "")
    day = typed.day(written)
    if day is None and (written or field == "other_day"):
        raise FieldInvalid(field=field, reason="field.bad_day")
    return day

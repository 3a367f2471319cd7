"""The form of goods: what it offers to choose from, what was typed as people write, and its photos.

"180.000" and "180000" are one price; "1,5" is one and a half to a reader of Vietnamese, and so is
"1.5"; "1.500" is fifteen hundred. They go as typed; "other" of `harvested` and `category_code`
means `other_day` and `other_category`. The form's id is the listing's: what is sent twice lists
once. A script that takes the form over asks for the page behind the redirect.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from decimal import Decimal

from api import context, uploads
from api.pages import cards, typed
from api.pages.counter import Counter
from api.pages.frame import UUID, Any, Facts, files, g
from catalog import categories, listings, media, offers
from catalog.categories import Category, Sold, UnknownCategory
from catalog.media.photos import CAPTION_MAX, TooManyPhotos
from catalog.models import AudioNote, Grade, Listing
from market import FieldInvalid, Money, NotFound, clock, uuid7
from market.files import kept
from market.quantity import PIECE, Quantity
from market.texts import Texts
from translations import formats, text

TITLE_MAX, ABOUT_MAX = 120, 2_000
PHOTOS_MAX = 6  # at once
DROP, CAPTION = "drop-", "caption-"
Sent = Sequence[media.CleanPhoto | media.Recording]
CHIPS_MAX = 6
OTHER = "other"
UNITS = ("KGM", "H87", "BX", "BG", "BE", "BO", "JR", "LTR")
USUAL = cards.table("proposed")["usual"]
BLAMED = cards.table("blamed")


def page_facts(given: Mapping[str, str], here: Counter | None) -> Facts:
    """What the page shows around the values."""
    tomorrow = clock.day_of(clock.now()) + timedelta(days=1)
    return {
        "form_id": given.get("form_id") or uuid7(),
        "categories": _chips(here),
        "all_categories": cards.kinds(Sold.GOODS),
        "units": cards.choices("unit", UNITS),
        "grades": [{"value": each.value, "word": each.value} for each in Grade],
        "prices": cards.prices(),
        "price_words": _price_words(given.get("price", "")),
        "tomorrow": tomorrow,
        "farm_needed": here is None,
    }


def read(given: Mapping[str, str], *, seller_id: UUID) -> listings.Goods:
    """The goods that were typed; raises FieldInvalid for the first field that cannot be read."""
    category = category_of(given)
    unit = given.get("unit") or category.unit
    if unit not in listings.SCALES:
        raise FieldInvalid(field="unit", reason="field.not_allowed")
    weight = given.get("piece")  # of one, where goods are counted and priced by weight
    piece = listings.Piece(grams=quantity_of(weight, 3, "piece")) if weight else None
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
        grade=typed.one_of(Grade, given.get("grade")),
        piece=piece,
        **keeping(given),
        id=typed.id_of(given.get("form_id", "")),
    )


def keeping(given: Mapping[str, str]) -> Facts:
    """Whether goods must stay cold, and how many hours they keep; 0 for long."""
    hours = given.get("shelf_hours", "")
    if hours and not typed.count(hours):
        raise FieldInvalid(field="shelf_hours", reason="field.invalid")
    return {"cold_chain": "cold_chain" in given, "shelf_hours": typed.count(hours)}


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
    is_chosen = given.get(field) or field == "other_day"
    return typed.day_of(given, field) if is_chosen else None


@contextmanager
def sent() -> Iterator[Sent]:
    """What the form brings, cleaned and kept before the database is asked for anything."""
    chosen = files("photos")
    if len(chosen) > PHOTOS_MAX:
        raise TooManyPhotos(most=PHOTOS_MAX)
    brought: list[media.CleanPhoto | media.Recording] = [uploads.photo(file) for file in chosen]
    brought += [media.listen(file.stream.read()) for file in files("audio")[:1]]
    contents = {name: content for each in brought for name, content in each.files.items()}
    with kept(context.files(), contents):
        yield brought


def keep_media(given: Mapping[str, str], brought: Sent, **offer: Any) -> None:
    """Change what an offer shows (`actor`, `kind`, `offer_id`, `now`) as the form says."""
    for photo in media.photos_of(g.session, subject_id=offer["offer_id"]):
        name = f"{CAPTION}{photo.id}"
        caption = typed.bounded(given.get(name, photo.caption or ""), name, CAPTION_MAX)
        if f"{DROP}{photo.id}" in given:
            media.remove(g.session, photo_id=photo.id, **offer)
        elif caption != (photo.caption or ""):
            media.place(g.session, photo_id=photo.id, caption=caption, **offer)
    if f"{DROP}audio" in given:
        with suppress(NotFound):  # the same form was sent twice
            media.hush(g.session, **offer)
    for each in brought:
        if isinstance(each, media.Recording):
            media.say(g.session, recording=each, **offer)
        else:
            media.attach(g.session, photo=each, **offer)


def media_facts(offer_id: UUID) -> Facts:
    """The photos and the recording that are there."""
    recording = g.session.get(AudioNote, offer_id, populate_existing=True)
    return {"photos": media.photos_of(g.session, subject_id=offer_id), "recording": recording}

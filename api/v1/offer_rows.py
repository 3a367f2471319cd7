"""Rows of the shelves as answers: plain dictionaries, ready for JSON, in the order of the shape."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import orjson
from flask import Response, g

from api import caching
from catalog.media import WIDTHS
from catalog.shelves.goods import Page
from market import geography

Answer = dict[str, Any]


def respond(answer: Answer) -> Response:
    """The answer as bytes, past schemas and Flask's own JSON."""
    return Response(orjson.dumps(answer), mimetype="application/json")


def goods(row: Any, lang: str) -> Answer:
    """A listing on a shelf (`GoodsOut`) for a reader of the language."""
    card = _card(row, row.price_minor, lang)
    card["unit"] = row.unit
    card["scale"] = row.scale
    card["increment"] = row.increment
    card["minimum"] = row.minimum
    card["available"] = row.left
    return card


def visit(row: Any, lang: str) -> Answer:
    """A visit on a shelf (`VisitOut`) for a reader of the language."""
    card = _card(row, row.adult_minor, lang)
    card["child_price"] = _price(row.child_minor, row.currency)
    card["duration_minutes"] = row.duration_minutes
    card["cutoff_minutes"] = row.cutoff_minutes
    card["next_departure_at"] = row.next_at
    return card


def found(row: Any, lang: str) -> Answer:
    """Something found (`FoundOut`) for a reader of the language."""
    card = _card(row, row.price_minor, lang)
    card["kind"] = row.kind
    card["unit"] = row.unit
    card["scale"] = row.scale
    card["available"] = row.left
    return card


def listing(page: Page) -> Answer:
    """One listing in full (`ListingOut`)."""
    row = page.row
    return (
        goods(row, g.languages[0])
        | _full(page)
        | {
            "harvest": {"from": row.harvest_from, "until": row.harvest_until},
            "lots": lots(page.lots),
        }
    )


def experience(page: Page) -> Answer:
    """One visit in full (`ExperienceOut`)."""
    return visit(page.row, g.languages[0]) | _full(page)


def lots(rows: Iterable[Any]) -> list[Answer]:
    """Lots that goods are sold from (`LotStockOut`)."""
    return [
        {"code": row.code, "harvest_day": row.harvest_day, "available": row.left} for row in rows
    ]


def photo(photo_id: Any, width: int, height: int) -> Answer:
    """A photo by width (`PhotoOut`)."""
    urls = {str(each): f"/media/{photo_id}/{each}.webp" for each in WIDTHS}
    return {"id": photo_id, "width": width, "height": height, "urls": urls}


@cache
def commune(code: str) -> Answer:
    """A commune by its name (`CommuneOut`)."""
    return {"code": code, "name": geography.unit(code).name}


def _card(row: Any, price_minor: int, lang: str) -> Answer:
    photo_id = row.photo_id
    card = {
        "id": row.id,
        "title": row.title,
        "category": row.category_code,
        "commune": commune(row.unit_code),
        "seller": {
            "id": row.seller_id,
            "name": row.seller_name,
            "verified": row.seller_verified,
        },
        "photo": photo_id and {"id": photo_id, "url": f"/media/{photo_id}/{WIDTHS[0]}.webp"},
        "price": {"amount": price_minor, "currency": row.currency},
        "listed_at": row.listed_at,
    }
    if row.title_lang != lang:
        card["_lang"] = {"title": row.title_lang}
    return card


def _full(page: Page) -> Answer:
    row = page.row
    caching.versioned(row.version)
    full: Answer = {
        "description": row.description,
        "photos": [photo(each.picture_id, each.width, each.height) for each in page.photos],
        "state": row.state,
        "version": row.version,
        "updated_at": row.updated_at,
    }
    served = {
        field: lang
        for field, lang in (("title", row.title_lang), ("description", row.description_lang))
        if lang not in (None, g.languages[0])
    }
    return full | ({"_lang": served} if served else {})


def _price(minor: int | None, currency: str) -> Answer | None:
    return None if minor is None else {"amount": minor, "currency": currency}

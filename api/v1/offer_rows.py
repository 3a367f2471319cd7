"""Rows of the shelves as answers, ready for JSON, in the order of the shape.

What a card says changes with its offer, what is left of it with every sale. So the JSON of a card
is made once for each version of the offer and its seller, and only its last member is written
each time. What is found is remembered by its whole row.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from flask import Response, g
from orjson import Fragment

from api import caching, context, paging
from api.v1.offer_shapes import ComingOut, commune
from catalog.media import MEDIA_TYPES, WIDTHS
from catalog.shelves import cards
from catalog.shelves.goods import Page
from market import clock, portable

Answer = dict[str, Any]


class Kind(NamedTuple):
    """How the rows of a shelf are written: so many columns as JSON, and the last member after."""

    columns: int
    say: Callable[[Sequence[Any], str], Answer]
    last: Callable[[Any], bytes]


CARD, GOODS, VISIT, FOUND = 12, 20, 15, 16  # columns of what every card says, and of each kind
FOUND_KEPT = 4096


def respond(answer: Answer) -> Response:
    """The answer as bytes, past schemas and Flask's own JSON."""
    return Response(orjson.dumps(answer), content_type="application/json")


def one(found: Callable[..., Page], say: Callable[[Page], Answer], **offer: UUID) -> Response:
    """The page of one offer as its reader may see it."""
    with context.database().read_engine.connect() as connection:
        page = found(connection, **offer, actor=g.actor, lang=g.languages[0], now=clock.now())
    return respond(say(page))


def shelf(query: dict[str, Any], offers: cards.Shelf, kind: Kind) -> Response:
    """A page of a shelf, as `ShelfQuery` narrows it."""
    which = {name: query[name] for name in ("category", "commune", "seller_id")}
    narrowed = cards.narrowed(after=query["cursor"], **which)
    limit, lang, now = query["limit"], g.languages[0], clock.now()
    known = context.cards(lang)
    with context.database().asking() as connection:
        rows = offers.rows(connection, narrowed, limit, now=now)
        said = [known.get(row[:3], b"") for row in rows]
        if not all(said):
            rows = offers.rows(connection, narrowed, limit, lang=lang, now=now)
            said = [_remember(known, kind, row, lang) for row in rows]
    page = paging.page(rows, limit=limit, key=cards.place)
    page["items"] = [
        Fragment(card + kind.last(row)) for card, row in zip(said, page["items"], strict=False)
    ]
    return respond(page)


def _remember(known: context.Cards, kind: Kind, row: Any, lang: str) -> bytes:
    said = orjson.dumps(kind.say(row[: kind.columns], lang))[:-1]
    known[row.id, row.version, row.seller_version] = said
    return said


def found(row: Any, lang: str) -> Fragment:
    """Something found (`FoundOut`) for a reader of the language."""
    return Fragment(_found_json(row[:FOUND], lang) + _left(row))


def listing(page: Page) -> Answer:
    """One listing in full (`ListingOut`)."""
    row, said = page.row, _goods(page.row[:GOODS], g.languages[0])
    lots = [
        {"code": it.code, "harvest_day": it.harvest_day, "available": it.left} for it in page.lots
    ]
    return (
        said
        | _full(page)
        | {
            "available": row.left,
            "cold_chain": bool(row.cold_chain),
            "shelf_hours": row.shelf_hours,
            "harvest": {"from": row.harvest_from, "until": row.harvest_until},
            "lots": lots,
            "coming": page.coming and _COMING.dump(page.coming),
        }
    )


def experience(page: Page) -> Answer:
    """One visit in full (`ExperienceOut`)."""
    row, said = page.row, _visit(page.row[:VISIT], g.languages[0])
    said |= {name: getattr(row, name) for name in ("availability", "meeting_landmark", "spoken")}
    meeting = row.meeting_unit_code and commune(row.meeting_unit_code)
    return said | _full(page) | {"next_departure_at": row.next_at, "meeting_commune": meeting}


def photo(photo_id: UUID, row: Any, source_lang: str) -> Answer:
    """A photo by width (`PhotoOut`), captioned in the offer's own language."""
    widths = WIDTHS[:1] if g.saves_data else WIDTHS
    shown = {
        "id": photo_id,
        "width": row.width,
        "height": row.height,
        "urls": {str(width): f"/media/{photo_id}/{width}.webp" for width in widths},
        "placeholder": row.placeholder and f"data:image/webp;base64,{row.placeholder}",
        "caption": row.caption,
    }
    if row.caption and source_lang != g.languages[0]:
        shown["_lang"] = {"caption": source_lang}
    return shown


def audio(note_id: UUID, row: Any) -> Answer:
    """A recording (`AudioOut`)."""
    return {
        "id": note_id,
        "url": f"/media/{note_id}/note.{row.ending}",
        "media_type": MEDIA_TYPES[row.ending],
        "milliseconds": row.milliseconds,
    }


@lru_cache(maxsize=FOUND_KEPT)
def _found_json(said: Sequence[Any], lang: str) -> bytes:
    """The object as JSON but for its closing brace."""
    return orjson.dumps(_found(said, lang))[:-1]


def seller(row: Any) -> Answer:
    """A seller who is found (`FoundSellerOut`)."""
    return {
        "id": portable.uuid_of(row.id),
        "name": row.name,
        "verified": row.verified_at is not None,
        "kind": row.kind,
        "commune": commune(row.unit_code),
    }


def _goods(said: Sequence[Any], lang: str) -> Answer:
    unit, scale, increment, minimum, grade, grams, tolerance, kilo_minor = said[CARD:]
    card = _card(said[:CARD], lang)
    steps = {"unit": unit, "scale": scale, "increment": increment, "minimum": minimum}
    piece = grams and {
        "grams": grams,
        "tolerance_basis_points": tolerance,
        "price_per_kilogram": card["price"] | {"amount": kilo_minor},
    }
    return card | steps | {"grade": grade, "piece": piece}


def _visit(said: Sequence[Any], lang: str) -> Answer:
    child_minor, duration, cutoff = said[CARD:]
    card = _card(said[:CARD], lang)
    return card | {
        "child_price": None if child_minor is None else card["price"] | {"amount": child_minor},
        "duration_minutes": duration,
        "cutoff_minutes": cutoff,
    }


def _found(said: Sequence[Any], lang: str) -> Answer:
    kind, _, unit, scale = said[CARD:]
    return _card(said[:CARD], lang) | {"kind": kind, "unit": unit, "scale": scale}


def _card(said: Sequence[Any], lang: str) -> Answer:
    card_id, category, unit_code, price, currency, listed, *seller, photo_id, title, served = said
    seller_id, name, verified = seller
    card = {
        "id": portable.uuid_of(card_id),
        "title": title,
        "category": category,
        "commune": commune(unit_code),
        "seller": {"id": portable.uuid_of(seller_id), "name": name, "verified": bool(verified)},
        "photo": photo_id and _thumbnail(portable.uuid_of(photo_id)),
        "price": {"amount": price, "currency": currency},
        "listed_at": _instant(listed),
    }
    if served != lang:
        card["_lang"] = {"title": served}
    return card


def _thumbnail(photo_id: UUID) -> Answer:
    return {"id": photo_id, "url": f"/media/{photo_id}/{WIDTHS[0]}.webp"}


def _left(row: Any) -> bytes:
    return b',"available":%b}' % orjson.dumps(row.left)


def _next(row: Any) -> bytes:
    return b',"next_departure_at":%b}' % orjson.dumps(_instant(row.next_at))


def _instant(value: Any) -> datetime | None:
    return value and portable.instant_of(value)


def _full(page: Page) -> Answer:
    row = page.row
    caching.versioned(row)
    full: Answer = {
        "description": row.description,
        "photos": [photo(each.picture_id, each, row.source_lang) for each in page.photos],
        "audio": row.note_id and audio(row.note_id, row),
        "marks": row.marks,
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


_COMING = ComingOut()
GOODS_ROWS = Kind(GOODS, _goods, _left)  # as `GoodsOut`
VISIT_ROWS = Kind(VISIT, _visit, _next)  # as `VisitOut`

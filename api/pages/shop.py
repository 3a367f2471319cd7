"""What everybody may look at: the first page, search, a listing, a visit, a lot's story."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Response, g, request

from api import context, house
from api.pages import cards
from api.pages.frame import Views, go, render
from api.pages.order_facts import picture
from catalog import categories
from catalog.categories import Sold
from catalog.search import Filters
from catalog.shelves import goods, visits
from market import clock, geography, traceability
from market.errors import NotFound
from market.ids import normal_code
from translations import text

views = Views()

SHELF = 8
PAGE = 24
DEPARTURES = 12
PRICE_MAX = 10**12


@views.get("/")
def home() -> Response:
    """The market's first page."""
    return render(
        "home.html",
        kinds=cards.roots(),
        fresh=cards.shelf(SHELF, kind=Sold.GOODS),
        visits=cards.shelf(SHELF // 2, kind=Sold.VISIT),
        prices=[],
    )


@views.get("/search")
def search() -> Response:
    """What is found; filters that cannot be read are as if they were not set."""
    asked = {name: request.args.get(name, "").strip()[:200] for name in _FILTERS}
    found = cards.cards(asked["q"], _filters(asked), limit=PAGE, after=_after(asked["after"]))
    more = found[PAGE - 1][0] if len(found) > PAGE else None
    return render(
        "search.html",
        values=asked,
        categories=cards.kinds(),
        communes=cards.communes(),
        results=[card for _, card in found[:PAGE]],
        next=_next(asked, more) if more else None,
        narrowed=any(asked[name] for name in _FILTERS if name not in {"q", "kind", "after"}),
        meant=None,
    )


@views.get("/g/<uuid:listing_id>")
def listing(listing_id: UUID) -> Response:
    """One listing."""
    page = goods.one(
        g.session.connection(),
        listing_id=listing_id,
        actor=g.actor,
        lang=g.languages[0],
        now=clock.now(),
    )
    row = page.row
    left = max(0, int(row.left))
    return render(
        "listing.html",
        good={
            "id": row.id,
            "title": row.title,
            "category": row.category_code,
            "price": row.price_minor,
            "unit": row.unit,
            "icon": categories.get(row.category_code).icon,
            "photos": _photos(page.photos, row.title),
            "place": geography.unit(row.unit_code).name,
            "harvested": page.lots[-1].harvest_day if page.lots else None,
            "grade": None,
            "about": row.description,
            "about_lang": _other(row.description_lang),
            "marks": [],
            "stock": cards.quantity(left, row.scale, row.unit),
            "amount": cards.amount(
                minimum=row.minimum, increment=row.increment, scale=row.scale, most=left
            ),
        },
        seller=cards.seller(row),
        lots=[
            {"code": lot.code, "href": f"/l/{lot.code}", "harvested": lot.harvest_day}
            for lot in page.lots
        ],
        delivery_fee=house.delivery_fee().minor,
        more=_others(Sold.GOODS, row.id, seller_id=row.seller_id),
    )


@views.get("/x/<uuid:experience_id>")
def experience(experience_id: UUID) -> Response:
    """One visit with its next departures."""
    return render("experience.html", **visit_facts(experience_id))


def visit_facts(experience_id: UUID) -> dict[str, Any]:
    """What the page of a visit shows; shown again where a form on it was refused."""
    connection, now = g.session.connection(), clock.now()
    page = visits.one(
        connection, experience_id=experience_id, actor=g.actor, lang=g.languages[0], now=now
    )
    row = page.row
    departures = visits.departures(
        connection,
        experience_id=experience_id,
        actor=g.actor,
        after=None,
        limit=DEPARTURES,
        now=now,
    )
    return {
        "visit": {
            "id": row.id,
            "title": row.title,
            "price_adult": row.price_minor,
            "price_child": row.child_minor,
            "minutes": row.duration_minutes,
            "cutoff_minutes": row.cutoff_minutes,
            "icon": categories.get(row.category_code).icon,
            "photos": _photos(page.photos, row.title),
            "place": geography.unit(row.unit_code).name,
            "about": row.description,
            "about_lang": _other(row.description_lang),
            "marks": [],
        },
        "departures": [_departure(each, now) for each in departures[:DEPARTURES]],
        "seller": cards.seller(row),
        "more": _others(Sold.VISIT, row.id),
    }


def _departure(row: Any, now: datetime) -> dict[str, Any]:
    return {
        "id": row.id,
        "starts": row.starts_at,
        "seats_left": max(0, int(row.left)),
        "open": not row.closed and row.left > 0 and row.cutoff_at > now,
    }


@views.get("/l")
def look_up() -> Response:
    """From a typed code to its lot."""
    return go("/l/" + (normal_code(request.args.get("code", "")) or "-"))


@views.get("/l/<code>")
def lot(code: str) -> Response:
    """The public story of a lot."""
    trace = traceability.trace(g.session, code=_code(code))
    found = trace.lot
    return render(
        "lot.html",
        lot={
            "code": found.code,
            "category": found.category_code,
            "title": text(g.languages, f"category.{found.category_code}"),
            "icon": categories.get(found.category_code).icon,
            "photo": None,
            "place": geography.unit(found.unit_code).name,
            "harvested": found.harvest_day,
            "declared": cards.quantity(found.declared, found.scale, found.unit),
            "accepted": None
            if found.accepted is None
            else cards.quantity(found.accepted, found.scale, found.unit),
        },
        plot=None,
        grower={
            "name": trace.producer_name,
            "href": "/search?" + urlencode({"seller": found.producer_id}),
            "kind": trace.producer_kind,
            "verified": trace.verified,
        },
        isolation=trace.isolation,
        events=[_told(event, found) for event in trace.events],
        listings=[],
        qr=picture(f"{context.settings().public_url}/l/{found.code}", title=found.code),
    )


def _told(event: Any, found: Any) -> dict[str, Any]:
    facts = dict(event.facts)
    if "value" in facts:
        facts["weight"] = cards.quantity(int(facts.pop("value")), found.scale, found.unit)
    late = abs((event.recorded_at - event.occurred_at).total_seconds()) > 3600  # noqa: PLR2004
    return {
        "step": event.step,
        "at": event.occurred_at,
        "recorded": event.recorded_at if late else None,
        "voice": event.voice,
        "facts": facts,
    }


def _code(typed: str) -> str:
    code = normal_code(typed)
    if code is None:
        raise NotFound(what="lot")
    return code


def _photos(rows: Any, alt: str) -> list[Any]:
    return [cards.photo(row.picture_id, alt=alt, size=(row.width, row.height)) for row in rows]


def _others(kind: Sold, but: UUID, **filters: Any) -> list[dict[str, Any]]:
    found = cards.shelf(5, kind=kind, **filters)
    return [card for card in found if not card["href"].endswith(str(but))][:4]


def _other(lang: str | None) -> str | None:
    return lang if lang and lang != g.languages[0] else None


_FILTERS = (
    "q", "kind", "category", "commune", "price_from", "price_to", "seller", "after",
)  # fmt: skip


def _filters(asked: dict[str, str]) -> Filters:
    known = {each.code for each in categories.all()}
    return Filters(
        kind=Sold(asked["kind"]) if asked["kind"] in set(Sold) else None,
        category=asked["category"] if asked["category"] in known else None,
        commune=asked["commune"] or None,
        seller_id=_uuid(asked["seller"]),
        price_from=_whole(asked["price_from"]),
        price_to=_whole(asked["price_to"]),
    )


def _after(asked: str) -> tuple[int, int] | None:
    tier, _, key = asked.partition("-")
    if not (tier.isascii() and tier.isdigit() and key.isascii() and key.isdigit()):
        return None
    return (int(tier[:2]), min(int(key[:19]), 2**63 - 1))


def _next(asked: dict[str, str], key: tuple[int, int]) -> str:
    kept = {name: value for name, value in asked.items() if value and name != "after"}
    return "/search?" + urlencode({**kept, "after": f"{key[0]}-{key[1]}"})


def _whole(asked: str) -> int | None:
    digits = asked.replace(".", "").replace(",", "").replace(" ", "")
    if not (digits.isascii() and digits.isdigit()):
        return None
    return min(int(digits[:15]), PRICE_MAX)


def _uuid(asked: str) -> UUID | None:
    try:
        return UUID(asked)
    except ValueError:
        return None

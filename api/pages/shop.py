"""What everybody may look at: the first page, a listing, a visit, a lot's story."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Response, g, request

from api import context, house
from api.pages import cards
from api.pages.frame import Views, go, render
from api.pages.order_facts import picture
from catalog import categories, search
from catalog.categories import Sold
from catalog.models import ListingState
from catalog.shelves import goods, visits
from market import clock, geography, traceability
from market.accounts import SYSTEM
from market.db import columns_of
from market.errors import NotFound
from market.ids import normal_code
from market.traceability.models import Plot
from translations import text

views = Views()

SHELF = 8
PAGE = 24
DEPARTURES = 12


@views.get("/")
def home() -> Response:
    """The market's first page."""
    return render(
        "home.html",
        kinds=cards.roots(),
        fresh=_one_each(cards.shelf(PAGE, kind=Sold.GOODS))[:SHELF],
        visits=cards.shelf(SHELF // 2, kind=Sold.VISIT),
        prices=cards.prices()[:3],
    )


@views.get("/prices")
def prices() -> Response:
    """What products fetch at the farm gate."""
    return render("prices.html", prices=cards.prices())


def _one_each(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The newest of every seller first, then what else they have."""
    firsts: dict[Any, dict[str, Any]] = {}
    for card in found:
        firsts.setdefault(card["seller"], card)
    chosen = list(firsts.values())
    return chosen + [card for card in found if card not in chosen]


@views.get("/g/<uuid:listing_id>")
def listing(listing_id: UUID) -> Response:
    """One listing."""
    return render("listing.html", **listing_facts(listing_id))


def listing_facts(listing_id: UUID) -> dict[str, Any]:
    """What the page of a listing shows; shown again where its form was refused."""
    page = _seen(goods.one, listing_id=listing_id)
    row = page.row
    paused = row.state == ListingState.PAUSED
    left = max(0, int(row.left))
    return {
        "good": {
            **_offer(page),
            "category": row.category_code,
            "price": row.price_minor,
            "unit": row.unit,
            "harvested": page.lots[-1].harvest_day if page.lots else None,
            "stock": None if paused else cards.quantity(left, row.scale, row.unit),
            "amount": cards.amount(row, most=left),
        },
        "seller": cards.seller(row),
        "lots": page.lots,
        "delivery_fee": house.delivery_fee().minor,
        "more": _others(Sold.GOODS, row.id, seller_id=row.seller_id),
    }


@views.get("/x/<uuid:experience_id>")
def experience(experience_id: UUID) -> Response:
    """One visit with its next departures."""
    return render("experience.html", **visit_facts(experience_id))


def visit_facts(experience_id: UUID) -> dict[str, Any]:
    """What the page of a visit shows; shown again where a form on it was refused."""
    page, now = _seen(visits.one, experience_id=experience_id), clock.now()
    row = page.row
    asked: dict[str, Any] = {"actor": g.actor, "limit": DEPARTURES, "now": now}
    found = visits.departures(g.session.connection(), experience_id=experience_id, **asked)
    return {
        "visit": {
            **_offer(page),
            "price_adult": row.price_minor,
            "price_child": row.child_minor,
            "minutes": row.duration_minutes,
            "cutoff_minutes": row.cutoff_minutes,
        },
        "departures": _departures(found, now),
        "seller": cards.seller(row),
        "more": _others(Sold.VISIT, row.id),
    }


def _offer(page: goods.Page) -> dict[str, Any]:
    """What the pages of goods and visits both show."""
    row = page.row
    return {
        "id": row.id,
        "title": row.title,
        "icon": categories.get(row.category_code).icon,
        "photos": _photos(page),
        "audio": row.note_id and cards.audio(row.note_id, row.ending),
        "place": geography.unit(row.unit_code).name,
        "about": row.description,
        "about_lang": _other(row.description_lang),
        "paused": row.state == ListingState.PAUSED,
    }


def _seen(one: Callable[..., goods.Page], **offer: UUID) -> goods.Page:
    """The offer as its reader may see it; a paused one by everybody who has its address."""
    given = {"lang": g.languages[0], "now": clock.now(), **offer}
    try:
        return one(g.session.connection(), actor=g.actor, **given)
    except NotFound:
        page = one(g.session.connection(), actor=SYSTEM, **given)
        if page.row.state != ListingState.PAUSED:
            raise
        return page


def _departures(rows: Any, now: datetime) -> list[Any]:
    """Those that one can still book, and the full ones among them."""
    return [row for row in rows[:DEPARTURES] if not row.closed and row.cutoff_at > now]


@views.get("/l")
def look_up() -> Response:
    """From a typed code to its lot."""
    return go("/l/" + (normal_code(request.args.get("code", "")) or "-"))


@views.get("/l/<code>")
def lot(code: str) -> Response:
    """The public story of a lot."""
    trace = traceability.trace(g.session, code=code)
    found = trace.lot
    on_sale = search.from_lot(
        g.session.connection(), lot_id=found.id, lang=g.languages[0], now=clock.now()
    )
    shown = [cards.card(row) for row in on_sale]
    measured = partial(cards.quantity, scale=found.scale, unit=found.unit)
    return render(
        "lot.html",
        lot={
            **columns_of(found),
            "title": text(g.languages, f"category.{found.category_code}"),
            "icon": categories.get(found.category_code).icon,
            "photo": shown[0]["photo"] if shown else None,
            "place": geography.unit(found.unit_code).name,
            "declared": measured(found.declared),
            "accepted": measured(found.accepted) if found.accepted is not None else None,
        },
        plot=_plot(found.plot_id),
        grower={
            "name": trace.producer.name,
            "href": "/search?" + urlencode({"seller": found.producer_id}),
            "kind": trace.producer.kind,
            "verified": trace.producer.verified,
        },
        isolation=trace.isolation,
        events=[_told(event, found) for event in trace.events],
        listings=shown,
        qr=picture(f"{context.settings().public_url}/l/{found.code}", title=found.code),
    )


def _plot(plot_id: UUID | None) -> dict[str, Any] | None:
    plot = g.session.get(Plot, plot_id) if plot_id else None
    return plot and columns_of(plot) | {"place": geography.unit(plot.unit_code).name}


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


def _photos(page: goods.Page) -> list[Any]:
    """What each shows is said in the offer's own language, or by its title in the reader's."""
    return [
        cards.photo(
            row.picture_id,
            alt=row.caption or row.title,
            size=(row.width, row.height),
            caption=row.caption,
            lang=row.caption and _other(row.source_lang),
            blurred=row.placeholder,
        )
        for row in page.photos
    ]


def _others(kind: Sold, but: UUID, **filters: Any) -> list[dict[str, Any]]:
    found = cards.shelf(5, kind=kind, **filters)
    return [card for card in found if not card["href"].endswith(str(but))][:4]


def _other(lang: str | None) -> str | None:
    return lang if lang and lang != g.languages[0] else None

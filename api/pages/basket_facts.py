"""A basket as its page draws it: every line with its price, or what is wrong with it."""

from typing import Any

from flask import g
from sqlalchemy.orm import Session

from api.pages import cards
from api.pages.frame import sentence
from catalog import baskets, categories, media, pricing
from catalog.models import Basket, Departure, Experience, Listing, SeatUnit
from market import clock, geography, texts
from market.accounts.models import Organisation
from market.db import by_id
from market.errors import MarketError
from market.inventory import OutOfStock
from market.orders import Line, LineKind, Part
from translations import Measure, text

SEATS_MAX = baskets.SEATS_MAX


def basket_facts(basket: Basket | None) -> dict[str, Any]:
    """The lines by seller, the sum of those that can be bought, and whether all can."""
    lines = baskets.lines(g.session, basket_id=basket.id) if basket else []
    parts: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        seller, facts = _line(g.session, line)
        parts.setdefault(seller, []).append(facts)
    shown = [
        {"seller": seller, "lines": its, "total": sum(line["total"] for line in its)}
        for seller, its in parts.items()
    ]
    return {
        "parts": shown,
        "total": sum(part["total"] for part in shown),
        "ready": not any(line["problem"] for its in parts.values() for line in its),
    }


def basket_parts(session: Session, parts: list[Part]) -> list[dict[str, Any]]:
    """The parts of a quote as the checkout page draws them."""
    sellers = by_id(session, Organisation, (part.seller_id for part in parts))
    return [
        {
            "seller_id": part.seller_id,
            "seller": sellers[part.seller_id].name,
            "place": geography.unit(sellers[part.seller_id].unit_code).name,
            "fulfilment": part.fulfilment.value,
            "lines": [_quoted(line) for line in part.lines],
            "goods": part.goods.minor,
            "delivery": part.delivery.minor,
            "total": part.total.minor,
        }
        for part in parts
    ]


def _quoted(line: Line) -> dict[str, Any]:
    is_seats = line.kind is LineKind.SEATS
    return {
        "title": line.title,
        "quantity": None if is_seats else line.quantity,
        "seats": line.quantity.value if is_seats else None,
        "starts": cards.moment(line.snapshot["starts_at"]) if is_seats else None,
        "total": line.amount.minor,
    }


def _line(session: Session, line: Any) -> tuple[str, dict[str, Any]]:
    facts = _goods(session, line) if line.kind == LineKind.GOODS else _seats(session, line)
    seller, problem, total = facts.pop("seller"), None, 0
    try:
        free, lang = pricing.FREE_OF_CHARGE, g.languages[0]  # only the price matters here
        priced = pricing.priced(session, lines=[line], lang=lang, tariff=free, now=clock.now())
        total = next(iter(priced))[1].amount.minor
    except OutOfStock as refusal:
        problem = _left(facts, line, refusal.facts["left"])
    except MarketError as refusal:
        problem = sentence(refusal)
    return seller, {**facts, "id": line.id, "kind": line.kind, "total": total, "problem": problem}


def _left(facts: dict[str, Any], line: Any, left: int) -> str:
    listing = g.session.get_one(Listing, line.subject_id)
    if left < listing.minimum:
        return text(g.languages, "page.basket.gone")
    facts["amount"]["max"] = cards.decimal(left, listing.scale)
    measure = Measure(left, listing.scale, listing.unit)
    return text(g.languages, "page.basket.left", amount=measure)


def _goods(session: Session, line: Any) -> dict[str, Any]:
    listing = session.get_one(Listing, line.subject_id)
    return {
        **_offer(session, listing, f"/g/{listing.id}"),
        "price": listing.price_minor,
        "unit": listing.unit,
        "amount": cards.amount(listing, most=None, value=line.quantity),
        "starts": None,
    }


def _seats(session: Session, line: Any) -> dict[str, Any]:
    departure = session.get_one(Departure, line.subject_id)
    visit = session.get_one(Experience, departure.experience_id)
    adult = line.unit == SeatUnit.ADULT
    return {
        **_offer(session, visit, f"/x/{visit.id}"),
        "price": visit.adult_minor if adult else visit.child_minor,
        "unit": line.unit,
        "amount": {"min": 1, "step": 1, "max": SEATS_MAX, "value": line.quantity},
        "starts": departure.starts_at,
    }


def _offer(session: Session, offer: Listing | Experience, href: str) -> dict[str, Any]:
    said = texts.read(session, subject_ids=[offer.id], languages=g.languages)
    title = said[offer.id]["title"].body
    photos = media.photos_of(session, subject_id=offer.id)
    return {
        "seller": session.get_one(Organisation, offer.seller_id).name,
        "title": title,
        "href": href,
        "icon": categories.get(offer.category_code).icon,
        "photo": cards.photo(photos[0].id, alt=title) if photos else None,
    }

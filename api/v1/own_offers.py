"""Offers as their sellers edit them: all states, all languages, the version to edit."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import g

from api import caching, paging
from api.v1 import offer_rows
from catalog import listings, offers
from catalog.models import Experience, Listing
from catalog.offers import Offer
from market import texts
from market.money import Money
from market.texts import Texts

Answer = dict[str, Any]


def own_listing(listing: Listing, *, now: datetime) -> Answer:
    """Goods with their lots (`OwnListingOut`); names the version that is shown."""
    caching.versioned(listing.version)
    written = texts.every(g.session, subject_ids=[listing.id])
    stock = listings.lots_of(g.session, listing_id=listing.id, now=now)
    return _goods(listing, written.get(listing.id, {})) | {"lots": lots(stock)}


def own_experience(experience: Experience) -> Answer:
    """A visit (`OwnExperienceOut`); names the version that is shown."""
    caching.versioned(experience.version)
    written = texts.every(g.session, subject_ids=[experience.id])
    return _visit(experience, written.get(experience.id, {}))


def own_page(kind: type[Offer], query: dict[str, Any]) -> Answer:
    """A page of the actor's own, newest first; lots are with each listing itself."""
    found: Sequence[Offer] = offers.mine(
        g.session,
        actor=g.actor,
        kind=kind,
        after=query["cursor"] and query["cursor"][0],
        limit=query["limit"],
    )
    written = texts.every(g.session, subject_ids=[offer.id for offer in found])
    shown: Any = _goods if kind is Listing else _visit
    answers = [shown(offer, written.get(offer.id, {})) for offer in found]
    return paging.page(answers, limit=query["limit"], key=lambda answer: (answer["id"],))


def lots(stock: Sequence[listings.LotStock]) -> list[Answer]:
    """Lots that goods are sold from (`LotStockOut`)."""
    return [
        {"code": lot.code, "harvest_day": lot.harvest_day, "available": lot.free} for lot in stock
    ]


def _goods(listing: Listing, written: Texts) -> Answer:
    return _offer(listing, written, listing.price_minor) | {
        "unit": listing.unit,
        "scale": listing.scale,
        "increment": listing.increment,
        "minimum": listing.minimum,
        "harvest": {"opens": listing.harvest_from, "closes": listing.harvest_until},
    }


def _visit(experience: Experience, written: Texts) -> Answer:
    child = experience.child_minor
    return _offer(experience, written, experience.adult_minor) | {
        "child_price": None if child is None else Money(child, experience.currency),
        "duration_minutes": experience.duration_minutes,
        "cutoff_minutes": experience.cutoff_minutes,
    }


def _offer(offer: Listing | Experience, written: Texts, price_minor: int) -> Answer:
    return {
        "id": offer.id,
        "seller_id": offer.seller_id,
        "state": offer.state,
        "category": offer.category_code,
        "commune": offer_rows.commune(offer.unit_code),
        "price": Money(price_minor, offer.currency),
        "texts": written,
        "language": offer.source_lang,
        "version": offer.version,
        "created_at": offer.created_at,
        "updated_at": offer.updated_at,
        "listed_at": offer.listed_at,
    }

"""Offers as their sellers edit them: all states, all languages, the version to edit."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask import g

from api import caching, paging
from api.context import acting, asking
from api.v1.people_shapes import last_id
from catalog import listings, offers
from catalog.models import Experience, Listing
from catalog.offers import Offer
from market import clock, texts
from market.db import columns_of
from market.texts import Texts

Answer = dict[str, Any]

WORDS = {"category": "category_code", "commune": "unit_code", "language": "source_lang"}


def words_of(body: dict[str, Any], **more: str) -> dict[str, Any]:
    """A body in the domain's words: those that all offers share, and some more."""
    words = WORDS | more
    return {words.get(name, name): value for name, value in body.items()}


def own_listing(listing: Listing) -> Answer:
    """Goods with their lots (`OwnListingOut`); names the version that is shown."""
    caching.versioned(listing.version)
    written = texts.every(g.session, subject_ids=[listing.id])
    stock = listings.lots_of(g.session, listing_id=listing.id, now=clock.now())
    return _goods(listing, written.get(listing.id, {})) | {"lots": lots(stock)}


def own_experience(experience: Experience) -> Answer:
    """A visit (`OwnExperienceOut`); names the version that is shown."""
    caching.versioned(experience.version)
    written = texts.every(g.session, subject_ids=[experience.id])
    return _visit(experience, written.get(experience.id, {}))


def moved(verb: Callable[..., Any], kind: type[Offer], offer_id: UUID, **more: Any) -> Answer:
    """The offer after a verb of `reviewing` moved it."""
    offer = verb(**acting(), kind=kind, offer_id=offer_id, **more)
    return own_listing(offer) if kind is Listing else own_experience(offer)


def own_page(kind: type[Offer], query: dict[str, Any]) -> Answer:
    """A page of the actor's own, newest first; lots are with each listing itself."""
    found: Sequence[Offer] = offers.mine(
        **asking(), kind=kind, after=last_id(query), limit=query["limit"]
    )
    written = texts.every(g.session, subject_ids=[offer.id for offer in found])
    shown: Any = _goods if kind is Listing else _visit
    answers = [shown(offer, written.get(offer.id, {})) for offer in found]
    return paging.answer(answers, query, "id")


def lots(stock: Sequence[listings.LotStock]) -> list[Answer]:
    """Lots that goods are sold from (`LotStockOut`)."""
    return [
        {"code": lot.code, "harvest_day": lot.harvest_day, "available": lot.free} for lot in stock
    ]


def _goods(listing: Listing, written: Texts) -> Answer:
    window = {"opens": listing.harvest_from, "closes": listing.harvest_until}
    return columns_of(listing) | {"texts": written, "harvest": window}


def _visit(experience: Experience, written: Texts) -> Answer:
    return columns_of(experience) | {"texts": written}

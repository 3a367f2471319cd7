"""Offers as their sellers edit them: all states, all languages, the version to edit."""

from collections.abc import Callable, Sequence

from api import caching
from api.v1 import offer_rows
from api.v1.resources import UUID, Facts, acting, asking, g
from catalog import changing, listings, offers
from catalog.models import Listing
from catalog.offers import Offer
from market import clock, texts
from market.db import columns_of


def own(offer: Offer) -> Facts:
    """A visit, or goods with their lots; names the version that is shown."""
    (shown,) = _shown([caching.versioned(offer)])
    return shown | {"lots": lots(offer.id)} if isinstance(offer, Listing) else shown


def moved(verb: Callable[..., Offer], kind: type[Offer], offer_id: UUID, **more: object) -> Facts:
    """The offer after a verb of `reviewing` moved it."""
    return own(verb(**acting(), kind=kind, offer_id=offer_id, **more))


def own_page(kind: type[Offer], query: Facts) -> list[Facts]:
    """A page of the actor's own, newest first; lots are with each listing itself."""
    return _shown(offers.mine(**asking(), kind=kind, **query))


def lots(listing_id: UUID) -> list[Facts]:
    """The lots that goods are sold from (`LotStockOut`)."""
    stock = listings.lots_of(g.session, listing_id=listing_id, now=clock.now())
    return offer_rows.lots(stock, left="free")


def _shown(found: Sequence[Offer]) -> list[Facts]:
    ids = [offer.id for offer in found]
    written = texts.every(g.session, subject_ids=ids)
    waits = changing.waiting(g.session, offer_ids=ids)
    return [
        columns_of(it) | {"texts": written.get(it.id, {}), "proposed": waits.get(it.id)}
        for it in found
    ]

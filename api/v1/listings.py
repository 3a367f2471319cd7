"""Goods: shelves for everybody, and for their sellers the way from a draft to the shelf.

What sellers see of an offer of theirs, goods or a visit, is all states, all languages and the
version to edit.
"""

from collections.abc import Callable, Sequence

from api import caching, context, fields
from api.v1 import offer_rows
from api.v1 import selling_shapes as shapes
from api.v1.offer_shapes import GoodsOut, ListingOut, ShelfQuery
from api.v1.resources import UUID, Created, Facts, Resources, Response, Rows, acting, created, g
from api.v1.roles import EVERYBODY, SELLERS
from catalog import Listing, listings, offers, reviewing
from catalog.offers import Offer
from catalog.shelves import goods
from market import clock, code_of, columns_of, texts

blp = Resources("listings", __name__, description="Goods on the shelf, and their sellers' drafts.")

ONE = "/listings/<uuid:listing_id>"


@blp.get("/listings", EVERYBODY, fields.page_of(GoodsOut, "goods, newest first"), query=ShelfQuery)
def shelf(query: Facts) -> Response:
    """What is on the shelf, newest first."""
    return offer_rows.shelf(query, goods.SHELF, offer_rows.GOODS_ROWS)


@blp.post("/listings", SELLERS, shapes.OwnListingOut, takes=shapes.ListingIn)
def draft(body: Facts) -> Created:
    """Draft goods; a phone may have made their id."""
    listing = listings.draft(**acting(), goods=listings.Goods(**body))
    return created(own(listing), "listings.one", listing_id=listing.id)


@blp.get(ONE, EVERYBODY, ListingOut)
def one(listing_id: UUID) -> Response:
    """The listing with its photos and lots; one's own at any stage."""
    return offer_rows.one(goods.one, offer_rows.listing, listing_id=listing_id)


@blp.patch(ONE, SELLERS, shapes.OwnListingOut, takes=shapes.ListingPatch)
def revise(body: Facts, listing_id: UUID) -> Facts:
    """Change what is said; what is live stays live."""
    revision = listings.Revision(**body, version=caching.expected_version())
    return own(listings.revise(**acting(), listing_id=listing_id, revision=revision))


@blp.post(f"{ONE}/submission", SELLERS, shapes.OwnListingOut, takes=shapes.SubmissionIn)
def submit(body: Facts, listing_id: UUID) -> Facts:
    """Hand the draft in; a moderator looks at it."""
    return moved(reviewing.submit, Listing, listing_id, **body)


@blp.post(f"{ONE}/pause", SELLERS, shapes.OwnListingOut)
def pause(listing_id: UUID) -> Facts:
    """Take the listing off the shelf."""
    return moved(reviewing.pause, Listing, listing_id)


@blp.delete(f"{ONE}/pause", SELLERS, shapes.OwnListingOut)
def resume(listing_id: UUID) -> Facts:
    """Put the listing back in its old place."""
    return moved(reviewing.resume, Listing, listing_id)


@blp.post(f"{ONE}/lots", SELLERS, shapes.StockOut, takes=shapes.HarvestIn)
def add_lot(body: Facts, listing_id: UUID) -> Facts:
    """Sell from one more lot: one that there is, or a new harvest with a new code."""
    if "lot" in body:
        code = code_of(body["lot"], what="lot")
        listings.add_lot(**acting(), listing_id=listing_id, code=code)
    else:
        listings.harvest(**acting(), listing_id=listing_id, **body)
    return {"items": lots(listing_id)}


@blp.post(f"{ONE}/stock", SELLERS, shapes.StockOut, takes=shapes.StockIn)
def restock(body: Facts, listing_id: UUID) -> Facts:
    """Say that there is more or less of a lot, and why; never less than is promised."""
    lot = body.pop("lot", None)
    code = lot and code_of(lot, what="lot")
    return {"items": listings.restock(**acting(), listing_id=listing_id, code=code, **body)}


@blp.pages("/me/listings", SELLERS, shapes.OwnListingOut, name="OwnListingPage")
def mine(query: Facts) -> Rows:
    """One's own listings at every stage."""
    return own_page(Listing, query)


def own(offer: Offer) -> Facts:
    """A visit, or goods with their lots; names the version that is shown."""
    (shown,) = _shown([caching.versioned(offer)])
    return shown | {"lots": lots(offer.id)} if isinstance(offer, Listing) else shown


def moved(verb: Callable[..., Offer], kind: type[Offer], offer_id: UUID, **more: object) -> Facts:
    """The offer after a verb of `reviewing` moved it."""
    return own(verb(**acting(), kind=kind, offer_id=offer_id, **more))


def own_page(kind: type[Offer], query: Facts) -> list[Facts]:
    """A page of the actor's own, newest first; lots are with each listing itself."""
    return _shown(offers.mine(**context.asking(), kind=kind, **query))


def lots(listing_id: UUID) -> Sequence[object]:
    """The lots that goods are sold from (`LotStockOut`)."""
    return listings.lots_of(g.session, listing_id=listing_id, now=clock.now())


def _shown(found: Sequence[Offer]) -> list[Facts]:
    ids = [offer.id for offer in found]
    written = texts.every(g.session, subject_ids=ids)
    waits = reviewing.waiting(g.session, offer_ids=ids)
    return [
        columns_of(it) | {"texts": written.get(it.id, {}), "proposed": waits.get(it.id)}
        for it in found
    ]

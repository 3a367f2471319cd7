"""Goods: shelves for everybody, and for their sellers the way from a draft to the shelf."""

from api import caching
from api.fields import page_of
from api.v1 import offer_rows
from api.v1 import selling_shapes as shapes
from api.v1.offer_shapes import GoodsOut, ListingOut, ShelfQuery
from api.v1.own_offers import lots, moved, own, own_page
from api.v1.resources import UUID, Created, Facts, Resources, Response, Rows, acting, created
from api.v1.roles import EVERYBODY, SELLERS
from catalog import listings, reviewing
from catalog.listings import Goods, Revision
from catalog.models import Listing
from catalog.shelves import goods
from market.ids import code_of

blp = Resources("listings", __name__, description="Goods on the shelf, and their sellers' drafts.")

ONE = "/listings/<uuid:listing_id>"


@blp.get("/listings", EVERYBODY, page_of(GoodsOut, "goods, newest first"), query=ShelfQuery)
def shelf(query: Facts) -> Response:
    """What is on the shelf, newest first."""
    return offer_rows.shelf(query, goods.SHELF, offer_rows.GOODS_ROWS)


@blp.post("/listings", SELLERS, shapes.OwnListingOut, takes=shapes.ListingIn)
def draft(body: Facts) -> Created:
    """Draft goods; a phone may have made their id."""
    listing = listings.draft(**acting(), goods=Goods(**body))
    return created(own(listing), "listings.one", listing_id=listing.id)


@blp.get(ONE, EVERYBODY, ListingOut)
def one(listing_id: UUID) -> Response:
    """The listing with its photos and lots; one's own at any stage."""
    return offer_rows.one(goods.one, offer_rows.listing, listing_id=listing_id)


@blp.patch(ONE, SELLERS, shapes.OwnListingOut, takes=shapes.ListingPatch)
def revise(body: Facts, listing_id: UUID) -> Facts:
    """Change what is said; what is live stays live."""
    changes: Facts = {"version": caching.expected_version(), "revision": Revision(**body)}
    return own(listings.revise(**acting(), listing_id=listing_id, **changes))


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
    stock = listings.restock(**acting(), listing_id=listing_id, code=code, **body)
    return {"items": offer_rows.lots(stock, left="free")}


@blp.pages("/me/listings", SELLERS, shapes.OwnListingOut, name="OwnListingPage")
def mine(query: Facts) -> Rows:
    """One's own listings at every stage."""
    return own_page(Listing, query)

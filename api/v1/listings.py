"""Goods: shelves for everybody, and for their sellers the way from a draft to the shelf."""

from typing import Any
from uuid import UUID

from api import caching
from api.fields import PageQuery, page_of
from api.v1 import offer_rows, selling_shapes
from api.v1.offer_shapes import GoodsOut, ListingOut, ShelfQuery
from api.v1.own_offers import lots, moved, own_listing, own_page, words_of
from api.v1.people_shapes import SELLERS
from api.v1.resources import Blueprint, MethodView, Response, acting, allowed, g, public, url_for
from catalog import listings, reviewing
from catalog.listings import Goods, Revision, Window
from catalog.models import Listing
from catalog.shelves import goods
from market import clock
from market.ids import code_of

blp = Blueprint("listings", __name__, description="Goods on the shelf, and their sellers' drafts.")


def said_in(body: dict[str, Any]) -> dict[str, Any]:
    """What the body says of goods, in the domain's words."""
    said = words_of(body, harvest="window")
    return said | ({"window": Window(**said["window"])} if "window" in said else {})


@blp.route("/listings")
class Listings(MethodView):
    """The shelf."""

    @public
    @blp.arguments(ShelfQuery, location="query")
    @blp.response(200, page_of(GoodsOut, "goods, newest first"))
    def get(self, query: dict[str, Any]) -> Response:
        """What is on the shelf, newest first."""
        return offer_rows.shelf(query, goods.SHELF, offer_rows.GOODS_ROWS)

    @allowed(*SELLERS)
    @blp.arguments(selling_shapes.ListingIn)
    @blp.response(201, selling_shapes.OwnListingOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Draft goods; a phone may have made their id."""
        listing = listings.draft(**acting(), goods=Goods(**said_in(body)))
        location = url_for("listings.OneListing", listing_id=listing.id)
        return own_listing(listing), 201, {"Location": location}


@blp.route("/listings/<uuid:listing_id>")
class OneListing(MethodView):
    """One listing."""

    @public
    @blp.response(200, ListingOut)
    def get(self, listing_id: UUID) -> Response:
        """The listing with its photos and lots; one's own at any stage."""
        return offer_rows.one(goods.one, offer_rows.listing, listing_id=listing_id)

    @allowed(*SELLERS)
    @blp.arguments(selling_shapes.ListingPatch)
    @blp.response(200, selling_shapes.OwnListingOut)
    def patch(self, body: dict[str, Any], listing_id: UUID) -> dict[str, Any]:
        """Change what is said; what is live stays live."""
        version, changes = caching.expected_version(), Revision(**said_in(body))
        return own_listing(
            listings.revise(**acting(), listing_id=listing_id, version=version, revision=changes)
        )


@blp.route("/listings/<uuid:listing_id>/submission")
class Submission(MethodView):
    """Asking for the shelf."""

    @allowed(*SELLERS)
    @blp.arguments(selling_shapes.SubmissionIn)
    @blp.response(201, selling_shapes.OwnListingOut)
    def post(self, body: dict[str, Any], listing_id: UUID) -> dict[str, Any]:
        """Hand the draft in; a moderator looks at it."""
        return moved(reviewing.submit, Listing, listing_id, **body)


@blp.route("/listings/<uuid:listing_id>/pause")
class Pause(MethodView):
    """Off the shelf for a while."""

    @allowed(*SELLERS)
    @blp.response(201, selling_shapes.OwnListingOut)
    def post(self, listing_id: UUID) -> dict[str, Any]:
        """Take the listing off the shelf."""
        return moved(reviewing.pause, Listing, listing_id)

    @allowed(*SELLERS)
    @blp.response(200, selling_shapes.OwnListingOut)
    def delete(self, listing_id: UUID) -> dict[str, Any]:
        """Put the listing back in its old place."""
        return moved(reviewing.resume, Listing, listing_id)


@blp.route("/listings/<uuid:listing_id>/lots")
class ListingLots(MethodView):
    """What the listing is sold from."""

    @allowed(*SELLERS)
    @blp.arguments(selling_shapes.HarvestIn)
    @blp.response(201, selling_shapes.StockOut)
    def post(self, body: dict[str, Any], listing_id: UUID) -> dict[str, Any]:
        """Sell from one more lot: one that there is, or a new harvest with a new code."""
        if "lot" in body:
            code = code_of(body["lot"], what="lot")
            listings.add_lot(**acting(), listing_id=listing_id, code=code)
        else:
            listings.harvest(**acting(), listing_id=listing_id, **body)
        stock = listings.lots_of(g.session, listing_id=listing_id, now=clock.now())
        return {"items": lots(stock)}


@blp.route("/listings/<uuid:listing_id>/stock")
class Stock(MethodView):
    """How much there is."""

    @allowed(*SELLERS)
    @blp.arguments(selling_shapes.StockIn)
    @blp.response(201, selling_shapes.StockOut)
    def post(self, body: dict[str, Any], listing_id: UUID) -> dict[str, Any]:
        """Say that there is more or less of a lot, and why; never less than is promised."""
        lot = body.pop("lot", None)
        code = lot and code_of(lot, what="lot")
        stock = listings.restock(**acting(), listing_id=listing_id, code=code, **body)
        return {"items": lots(stock)}


@blp.route("/me/listings")
class OwnListings(MethodView):
    """What one sells oneself."""

    @allowed(*SELLERS)
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, page_of(selling_shapes.OwnListingOut, "one's own listings, newest first"))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """One's own listings at every stage."""
        return own_page(Listing, query)

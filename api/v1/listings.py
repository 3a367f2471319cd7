"""Goods: shelves for everybody, and for their sellers the way from a draft to the shelf."""

from typing import Any
from uuid import UUID

from flask import Response, g, url_for
from flask.views import MethodView
from flask_smorest import Blueprint

from api import caching, context
from api.auth import allowed, public
from api.context import acting
from api.fields import PageQuery, page_of
from api.v1 import offer_rows
from api.v1.offer_shapes import GoodsOut, ListingOut, ShelfQuery
from api.v1.own_offers import lots, own_listing, own_page, words_of
from api.v1.people_shapes import SELLERS
from api.v1.selling_shapes import (
    HarvestIn,
    ListingIn,
    ListingPatch,
    OwnListingOut,
    StockIn,
    StockOut,
    SubmissionIn,
)
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
    @blp.arguments(ListingIn)
    @blp.response(201, OwnListingOut)
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
        with context.database().read_engine.connect() as connection:
            page = goods.one(
                connection,
                listing_id=listing_id,
                actor=g.actor,
                lang=g.languages[0],
                now=clock.now(),
            )
        return offer_rows.respond(offer_rows.listing(page))

    @allowed(*SELLERS)
    @blp.arguments(ListingPatch)
    @blp.response(200, OwnListingOut)
    def patch(self, body: dict[str, Any], listing_id: UUID) -> dict[str, Any]:
        """Change what is said; what is live stays live."""
        listing = listings.revise(
            **acting(),
            listing_id=listing_id,
            version=caching.expected_version(),
            revision=Revision(**said_in(body)),
        )
        return own_listing(listing)


@blp.route("/listings/<uuid:listing_id>/submission")
class Submission(MethodView):
    """Asking for the shelf."""

    @allowed(*SELLERS)
    @blp.arguments(SubmissionIn)
    @blp.response(201, OwnListingOut)
    def post(self, body: dict[str, Any], listing_id: UUID) -> dict[str, Any]:
        """Hand the draft in; a moderator looks at it."""
        return own_listing(reviewing.submit(**acting(), kind=Listing, offer_id=listing_id, **body))


@blp.route("/listings/<uuid:listing_id>/pause")
class Pause(MethodView):
    """Off the shelf for a while."""

    @allowed(*SELLERS)
    @blp.response(201, OwnListingOut)
    def post(self, listing_id: UUID) -> dict[str, Any]:
        """Take the listing off the shelf."""
        return own_listing(reviewing.pause(**acting(), kind=Listing, offer_id=listing_id))

    @allowed(*SELLERS)
    @blp.response(200, OwnListingOut)
    def delete(self, listing_id: UUID) -> dict[str, Any]:
        """Put the listing back in its old place."""
        return own_listing(reviewing.resume(**acting(), kind=Listing, offer_id=listing_id))


@blp.route("/listings/<uuid:listing_id>/lots")
class ListingLots(MethodView):
    """What the listing is sold from."""

    @allowed(*SELLERS)
    @blp.arguments(HarvestIn)
    @blp.response(201, StockOut)
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
    @blp.arguments(StockIn)
    @blp.response(201, StockOut)
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
    @blp.response(200, page_of(OwnListingOut, "one's own listings, newest first"))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """One's own listings at every stage."""
        return own_page(Listing, query)

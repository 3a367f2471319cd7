"""Goods: shelves for everybody, and for their sellers the way from a draft to the shelf."""

from typing import Any
from uuid import UUID

from flask import Response, g, url_for
from flask.views import MethodView
from flask_smorest import Blueprint

from api import caching, context
from api.auth import allowed, public
from api.fields import PageQuery
from api.v1 import offer_rows
from api.v1.offer_shapes import GoodsOut, ListingOut, ShelfQuery, page_of
from api.v1.own_offers import lots, own_listing, own_page
from api.v1.selling_shapes import (
    HarvestIn,
    ListingIn,
    ListingPatch,
    OwnListingOut,
    StockIn,
    StockOut,
)
from catalog import listings, reviewing
from catalog.listings import Goods, Revision, Window
from catalog.models import Listing
from catalog.shelves import goods
from market import clock
from market.accounts import Role
from market.errors import NotFound
from market.ids import normal_code

blp = Blueprint("listings", __name__, description="Goods on the shelf, and their sellers' drafts.")

SELLERS = (Role.SELLER, Role.HOST, Role.AGENT)


def window_from(body: dict[str, Any]) -> dict[str, Any]:
    """The harvest window where the body has one."""
    return {"window": Window(**body["harvest"])} if "harvest" in body else {}


def lot_code(text: str) -> str:
    """A lot's code however it was typed, or NotFound."""
    code = normal_code(text)
    if code is None:
        raise NotFound(what="lot")
    return code


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
        now = clock.now()
        facts = {name: value for name, value in body.items() if name not in _RENAMED}
        listing = listings.draft(
            g.session,
            actor=g.actor,
            goods=Goods(
                category_code=body["category"],
                unit_code=body["commune"],
                source_lang=body["language"],
                **facts,
                **window_from(body),
            ),
            now=now,
        )
        location = url_for("listings.OneListing", listing_id=listing.id)
        return own_listing(listing, now=now), 201, {"Location": location}


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
        now = clock.now()
        facts = {name: value for name, value in body.items() if name not in _RENAMED}
        listing = listings.revise(
            g.session,
            actor=g.actor,
            listing_id=listing_id,
            version=caching.expected_version(),
            revision=Revision(unit_code=body.get("commune"), **facts, **window_from(body)),
            now=now,
        )
        return own_listing(listing, now=now)


@blp.route("/listings/<uuid:listing_id>/submission")
class Submission(MethodView):
    """Asking for the shelf."""

    @allowed(*SELLERS)
    @blp.response(201, OwnListingOut)
    def post(self, listing_id: UUID) -> dict[str, Any]:
        """Hand the draft in; a moderator looks at it."""
        now = clock.now()
        listing = reviewing.submit(
            g.session, actor=g.actor, kind=Listing, offer_id=listing_id, now=now
        )
        return own_listing(listing, now=now)


@blp.route("/listings/<uuid:listing_id>/pause")
class Pause(MethodView):
    """Off the shelf for a while."""

    @allowed(*SELLERS)
    @blp.response(201, OwnListingOut)
    def post(self, listing_id: UUID) -> dict[str, Any]:
        """Take the listing off the shelf."""
        now = clock.now()
        listing = reviewing.pause(
            g.session, actor=g.actor, kind=Listing, offer_id=listing_id, now=now
        )
        return own_listing(listing, now=now)

    @allowed(*SELLERS)
    @blp.response(200, OwnListingOut)
    def delete(self, listing_id: UUID) -> dict[str, Any]:
        """Put the listing back in its old place."""
        now = clock.now()
        listing = reviewing.resume(
            g.session, actor=g.actor, kind=Listing, offer_id=listing_id, now=now
        )
        return own_listing(listing, now=now)


@blp.route("/listings/<uuid:listing_id>/lots")
class ListingLots(MethodView):
    """What the listing is sold from."""

    @allowed(*SELLERS)
    @blp.arguments(HarvestIn)
    @blp.response(201, StockOut)
    def post(self, body: dict[str, Any], listing_id: UUID) -> dict[str, Any]:
        """Sell from one more lot: one that there is, or a new harvest with a new code."""
        now = clock.now()
        if "lot" in body:
            code = lot_code(body["lot"])
            listings.add_lot(g.session, actor=g.actor, listing_id=listing_id, code=code, now=now)
        else:
            listings.harvest(g.session, actor=g.actor, listing_id=listing_id, now=now, **body)
        return {"items": lots(listings.lots_of(g.session, listing_id=listing_id, now=now))}


@blp.route("/listings/<uuid:listing_id>/stock")
class Stock(MethodView):
    """How much there is."""

    @allowed(*SELLERS)
    @blp.arguments(StockIn)
    @blp.response(201, StockOut)
    def post(self, body: dict[str, Any], listing_id: UUID) -> dict[str, Any]:
        """Say that there is more or less of a lot, and why; never less than is promised."""
        stock = listings.restock(
            g.session,
            actor=g.actor,
            listing_id=listing_id,
            change=body["change"],
            reason=body["reason"],
            code=lot_code(body["lot"]) if "lot" in body else None,
            now=clock.now(),
        )
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


_RENAMED = {"category", "commune", "language", "harvest"}

"""Orders: the seller's steps, the buyer's word, and the guests at the gate."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import g, request
from flask.views import MethodView
from flask_smorest import Blueprint
from flask_smorest.fields import Upload

from api import context, house, paging
from api.auth import allowed
from api.fields import Choice, ListOf, PageQuery, Schema, Text
from api.orders_view import detail, details, order_of_secret
from api.v1.sale_shapes import OrderDetailOut, OrderOut, ReasonIn
from catalog import media
from market import clock, orders
from market.accounts import Role
from market.accounts.models import Scope
from market.errors import NotFound
from market.ids import normal_code
from market.orders import State, queries
from market.orders.models import Order
from payments import cancelling, fulfilling

blp = Blueprint("orders", __name__, description="Orders of buyers and sellers.")

SELLERS = (Role.SELLER, Role.HOST, Role.AGENT)
SECRET = {
    "name": "Order-Secret",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "The secret of the checkout, for a guest.",
}


class OrdersQuery(PageQuery):
    """Whose orders, and in which state."""

    side = Choice(("selling", "buying"), load_default="selling")
    state = Choice(State, load_default=None)


class OrdersOut(Schema):
    """A page of orders."""

    items = ListOf(ma.fields.Nested(OrderOut), most=100)
    next = ma.fields.String(allow_none=True)


class ComplaintIn(Schema):
    """What is wrong, in the buyer's own words."""

    statement = Text(most=2000, lines=True, required=True)


class PhotosIn(Schema):
    """Pictures of it."""

    photos = ListOf(Upload(), most=4, load_default=list)


class ComplaintOut(Schema):
    """The number under which the complaint is answered."""

    number = Text(most=10)


@blp.route("/orders")
class Orders(MethodView):
    """One's own orders."""

    @allowed(Role.BUYER)
    @blp.arguments(OrdersQuery, location="query")
    @blp.response(200, OrdersOut)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The newest first, of what one sells or of what one bought."""
        found = queries.page(
            g.session,
            actor=g.actor,
            selling=query["side"] == "selling",
            states=[query["state"]] if query["state"] else (),
            after=query["cursor"],
            limit=query["limit"] + 1,
        )
        shown = details(g.session, found, now=clock.now())
        return paging.page(
            shown, limit=query["limit"], key=lambda order: (order["created_at"], order["id"])
        )


@blp.route("/orders/<uuid:order_id>")
class OneOrder(MethodView):
    """An order."""

    @allowed(Role.BUYER)
    @blp.response(200, OrderDetailOut)
    def get(self, order_id: UUID) -> dict[str, Any]:
        """The order with its lines, steps and tickets."""
        order = queries.get(g.session, actor=g.actor, order_id=order_id)
        return detail(g.session, order, now=clock.now())


@blp.route("/orders/<uuid:order_id>/confirmation")
class Confirmation(MethodView):
    """The seller's promise."""

    @allowed(*SELLERS)
    @blp.response(201, OrderDetailOut)
    def post(self, order_id: UUID) -> dict[str, Any]:
        """Promise to deliver."""
        now = clock.now()
        order = orders.confirm(g.session, actor=g.actor, order_id=order_id, now=now)
        return detail(g.session, order, now=now)


@blp.route("/orders/<uuid:order_id>/packing")
class Packing(MethodView):
    """The goods in their boxes."""

    @allowed(*SELLERS)
    @blp.response(201, OrderDetailOut)
    def post(self, order_id: UUID) -> dict[str, Any]:
        """Say that the goods stand packed."""
        now = clock.now()
        order = orders.pack(g.session, actor=g.actor, order_id=order_id, now=now)
        return detail(g.session, order, now=now)


@blp.route("/orders/<uuid:order_id>/handover")
class HandOver(MethodView):
    """The goods on their way."""

    @allowed(*SELLERS)
    @blp.response(201, OrderDetailOut)
    def post(self, order_id: UUID) -> dict[str, Any]:
        """Give the goods away and take the cash where it is due."""
        now = clock.now()
        order = fulfilling.hand_over(g.session, actor=g.actor, order_id=order_id, now=now)
        return detail(g.session, order, now=now)


@blp.route("/orders/<uuid:order_id>/delivery")
class Delivery(MethodView):
    """The goods at the buyer's."""

    @allowed(Role.NOBODY, Role.BUYER)
    @blp.doc(parameters=[SECRET])
    @blp.response(201, OrderDetailOut)
    def post(self, order_id: UUID) -> dict[str, Any]:
        """Say that the goods have arrived, as their buyer or their seller."""
        now = clock.now()
        order, _ = party_to(order_id)
        fulfilling.deliver(g.session, actor=g.actor, order=order, now=now)
        return detail(g.session, order, now=now)


@blp.route("/orders/<uuid:order_id>/cancellation")
class Cancellation(MethodView):
    """Calling it off."""

    @allowed(Role.NOBODY, Role.BUYER)
    @blp.doc(parameters=[SECRET])
    @blp.arguments(ReasonIn)
    @blp.response(201, OrderDetailOut)
    def post(self, body: dict[str, Any], order_id: UUID) -> dict[str, Any]:
        """Call the order off, as its buyer before the seller's promise, or as its seller."""
        now = clock.now()
        order, by_buyer = party_to(order_id)
        cancelling.cancel(
            g.session,
            actor=g.actor,
            order=order,
            by_buyer=by_buyer,
            reason=body["reason"],
            custody=house.house().custody,
            now=now,
        )
        return detail(g.session, order, now=now)


@blp.route("/orders/<uuid:order_id>/complaints")
class Complaints(MethodView):
    """What is wrong with what came."""

    @allowed(Role.NOBODY, Role.BUYER)
    @blp.doc(parameters=[SECRET])
    @blp.arguments(ComplaintIn, location="form")
    @blp.arguments(PhotosIn, location="files")
    @blp.response(201, ComplaintOut)
    def post(self, body: dict[str, Any], files: dict[str, Any], order_id: UUID) -> Any:
        """Open a case about the order, as its buyer, with up to four photos."""
        most = context.settings().upload_bytes_max
        pictures = [media.clean(file.read(), bytes_max=most) for file in files["photos"]]
        order, by_buyer = party_to(order_id)
        if not by_buyer:
            raise NotFound(what="order")
        return orders.complain(
            g.session,
            actor=g.actor,
            order=order,
            statement=body["statement"],
            photos=[picture.images[640] for picture in pictures],
            files=context.files(),
            now=clock.now(),
        )


@blp.route("/tickets/<string:code>/redemption")
class Redemption(MethodView):
    """A guest at the gate."""

    @allowed(*SELLERS)
    @blp.response(201, OrderDetailOut)
    def post(self, code: str) -> dict[str, Any]:
        """Let the guest of this ticket in, once."""
        now = clock.now()
        found = normal_code(code)
        if found is None:
            raise NotFound(what="ticket")
        order = fulfilling.redeem(g.session, actor=g.actor, code=found, now=now)
        return detail(g.session, order, now=now)


def party_to(order_id: UUID) -> tuple[Order, bool]:
    """The order for its buyer (signed in, or a guest with the secret) or its seller.

    The second value says whether they are the buyer.
    """
    secret = request.headers.get("Order-Secret")
    if secret is not None:
        return order_of_secret(g.session, secret, order_id), True
    order = queries.get(g.session, actor=g.actor, order_id=order_id)
    if order.seller_id in g.actor.sells_for(Scope.ORDERS):
        return queries.sold_by(g.session, actor=g.actor, order_id=order_id), False
    if not queries.bought_by(g.session, actor=g.actor, order=order):
        raise NotFound(what="order")
    return order, True

"""Orders: the seller's steps, the buyer's word, and the guests at the gate."""

from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api import context, house, paging, uploads
from api.context import Asking
from api.fields import Choice, ListOf, PageQuery, Schema, Text, page_of
from api.orders_view import detail, details, order_of_secret
from api.unit_of_work import before_writing
from api.v1.people_shapes import SELLERS
from api.v1.resources import Blueprint, MethodView, Upload, acting, allowed, asking, g, request
from api.v1.sale_shapes import OrderDetailOut, OrderOut, ReasonIn
from market import clock, orders
from market.accounts import Role
from market.accounts.models import Scope
from market.errors import NotFound
from market.files import kept
from market.ids import code_of
from market.orders import State, queries
from market.orders.models import Order
from payments import cancelling, fulfilling

blp = Blueprint("orders", __name__, description="Orders of buyers and sellers.")

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
    @blp.response(200, page_of(OrderOut, "orders", name="OrdersOut", most=100))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The newest first, of what one sells or of what one bought."""
        which = {"after": query["cursor"], "limit": query["limit"] + 1}
        states, selling = [query["state"]] if query["state"] else (), query["side"] == "selling"
        found = queries.page(**asking(), selling=selling, states=states, **which)
        shown = details(g.session, found, now=clock.now())
        return paging.answer(shown, query, "created_at", "id")


@blp.route("/orders/<uuid:order_id>")
class OneOrder(MethodView):
    """An order."""

    @allowed(Role.BUYER)
    @blp.response(200, OrderDetailOut)
    def get(self, order_id: UUID) -> dict[str, Any]:
        """The order with its lines, steps and tickets."""
        return _shown(queries.get(**asking(), order_id=order_id))


@blp.route("/orders/<uuid:order_id>/confirmation")
class Confirmation(MethodView):
    """The seller's promise."""

    @allowed(*SELLERS)
    @blp.response(201, OrderDetailOut)
    def post(self, order_id: UUID) -> dict[str, Any]:
        """Promise to deliver."""
        return _shown(orders.confirm(**acting(), order_id=order_id))


@blp.route("/orders/<uuid:order_id>/packing")
class Packing(MethodView):
    """The goods in their boxes."""

    @allowed(*SELLERS)
    @blp.response(201, OrderDetailOut)
    def post(self, order_id: UUID) -> dict[str, Any]:
        """Say that the goods stand packed."""
        return _shown(orders.pack(**acting(), order_id=order_id))


@blp.route("/orders/<uuid:order_id>/handover")
class HandOver(MethodView):
    """The goods on their way."""

    @allowed(*SELLERS)
    @blp.response(201, OrderDetailOut)
    def post(self, order_id: UUID) -> dict[str, Any]:
        """Give the goods away and take the cash where it is due."""
        return _shown(fulfilling.hand_over(**acting(), order_id=order_id))


@blp.route("/orders/<uuid:order_id>/delivery")
class Delivery(MethodView):
    """The goods at the buyer's."""

    @allowed(Role.NOBODY, Role.BUYER)
    @blp.doc(parameters=[SECRET])
    @blp.response(201, OrderDetailOut)
    def post(self, order_id: UUID) -> dict[str, Any]:
        """Say that the goods have arrived, as their buyer, their seller or his cooperative.

        Cash that is due was taken with that, by who says so; a buyer says that the seller took it.
        """
        order = queries.brought_by(**asking(), order_id=order_id) or party_to(order_id)[0]
        fulfilling.deliver(**acting(), order=order)
        return _shown(order)


@blp.route("/orders/<uuid:order_id>/refusal")
class Refusal(MethodView):
    """Goods that the buyer would not have at the door."""

    @allowed(*SELLERS)
    @blp.arguments(ReasonIn)
    @blp.response(201, OrderDetailOut)
    def post(self, body: dict[str, Any], order_id: UUID) -> dict[str, Any]:
        """Take the goods back: no cash is due, and what was paid is owed back."""
        return _shown(fulfilling.refuse(**acting(), order_id=order_id, reason=body["reason"]))


@blp.route("/orders/<uuid:order_id>/cancellation")
class Cancellation(MethodView):
    """Calling it off."""

    @allowed(Role.NOBODY, Role.BUYER)
    @blp.doc(parameters=[SECRET])
    @blp.arguments(ReasonIn)
    @blp.response(201, OrderDetailOut)
    def post(self, body: dict[str, Any], order_id: UUID) -> dict[str, Any]:
        """Call the order off, as its buyer before the seller's promise, or as its seller."""
        order, by_buyer = party_to(order_id)
        custody = house.house().custody
        cancelling.cancel(
            **acting(), order=order, by_buyer=by_buyer, reason=body["reason"], custody=custody
        )
        return _shown(order)


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
        before_writing(partial(party_to, order_id))  # photos of strangers are not decoded
        pictures = uploads.for_a_case(files["photos"])
        with kept(context.files(), pictures):
            order, by_buyer = party_to(order_id)
            if not by_buyer:
                raise NotFound(what="order")
            return orders.complain(
                **acting(), order=order, statement=body["statement"], photos=list(pictures)
            )


@blp.route("/tickets/<string:code>/redemption")
class Redemption(MethodView):
    """A guest at the gate."""

    @allowed(*SELLERS)
    @blp.response(201, OrderDetailOut)
    def post(self, code: str) -> dict[str, Any]:
        """Let the guest of this ticket in, once."""
        return _shown(fulfilling.redeem(**acting(), code=code_of(code, what="ticket")))


def party_to(order_id: UUID, session: Session | None = None) -> tuple[Order, bool]:
    """The order for its buyer (signed in, or a guest with the secret) or its seller.

    The second value says whether they are the buyer.
    """
    asked: Asking = {"session": session or g.session, "actor": g.actor}
    secret = request.headers.get("Order-Secret")
    if secret is not None:
        return order_of_secret(asked["session"], secret, order_id), True
    order = queries.get(**asked, order_id=order_id)
    if order.seller_id in g.actor.sells_for(Scope.ORDERS):
        return queries.sold_by(**asked, order_id=order_id), False
    if not queries.bought_by(**asked, order=order):
        raise NotFound(what="order")
    return order, True


def _shown(order: Order) -> dict[str, Any]:
    return detail(g.session, order, now=clock.now())

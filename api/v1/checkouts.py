"""Checkouts and the groups of orders that come of them, followed by a secret."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from api import card, context, house
from api.orders_view import group_detail, group_of_secret, payments_of
from api.pictures.qr import qr_png, qr_svg
from api.unit_of_work import before_writing, own_transactions
from api.v1.baskets import HEADER, delivery_from, present_basket
from api.v1.resources import Blueprint, MethodView, Response, g, public, url_for
from api.v1.sale_shapes import CheckoutIn, GroupOut, PayIn, PaymentOut, TryOut
from market import clock
from market.accounts import destinations
from market.errors import NotFound
from market.ids import uuid7
from market.orders import Buyer
from payments.checkout import Wish, place, prepare

PICTURES: dict[str, tuple[str, Callable[[str, str], bytes]]] = {
    "svg": ("image/svg+xml", lambda payload, memo: qr_svg(payload, title=memo)),
    "png": ("image/png", lambda payload, _: qr_png(payload, scale=8)),
}

blp = Blueprint("checkouts", __name__, description="From a basket to orders and payments.")


def buyer_from(contact: dict[str, Any]) -> Buyer:
    """The buyer as the contact says, their phone number in one writing (E.164)."""
    phone, email = contact.get("phone"), contact.get("email")
    return Buyer(
        person_id=g.actor.person_id,
        name=contact["name"],
        phone=destinations.phone(phone) if phone else None,
        email=destinations.email(email) if email else None,
        language=g.languages[0],
        address=context.client_address(),
    )


@blp.route("/checkouts")
class Checkouts(MethodView):
    """Ordering."""

    @public
    @blp.doc(parameters=[HEADER])
    @blp.arguments(CheckoutIn)
    @blp.response(201, GroupOut)
    def post(self, body: dict[str, Any]) -> Any:
        """Order the whole basket, or be refused and lose nothing of it."""
        now = clock.now()
        wish = Wish(
            buyer=buyer_from(body["contact"]),
            delivery=delivery_from(body["delivery"]),
            rail=body["rail"],
            group_id=body.get("id") or uuid7(),
        )
        prepared = before_writing(
            lambda session: prepare(
                session,
                actor=g.actor,
                basket_id=present_basket(session).id,
                wish=wish,
                house=house.house(),
                now=now,
            )
        )
        group = place(g.session, prepared=prepared, now=now)
        secret = house.secret_of(house.ORDER, group.code)
        location = url_for("checkouts.Group", secret=secret)
        return group_detail(g.session, group, now=now), 201, {"Location": location}


@blp.route("/order-groups/<string:secret>")
class Group(MethodView):
    """A checkout."""

    @public
    @blp.response(200, GroupOut)
    def get(self, secret: str) -> dict[str, Any]:
        """The orders and payments of the checkout that the secret opens."""
        return group_detail(g.session, group_of_secret(g.session, secret), now=clock.now())


@blp.route("/order-groups/<string:secret>/payments")
class Payments(MethodView):
    """What is to be paid."""

    @public
    @blp.response(200, PaymentOut(many=True))
    def get(self, secret: str) -> list[dict[str, Any]]:
        """The payments of the checkout that the secret opens."""
        return payments_of(g.session, group_of_secret(g.session, secret))

    @public
    @own_transactions
    @blp.arguments(PayIn)
    @blp.response(201, TryOut)
    def post(self, body: dict[str, Any], secret: str) -> dict[str, Any]:
        """Begin to pay by card, or go on: the app confirms it with the provider's own kit.

        Safe to be sent again: a payment has one try at a time.
        """
        with context.database().reading() as session:
            group_id = group_of_secret(session, secret).id
        told = card.start(group_id, body["payment_id"], back=f"/o/{secret}")
        return {
            "payment_id": body["payment_id"],
            "state": told.standing,
            "client_secret": told.client_secret,
            "publishable_key": context.settings().stripe_publishable_key or None,
            "error": told.error,
        }


@blp.route("/order-groups/<string:secret>/payments/<uuid:payment_id>/qr.<string:form>")
class PaymentQr(MethodView):
    """A transfer's VietQR as a picture."""

    @public
    @blp.response(200, {"type": "string", "format": "binary"}, content_type="image/svg+xml")
    def get(self, secret: str, payment_id: UUID, form: str) -> Response:
        """The VietQR as `svg` or `png`; its text stands in the payment."""
        group = group_of_secret(g.session, secret)
        for payment in payments_of(g.session, group):
            if payment["id"] == payment_id and payment["memo"] and form in PICTURES:
                mimetype, draw = PICTURES[form]
                return Response(draw(payment["vietqr"], payment["memo"]), mimetype=mimetype)
        raise NotFound(what="payment")

"""Checkouts and the groups of orders that come of them, followed by a secret."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response, g, url_for
from flask.views import MethodView
from flask_smorest import Blueprint

from api import context, house
from api.auth import public
from api.orders_view import group_detail, group_of_secret
from api.pictures.qr import qr_png, qr_svg
from api.unit_of_work import before_writing
from api.v1.baskets import HEADER, delivery_from, present_basket
from api.v1.sale_shapes import CheckoutIn, GroupOut, PaymentOut
from market import clock
from market.accounts import destinations
from market.errors import NotFound
from market.ids import uuid7
from market.orders import Buyer
from payments import asking, collecting
from payments.checkout import Wish, place, prepare
from payments.models import Payment

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
    def get(self, secret: str) -> list[Payment]:
        """The payments of the checkout that the secret opens."""
        group = group_of_secret(g.session, secret)
        return collecting.of_group(g.session, group_id=group.id)


@blp.route("/order-groups/<string:secret>/payments/<uuid:payment_id>/qr.<string:form>")
class PaymentQr(MethodView):
    """A transfer's VietQR as a picture."""

    @public
    @blp.response(200, {"type": "string", "format": "binary"}, content_type="image/svg+xml")
    def get(self, secret: str, payment_id: UUID, form: str) -> Response:
        """The VietQR as `svg` or `png`; its text stands in the payment."""
        group = group_of_secret(g.session, secret)
        for payment in collecting.of_group(g.session, group_id=group.id):
            if payment.id == payment_id and payment.memo and form in PICTURES:
                mimetype, draw = PICTURES[form]
                return Response(draw(asking.payload(payment), payment.memo), mimetype=mimetype)
        raise NotFound(what="payment")

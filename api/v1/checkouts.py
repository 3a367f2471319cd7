"""Checkouts and the groups of orders that come of them, followed by a secret."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from api import card, context, house
from api.orders_view import group_detail, group_of_secret, payments_of
from api.pictures.qr import qr_png, qr_svg
from api.unit_of_work import before_writing, own_transactions
from api.v1.baskets import delivery_from, present_basket
from api.v1.resources import UUID, Created, Facts, Resources, Response, created, g
from api.v1.roles import EVERYBODY
from api.v1.sale_shapes import CheckoutIn, GroupOut, PayIn, PaymentOut, TryOut
from market import clock
from market.accounts import destinations
from market.errors import NotFound
from market.ids import uuid7
from market.orders import Buyer
from payments.checkout import Wish, place, prepare

GROUP = "/order-groups/<string:secret>"
PAYMENTS = f"{GROUP}/payments"
PICTURES: dict[str, tuple[str, Callable[[str, str], bytes]]] = {
    "svg": ("image/svg+xml", lambda payload, memo: qr_svg(payload, title=memo)),
    "png": ("image/png", lambda payload, _: qr_png(payload, scale=8)),
}

blp = Resources("checkouts", __name__, description="From a basket to orders and payments.")


def buyer_from(contact: Facts) -> Buyer:
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


@blp.post("/checkouts", EVERYBODY, GroupOut, takes=CheckoutIn)
@blp.doc(parameters=["Basket"])
def check_out(body: Facts) -> Created:
    """Order the whole basket, or be refused and lose nothing of it."""
    now, terms = clock.now(), house.house()
    wish = Wish(
        buyer=buyer_from(body["contact"]),
        delivery=delivery_from(body["delivery"]),
        rail=body["rail"],
        group_id=body.get("id") or uuid7(),
    )

    def prepared(session: Session) -> Any:
        basket_id, asked = present_basket(session).id, {"actor": g.actor, "now": now}
        return prepare(session, basket_id=basket_id, wish=wish, house=terms, **asked)

    group = place(g.session, prepared=before_writing(prepared), now=now)
    secret = house.secret_of(house.ORDER, group.code)
    return created(group_detail(g.session, group, now=now), "checkouts.group", secret=secret)


@blp.get(GROUP, EVERYBODY, GroupOut)
def group(secret: str) -> Facts:
    """The orders and payments of the checkout that the secret opens."""
    return group_detail(g.session, group_of_secret(g.session, secret), now=clock.now())


@blp.get(PAYMENTS, EVERYBODY, PaymentOut(many=True))
def payments(secret: str) -> list[Facts]:
    """The payments of the checkout that the secret opens."""
    return payments_of(g.session, group_of_secret(g.session, secret))


@blp.post(PAYMENTS, EVERYBODY, TryOut, takes=PayIn)
@own_transactions
def pay(body: Facts, secret: str) -> Facts:
    """Begin to pay by card, or go on: the app confirms it with the provider's own kit.

    Safe to be sent again: a payment has one try at a time.
    """
    with context.database().reading() as session:
        group_id = group_of_secret(session, secret).id
    told = card.start(group_id, body["payment_id"])
    return {
        "payment_id": body["payment_id"],
        "state": told.standing,
        "client_secret": told.client_secret,
        "publishable_key": context.settings().stripe_publishable_key or None,
        "error": told.error,
    }


@blp.get(f"{PAYMENTS}/<uuid:payment_id>/qr.<string:form>", EVERYBODY, "image/svg+xml")
def qr(secret: str, payment_id: UUID, form: str) -> Response:
    """The VietQR as `svg` or `png`; its text stands in the payment."""
    group = group_of_secret(g.session, secret)
    for payment in payments_of(g.session, group):
        if payment["id"] == payment_id and payment["memo"] and form in PICTURES:
            mimetype, draw = PICTURES[form]
            return Response(draw(payment["vietqr"], payment["memo"]), mimetype=mimetype)
    raise NotFound(what="payment")

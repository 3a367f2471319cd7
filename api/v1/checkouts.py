"""Checkouts and the groups of orders that come of them, followed by a secret."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from api import card, context, fields, house
from api.orders_view import group_detail, group_of_secret, payments_of
from api.pictures.qr import qr_png, qr_svg
from api.unit_of_work import before_writing, own_transactions
from api.v1.baskets import delivery_from, present_basket
from api.v1.resources import EVERYBODY, UUID, Created, Facts, Resources, Response, created, g
from api.v1.sale_shapes import CheckoutIn, GroupOut, PayIn, PaymentOut, TryOut
from market import clock
from market.accounts import destinations
from market.errors import NotFound
from market.ids import uuid7
from market.orders import OFF, Buyer, LineKind, OrderGroup, queries, trips
from market.quantity import QUANTITY_MAX
from payments.checkout import Prepared, Wish, place, prepare

GROUP = "/order-groups/<string:secret>"
PAYMENTS = f"{GROUP}/payments"
PICTURES: dict[str, tuple[str, Callable[[str, str], bytes]]] = {
    "svg": ("image/svg+xml", lambda payload, memo: qr_svg(payload, title=memo)),
    "png": ("image/png", lambda payload, _: qr_png(payload, scale=8)),
}

blp = Resources("checkouts", __name__, description="From a basket to orders and payments.")


class TightOut(fields.Schema):
    """There are `minutes` to the part, and the way to it from `after` needs more (an estimate)."""

    after = fields.Text(most=300)
    minutes = fields.Integer(least=-QUANTITY_MAX)
    needed = fields.Integer(attribute="way.minutes")
    km = fields.Integer(attribute="way.km")
    ferry = fields.Flag(attribute="way.ferry")


class LegOut(fields.Schema):
    """A visit or a stay of a trip; `tight` warns of the way to it."""

    order_id = fields.Identifier(attribute="line.order_id")
    title = fields.Text(most=300, attribute="line.title")
    kind = fields.Choice(LineKind, attribute="line.kind")
    starts_at = fields.Instant()
    ends_at = fields.Instant()
    meets_in = fields.Text(most=10)
    landmark = fields.Text(
        most=100, attribute="line.snapshot.meeting.landmark", dump_default=None, allow_none=True
    )
    goes_to = fields.Text(most=10)
    tight = fields.Nested(TightOut, allow_none=True)


class TripOut(fields.Schema):
    """The visits and stays of a checkout, soonest first."""

    items = fields.ListOf(fields.Nested(LegOut), most=100)


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


def ordered(group: OrderGroup) -> Created:
    """The checkout that was just made (`GroupOut`), and where it stands."""
    secret = house.secret_of(house.ORDER, group.code)
    shown = group_detail(g.session, group, now=clock.now())
    return created(shown, "checkouts.group", secret=secret)


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

    def prepared(session: Session) -> Prepared:
        basket_id, asked = present_basket(session).id, {"actor": g.actor, "now": now}
        return prepare(session, basket_id=basket_id, wish=wish, house=terms, **asked)

    return ordered(place(g.session, prepared=before_writing(prepared), now=now))


@blp.get(GROUP, EVERYBODY, GroupOut)
def group(secret: str) -> Facts:
    """The orders and payments of the checkout that the secret opens."""
    return group_detail(g.session, group_of_secret(g.session, secret), now=clock.now())


@blp.get(f"{GROUP}/trip", EVERYBODY, TripOut)
def trip(secret: str) -> Facts:
    """What the checkout has of visits and stays, in the order of time."""
    found = queries.of_group(g.session, group_id=group_of_secret(g.session, secret).id)
    on = [order.id for order in found if order.state not in OFF]
    lines = queries.lines(g.session, order_ids=on).values()
    return {"items": trips.legs(line for its in lines for line in its)}


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
    key = context.settings().stripe_publishable_key or None
    return told._asdict() | body | {"publishable_key": key}


@blp.get(f"{PAYMENTS}/<uuid:payment_id>/qr.<string:form>", EVERYBODY, "image/svg+xml")
def qr(secret: str, payment_id: UUID, form: str) -> Response:
    """The VietQR as `svg` or `png`; its text stands in the payment."""
    group = group_of_secret(g.session, secret)
    for payment in payments_of(g.session, group):
        if payment["id"] == payment_id and payment["memo"] and form in PICTURES:
            mimetype, draw = PICTURES[form]
            return Response(draw(payment["vietqr"], payment["memo"]), mimetype=mimetype)
    raise NotFound(what="payment")

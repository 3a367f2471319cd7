"""From a basket (known by the secret in the `Basket` header, made by the phone) to its orders."""

import re
from collections.abc import Callable

from sqlalchemy.orm import Session

from api import card, context, fields, house, unit_of_work
from api.orders_view import group_detail, group_of_secret, payments_of
from api.pictures.qr import qr_png, qr_svg
from api.v1 import orders, sale_shapes
from api.v1.resources import UUID, Created, Facts, Resources, Response, asking, created, g, request
from api.v1.roles import EVERYBODY, GUESTS_TOO
from catalog import Basket, baskets, prices, visiting
from market import FieldInvalid, Money, NotFound, clock, quantity, uuid7
from market.accounts import destinations
from market.orders import OFF, Buyer, LineKind, OrderGroup, Part, queries, trips
from payments.checkout import Prepared, Wish, place, prepare

carts = Resources("basket", __name__, description="Baskets of goods and seats, and what they cost.")
blp = Resources("checkouts", __name__, description="From a basket to orders and payments.")

SECRET = re.compile(r"[A-Za-z0-9_-]{22,64}")
GROUP = "/order-groups/<string:secret>"
PAYMENTS = f"{GROUP}/payments"
PICTURES: dict[str, tuple[str, Callable[[str, str], bytes]]] = {
    "svg": ("image/svg+xml", lambda payload, memo: qr_svg(payload, title=memo)),
    "png": ("image/png", lambda payload, _: qr_png(payload, scale=8)),
}


class MissedOut(fields.Schema):
    """A line that is not in the basket with all that was ordered: the code of why."""

    listing_id = fields.Identifier(attribute="line.listing_id")
    title = fields.Text(most=300, attribute="line.title")
    put = fields.Integer()
    code = fields.Text(most=60, attribute="why.code")


class AgainOut(sale_shapes.BasketOut):
    """A basket with what of an order could be put in."""

    missed = fields.ListOf(fields.Nested(MissedOut), most=100)


def basket_secret() -> str:
    """The secret of the request's basket; refused where it is missing or too short to be one."""
    secret = request.headers.get("Basket", "")
    if not SECRET.fullmatch(secret):
        raise FieldInvalid(field="Basket", reason="field.required")
    return secret


def present_basket(session: Session) -> Basket:
    """The request's basket, or NotFound."""
    return baskets.by_secret(session, secret=basket_secret())


def delivery_from(body: Facts) -> prices.Delivery:
    """What the body says of delivery, with the market's flat fee."""
    sets = {name: frozenset(body.get(name, ())) for name in ("pick_up", "points")}
    return prices.Delivery(**body | sets, fee=house.delivery_fee())


def quoted(basket: Basket, delivery: prices.Delivery) -> list[Part]:
    """What the basket costs now, by seller."""
    return prices.quote(
        g.session,
        lines=baskets.lines(g.session, basket_id=basket.id),
        delivery=delivery,
        commission_basis_points=context.settings().commission_basis_points,
        lang=g.languages[0],
        buyer_id=g.actor.person_id,
        now=clock.now(),
    )


def _shown(basket: Basket) -> Facts:
    return {"items": baskets.lines(g.session, basket_id=basket.id)}


@carts.get("/basket", EVERYBODY, sale_shapes.BasketOut)
@carts.doc(parameters=["Basket"])
def basket() -> Facts:
    """What the basket holds."""
    return _shown(present_basket(g.session))


@carts.post("/basket/lines", EVERYBODY, sale_shapes.BasketOut, takes=sale_shapes.LineIn)
@carts.doc(parameters=["Basket"])
def put_in(body: Facts) -> Facts:
    """Have this quantity of a listing, these seats or these rooms in the basket."""
    now = clock.now()
    basket = baskets.open_basket(**asking(), secret=basket_secret(), now=now)
    if "listing_id" in body:
        baskets.put_goods(g.session, basket=basket, now=now, **body)
    elif "option_id" in body:
        nights = visiting.period(body.pop("arrival"), body.pop("departure"), now=now)
        baskets.put_nights(g.session, basket=basket, nights=nights, now=now, **body)
    else:
        baskets.put_seats(g.session, basket=basket, now=now, **body)
    return _shown(basket)


@carts.delete("/basket/lines/<uuid:line_id>", EVERYBODY, sale_shapes.BasketOut)
@carts.doc(parameters=["Basket"])
def take_out(line_id: UUID) -> Facts:
    """Take the line out."""
    basket = present_basket(g.session)
    baskets.remove(g.session, basket=basket, line_id=line_id, now=clock.now())
    return _shown(basket)


@carts.post("/orders/<uuid:order_id>/again", GUESTS_TOO, AgainOut)
@carts.doc(parameters=["Basket"])
def order_again(order_id: UUID) -> Facts:
    """Put what can still be bought of one's order into the basket, and say what cannot."""
    now, order = clock.now(), orders.bought(order_id)
    lines = queries.lines(g.session, order_ids=[order.id])[order.id]
    basket = baskets.open_basket(**asking(), secret=basket_secret(), now=now)
    missed = baskets.put_again(g.session, basket=basket, lines=lines, now=now)
    return _shown(basket) | {"missed": missed}


@carts.post("/quotes", EVERYBODY, sale_shapes.QuoteOut, takes=sale_shapes.DeliveryIn, status=200)
@carts.doc(parameters=["Basket"])
def quote(body: Facts) -> Facts:
    """What the basket costs now, per seller; nothing is held."""
    parts = quoted(present_basket(g.session), delivery_from(body))
    return {"parts": parts, "total": sum((part.total for part in parts), Money(0))}


class TightOut(fields.Schema):
    """There are `minutes` to the part, and the way to it from `after` needs more (an estimate)."""

    after = fields.Text(most=300)
    minutes = fields.Integer(least=-quantity.QUANTITY_MAX)
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


@blp.post("/checkouts", EVERYBODY, sale_shapes.GroupOut, takes=sale_shapes.CheckoutIn)
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

    return ordered(place(g.session, prepared=unit_of_work.before_writing(prepared), now=now))


@blp.get(GROUP, EVERYBODY, sale_shapes.GroupOut)
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


@blp.get(PAYMENTS, EVERYBODY, sale_shapes.PaymentOut(many=True))
def payments(secret: str) -> list[Facts]:
    """The payments of the checkout that the secret opens."""
    return payments_of(g.session, group_of_secret(g.session, secret))


@blp.post(PAYMENTS, EVERYBODY, sale_shapes.TryOut, takes=sale_shapes.PayIn)
@unit_of_work.own_transactions
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

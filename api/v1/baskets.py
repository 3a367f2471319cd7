"""Baskets and quotes: a basket is known by the secret in the `Basket` header, made by the phone."""

import re

from sqlalchemy.orm import Session

from api import context, fields, house
from api.v1.orders import bought
from api.v1.resources import EVERYBODY, GUESTS_TOO, UUID, Facts, Resources, asking, g, request
from api.v1.sale_shapes import BasketOut, DeliveryIn, LineIn, QuoteOut
from catalog import baskets, prices, visiting
from catalog.models import Basket
from market import clock
from market.errors import FieldInvalid
from market.money import Money
from market.orders import Part, queries

blp = Resources("basket", __name__, description="Baskets of goods and seats, and what they cost.")

SECRET = re.compile(r"[A-Za-z0-9_-]{22,64}")


class MissedOut(fields.Schema):
    """A line that is not in the basket with all that was ordered: the code of why."""

    listing_id = fields.Identifier(attribute="line.listing_id")
    title = fields.Text(most=300, attribute="line.title")
    put = fields.Integer()
    code = fields.Text(most=60, attribute="why.code")


class AgainOut(BasketOut):
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


@blp.get("/basket", EVERYBODY, BasketOut)
@blp.doc(parameters=["Basket"])
def basket() -> Facts:
    """What the basket holds."""
    return _shown(present_basket(g.session))


@blp.post("/basket/lines", EVERYBODY, BasketOut, takes=LineIn)
@blp.doc(parameters=["Basket"])
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


@blp.delete("/basket/lines/<uuid:line_id>", EVERYBODY, BasketOut)
@blp.doc(parameters=["Basket"])
def take_out(line_id: UUID) -> Facts:
    """Take the line out."""
    basket = present_basket(g.session)
    baskets.remove(g.session, basket=basket, line_id=line_id, now=clock.now())
    return _shown(basket)


@blp.post("/orders/<uuid:order_id>/again", GUESTS_TOO, AgainOut)
@blp.doc(parameters=["Basket"])
def order_again(order_id: UUID) -> Facts:
    """Put what can still be bought of one's order into the basket, and say what cannot."""
    now, order = clock.now(), bought(order_id)
    lines = queries.lines(g.session, order_ids=[order.id])[order.id]
    basket = baskets.open_basket(**asking(), secret=basket_secret(), now=now)
    missed = baskets.put_again(g.session, basket=basket, lines=lines, now=now)
    return _shown(basket) | {"missed": missed}


@blp.post("/quotes", EVERYBODY, QuoteOut, takes=DeliveryIn, status=200)
@blp.doc(parameters=["Basket"])
def quote(body: Facts) -> Facts:
    """What the basket costs now, per seller; nothing is held."""
    parts = quoted(present_basket(g.session), delivery_from(body))
    return {"parts": parts, "total": sum((part.total for part in parts), Money(0))}

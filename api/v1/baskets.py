"""Baskets and quotes: a basket is known by the secret in the `Basket` header, made by the phone."""

import re
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api import context, house
from api.v1.resources import Blueprint, MethodView, asking, g, public, request
from api.v1.sale_shapes import BasketOut, DeliveryIn, LineIn, QuoteOut
from catalog import baskets, prices
from catalog.models import Basket
from market import clock
from market.errors import FieldInvalid
from market.money import Money
from market.orders import Part

blp = Blueprint("basket", __name__, description="Baskets of goods and seats, and what they cost.")

SECRET = re.compile(r"[A-Za-z0-9_-]{22,64}")
HEADER = {
    "name": "Basket",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{22,64}$"},
    "description": "The basket's secret: at least 128 random bits, made by the client.",
}


def basket_secret() -> str:
    """The secret of the request's basket; refused where it is missing or too short to be one."""
    secret = request.headers.get("Basket", "")
    if not SECRET.fullmatch(secret):
        raise FieldInvalid(field="Basket", reason="field.required")
    return secret


def present_basket(session: Session) -> Basket:
    """The request's basket, or NotFound."""
    return baskets.by_secret(session, secret=basket_secret())


def delivery_from(body: dict[str, Any]) -> prices.Delivery:
    """What the body says of delivery, with the market's flat fee."""
    return prices.Delivery(
        unit_code=body.get("unit_code"),
        address=body.get("address"),
        pick_up=frozenset(body.get("pick_up", ())),
        fee=house.delivery_fee(),
    )


def quoted(basket: Basket, delivery: prices.Delivery) -> list[Part]:
    """What the basket costs now, by seller."""
    return prices.quote(
        g.session,
        lines=baskets.lines(g.session, basket_id=basket.id),
        delivery=delivery,
        commission_basis_points=context.settings().commission_basis_points,
        lang=g.languages[0],
        now=clock.now(),
    )


def _shown(basket: Basket) -> dict[str, Any]:
    return {"items": baskets.lines(g.session, basket_id=basket.id)}


@blp.route("/basket")
class TheBasket(MethodView):
    """The present basket."""

    @public
    @blp.doc(parameters=[HEADER])
    @blp.response(200, BasketOut)
    def get(self) -> dict[str, Any]:
        """What the basket holds."""
        return _shown(present_basket(g.session))


@blp.route("/basket/lines")
class Lines(MethodView):
    """Putting things in."""

    @public
    @blp.doc(parameters=[HEADER])
    @blp.arguments(LineIn)
    @blp.response(201, BasketOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Have this quantity of a listing, or these seats, in the basket."""
        now = clock.now()
        basket = baskets.open_basket(**asking(), secret=basket_secret(), now=now)
        if "listing_id" in body:
            baskets.put_goods(g.session, basket=basket, now=now, **body)
        else:
            baskets.put_seats(g.session, basket=basket, now=now, **body)
        return _shown(basket)


@blp.route("/basket/lines/<uuid:line_id>")
class OneLine(MethodView):
    """Taking things out."""

    @public
    @blp.doc(parameters=[HEADER])
    @blp.response(200, BasketOut)
    def delete(self, line_id: UUID) -> dict[str, Any]:
        """Take the line out."""
        basket = present_basket(g.session)
        baskets.remove(g.session, basket=basket, line_id=line_id, now=clock.now())
        return _shown(basket)


@blp.route("/quotes")
class Quotes(MethodView):
    """What it costs."""

    @public
    @blp.doc(parameters=[HEADER])
    @blp.arguments(DeliveryIn)
    @blp.response(200, QuoteOut)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """What the basket costs now, per seller; nothing is held."""
        parts = quoted(present_basket(g.session), delivery_from(body))
        return {"parts": parts, "total": sum((part.total for part in parts), Money(0))}

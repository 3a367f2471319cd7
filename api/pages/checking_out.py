"""The checkout: who, where to, how it is paid, and one button."""

from typing import Any
from uuid import UUID

from flask import Response, g

from api import house
from api.pages import reader, typed, where
from api.pages.buying import needed
from api.pages.following import keep_order
from api.pages.frame import Views, again, form, go, render
from api.v1.baskets import quoted
from api.v1.checkouts import buyer_from
from catalog import baskets, prices
from catalog.models import Basket
from market import clock, orders
from market.accounts import people
from market.accounts.models import Organisation
from market.db import by_id
from market.errors import MarketError
from market.ids import uuid7
from market.orders import Rail
from market.orders.models import OrderGroup
from payments import checkout

views = Views()

NAME_MAX = 100
LAST_MAX = 10  # of the newest orders, to find where goods were delivered


@views.get("/checkout")
def checkout_form() -> Response:
    """Who, where to, how it is paid."""
    here = reader.basket()
    if here is None or not baskets.lines(g.session, basket_id=here.id):
        return go("/basket")
    given = {"rail": Rail.BANK_TRANSFER.value, **_known()}
    return _shown(here, given)


@views.post("/checkout")
def order_all() -> Response:
    """Order the basket, or show what is in the way with everything still there."""
    here, given = needed(), form()
    if "recount" in given:
        return _shown(here, given)
    group_id = typed.identifier(given.get("group_id", ""))
    try:
        with g.session.begin_nested():
            group = _order(here, given, group_id)
    except MarketError as refusal:
        return _shown(here, given, refusal)
    opened = house.secret_of(house.ORDER, group.code)
    response = go(f"/o/{opened}?new=1")
    if g.actor.person_id is None:
        keep_order(response, opened)
    return response


def _shown(here: Basket, given: dict[str, str], refusal: MarketError | None = None) -> Response:
    """The form; or the basket, where one sees which of its lines cannot be sold so."""
    try:
        facts = _checkout_facts(here, given)
    except MarketError:
        return go("/basket")
    if refusal is None:
        return render("checkout.html", values=given, **facts)
    blame = _BLAMED.get(refusal.code, "rail")
    return again("checkout.html", refusal, form=given, blame=blame, **facts)


def _known() -> dict[str, str]:
    """What is known of somebody signed in: their name, and where the last order went."""
    if g.actor.person_id is None:
        return {}
    person = people.myself(g.session, actor=g.actor)
    known = {"name": person.name, "phone": person.phone, "email": person.email}
    last = orders.queries.page(g.session, actor=g.actor, selling=False, limit=LAST_MAX)
    if address := next((order.address for order in last if order.address), None):
        known |= {"unit_code": address["unit_code"], "address": address["line"]}
    return {name: value for name, value in known.items() if value}


def _order(here: Basket, given: dict[str, str], group_id: UUID) -> OrderGroup:
    now = clock.now()
    given = where.chosen(given, "unit_code", line=given.get("address", ""))
    wish = checkout.Wish(
        buyer=buyer_from({**given, "name": typed.needed(given, "name")[:NAME_MAX]}),
        delivery=_delivery(given),
        rail=Rail(given["rail"]) if given.get("rail") in set(Rail) else Rail.BANK_TRANSFER,
        group_id=group_id,
    )
    prepared = checkout.prepare(
        g.session, actor=g.actor, basket_id=here.id, wish=wish, house=house.house(), now=now
    )
    return checkout.place(g.session, prepared=prepared, now=now)


def _checkout_facts(here: Basket, given: dict[str, str]) -> dict[str, Any]:
    parts = quoted(here, prices.Delivery(pick_up=_picked_up(given), fee=house.delivery_fee()))
    return {
        "parts": parts,
        "sellers": by_id(g.session, Organisation, (part.seller_id for part in parts)),
        "rails": [rail.value for rail in house.house().rails],
        "fee": house.delivery_fee().minor,
        "group_id": given.get("group_id") or uuid7(),
    }


def _delivery(given: dict[str, str]) -> prices.Delivery:
    return prices.Delivery(
        unit_code=given.get("unit_code") or None,
        address=(given.get("address") or "")[: prices.ADDRESS_LINE_MAX] or None,
        place=given.get("unit_code_text", "")[: prices.ADDRESS_LINE_MAX] or None,
        pick_up=_picked_up(given),
        fee=house.delivery_fee(),
    )


def _picked_up(given: dict[str, str]) -> frozenset[UUID]:
    return frozenset(
        typed.identifier(name.removeprefix("way-"))
        for name, way in given.items()
        if name.startswith("way-") and way == "pick-up"
    )


_BLAMED = {"address.missing": "address", "contact.missing": "phone", "place.unknown": "unit_code"}

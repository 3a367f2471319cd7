"""The checkout: who, where to, how it is paid, and one button."""

from flask import Response, g

from api import house
from api.context import acting
from api.pages import typed, where
from api.pages.buying import needed
from api.pages.following import keep_order
from api.pages.frame import UUID, Facts, again, form, go, own_basket, render, sentence, views
from api.v1.baskets import quoted
from api.v1.checkouts import buyer_from
from catalog import baskets, delivering, prices
from catalog.models import Basket
from market import orders
from market.accounts import Organisation, people
from market.db import by_id
from market.errors import MarketError
from market.ids import uuid7
from market.orders import Fulfilment, OrderGroup, Rail
from payments import checkout

NAME_MAX = 100
LAST_MAX = 10  # of the newest orders, to find where goods were delivered


@views.get("/checkout")
def checkout_form() -> Response:
    """Who, where to, how it is paid."""
    here = own_basket()
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
        facts, cannot = _checkout_facts(here, given)
    except MarketError:
        return go("/basket")
    if refusal is None:
        errors = {_blamed(cannot): sentence(cannot)} if cannot else {}
        return render("checkout.html", values=given, errors=errors, **facts)
    return again("checkout.html", refusal, form=given, blame=_blamed(refusal), **facts)


def _blamed(refusal: MarketError) -> str:
    road = "unit_code" if refusal.code.startswith("delivery.") else "rail"
    return str(refusal.facts.get("field") or _BLAMED.get(refusal.code, road))


def _known() -> dict[str, str]:
    """What is known of somebody signed in: their name, and where the last order went."""
    if g.actor.person_id is None:
        return {}
    person = people.myself(g.session, actor=g.actor)
    known = {"name": person.name, "phone": person.phone, "email": person.email}
    last = orders.queries.page(g.session, actor=g.actor, selling=False, limit=LAST_MAX)
    carried = (order.address for order in last if order.fulfilment == Fulfilment.DELIVERY)
    if address := next(filter(None, carried), None):
        known |= {"unit_code": address["unit_code"], "address": address["line"]}
    return {name: value for name, value in known.items() if value}


def _order(here: Basket, given: dict[str, str], group_id: UUID) -> OrderGroup:
    given, doing = where.chosen(given, "unit_code", line=given.get("address", "")), acting()
    wish = checkout.Wish(
        buyer=buyer_from({**given, "name": typed.needed(given, "name")[:NAME_MAX]}),
        delivery=_delivery(given),
        rail=typed.one_of(Rail, given.get("rail")) or Rail.BANK_TRANSFER,
        group_id=group_id,
    )
    prepared = checkout.prepare(**doing, basket_id=here.id, wish=wish, house=house.house())
    return checkout.place(g.session, prepared=prepared, now=doing["now"])


def _checkout_facts(here: Basket, given: dict[str, str]) -> tuple[Facts, MarketError | None]:
    """What the page shows, and what keeps the basket from the commune that was written."""
    wanted, unit, cannot = _delivery(given)._replace(address=None, unit_code=None), None, None
    try:
        unit = where.chosen(given, "unit_code", line=given.get("address", ""))["unit_code"] or None
        parts = quoted(here, wanted._replace(unit_code=unit))
    except MarketError as refusal:
        unit, cannot = None, refusal
        parts = quoted(here, wanted._replace(points=frozenset()))
    sellers = by_id(g.session, Organisation, (part.seller_id for part in parts))
    return {
        "parts": parts,
        "sellers": sellers,
        "points": delivering.points_of(g.session, seller_ids=list(sellers)),
        "least": unit is None and any(seller.zoned for seller in sellers.values()),
        "rails": [rail.value for rail in house.house().rails],
        "group_id": given.get("group_id") or uuid7(),
    }, cannot


def _delivery(given: dict[str, str]) -> prices.Delivery:
    """What was chosen of each seller: delivery, picking up at the farm, or the id of a point."""
    said = given.items()
    ways = {name.removeprefix("way-"): way for name, way in said if name.startswith("way-") and way}
    fetched = [seller for seller, way in ways.items() if way == Fulfilment.PICK_UP]
    return prices.Delivery(
        unit_code=given.get("unit_code") or None,
        address=(given.get("address") or "")[: prices.ADDRESS_LINE_MAX] or None,
        place=given.get("unit_code_text", "")[: prices.ADDRESS_LINE_MAX] or None,
        pick_up=frozenset(map(typed.identifier, fetched)),
        points=frozenset(map(typed.identifier, {*ways.values()} - {*Fulfilment})),
        fee=house.delivery_fee(),
    )


_BLAMED = {"address.missing": "address", "contact.missing": "phone", "place.unknown": "unit_code"}

"""Selling: one's goods, putting more on sale, the orders to be done, and labels for the boxes."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Unpack
from uuid import UUID

from flask import Response, g

from api import context, house
from api.context import Acting, acting
from api.pages import counter, listing_form, media_form, seller_facts, typed, where
from api.pages.counter import KEEPERS, Counter
from api.pages.frame import Views, again, form, go, render
from api.pictures.labels import label_pdf, label_svg
from catalog import listings, offers, reference_prices, reviewing
from catalog.models import Experience, Listing
from market import accounts, cases, clock, orders, traceability
from market.accounts import Actor, Role, organisations
from market.accounts.models import OrganisationKind, Scope
from market.errors import FieldInvalid, Forbidden, MarketError, NotFound
from market.ids import code_of
from market.orders.models import Order
from payments import cancelling, fulfilling, weighing

views = Views()

REASON_MAX, FARM_NAME_MAX = 300, 100
SHOP_SECONDS = 365 * 24 * 3600
OFFERS: Mapping[str, type[Any]] = {"goods": Listing, "visits": Experience}
STEPS: Mapping[str, Callable[..., Any]] = {
    "pause": reviewing.pause,
    "resume": reviewing.resume,
    "submission": reviewing.submit,
}


@views.get("/sell")
def goods() -> Response:
    """What one sells, or how to begin."""
    here = counter.here()
    if here is None:
        return render("sell.html", shop=None)
    return render("sell.html", **seller_facts.shop_facts(here))


@views.post("/sell/shop", *KEEPERS)
def choose_shop() -> Response:
    """Work for another shop from now on, in this browser."""
    shop_id = form().get("id", "")
    counter.require(shop_id)
    response = go("/sell")
    context.keep(response, counter.COOKIE, shop_id, seconds=SHOP_SECONDS)
    return response


@views.post("/sell/<any(goods, visits):what>/<uuid:offer_id>/<step>", *KEEPERS)
def change_offer(what: str, offer_id: UUID, step: str) -> Response:
    """Pause, resume or hand in one's goods or visit."""
    if step not in STEPS:
        raise NotFound(what="page")
    here = counter.needed()
    accounts.require_scope(here.actor, Scope.LISTINGS)
    try:
        with g.session.begin_nested():
            more = {"price_is_meant": "price_is_meant" in form()} if step == "submission" else {}
            STEPS[step](**acting(here.actor), kind=OFFERS[what], offer_id=offer_id, **more)
    except (offers.WrongState, reference_prices.PriceFarBelow) as refusal:
        facts = seller_facts.shop_facts(here)
        return again("sell.html", refusal, form={}, blame=str(offer_id), **facts)
    return go("/sell")


@views.get("/sell/new", Role.BUYER)
def new() -> Response:
    """A form for goods; whoever sells nothing yet names their farm on it."""
    here = counter.here()
    values = listing_form.first_values(here)
    return render("sell_new.html", values=values, **listing_form.page_facts(values, here))


@views.post("/sell/new", Role.BUYER)
def publish() -> Response:
    """Draft, photos and handing in at once, or the form again with what is wrong."""
    given = form()
    try:
        with media_form.sent() as brought, g.session.begin_nested():
            _publish(given, brought, counter.here())
    except offers.OfferExists:
        return go("/sell")  # the same form was sent twice
    except (NotFound, Forbidden, accounts.OutOfScope):
        raise
    except MarketError as refusal:
        blame = listing_form.blamed(refusal.code)
        facts = listing_form.page_facts(given, counter.here())
        return again("sell_new.html", refusal, form=given, blame=blame, **facts)
    return go("/sell")


@views.get("/sell/orders", *KEEPERS)
def todo() -> Response:
    """The orders that wait for the seller."""
    return render("sell_orders.html", **seller_facts.order_lists(counter.needed()))


@views.post("/sell/orders/<uuid:order_id>/<step>", *KEEPERS)
def do(order_id: UUID, step: str) -> Response:
    """Take an order one step further, or call it off."""
    if step not in _DOING:
        raise NotFound(what="page")
    here = counter.needed()
    accounts.require_scope(here.actor, Scope.ORDERS)
    try:
        with g.session.begin_nested():
            _DOING[step](**acting(here.actor), order_id=order_id)
    except (orders.WrongState, weighing.NotWeighed, weighing.AboveHold, FieldInvalid) as refusal:
        (position, *_) = refusal.facts.get("positions") or [refusal.facts.get("position")]
        about = {"blame": f"grams-{order_id}-{position}"}
        about |= seller_facts.order_lists(here)
        return again("sell_orders.html", refusal, form=form(), **about)
    return go("/sell/orders")


@views.get("/sell/lots/<code>/label.pdf", *KEEPERS)
def label_to_print(code: str) -> Response:
    """The label of one's lot as a PDF."""
    body = label_pdf(seller_facts.label_facts(_lot(code)))
    response = Response(body, mimetype="application/pdf")
    response.headers["Content-Disposition"] = 'inline; filename="label.pdf"'
    return response


@views.get("/sell/lots/<code>/label.svg", *KEEPERS)
def label_to_see(code: str) -> Response:
    """The label of one's lot as a picture."""
    return Response(label_svg(seller_facts.label_facts(_lot(code))), mimetype="image/svg+xml")


def _publish(given: Mapping[str, str], brought: media_form.Sent, here: Counter | None) -> None:
    now, given = clock.now(), where.chosen(given, "unit_code")
    if here is None:
        actor, shop_id = _first_shop(given)
    else:
        actor, shop_id = here.actor, here.shop.id
    accounts.require_scope(actor, Scope.LISTINGS)
    read = listing_form.read(given, seller_id=shop_id)
    listing = listings.draft(g.session, actor=actor, goods=read, now=now)
    offer: dict[str, Any] = {"actor": actor, "kind": Listing, "offer_id": listing.id, "now": now}
    media_form.keep({}, brought, **offer)
    reviewing.submit(g.session, price_is_meant="price_is_meant" in given, **offer)


def _first_shop(given: Mapping[str, str]) -> tuple[Actor, UUID]:
    """Found the farm, or the boat, that the form names, and have it verified."""
    if g.actor.oversees:
        raise Forbidden(what="organisation")  # who decides at the desk sells nothing
    at_sea = listing_form.category_of(given).code.startswith("seafood")
    kind = OrganisationKind.BOAT if at_sea else OrganisationKind.FARM
    name, unit_code = typed.needed(given, "farm", FARM_NAME_MAX), given.get("unit_code", "")
    shop = organisations.found(**acting(), kind=kind, name=name, unit_code=unit_code)
    actor = replace(
        g.actor,
        roles=g.actor.roles | {Role.SELLER},
        seller_ids=frozenset({shop.id}),
        managed_ids=g.actor.managed_ids | {shop.id},
    )
    cases.ask_verification(**acting(actor), organisation_id=shop.id, statement="", documents=[])
    return actor, shop.id


def _pack(*, order_id: UUID, **doing: Unpack[Acting]) -> None:
    given, mark = form(), f"grams-{order_id}-"
    typed_in = {name: said for name, said in given.items() if name.startswith(mark)}
    grams = {
        int(name.removeprefix(mark)): listing_form.quantity_of(said, 3, name)
        for name, said in typed_in.items()
        if name.removeprefix(mark).isdecimal()
    }
    weighing.pack(**doing, order_id=order_id, grams=grams)


def _deliver(*, order_id: UUID, **doing: Unpack[Acting]) -> None:
    fulfilling.deliver(**doing, order=_sold(doing["actor"], order_id))


def _cancel(*, order_id: UUID, **doing: Unpack[Acting]) -> None:
    reason, order = _reason(order_id), _sold(doing["actor"], order_id)
    custody = house.house().custody
    cancelling.cancel(**doing, order=order, by_buyer=False, reason=reason, custody=custody)


def _refuse(*, order_id: UUID, **doing: Unpack[Acting]) -> None:
    fulfilling.refuse(**doing, order_id=order_id, reason=_reason(order_id))


def _reason(order_id: UUID) -> str:
    reason = form().get("reason", "")[:REASON_MAX]
    if not reason:
        raise FieldInvalid(field=f"why-{order_id}", reason="field.required")
    return reason


def _sold(actor: Actor, order_id: UUID) -> Order:
    return orders.queries.sold_by(g.session, actor=actor, order_id=order_id)


def _lot(code: str) -> Any:
    here = counter.needed()
    accounts.require_scope(here.actor, Scope.LOTS)
    return traceability.own_lot(g.session, actor=here.actor, code=code_of(code, what="lot"))


_DOING: Mapping[str, Callable[..., Any]] = {
    "confirmation": orders.confirm,
    "packing": _pack,
    "handover": fulfilling.hand_over,
    "delivery": _deliver,
    "refusal": _refuse,
    "cancellation": _cancel,
}

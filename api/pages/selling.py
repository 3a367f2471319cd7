"""Selling: one's goods and holidays, more on sale, orders to be done or taken over, and labels."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Unpack
from uuid import UUID

from api import context
from api.context import Acting, acting
from api.pages import counter, listing_form, typed, where
from api.pages.frame import Facts, Response, again, answered, form, g, go, refused, render, views
from api.pictures.labels import label_pdf, label_svg
from catalog import listings, offers, reviewing
from catalog.models import Experience, Listing
from market import accounts, cases, clock, code_of, orders, traceability
from market.accounts import Actor, Organisation, OrganisationKind, Role, Scope, organisations
from market.errors import FieldInvalid, Forbidden, existing
from market.orders import Order
from payments import cancelling, fulfilling, reassigning, supplementing, weighing

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
    return render("sell.html", **(counter.shop_facts(here) if here else {"shop": None}))


@views.post("/sell/shop", *counter.KEEPERS)
def choose_shop() -> Response:
    """Work for another shop from now on, in this browser."""
    shop_id = form().get("id", "")
    counter.require(shop_id)
    response = go("/sell")
    context.keep(response, counter.COOKIE, shop_id, seconds=SHOP_SECONDS)
    return response


@views.post("/sell/<any(goods, visits):what>/<uuid:offer_id>/<step>", *counter.KEEPERS)
def change_offer(what: str, offer_id: UUID, step: str) -> Response:
    """Pause, resume or hand in one's goods or visit."""
    deed = existing(STEPS.get(step), "page")
    here = counter.needed(Scope.LISTINGS)
    its: Facts = {**acting(here.actor), "kind": OFFERS[what], "offer_id": offer_id}
    its |= {"price_is_meant": "price_is_meant" in form()} if step == "submission" else {}
    facts, on = partial(counter.shop_facts, here), {"blame": str(offer_id), "to": "/sell"}
    return answered("sell.html", facts, lambda _: deed(**its), said=None, **on)


@views.post("/sell/holiday", *counter.KEEPERS)
def holiday() -> Response:
    """Close the shop from one day to another; without days it is open again."""
    here = counter.needed()

    def close(given: dict[str, str]) -> None:
        days = {name: typed.day(given.get(name)) for name in ("closed_from", "closed_until")}
        which: Facts = {"organisation_id": here.shop.id, "version": here.shop.version}
        which |= {"custody_account": context.settings().custody_account, "changes": days}
        organisations.edit(**acting(here.actor), **which)

    facts, its = partial(counter.shop_facts, here), {"blame": "closed_until", "to": "/sell"}
    return answered("sell.html", facts, close, said=None, **its)


@views.get("/sell/new", Role.BUYER)
def new() -> Response:
    """A form for goods; whoever sells nothing yet names their farm on it."""
    here = counter.here()
    values = {"unit": listing_form.UNITS[0]}
    values |= {"unit_code": here.shop.unit_code} if here else {}
    return render("sell_new.html", values=values, **listing_form.page_facts(values, here))


@views.post("/sell/new", Role.BUYER)
def publish() -> Response:
    """Draft, photos and handing in at once, or the form again with what is wrong."""
    given = form()
    refusal = refused(partial(_publish, given), listing_form.sent())
    if refusal is None or isinstance(refusal, offers.OfferExists):  # the same form was sent twice
        return go("/sell")
    facts = listing_form.page_facts(given, counter.here())
    facts["blame"] = listing_form.BLAMED["offer"]
    return again("sell_new.html", refusal, form=given, **facts)


@views.get("/sell/orders", *counter.KEEPERS)
def todo() -> Response:
    """The orders that wait for the seller."""
    return render("sell_orders.html", **counter.order_lists(counter.needed()))


@views.post("/sell/orders/<uuid:order_id>/<step>", *counter.KEEPERS)
def do(order_id: UUID, step: str) -> Response:
    """Take an order one step further, or call it off."""
    deed = existing(_DOING.get(step), "page")
    here = counter.needed(Scope.ORDERS)
    if refusal := refused(lambda: deed(**acting(here.actor), order_id=order_id)):
        (position, *_) = refusal.facts.get("positions") or [refusal.facts.get("position")]
        about = {"blame": f"grams-{order_id}-{position}"}
        about |= counter.order_lists(here)
        return again("sell_orders.html", refusal, form=form(), **about)
    return go("/sell/orders")


@views.post("/sell/offered/<uuid:order_id>", *counter.KEEPERS)
def take_over(order_id: UUID) -> Response:
    """Promise to deliver what another did not answer; whoever is first has it."""
    here, listing_id = counter.needed(), typed.identifier(form().get("listing_id", ""))
    reassigning.take_over(**acting(here.only), order_id=order_id, listing_id=listing_id)
    return go("/sell/orders")


@views.get("/sell/lots/<code>/label.<any(pdf, svg):kind>", *counter.KEEPERS)
def label(code: str, kind: str) -> Response:
    """The label of one's lot, as a PDF to print or as a picture to see."""
    actor, own_code = counter.needed(Scope.LOTS).actor, code_of(code, what="lot")
    lot = traceability.own_lot(g.session, actor=actor, code=own_code)
    facts = counter.label_facts(lot)
    if kind == "svg":
        return Response(label_svg(facts), mimetype="image/svg+xml")
    headers = {"Content-Disposition": 'inline; filename="label.pdf"'}
    return Response(label_pdf(facts), mimetype="application/pdf", headers=headers)


def _publish(given: Mapping[str, str], brought: listing_form.Sent) -> None:
    here, now, given = counter.here(), clock.now(), where.chosen(given, "unit_code")
    if here is None:
        actor, shop_id = _first_shop(given)
    else:
        actor, shop_id = here.actor, here.shop.id
    accounts.require_scope(actor, Scope.LISTINGS)
    read = listing_form.read(given, seller_id=shop_id)
    listing = listings.draft(g.session, actor=actor, goods=read, now=now)
    offer: Facts = {"actor": actor, "kind": Listing, "offer_id": listing.id, "now": now}
    listing_form.keep_media({}, brought, **offer)
    reviewing.submit(g.session, price_is_meant="price_is_meant" in given, **offer)


def _first_shop(given: Mapping[str, str]) -> tuple[Actor, UUID]:
    """Found the farm, or the boat, that the form names, and have it verified."""
    if g.actor.oversees:
        raise Forbidden(what="organisation")  # who decides at the desk sells nothing
    at_sea = listing_form.category_of(given).code.startswith("seafood")
    kind = OrganisationKind.BOAT if at_sea else OrganisationKind.FARM
    name, unit_code = typed.needed(given, "farm", FARM_NAME_MAX), given.get("unit_code", "")
    farm = Organisation(kind=kind, name=name, unit_code=unit_code)
    shop = organisations.found(**acting(), organisation=farm)
    actor = replace(
        g.actor,
        roles=g.actor.roles | {Role.SELLER},
        seller_ids=frozenset({shop.id}),
        managed_ids=g.actor.managed_ids | {shop.id},
    )
    cases.ask_verification(**acting(actor), organisation_id=shop.id, statement="", documents=[])
    return actor, shop.id


def _pack(*, order_id: UUID, **doing: Unpack[Acting]) -> None:
    given = form()
    of_order = {name: name.removeprefix(f"grams-{order_id}-") for name in given}
    grams = {
        int(position): listing_form.quantity_of(given[name], 3, name)
        for name, position in of_order.items()
        if re.fullmatch(r"\d{1,3}", position, re.ASCII)
    }
    if "ask" not in given:
        weighing.pack(**doing, order_id=order_id, grams=grams)
        return
    weighed = next(((at, said) for at, said in grams.items() if str(at) == given["ask"]), (-1, 0))
    supplementing.ask(**doing, order_id=order_id, weighed=weighed)


def _deliver(*, order_id: UUID, **doing: Unpack[Acting]) -> None:
    fulfilling.deliver(**doing, order=_sold(doing["actor"], order_id))


def _cancel(*, order_id: UUID, **doing: Unpack[Acting]) -> None:
    order, reason = _sold(doing["actor"], order_id), _reason(order_id)
    cancelling.cancel(**doing, order=order, by_buyer=False, reason=reason)


def _refuse(*, order_id: UUID, **doing: Unpack[Acting]) -> None:
    fulfilling.refuse(**doing, order_id=order_id, reason=_reason(order_id))


def _reason(order_id: UUID) -> str:
    reason = form().get("reason", "")[:REASON_MAX]
    if not reason:
        raise FieldInvalid(field=f"why-{order_id}", reason="field.required")
    return reason


def _sold(actor: Actor, order_id: UUID) -> Order:
    return orders.queries.sold_by(g.session, actor=actor, order_id=order_id)


_DOING: Mapping[str, Callable[..., Any]] = {
    "confirmation": orders.confirm,
    "packing": _pack,
    "handover": fulfilling.hand_over,
    "delivery": _deliver,
    "refusal": _refuse,
    "cancellation": _cancel,
}

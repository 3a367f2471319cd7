"""Buying: the basket, the checkout, and the orders and tickets that come of it."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from flask import Response, g, request

from api import context, house
from api.orders_view import group_detail, group_of_secret, order_of_secret
from api.pages import cards, order_facts
from api.pages.basket_facts import basket_facts, basket_parts
from api.pages.frame import BASKET_COOKIE, Views, again, files, form, go, render, sentence
from catalog import baskets, media, prices
from catalog.models import Basket, Listing, SeatUnit
from market import bookings, clock, orders
from market.accounts import destinations
from market.errors import MarketError, NotFound
from market.ids import secret, uuid7
from market.money import Money
from market.orders import Buyer, Rail
from payments import cancelling, checkout, fulfilling

views = Views()

BASKET_SECONDS = 60 * 24 * 3600


@views.get("/basket")
def basket() -> Response:
    """What has been put aside."""
    return render("basket.html", **basket_facts(_present()))


@views.post("/basket/lines")
def put() -> Response:
    """Put goods or seats in; the browser gets the basket's secret with the first."""
    given = form()
    key = request.cookies.get(BASKET_COOKIE) or secret(16)
    now = clock.now()
    here = baskets.open_basket(g.session, actor=g.actor, secret=key, now=now)
    if "listing_id" in given:
        _put_goods(here, _id(given["listing_id"]), given.get("quantity", ""))
    else:
        departure_id = _id(given.get("departure_id", ""))
        for unit, name in ((SeatUnit.ADULT, "adults"), (SeatUnit.CHILD, "children")):
            count = _count(given.get(name, ""))
            if count:
                baskets.put_seats(
                    g.session,
                    basket=here,
                    departure_id=departure_id,
                    unit=unit,
                    quantity=count,
                    now=now,
                )
    response = go("/basket")
    response.set_cookie(
        BASKET_COOKIE,
        key,
        max_age=BASKET_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=context.is_https(),
    )
    return response


@views.post("/basket")
def change() -> Response:
    """Have other quantities; a line that cannot be sold so keeps what it had."""
    here = _needed()
    given = form()
    errors: dict[str, str] = {}
    for line in baskets.lines(g.session, basket=here):
        typed = given.get(f"quantity-{line.id}")
        if typed is None:
            continue
        try:
            _change(here, line, typed)
        except MarketError as refusal:
            errors[f"quantity-{line.id}"] = sentence(refusal)
    if errors:
        return again("basket.html", form={}, errors=errors, **basket_facts(here))
    return go("/basket")


@views.post("/basket/lines/<uuid:line_id>/removal")
def remove(line_id: UUID) -> Response:
    """Take a line out."""
    baskets.remove(g.session, basket=_needed(), line_id=line_id, now=clock.now())
    return go("/basket")


@views.get("/checkout")
def checkout_form() -> Response:
    """Who, where to, how it is paid."""
    here = _present()
    if here is None or not baskets.lines(g.session, basket=here):
        return go("/basket")
    given = {"rail": Rail.BANK_TRANSFER.value}
    return render("checkout.html", values=given, errors={}, **_checkout_facts(here, given))


@views.post("/checkout")
def order_all() -> Response:
    """Order the basket, or show what is in the way with everything still there."""
    here, given = _needed(), form()
    if "recount" in given:
        return render("checkout.html", values=given, errors={}, **_checkout_facts(here, given))
    group_id = _id(given.get("group_id", ""))
    try:
        with g.session.begin_nested():
            group = checkout.checkout(
                g.session,
                actor=g.actor,
                basket=here,
                buyer=_buyer(given),
                delivery=_delivery(given),
                rail=Rail(given["rail"]) if given.get("rail") in set(Rail) else Rail.BANK_TRANSFER,
                house=house.house(),
                group_id=group_id,
                now=clock.now(),
            )
    except MarketError as refusal:
        return again(
            "checkout.html",
            refusal,
            form=given,
            blame=_BLAMED.get(refusal.code, "rail"),
            **_checkout_facts(here, given),
        )
    return go(f"/o/{house.secret_of(house.ORDER, group.code)}?new=1")


@views.get("/o/<opened>")
def order(opened: str) -> Response:
    """The checkout that the secret opens."""
    return render("order.html", **_order_facts(opened))


@views.post("/o/<opened>/<uuid:order_id>/cancellation")
def cancel(opened: str, order_id: UUID) -> Response:
    """Call one order off."""
    cancelling.cancel(
        g.session,
        actor=g.actor,
        order=order_of_secret(g.session, opened, order_id),
        by_buyer=True,
        reason=form().get("reason", "")[:300],
        custody=house.house().custody,
        now=clock.now(),
    )
    return go(f"/o/{opened}")


@views.post("/o/<opened>/<uuid:order_id>/receipt")
def receive(opened: str, order_id: UUID) -> Response:
    """Say that the goods have come."""
    found = order_of_secret(g.session, opened, order_id)
    fulfilling.deliver(g.session, actor=g.actor, order=found, now=clock.now())
    return go(f"/o/{opened}")


@views.post("/o/<opened>/<uuid:order_id>/complaints")
def complain(opened: str, order_id: UUID) -> Response:
    """Say what is wrong, with photos."""
    most = context.settings().upload_bytes_max
    pictures = [media.clean(file.read(), bytes_max=most) for file in files("photos")[:4]]
    orders.complain(
        g.session,
        actor=g.actor,
        order=order_of_secret(g.session, opened, order_id),
        statement=form().get("statement", "")[:2000],
        photos=[picture.images[640] for picture in pictures],
        files=context.files(),
        now=clock.now(),
    )
    return go(f"/o/{opened}")


@views.get("/t/<opened>")
def ticket(opened: str) -> Response:
    """One guest's ticket."""
    code = house.code_of(house.TICKET, opened)
    if code is None:
        raise NotFound(what="ticket")
    found = bookings.by_code(g.session, code=code)
    return render("ticket.html", **order_facts.ticket_facts(g.session, found, opened))


@views.get("/orders")
def mine() -> Response:
    """What one has ordered."""
    if g.actor.person_id is None:
        return render("orders.html", groups=[], next=None)
    found = orders.queries.page(g.session, actor=g.actor, selling=False, limit=50)
    return render("orders.html", groups=order_facts.group_rows(g.session, found), next=None)


def _order_facts(opened: str) -> dict[str, Any]:
    group = group_of_secret(g.session, opened)
    now = clock.now()
    detail = group_detail(g.session, group, now=now)
    return order_facts.page_facts(
        g.session, group, detail, secret=opened, new="new" in request.args
    )


def _checkout_facts(here: Basket, given: dict[str, str]) -> dict[str, Any]:
    parts = _quoted(here, given)
    zero = Money(0)
    return {
        "parts": basket_parts(g.session, parts),
        "communes": cards.communes(),
        "rails": [{"value": rail.value, "off": False} for rail in Rail],
        "goods": sum((part.goods for part in parts), zero).minor,
        "delivery": sum((part.delivery for part in parts), zero).minor,
        "total": sum((part.total for part in parts), zero).minor,
        "fee": house.delivery_fee().minor,
        "group_id": given.get("group_id") or uuid7(),
    }


def _quoted(here: Basket, given: dict[str, str]) -> list[orders.Part]:
    return prices.quote(
        g.session,
        lines=baskets.lines(g.session, basket=here),
        delivery=prices.Delivery(pick_up=_picked_up(given), fee=house.delivery_fee()),
        commission_basis_points=context.settings().commission_basis_points,
        languages=g.languages,
        now=clock.now(),
    )


def _delivery(given: dict[str, str]) -> prices.Delivery:
    return prices.Delivery(
        unit_code=given.get("unit_code") or None,
        address=(given.get("address") or "")[: prices.ADDRESS_LINE_MAX] or None,
        pick_up=_picked_up(given),
        fee=house.delivery_fee(),
    )


def _picked_up(given: dict[str, str]) -> frozenset[UUID]:
    return frozenset(
        _id(name.removeprefix("way-"))
        for name, way in given.items()
        if name.startswith("way-") and way == "pick-up"
    )


def _buyer(given: dict[str, str]) -> Buyer:
    phone, email = given.get("phone"), given.get("email")
    return Buyer(
        person_id=g.actor.person_id,
        name=given.get("name", "")[:100],
        phone=destinations.phone(phone) if phone else None,
        email=destinations.email(email) if email else None,
        language=g.languages[0],
    )


def _present() -> Basket | None:
    key = request.cookies.get(BASKET_COOKIE)
    try:
        return baskets.by_secret(g.session, secret=key) if key else None
    except NotFound:
        return None


def _needed() -> Basket:
    found = _present()
    if found is None:
        raise NotFound(what="basket")
    return found


def _put_goods(here: Basket, listing_id: UUID, typed: str) -> None:
    listing = g.session.get(Listing, listing_id)
    if listing is None:
        raise NotFound(what="listing")
    baskets.put_goods(
        g.session,
        basket=here,
        listing_id=listing_id,
        quantity=_scaled(typed, listing.scale),
        now=clock.now(),
    )


def _change(here: Basket, line: Any, typed: str) -> None:
    if line.kind == orders.LineKind.GOODS:
        _put_goods(here, line.subject_id, typed)
        return
    baskets.put_seats(
        g.session,
        basket=here,
        departure_id=line.subject_id,
        unit=SeatUnit(line.unit),
        quantity=_count(typed),
        now=clock.now(),
    )


def _scaled(typed: str, scale: int) -> int:
    """Decimal text in the unit as units of 10^-scale; what cannot be said so is 0, and refused."""
    if not re.fullmatch(r"[0-9]{1,9}([.,][0-9]{1,6})?", typed, re.ASCII):
        return 0
    try:
        scaled = Decimal(typed.replace(",", ".")).scaleb(scale)
    except InvalidOperation:
        return 0
    return int(scaled)


def _count(typed: str) -> int:
    return int(typed) if re.fullmatch(r"[0-9]{1,4}", typed, re.ASCII) else 0


def _id(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        raise NotFound(what="form") from None


_BLAMED = {
    "address.missing": "address",
    "contact.missing": "phone",
    "place.unknown": "unit_code",
}

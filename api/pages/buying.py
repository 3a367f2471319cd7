"""Buying: the basket, the checkout, and the orders and tickets that come of it."""

from typing import Any
from uuid import UUID

from flask import Response, g, request

from api import context, house
from api.orders_view import group_detail, group_of_secret, order_of_secret
from api.pages import order_facts, typed
from api.pages.basket_facts import basket_facts
from api.pages.frame import BASKET_COOKIE, Views, again, files, form, go, render, sentence
from catalog import baskets, media
from catalog.models import Basket, Listing, SeatUnit
from market import bookings, clock, orders
from market.bookings.models import TicketState
from market.errors import MarketError, NotFound
from market.ids import secret
from payments import cancelling, fulfilling

views = Views()

BASKET_SECONDS = 60 * 24 * 3600


@views.get("/basket")
def basket() -> Response:
    """What has been put aside."""
    return render("basket.html", **basket_facts(present()))


@views.post("/basket/lines")
def put() -> Response:
    """Put goods or seats in; the browser gets the basket's secret with the first."""
    given = form()
    key = request.cookies.get(BASKET_COOKIE) or secret(16)
    now = clock.now()
    here = baskets.open_basket(g.session, actor=g.actor, secret=key, now=now)
    if "listing_id" in given:
        _put_goods(here, typed.identifier(given["listing_id"]), given.get("quantity", ""))
    else:
        departure_id = typed.identifier(given.get("departure_id", ""))
        for unit, name in ((SeatUnit.ADULT, "adults"), (SeatUnit.CHILD, "children")):
            count = typed.count(given.get(name, ""))
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
    here = needed()
    given = form()
    errors: dict[str, str] = {}
    for line in baskets.lines(g.session, basket=here):
        said = given.get(f"quantity-{line.id}")
        if said is None:
            continue
        try:
            _change(here, line, said)
        except MarketError as refusal:
            errors[f"quantity-{line.id}"] = sentence(refusal)
    if errors:
        return again("basket.html", form={}, errors=errors, **basket_facts(here))
    return go("/basket")


@views.post("/basket/lines/<uuid:line_id>/removal")
def remove(line_id: UUID) -> Response:
    """Take a line out."""
    baskets.remove(g.session, basket=needed(), line_id=line_id, now=clock.now())
    return go("/basket")


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
    facts = order_facts.ticket_facts(g.session, found, opened)
    may_let_in = found.seller_id in g.actor.seller_ids and found.state == TicketState.VALID
    return render("ticket.html", may_let_in=may_let_in, **facts)


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


def present() -> Basket | None:
    """The browser's basket, if it has one."""
    key = request.cookies.get(BASKET_COOKIE)
    try:
        return baskets.by_secret(g.session, secret=key) if key else None
    except NotFound:
        return None


def needed() -> Basket:
    """The browser's basket, or NotFound."""
    found = present()
    if found is None:
        raise NotFound(what="basket")
    return found


def _put_goods(here: Basket, listing_id: UUID, said: str) -> None:
    listing = g.session.get(Listing, listing_id)
    if listing is None:
        raise NotFound(what="listing")
    baskets.put_goods(
        g.session,
        basket=here,
        listing_id=listing_id,
        quantity=typed.scaled(said, listing.scale),
        now=clock.now(),
    )


def _change(here: Basket, line: Any, said: str) -> None:
    if line.kind == orders.LineKind.GOODS:
        _put_goods(here, line.subject_id, said)
        return
    baskets.put_seats(
        g.session,
        basket=here,
        departure_id=line.subject_id,
        unit=SeatUnit(line.unit),
        quantity=typed.count(said),
        now=clock.now(),
    )

"""Buying: what goes into the basket, and what leaves it."""

from typing import Any
from uuid import UUID

from flask import Response, g, request

from api import context
from api.context import acting
from api.pages import cards, shop, typed
from api.pages.basket_facts import basket_facts
from api.pages.frame import Views, again, form, go, render, sentence
from api.pages.reader import BASKET_COOKIE
from catalog import baskets
from catalog.models import Basket, Departure, Listing, SeatUnit
from market import clock, orders
from market.errors import FieldInvalid, Kind, MarketError, NotFound, existing
from market.ids import secret
from market.quantity import OffIncrement

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
    here = baskets.open_basket(**acting(), secret=key)
    try:
        with g.session.begin_nested():
            page = _put(here, given)
    except MarketError as refusal:
        return _put_again(refusal, given)
    response = go(page, said="basket")
    context.keep(response, BASKET_COOKIE, key, seconds=BASKET_SECONDS)
    return response


@views.post("/basket")
def change() -> Response:
    """Have other quantities; a line that cannot be sold so keeps what it had."""
    here = needed()
    given = form()
    errors: dict[str, str] = {}
    for line in baskets.lines(g.session, basket_id=here.id):
        said = given.get(f"quantity-{line.id}")
        if said is None:
            continue
        try:
            _change(here, line, said)
        except MarketError as refusal:
            errors[f"quantity-{line.id}"] = sentence(refusal)
    if errors:
        return again("basket.html", form={}, errors=errors, **basket_facts(here))
    ready = "then" in given and basket_facts(here)["ready"]
    return go("/checkout" if ready else "/basket")


@views.post("/basket/lines/<uuid:line_id>/removal")
def remove(line_id: UUID) -> Response:
    """Take a line out."""
    baskets.remove(g.session, basket=needed(), line_id=line_id, now=clock.now())
    return go("/basket")


def present() -> Basket | None:
    """The browser's basket, if it has one."""
    key = request.cookies.get(BASKET_COOKIE)
    try:
        return baskets.by_secret(g.session, secret=key) if key else None
    except NotFound:
        return None


def needed() -> Basket:
    """The browser's basket, or NotFound."""
    return existing(present(), "basket")


def _put(here: Basket, given: dict[str, str]) -> str:
    """Put in what the form of a listing or a visit asks for; the page of it."""
    if "listing_id" in given:
        listing_id = typed.identifier(given["listing_id"])
        _put_goods(here, listing_id, given.get("nearest") or given.get("quantity", ""))
        return f"/g/{listing_id}"
    departure_id = typed.identifier(typed.needed(given, "departure_id"))
    departure = existing(g.session.get(Departure, departure_id), "departure")
    seats = {SeatUnit.ADULT: given.get("adults", ""), SeatUnit.CHILD: given.get("children", "")}
    counts = {unit: typed.count(said) for unit, said in seats.items() if said not in {"", "0"}}
    if not counts:
        raise FieldInvalid(field="adults", reason="field.required")
    for unit, count in counts.items():
        _put_seats(here, departure.id, unit, count)
    return f"/x/{departure.experience_id}"


def _put_again(refusal: MarketError, given: dict[str, str]) -> Response:
    """The page of the goods or the visit once more, with what is wrong."""
    if isinstance(refusal, OffIncrement):
        sold = dict.fromkeys((refusal.facts["lower"], refusal.facts["upper"]))
        facts = shop.listing_facts(typed.identifier(given["listing_id"]))
        scale, unit = refusal.facts["scale"], refusal.facts["unit"]
        facts["nearest"] = [
            {"word": cards.quantity(value, scale, unit), "value": cards.decimal(value, scale)}
            for value in sold
        ]
        return again("listing.html", refusal, form=given, blame="quantity", **facts)
    visit_id = given.get("experience_id")
    if visit_id is None or refusal.kind is Kind.NOT_FOUND:
        raise refusal
    facts = shop.visit_facts(typed.identifier(visit_id))
    return again("experience.html", refusal, form=given, blame="adults", **facts)


def _put_goods(here: Basket, listing_id: UUID, said: str) -> None:
    listing = existing(g.session.get(Listing, listing_id), "listing")
    which: dict[str, Any] = {"basket": here, "listing_id": listing_id, "now": clock.now()}
    baskets.put_goods(g.session, **which, quantity=typed.scaled(said, listing.scale))


def _change(here: Basket, line: Any, said: str) -> None:
    if line.kind == orders.LineKind.GOODS:
        _put_goods(here, line.subject_id, said)
    else:
        _put_seats(here, line.subject_id, SeatUnit(line.unit), typed.count(said))


def _put_seats(here: Basket, departure_id: UUID, unit: SeatUnit, count: int) -> None:
    which: dict[str, Any] = {"basket": here, "departure_id": departure_id, "now": clock.now()}
    baskets.put_seats(g.session, **which, unit=unit, quantity=count)

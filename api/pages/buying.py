"""The basket: what goes into it, what leaves it, and what is wrong with what is there."""

from typing import Any
from uuid import UUID

from flask import Response, g

from api import context, house
from api.context import acting
from api.orders_view import group_of_secret
from api.pages import cards, shop, typed
from api.pages.frame import BASKET_COOKIE, Views, again, form, go, own_basket, render, sentence
from api.v1.baskets import quoted
from catalog import baskets, media, prices, pricing
from catalog.models import Basket, Departure, Experience, Listing, SeatUnit
from market import clock, orders, texts
from market.accounts import Organisation
from market.errors import FieldInvalid, Kind, MarketError, existing
from market.ids import secret
from market.inventory import OutOfStock
from market.orders import LineKind
from market.quantity import OffIncrement, Quantity
from translations import Measure, text

views = Views()

BASKET_SECONDS = 60 * 24 * 3600


@views.get("/basket")
def basket() -> Response:
    """What has been put aside."""
    return render("basket.html", **basket_facts(own_basket()))


@views.post("/basket/lines")
def put() -> Response:
    """Put goods or seats in; the browser gets the basket's secret with the first."""
    given = form()
    key = context.cookie(BASKET_COOKIE) or secret(16)
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
        field = f"quantity-{line.id}"
        try:
            if field in given:
                _change(here, line, given[field])
        except MarketError as refusal:
            errors[field] = sentence(refusal)
    if errors:
        return again("basket.html", form={}, errors=errors, **basket_facts(here))
    ready = "then" in given and basket_facts(here)["ready"]
    return go("/checkout" if ready else "/basket")


@views.post("/basket/lines/<uuid:line_id>/removal")
def remove(line_id: UUID) -> Response:
    """Take a line out."""
    baskets.remove(g.session, basket=needed(), line_id=line_id, now=clock.now())
    return go("/basket")


@views.post("/o/<opened>/again")
def order_again(opened: str) -> Response:
    """Put into the basket what of a checkout, or of one of its orders, can still be bought."""
    group, only = group_of_secret(g.session, opened), form().get("order_id")
    ids = [it.id for it in orders.queries.of_group(g.session, group_id=group.id)]
    lines = orders.queries.lines(g.session, order_ids=[it for it in ids if only in {None, str(it)}])
    key = context.cookie(BASKET_COOKIE) or secret(16)
    here, now = baskets.open_basket(**acting(), secret=key), clock.now()
    ordered = [line for its in lines.values() for line in its]
    missed = baskets.put_again(g.session, basket=here, lines=ordered, now=now)
    page = go("/basket", said="again")
    if missed:
        errors = {f"line-{at}": _missed(each) for at, each in enumerate(missed)}
        page = again("basket.html", form={}, errors=errors, **basket_facts(here))
    context.keep(page, BASKET_COOKIE, key, seconds=BASKET_SECONDS)
    return page


def needed() -> Basket:
    """The browser's basket, or NotFound."""
    return existing(own_basket(), "basket")


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
        facts["nearest"] = [(Quantity(it, scale, unit), cards.decimal(it, scale)) for it in sold]
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


def basket_facts(basket: Basket | None) -> dict[str, Any]:
    """The lines by seller, the sum of those that can be bought, and whether all can."""
    parts: dict[str, list[dict[str, Any]]] = {}
    for put in baskets.lines(g.session, basket_id=basket.id) if basket else ():
        line = _line(put)
        parts.setdefault(line["seller"], []).append(line)
    lines = [line for its in parts.values() for line in its]
    ready = not any(line["problem"] for line in lines)
    return {
        "parts": parts,
        "total": sum(line["total"] for line in lines),
        "ready": ready,
        "quoted": _quoted(basket) if basket and lines and ready else [],
    }


def _quoted(basket: Basket) -> list[orders.Part]:
    """By seller, with delivery; nothing where lines that are well one by one are too much."""
    try:
        return quoted(basket, prices.Delivery(fee=house.delivery_fee()))
    except MarketError:
        return []


def _line(put: Any) -> dict[str, Any]:
    line = _goods(put) if put.kind == LineKind.GOODS else _seats(put)
    line |= {"id": put.id, "kind": put.kind, "total": 0, "problem": None, "sold": None}
    try:
        free, lang = pricing.FREE_OF_CHARGE, g.languages[0]  # only the price matters here
        asked: Any = {"lines": [put], "buyer_id": g.actor.person_id, "now": clock.now()}
        ((_, sold),) = pricing.priced(g.session, lang=lang, tariff=free, **asked)
        line |= {"total": sold.amount.minor, "sold": sold, "promised_day": sold.promised_day}
    except OutOfStock as refusal:
        line["problem"] = _left(line, refusal.facts["left"])
    except MarketError as refusal:
        line["problem"] = sentence(refusal)
    return line


def _left(line: dict[str, Any], left: int) -> str:
    listing = line["offer"]
    if left < listing.minimum:
        return text(g.languages, "page.basket.gone")
    line["amount"]["max"] = cards.decimal(left, listing.scale)
    measure = Measure(left, listing.scale, listing.unit)
    return text(g.languages, "page.basket.left", amount=measure)


def _goods(put: Any) -> dict[str, Any]:
    listing = g.session.get_one(Listing, put.subject_id)
    amount = cards.amount(listing, most=None, value=put.quantity)
    return _offer(listing, price=listing.unit_minor, unit=listing.unit, amount=amount)


def _seats(put: Any) -> dict[str, Any]:
    departure = g.session.get_one(Departure, put.subject_id)
    visit = g.session.get_one(Experience, departure.experience_id)
    price = visit.adult_minor if put.unit == SeatUnit.ADULT else visit.child_minor
    amount = {"min": 1, "step": 1, "max": baskets.SEATS_MAX, "value": put.quantity}
    return _offer(visit, price=price, unit=put.unit, amount=amount, starts=departure.starts_at)


def _offer(offer: Any, **its: Any) -> dict[str, Any]:
    said = texts.read(g.session, subject_ids=[offer.id], languages=g.languages)
    photos = media.photos_of(g.session, subject_id=offer.id)
    seller = g.session.get_one(Organisation, offer.seller_id).name
    title, photo_id = said[offer.id]["title"].body, photos[0].id if photos else None
    return {"offer": offer, "seller": seller, "title": title, "photo_id": photo_id, **its}


def _missed(each: baskets.Missed) -> str:
    line, title = each.line, each.line.title
    if not isinstance(each.why, OutOfStock):
        return f"{title}: {sentence(each.why)}"
    key, amount = "less" if each.put else "out", Measure(each.put, line.scale, line.unit)
    return text(g.languages, f"review.again.{key}", title=title, amount=amount)

"""The basket: what goes into it, what leaves it, and what is wrong with what is there."""

from uuid import UUID

from flask import Response, g

from api import context, house
from api.orders_view import group_of_secret
from api.pages import cards, frame, shop, staying, typed
from api.pages.frame import Any, Facts, acting, again, form, go, own_basket, render, sentence, views
from api.v1.checkouts import quoted
from catalog import baskets, media, options, prices, stays, visiting
from catalog.booking_models import ExperienceOption
from catalog.models import Basket, Departure, Experience, Listing, SeatUnit
from market import FieldInvalid, Kind, MarketError, clock, existing, orders, secret
from market.accounts import Organisation
from market.inventory import OutOfStock
from market.orders import LineKind, trips
from market.quantity import OffIncrement, Quantity
from translations import Measure, text

BASKET_SECONDS = 60 * 24 * 3600


@views.get("/basket")
def basket() -> Response:
    """What has been put aside."""
    return render("basket.html", **basket_facts(own_basket()))


@views.post("/basket/lines")
def put() -> Response:
    """Put goods or seats in; the browser gets the basket's secret with the first."""
    given = form()
    key = context.cookie(frame.BASKET_COOKIE) or secret(16)
    here = baskets.open_basket(**acting(), secret=key)
    try:
        with g.session.begin_nested():
            page = _put(here, given)
    except MarketError as refusal:
        return _put_again(refusal, given)
    response = go(page, said="basket")
    context.keep(response, frame.BASKET_COOKIE, key, seconds=BASKET_SECONDS)
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
    key = context.cookie(frame.BASKET_COOKIE) or secret(16)
    here, now = baskets.open_basket(**acting(), secret=key), clock.now()
    ordered = [line for its in lines.values() for line in its]
    missed = baskets.put_again(g.session, basket=here, lines=ordered, now=now)
    page = go("/basket", said="again")
    if missed:
        errors = {f"line-{at}": _missed(each) for at, each in enumerate(missed)}
        page = again("basket.html", form={}, errors=errors, **basket_facts(here))
    context.keep(page, frame.BASKET_COOKIE, key, seconds=BASKET_SECONDS)
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
    if "option_id" in given:
        room = staying.wanted(given)
        _put_rooms(here, room, room.quantity)
        return f"/x/{staying.priced(room).listing_id}"
    departure_id = typed.identifier(typed.needed(given, "departure_id"))
    departure = existing(g.session.get(Departure, departure_id), "departure")
    for unit, count in party(given).items():
        baskets.put_seats(**_at(here), departure_id=departure.id, unit=unit, quantity=count)
    return f"/x/{departure.experience_id}"


def party(given: dict[str, str]) -> dict[SeatUnit, int]:
    """How many guests of each kind a form asks for; raises FieldInvalid where it is nobody."""
    said = {unit: given.get(f"unit-{unit}", "") for unit in SeatUnit}
    counts = {unit: typed.count(it) for unit, it in said.items() if it not in {"", "0"}}
    if not counts:
        raise FieldInvalid(field="units", reason="field.required")
    return counts


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
    blame = "option_id" if "option_id" in given else "units"
    return again("experience.html", refusal, form=given, blame=blame, **facts)


def _put_goods(here: Basket, listing_id: UUID, said: str) -> None:
    listing = existing(g.session.get(Listing, listing_id), "listing")
    quantity = typed.scaled(said, listing.scale)
    baskets.put_goods(**_at(here), listing_id=listing_id, quantity=quantity)


def _change(here: Basket, line: Any, said: str) -> None:
    if line.kind == LineKind.GOODS:
        _put_goods(here, line.subject_id, said)
    elif line.kind == LineKind.NIGHTS:
        _put_rooms(here, line, typed.count(said))
    else:
        which: Facts = {"departure_id": line.subject_id, "unit": SeatUnit(line.unit)}
        baskets.put_seats(**_at(here), **which, quantity=typed.count(said))


def _put_rooms(here: Basket, line: Any, count: int) -> None:
    which: Facts = {"option_id": line.subject_id, "nights": line.unit}
    baskets.put_nights(**_at(here), **which, quantity=count)


def _at(here: Basket) -> Facts:
    return {"session": g.session, "basket": here, "now": clock.now()}


def basket_facts(basket: Basket | None) -> Facts:
    """The lines by seller, the sum of those that can be bought, and whether all can."""
    parts: dict[str, list[Facts]] = {}
    for put in baskets.lines(g.session, basket_id=basket.id) if basket else ():
        line = _line(put)
        parts.setdefault(line["seller"], []).append(line)
    lines = [line for its in parts.values() for line in its]
    ready = not any(line["problem"] for line in lines)
    whole = _quoted(basket) if basket and lines and ready else []
    return {
        "parts": parts,
        "total": sum(line["total"] for line in lines),
        "ready": ready,
        "quoted": whole,
        "legs": trips.legs(line for part in whole for line in part.lines),
    }


def _quoted(basket: Basket) -> list[orders.Part]:
    """By seller, with delivery; nothing where lines that are well one by one are too much."""
    try:
        return quoted(basket, prices.Delivery(fee=house.delivery_fee()))
    except MarketError:
        return []


def _line(put: Any) -> Facts:
    line = _LINES[put.kind](put)
    line |= {"id": put.id, "kind": put.kind, "total": 0, "problem": None, "sold": None}
    try:
        sold = staying.priced(put)
        line |= {"total": sold.amount.minor, "sold": sold, "promised_day": sold.promised_day}
    except MarketError as refusal:
        line["problem"] = _problem(line, refusal)
    return line


def _problem(line: Facts, refusal: MarketError) -> str:
    """What is in the way of a line; of goods, how much is left, which becomes the most."""
    if not isinstance(refusal, OutOfStock) or line["kind"] != LineKind.GOODS:
        return sentence(refusal)
    listing, left = line["offer"], refusal.facts["left"]
    if left < listing.minimum:
        return text(g.languages, "page.basket.gone")
    line["amount"]["max"] = cards.decimal(left, listing.scale)
    measure = Measure(left, listing.scale, listing.unit)
    return text(g.languages, "page.basket.left", amount=measure)


def _goods(put: Any) -> Facts:
    listing = g.session.get_one(Listing, put.subject_id)
    amount = cards.amount(listing, most=None, value=put.quantity)
    return _offer(listing, price=listing.unit_minor, unit=listing.unit, amount=amount)


def _seats(put: Any) -> Facts:
    departure = g.session.get_one(Departure, put.subject_id)
    visit = g.session.get_one(Experience, departure.experience_id)
    option = g.session.get_one(ExperienceOption, departure.option_id)
    unit = options.unit_of(option.units, put.unit) or {"type": put.unit, "price": 0}
    price = options.price_of(unit, option.seasons, clock.day_of(departure.starts_at))
    amount = {"min": 1, "step": 1, "max": baskets.SEATS_MAX, "value": put.quantity}
    return _offer(visit, price=price, unit=put.unit, amount=amount, starts=departure.starts_at)


def _nights(put: Any) -> Facts:
    option = g.session.get_one(ExperienceOption, put.subject_id)
    first, last = visiting.interval(put.unit)
    times = {"starts_at": options.checked_in(first), "ends_at": options.checked_out(last)}
    amount = {"min": 1, "step": 1, "max": baskets.SEATS_MAX, "value": put.quantity}
    its: Facts = {"price": stays.price(option, first, last), "unit": put.unit}
    stay = times | {"prices": range((last - first).days)}
    house = g.session.get_one(Experience, option.experience_id)
    return _offer(house, **its, amount=amount, stay=stay)


def _offer(offer: Any, **its: Any) -> Facts:
    title = cards.said([offer.id], "title")[offer.id]
    photos = media.photos_of(g.session, subject_id=offer.id)
    seller = g.session.get_one(Organisation, offer.seller_id).name
    photo_id = photos[0].id if photos else None
    return {"offer": offer, "seller": seller, "title": title, "photo_id": photo_id, **its}


def _missed(each: baskets.Missed) -> str:
    line, title = each.line, each.line.title
    if not isinstance(each.why, OutOfStock):
        return f"{title}: {sentence(each.why)}"
    key, amount = "less" if each.put else "out", Measure(each.put, line.scale, line.unit)
    return text(g.languages, f"review.again.{key}", title=title, amount=amount)


_LINES = {LineKind.GOODS: _goods, LineKind.SEATS: _seats, LineKind.NIGHTS: _nights}

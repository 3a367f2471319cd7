"""The supplier, what it can do, and its products: visits with options and kinds of guests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import g

from api import context
from api.context import Facts
from api.octo import protocol
from api.octo.protocol import CAPABILITIES, CONTENT, FIXED, serve
from catalog import categories, pricing
from catalog.models import Availability, SeatUnit
from catalog.shelves import resold as shelf
from catalog.shelves.resold import Product
from market import Money, NotFound, clock, geography, rates
from market.rates import Purpose
from payments import resold

AGE_MAX, ID_MAX = 120, 100
PHOTO_WIDTH = 1280


@dataclass(frozen=True, slots=True)
class Show:
    """How products are shown to this reseller: at which net price, and what it may book when."""

    tariff: pricing.Tariff
    window: tuple[datetime, datetime]
    content: bool
    pricing: bool
    booked: bool = False  # whether it is told with what was booked of it

    def net_points(self, product: Product) -> int:
        """How much of the price is the reseller's, in hundredths of a per cent."""
        return pricing.rate_of(product.row, self.tariff, Purpose.RESELLER, 0).basis_points


def showing() -> Show:
    """How the reseller that asks is shown things now."""
    day, purposes = clock.day_of(clock.now()), (Purpose.RESELLER,)
    rules = rates.in_force(g.session, on=day, purposes=purposes)
    tariff = pricing.Tariff(rules, 0, resold.reseller_of(g.actor))
    window = resold.window_of(resold.key_of(g.session, g.actor), clock.now())
    return Show(tariff, window, *(protocol.has(each) for each in CAPABILITIES))


def parsed(text: Any, what: str) -> UUID:
    """An id as it was given; what cannot be one of ours is as unknown as any other."""
    try:
        return UUID(text)
    except (ValueError, TypeError, AttributeError):
        raise NotFound(what=what, id=str(text)[:ID_MAX]) from None


def found(product_id: str) -> Product:
    """The live product of the id; raises NotFound of it."""
    for its in _standing({parsed(product_id, "product")}):
        return its
    raise NotFound(what="product", id=product_id[:ID_MAX])


def option_of(product: Product, option_id: str) -> Any:
    """An option of the product; raises NotFound of it."""
    wanted = parsed(option_id, "option")
    for option in product.options:
        if option.id == wanted:
            return option
    raise NotFound(what="option", id=option_id[:ID_MAX])


def of_ids(ids: set[UUID]) -> Mapping[UUID, Product]:
    """The products of what was booked, whatever became of them since."""
    return {product.row.id: product for product in _standing(ids, live=False)}


def _standing(ids: set[UUID] | None = None, *, live: bool = True) -> Sequence[Product]:
    asked: Facts = {"ids": ids, "live": live, "pictured": protocol.has(CONTENT)}
    return shelf.products(g.session, languages=g.languages, **asked, now=clock.now())


@serve("GET", "/supplier")
def supplier() -> Facts:
    """The market itself: whoever a host is, it is booked here."""
    url, name = _address(), _words("page.brand")
    contact = FIXED["reachable"] | {"website": url}
    said: Facts = FIXED["supplier"] | {"name": name, "endpoint": f"{url}/octo"}
    told = {"shortDescription": _words("octo.supplier"), "media": []}
    return said | {"contact": contact} | (told if protocol.has(CONTENT) else {})


@serve("GET", "/capabilities")
def capabilities() -> list[Facts]:
    """What a request may ask for; none is required."""
    return [FIXED["capability"] | {"id": each} for each in CAPABILITIES]


@serve("GET", "/products")
def products() -> list[Facts]:
    """All that can be booked, at most a thousand; stays by the night are not among it."""
    show = showing()
    return [product_shown(product, show) for product in _standing()]


@serve("GET", "/products/<product_id>")
def product(product_id: str) -> Facts:
    """One of them."""
    return product_shown(found(product_id), showing())


def product_shown(product: Product, show: Show) -> Facts:
    """A product with its options, and what the capabilities add."""
    row, title = product.row, product.words[product.row.id]["title"]
    is_sure = not any(option.approves for option in product.options)
    named = {"id": str(row.id), "internalName": title.body, "locale": title.lang}
    shown: Facts = FIXED["product"] | named
    shown |= {"instantConfirmation": is_sure, "instantDelivery": is_sure}
    shown["availabilityType"] = row.availability.upper().replace("-", "_")
    shown["options"] = [option_shown(product, option, show) for option in product.options]
    if show.pricing:
        shown |= {"defaultCurrency": row.currency, "availableCurrencies": [row.currency]}
        shown["pricingPer"] = "UNIT"
    return shown | (_content(product) if show.content else {})


def option_shown(product: Product, option: Any, show: Show) -> Facts:
    """An option with its units; the first is the default. A tier's hours, or the cut-off's."""
    said = product.words.get(option.id, {}).get("option")
    name = said.body if said else _words("octo.option")
    by_day = option.availability == Availability.OPENING_HOURS
    cutoff = _words("octo.cutoff.minutes", minutes=option.cutoff_minutes)
    amount, unit = option.cutoff_minutes, "minute"
    if option.tiers:
        cutoff = "; ".join(_words("octo.cutoff.tier", **tier) for tier in option.tiers)
        whole = (tier["hours"] for tier in option.tiers if tier["percent"] == 100)  # noqa: PLR2004
        amount, unit = next(whole, 0), "hour"
    shown: Facts = FIXED["part"] | {"id": str(option.id), "internalName": name}
    shown |= {"default": option is product.options[0], "cancellationCutoff": cutoff}
    shown |= {"cancellationCutoffAmount": amount, "cancellationCutoffUnit": unit}
    shown["availabilityLocalStartTimes"] = [] if by_day else product.times[option.id]
    least, most = option.least_units or 1, option.most_units
    shown["restrictions"] = {"minUnits": least, "maxUnits": most}
    points = show.net_points(product)
    shown["units"] = [unit_shown(unit, option, show, points) for unit in option.units]
    if show.content:
        shown |= FIXED["content"] | {"title": name, "commentary": _spoken(product)}
        shown["durationMinutesFrom"] = option.duration_minutes
    return shown


def unit_shown(unit: Mapping[str, Any], option: Any, show: Show, points: int) -> Facts:
    """A kind of guest; its id is its type, as it is within one option."""
    kind, name = unit["type"], _words(f"page.seat.{unit['type']}")
    ages = {"minAge": unit.get("min_age") or 0, "maxAge": unit.get("max_age") or AGE_MAX}
    counts = {"minQuantity": unit.get("least"), "maxQuantity": unit.get("most")}
    along = {"paxCount": unit["pax"], "accompaniedBy": unit.get("accompanied_by") or []}
    shown: Facts = FIXED["part"] | {"id": kind, "internalName": name}
    shown["type"] = "OTHER" if kind == SeatUnit.GROUP else kind.upper()
    shown["restrictions"] = {"idRequired": False, **ages, **counts, **along}
    if show.pricing:
        prices = [season["prices"].get(kind, unit["price"]) for season in option.seasons]
        least = sums_of(min([unit["price"], *prices]), points)
        shown["pricing" if show.booked else "pricingFrom"] = [summed([least])]
    if show.content:
        shown |= {"title": name, "shortDescription": name, "features": []}
    return shown


def sums_of(retail: int, points: int) -> Mapping[str, int]:
    """A price in đồng, of which so many hundredths of a per cent are the reseller's."""
    return {"retail": retail, "net": retail - Money(retail).part(points).minor}


def summed(prices: Sequence[Mapping[str, int]]) -> Facts:
    """What the customer pays and what the reseller owes of it, in đồng, which have no parts."""
    retail, net = (sum(price[name] for price in prices) for name in ("retail", "net"))
    return FIXED["price"] | {"original": retail, "retail": retail, "net": net}


def _content(product: Product) -> Facts:
    row, said = product.row, product.words[product.row.id]
    title = said["title"].body
    body = said["description"].body if "description" in said else title
    minutes = [option.duration_minutes for option in product.options]
    host = {"shortDescription": _words("octo.host", host=row.host), "type": "HIGHLIGHT"}
    rels = ["COVER", *["GALLERY"] * len(product.photos)]
    photos = [_photo(photo, rel) for photo, rel in zip(product.photos, rels, strict=False)]
    lineage = categories.lineage(row.category_code)
    labels = [label for code, label in FIXED["labels"].items() if code in lineage]
    words = {"title": title, "shortDescription": body, "description": body}
    shown: Facts = FIXED["content"] | words
    shown |= {"durationMinutesFrom": min(minutes), "durationMinutesTo": max(minutes)}
    shown |= {"features": [host], "media": photos, "locations": [_meeting(row)]}
    return shown | {"categoryLabels": labels, "commentary": _spoken(product)}


def _photo(photo: Any, rel: str) -> Facts:
    src = f"{_address()}/media/{photo.id}/{PHOTO_WIDTH}.jpg"
    return FIXED["photo"] | {"src": src, "rel": rel, "caption": photo.caption}


def _meeting(row: Any) -> Facts:
    """Where guests meet: the landmark, and the middle of its commune."""
    unit = geography.unit(row.meeting_unit_code or row.unit_code)
    where = {"streetAddress": row.meeting_landmark, "addressLocality": unit.name}
    address = FIXED["address"] | where | {"addressRegion": _words("octo.region")}
    place = {"latitude": unit.lat, "longitude": unit.lon, "postalAddress": address}
    said = {"title": row.meeting_landmark or unit.name, "place": FIXED["place"] | place}
    return FIXED["location"] | said


def _spoken(product: Product) -> list[Facts]:
    return [{"format": "IN_PERSON", "language": tag} for tag in product.row.spoken]


def _words(key: str, **facts: Any) -> str:
    return context.words(key, g.languages, **facts) or key


def _address() -> str:
    return context.settings().public_url.rstrip("/")

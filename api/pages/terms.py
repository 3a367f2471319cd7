"""Terms of a shop: dated prices, harvests to come, and where goods are delivered or fetched."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from itertools import groupby
from typing import Any

from api.context import Acting, acting
from api.pages import cards, counter, typed, where
from api.pages.frame import UUID, Facts, Response, answered, form, g, go, views
from api.pages.listing_form import BLAMED, price_of, quantity_of
from api.pages.revising import done, own_offer
from catalog import delivering, seasons, tiers, zoning
from catalog.delivering import Zone
from catalog.harvests import Confidence, HarvestState
from catalog.models import Listing
from catalog.tiers import CustomerGroup, Tier
from market import FieldInvalid, geography
from market.accounts import Actor, Organisation
from payments import repromising

PRICES = "/sell/goods/<uuid:offer_id>/prices"
DAYS = ("valid_from", "valid_until")
ROAD = "/sell/delivery"
NEAR_KM = (20, 50, 100)
SEASON = "/sell/goods/<uuid:offer_id>/season"
REASON_MAX = 300


@views.both(PRICES, *counter.KEEPERS)
def board(offer_id: UUID) -> Response:
    """The prices; one more that counts, or the buyer whose phone is given put into a group."""
    here, verb = counter.needed(), _put_into_group if "phone" in form() else _add
    its = (here.actor, own_offer(here, "goods", offer_id))
    facts, blame = partial(_facts, *its), BLAMED["prices"]
    return answered("sell_prices.html", facts, partial(verb, *its), blame=blame, said="saved")


@views.post(f"{PRICES}/<uuid:price_id>/removal", *counter.KEEPERS)
def withdraw(offer_id: UUID, price_id: UUID) -> Response:
    """Let a price count no more."""
    which = {"listing_id": offer_id, "price_id": price_id}
    tiers.withdraw_tier(**acting(counter.needed().actor), **which)
    return go(f"/sell/goods/{offer_id}/prices", said="saved")


@views.post(SEASON, *counter.KEEPERS)
def tell(offer_id: UUID) -> Response:
    """Tell of a harvest to come, or anew of it."""
    return done("goods", offer_id, _tell, BLAMED["season"], "#season")


@views.post(f"{SEASON}/<uuid:harvest_id>/<any(opening, closing, slip):step>", *counter.KEEPERS)
def take(offer_id: UUID, harvest_id: UUID, step: str) -> Response:
    """The picking begins, the harvest is over, or it comes later than was promised."""
    deed, usual = partial(_STEPS[step], harvest_id), {"": "to_day"} if step == "slip" else {}
    return done("goods", offer_id, deed, BLAMED["season"] | usual, "#season")


@views.get(ROAD, *counter.KEEPERS)
@views.post(f"{ROAD}/zones", *counter.KEEPERS)
def road() -> Response:
    """The shop's zones and points; units added, or at another fee, or those ticked taken out."""
    here = counter.needed()

    def change(given: dict[str, str]) -> None:
        zones = _zones(here.shop)
        if "drop" in given:
            zones = {code: zone for code, zone in zones.items() if f"drop-{code}" not in given}
        else:
            fee, cooled = price_of(given.get("fee", ""), "fee"), "cooled" in given
            zones |= {code: Zone(code, fee, cooled) for code in _area(here.shop, given)}
        zoning.set_zones(**acting(here.actor), seller_id=here.shop.id, zones=list(zones.values()))

    return _answer(here.shop, change)


@views.post(f"{ROAD}/points", *counter.KEEPERS)
def open_point() -> Response:
    """Hand goods out at one more place."""
    here = counter.needed()

    def begin(given: dict[str, str]) -> None:
        told: Facts = {name: typed.needed(given, name, 100) for name in ("name", "address")}
        told["unit_code"] = where.chosen(given, "point")["point"] or here.shop.unit_code
        span = (given.get("opens", ""), given.get("closes", ""))
        told["hours"] = {day: span for day in zoning.WEEK if f"day-{day}" in given}
        zoning.open_point(**acting(here.actor), seller_id=here.shop.id, **told)

    return _answer(here.shop, begin)


@views.post(f"{ROAD}/points/<uuid:point_id>/closing", *counter.KEEPERS)
def close_point(point_id: UUID) -> Response:
    """Hand nothing more out there."""
    here = counter.needed()
    zoning.close_point(**acting(here.actor), seller_id=here.shop.id, point_id=point_id)
    return go(ROAD)


def _facts(who: Actor, listing: Listing) -> Facts:
    return {
        "offer": listing,
        "prices": tiers.told(**acting(who), listing_id=listing.id),
        "customers": tiers.customers(g.session, actor=who, seller_id=listing.seller_id),
        "groups": cards.choices("tier.group", CustomerGroup),
    }


def _add(who: Actor, listing: Listing, given: Mapping[str, str]) -> None:
    field = "from_quantity"
    tier = Tier(
        group=typed.one_of(CustomerGroup, given.get("group")) or CustomerGroup.RETAIL,
        from_quantity=quantity_of(given.get(field, ""), listing.scale, field),
        price=price_of(given.get("price", "")),
        **{name: typed.day_of(given, name) for name in DAYS if given.get(name)},
    )
    tiers.set_tier(**acting(who), listing_id=listing.id, tier=tier)


def _put_into_group(who: Actor, listing: Listing, given: Mapping[str, str]) -> None:
    group = typed.one_of(CustomerGroup, given.get("customer")) or CustomerGroup.RETAIL
    its: Any = {"phone": given["phone"], "group": group}
    tiers.set_group(**acting(who), seller_id=listing.seller_id, **its)


def _tell(who: Acting, listing: Listing, given: Mapping[str, str]) -> None:
    limit, promised, sure = (given.get(f"season_{name}") for name in ("limit", "day", "sure"))
    expected = seasons.Expected(
        opens=typed.day_of(given, "season_from"),
        closes=typed.day_of(given, "season_until"),
        confidence=typed.one_of(Confidence, sure) or Confidence.UNSURE,
        promised_day=typed.day_of(given, "season_day") if promised else None,
        limit=quantity_of(limit, listing.scale, field="season_limit") if limit else 0,
    )
    seasons.expect(**who, listing_id=listing.id, expected=expected)


def _turn(harvest_id: UUID, who: Acting, *_: object, to: HarvestState) -> None:
    seasons.turn(**who, harvest_id=harvest_id, to=to)


def _slip(harvest_id: UUID, who: Acting, _listing: Listing, given: Mapping[str, str]) -> None:
    reason = typed.needed(given, "why", REASON_MAX)
    to_day = None if "release" in given else typed.day_of(given, "to_day")
    repromising.slip(**who, harvest_id=harvest_id, to_day=to_day, reason=reason)


def _answer(shop: Organisation, deed: Callable[[dict[str, str]], None]) -> Response:
    facts = partial(_road, shop)
    return answered("sell_delivery.html", facts, deed, blame="fee", to=ROAD, said=None)


def _road(shop: Organisation) -> Facts:
    """Zones by what they cost, the cheapest first; what can be chosen; the points."""
    zones = sorted(_zones(shop).values(), key=lambda zone: zone[1:])
    return {
        "groups": [(terms, list(its)) for terms, its in groupby(zones, lambda zone: zone[1:])],
        "near": NEAR_KM,
        "former": sorted({unit.former_province for unit in geography.units()}),
        "points": delivering.points_of(g.session, seller_ids=[shop.id]),
    }


def _zones(shop: Organisation) -> dict[str, Zone]:
    return delivering.zones_of(g.session, seller_ids=[shop.id])[shop.id]


def _area(shop: Organisation, given: dict[str, str]) -> list[str]:
    """The units within so many kilometres, of a former province, or the one that is written."""
    area, one = given.get("area", ""), where.chosen(given, "place")["place"]
    if re.fullmatch(r"\d{1,4}", area, re.ASCII):
        near = geography.nearest(shop.unit_code)
        return [each.unit.code for each in near if each.km <= int(area)]
    former = [unit.code for unit in geography.units() if unit.former_province == area]
    if not former and not one:
        raise FieldInvalid(field="place", reason="field.required")
    return former or [one]


_STEPS: Mapping[str, Callable[..., Any]] = {
    "opening": partial(_turn, to=HarvestState.OPEN),
    "closing": partial(_turn, to=HarvestState.CLOSED),
    "slip": _slip,
}

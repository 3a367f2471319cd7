"""Terms of a shop: dated prices, harvests to come, and where goods are delivered or fetched."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from itertools import groupby
from typing import Any, Unpack
from uuid import UUID

from flask import Response, g

from api import house
from api.context import Acting, acting
from api.pages import cards, counter, typed, where
from api.pages.frame import Views, again, form, go, render
from api.pages.listing_form import price_of, quantity_of
from api.pages.revising import own_offer, shown_again
from api.unit_of_work import refused
from catalog import delivering, offers, seasons, tiers, zoning
from catalog.delivering import Zone
from catalog.harvests import Confidence, HarvestState
from catalog.models import Listing
from catalog.tiers import CustomerGroup, Tier
from market import geography
from market.accounts import Actor, Organisation
from market.errors import FieldInvalid, MarketError, existing
from payments import repromising

views = Views()

PRICES = "/sell/goods/<uuid:offer_id>/prices"
BLAMED = {"price.out_of_range": "price", "price.window_backwards": "valid_until"}
DAYS = ("valid_from", "valid_until")
ROAD = "/sell/delivery"
NEAR_KM = (20, 50, 100)
SEASON = "/sell/goods/<uuid:offer_id>/season"
REASON_MAX = 300
SEASON_BLAMED = {
    "listing.window_backwards": "season_until",
    "quantity.off_increment": "season_limit",
    "stock.promised": "season_limit",
}


@views.get(PRICES, *counter.KEEPERS)
def board(offer_id: UUID) -> Response:
    """The prices with their forms."""
    here = counter.needed()
    return render("sell_prices.html", **_facts(here.actor, _own(here.actor, offer_id)))


@views.post(PRICES, *counter.KEEPERS)
def change(offer_id: UUID) -> Response:
    """Have one more price count, or put the buyer whose phone is given into a group."""
    who, given = counter.needed().actor, form()
    listing, deed = _own(who, offer_id), _put_into_group if "phone" in given else _add
    if refusal := refused(lambda: deed(who, listing, given)):
        blame = BLAMED.get(refusal.code, "from_quantity")
        return again("sell_prices.html", refusal, form=given, blame=blame, **_facts(who, listing))
    return go(f"/sell/goods/{offer_id}/prices", said="saved")


@views.post(f"{PRICES}/<uuid:price_id>/removal", *counter.KEEPERS)
def withdraw(offer_id: UUID, price_id: UUID) -> Response:
    """Let a price count no more."""
    which = {"listing_id": offer_id, "price_id": price_id}
    tiers.withdraw_tier(**acting(counter.needed().actor), **which)
    return go(f"/sell/goods/{offer_id}/prices", said="saved")


@views.post(SEASON, *counter.KEEPERS)
def tell(offer_id: UUID) -> Response:
    """Tell of a harvest to come, or anew of it."""
    return _done(offer_id, _tell, listing_id=offer_id)


@views.post(f"{SEASON}/<uuid:harvest_id>/<any(opening, closing, slip):step>", *counter.KEEPERS)
def take(offer_id: UUID, harvest_id: UUID, step: str) -> Response:
    """The picking begins, the harvest is over, or it comes later than was promised."""
    return _done(offer_id, _STEPS[step], harvest_id=harvest_id)


@views.get(ROAD, *counter.KEEPERS)
def road() -> Response:
    """The zones and points of the shop."""
    return render("sell_delivery.html", **_road(counter.needed().shop))


@views.post(f"{ROAD}/zones", *counter.KEEPERS)
def change_zones() -> Response:
    """Add units or change what they cost, or take out those that are ticked."""
    here, given = counter.needed(), form()

    def change() -> None:
        zones = _zones(here.shop)
        if "drop" in given:
            zones = {code: zone for code, zone in zones.items() if f"drop-{code}" not in given}
        else:
            fee, cooled = price_of(given.get("fee", ""), "fee"), "cooled" in given
            zones |= {code: Zone(code, fee, cooled) for code in _area(here.shop, given)}
        zoning.set_zones(**acting(here.actor), seller_id=here.shop.id, zones=list(zones.values()))

    return _answer(here.shop, refused(change), given)


@views.post(f"{ROAD}/points", *counter.KEEPERS)
def open_point() -> Response:
    """Hand goods out at one more place."""
    here, given = counter.needed(), form()

    def begin() -> None:
        told: dict[str, Any] = {
            name: typed.needed(given, name, 100) for name in ("name", "address")
        }
        told["unit_code"] = where.chosen(given, "point")["point"] or here.shop.unit_code
        span = (given.get("opens", ""), given.get("closes", ""))
        told["hours"] = {day: span for day in zoning.WEEK if f"day-{day}" in given}
        zoning.open_point(**acting(here.actor), seller_id=here.shop.id, **told)

    return _answer(here.shop, refused(begin), given)


@views.post(f"{ROAD}/points/<uuid:point_id>/closing", *counter.KEEPERS)
def close_point(point_id: UUID) -> Response:
    """Hand nothing more out there."""
    here = counter.needed()
    zoning.close_point(**acting(here.actor), seller_id=here.shop.id, point_id=point_id)
    return go(ROAD)


def _own(who: Actor, offer_id: UUID) -> Listing:
    return offers.own(g.session, actor=who, kind=Listing, offer_id=offer_id)


def _facts(who: Actor, listing: Listing) -> dict[str, Any]:
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


def _done(offer_id: UUID, verb: Callable[..., object], **its: UUID) -> Response:
    here = counter.needed()
    if refusal := refused(lambda: verb(**acting(here.actor), **its)):
        blame = SEASON_BLAMED.get(refusal.code, "to_day" if verb is _slip else "season_day")
        return shown_again(here, own_offer(here, "goods", offer_id), refusal, blame)
    return go(f"/sell/goods/{offer_id}#season")


def _tell(*, listing_id: UUID, **doing: Unpack[Acting]) -> None:
    scale = existing(g.session.get(Listing, listing_id), "listing").scale
    expected = _expected(form(), scale)
    seasons.expect(**doing, listing_id=listing_id, expected=expected)


def _expected(given: Mapping[str, str], scale: int) -> seasons.Expected:
    limit, promised, sure = (given.get(f"season_{name}") for name in ("limit", "day", "sure"))
    return seasons.Expected(
        opens=typed.day_of(given, "season_from"),
        closes=typed.day_of(given, "season_until"),
        confidence=typed.one_of(Confidence, sure) or Confidence.UNSURE,
        promised_day=typed.day_of(given, "season_day") if promised else None,
        limit=quantity_of(limit, scale, field="season_limit") if limit else 0,
    )


def _slip(*, harvest_id: UUID, **doing: Unpack[Acting]) -> None:
    given = form()
    reason = typed.needed(given, "why", REASON_MAX)
    to_day = None if "release" in given else typed.day_of(given, "to_day")
    repromising.slip(**doing, harvest_id=harvest_id, to_day=to_day, reason=reason)


def _answer(shop: Organisation, refusal: MarketError | None, given: dict[str, str]) -> Response:
    if refusal is None:
        return go(ROAD)
    return again("sell_delivery.html", refusal, form=given, blame="fee", **_road(shop))


def _road(shop: Organisation) -> dict[str, Any]:
    """Zones by what they cost, the cheapest first; what can be chosen; the points."""
    zones = sorted(_zones(shop).values(), key=lambda zone: zone[1:])
    return {
        "groups": [(terms, list(its)) for terms, its in groupby(zones, lambda zone: zone[1:])],
        "near": NEAR_KM,
        "former": sorted({unit.former_province for unit in geography.units()}),
        "points": delivering.points_of(g.session, seller_ids=[shop.id]),
        "fee": house.delivery_fee().minor,
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
    "opening": partial(seasons.turn, to=HarvestState.OPEN),
    "closing": partial(seasons.turn, to=HarvestState.CLOSED),
    "slip": _slip,
}

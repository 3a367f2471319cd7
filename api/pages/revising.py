"""What is on sale, made better: price, stock, words and photos of goods; a visit's departures."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Response, g

from api.context import acting
from api.pages import counter, listing_form, media_form, seller_facts, typed, where
from api.pages.counter import KEEPERS, Counter
from api.pages.frame import Views, again, form, go, render
from api.pages.selling import OFFERS
from api.unit_of_work import PASSED_ON, refused
from catalog import experiences, listings, media, offers, reviewing
from catalog.experiences import SEATS_MAX
from catalog.models import Experience, Listing, ListingState
from catalog.shelves import visits
from market import clock, texts
from market.errors import FieldInvalid, MarketError, NotFound, existing
from market.quantity import Quantity
from translations import formats

views = Views()

WEEKS_MAX = 12
DEPARTURES = 60
PAGES = {Listing: "sell_new.html", Experience: "sell_visit.html"}
HERE = "/sell/<any(goods, visits):what>/<uuid:offer_id>"


@views.get(HERE, *KEEPERS)
def show(what: str, offer_id: UUID) -> Response:
    """One's goods or visit, to be changed."""
    here = counter.needed()
    offer = _own(here, what, offer_id)
    facts = _facts(here, offer)
    return render(PAGES[type(offer)], values=_values(offer, facts.get("left")), **facts)


@views.post(HERE, *KEEPERS)
def change(what: str, offer_id: UUID) -> Response:
    """Keep what was changed; a draft is handed in with it."""
    given = form()
    try:
        with media_form.sent() as brought, g.session.begin_nested():
            _change(counter.needed(), what, offer_id, given, brought)
    except MarketError as refusal:
        if refusal.kind in PASSED_ON:
            raise
        here = counter.needed()
        return _again(here, _own(here, what, offer_id), refusal, listing_form.blamed(refusal.code))
    return go("/sell")


@views.post(f"{HERE}/photos/<uuid:photo_id>/<int:position>", *KEEPERS)
def move(what: str, offer_id: UUID, photo_id: UUID, position: int) -> Response:
    """A photo to another place among the others."""
    photo: dict[str, Any] = {"photo_id": photo_id, "position": position}
    media.place(**acting(counter.needed().actor), kind=OFFERS[what], offer_id=offer_id, **photo)
    return go(f"/sell/{what}/{offer_id}")


@views.post("/sell/goods/<uuid:offer_id>/harvest", *KEEPERS)
def harvest(offer_id: UUID) -> Response:
    """A new lot of the same goods."""
    here, given = counter.needed(), form()
    listing = _own(here, "goods", offer_id)

    def pick() -> None:
        value = listing_form.quantity_of(given.get("more", ""), listing.scale, field="more")
        picked = listing_form.day_of(given) or clock.day_of(clock.now())
        more: dict[str, Any] = {"quantity": Quantity(value, listing.scale, listing.unit)}
        listings.harvest(**acting(here.actor), listing_id=offer_id, harvest_day=picked, **more)

    if refusal := refused(pick):
        return _again(here, listing, refusal, "more")
    return go(f"/sell/goods/{offer_id}")


@views.post("/sell/visits/<uuid:offer_id>/departures", *KEEPERS)
def open_departures(offer_id: UUID) -> Response:
    """One more departure, or the same one for several weeks."""
    here, given = counter.needed(), form()

    def announce() -> None:
        first, weeks = _start(given), _whole(given, "weeks", WEEKS_MAX)
        starts = [first + timedelta(weeks=week) for week in range(weeks)]
        its: dict[str, Any] = {"experience_id": offer_id, "starts": starts}
        seats = _whole(given, "seats", SEATS_MAX)
        experiences.open_departures(**acting(here.actor), **its, seats=seats)

    if refusal := refused(announce):
        return _again(here, _own(here, "visits", offer_id), refusal, "day")
    return go(f"/sell/visits/{offer_id}")


@views.post("/sell/visits/<uuid:offer_id>/departures/<uuid:departure_id>/closing", *KEEPERS)
def close_departure(offer_id: UUID, departure_id: UUID) -> Response:
    """Take no more guests on a departure."""
    experiences.cancel_departure(**acting(counter.needed().actor), departure_id=departure_id)
    return go(f"/sell/visits/{offer_id}")


def _own(here: Counter, what: str, offer_id: UUID) -> Any:
    return offers.own(g.session, actor=here.actor, kind=OFFERS[what], offer_id=offer_id)


def _again(here: Counter, offer: Any, refusal: MarketError, blame: str) -> Response:
    """The page once more; what another form on it holds is as it was."""
    facts = _facts(here, offer)
    values = _values(offer, facts.get("left")) | form()
    return again(PAGES[type(offer)], refusal, form=values, blame=blame, **facts)


def _facts(here: Counter, offer: Any) -> dict[str, Any]:
    shown = {
        "offer": offer,
        "reason": seller_facts.declined(here, [offer.id]).get(offer.id),
        **media_form.shown(offer.id),
    }
    if isinstance(offer, Experience):
        return shown | {"departures": _departures(here, offer.id), "today": _today()}
    lots = listings.lots_of(g.session, listing_id=offer.id, now=clock.now())
    left = sum(lot.free for lot in lots) if lots else None
    return {**shown, "left": left, **listing_form.page_facts(_values(offer, left), here)}


def _values(offer: Any, left: int | None) -> dict[str, str]:
    """What stands in the form before anything is changed, in the language it was written in."""
    written = texts.every(g.session, subject_ids=[offer.id]).get(offer.id, {})
    said = written.get(offer.source_lang, {})
    values = {
        "title": said.get("title", ""),
        "about": said.get("description", ""),
        "title_en": written.get("en", {}).get("title", ""),
        "unit_code": offer.unit_code,
    }
    if isinstance(offer, Listing):
        amount = "" if left is None else _typed(left, offer.scale)
        price = _typed(offer.price_minor, 0)
        return values | {"price": price, "quantity": amount, "was": amount, "harvested": _today()}
    child = "" if offer.child_minor is None else _typed(offer.child_minor, 0)
    return values | {"price": _typed(offer.adult_minor, 0), "child": child}


def _typed(value: int, scale: int) -> str:
    """A number as the reader would type it."""
    exact = Decimal(value).scaleb(-scale)
    return formats.number(int(exact) if exact == int(exact) else exact.normalize(), g.languages)


def _change(
    here: Counter, what: str, offer_id: UUID, given: Mapping[str, str], brought: media_form.Sent
) -> None:
    offer = _own(here, what, offer_id)
    was_draft = offer.state == ListingState.DRAFT
    which: dict[str, Any] = {"kind": OFFERS[what], "offer_id": offer_id, "now": clock.now()}
    if what == "goods":
        _change_goods(here, offer, given)
    else:
        _change_visit(here, offer, given)
    media_form.keep(given, brought, actor=here.actor, **which)
    if was_draft:
        is_meant = "price_is_meant" in given
        reviewing.submit(g.session, actor=here.actor, price_is_meant=is_meant, **which)


def _change_goods(here: Counter, listing: Listing, given: Mapping[str, str]) -> None:
    who, listing_id = acting(here.actor), listing.id
    revision = listings.Revision(
        price=listing_form.price_of(given.get("price", "")),
        price_is_meant="price_is_meant" in given,
        unit_code=where.chosen(given, "unit_code")["unit_code"] or None,
        texts=listing_form.texts_of(given, listing.source_lang),
    )
    listings.revise(**who, listing_id=listing_id, version=None, revision=revision)
    if not given.get("was"):
        return
    # By how much, not to how much: what was sold while the page was open stays sold.
    now_there, was = (
        listing_form.quantity_of(given.get(name, ""), listing.scale) for name in ("quantity", "was")
    )
    if now_there != was:
        change, reason = now_there - was, listings.Reason.COUNTED
        listings.restock(**who, listing_id=listing_id, change=change, reason=reason)


def _change_visit(here: Counter, visit: Any, given: Mapping[str, str]) -> None:
    child = given.get("child", "")
    revision = experiences.Revision(
        adult=listing_form.price_of(given.get("price", "")),
        child=listing_form.price_of(child, field="child") if child else None,
        texts=listing_form.texts_of(given, visit.source_lang),
    )
    who = acting(here.actor)
    experiences.revise(**who, experience_id=visit.id, version=None, revision=revision)


def _departures(here: Counter, experience_id: UUID) -> list[dict[str, Any]]:
    asked: dict[str, Any] = {"actor": here.actor, "limit": DEPARTURES, "now": clock.now()}
    found = visits.departures(g.session.connection(), experience_id=experience_id, **asked)
    return [
        {
            "row": row,
            "day": clock.day_of(row.starts_at).isoformat(),
            "sold": row.capacity - max(0, int(row.left)),
        }
        for row in found[:DEPARTURES]
    ]


def _start(given: Mapping[str, str]) -> datetime:
    try:
        day, hour = existing(typed.day(given.get("day")), "day"), time.fromisoformat(given["time"])
    except (KeyError, NotFound, ValueError):
        raise FieldInvalid(field="day", reason="field.bad_day") from None
    return datetime.combine(day, hour.replace(tzinfo=None), clock.VIETNAM)


def _whole(given: Mapping[str, str], field: str, most: int) -> int:
    number = typed.count(given.get(field, ""))
    if not 1 <= number <= most:
        raise FieldInvalid(field=field, reason="field.range", min=1, max=most)
    return number


def _today() -> str:
    return clock.day_of(clock.now()).isoformat()

"""What is on sale, made better: price, stock, words and photos of goods; a visit's departures."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Response, g

from api import context
from api.context import acting
from api.pages import counter, listing_form, seller_facts, typed, where
from api.pages.frame import Views, again, files, form, go, render
from api.pages.selling import OFFERS
from api.unit_of_work import PASSED_ON, refused
from catalog import changing, claiming, experiences, harvests, listings, media, offers, reviewing
from catalog.experiences import SEATS_MAX
from catalog.marks import Basis
from catalog.models import Experience, Listing, ListingState
from catalog.shelves import visits
from market import cases, clock, texts, traceability
from market.errors import FieldInvalid, MarketError
from market.quantity import Quantity
from market.traceability.models import Plot
from payments import repromising
from translations import formats

views = Views()

WEEKS_MAX = 12
DEPARTURES = 60
PAGES = {Listing: "sell_new.html", Experience: "sell_visit.html"}
HERE = "/sell/<any(goods, visits):what>/<uuid:offer_id>"


@views.get(HERE, *counter.KEEPERS)
def show(what: str, offer_id: UUID) -> Response:
    """One's goods or visit, to be changed."""
    here = counter.needed()
    offer = own_offer(here, what, offer_id)
    facts = _facts(here, offer)
    return render(PAGES[type(offer)], values=_values(offer, facts.get("left")), **facts)


@views.post(HERE, *counter.KEEPERS)
def change(what: str, offer_id: UUID) -> Response:
    """Keep what was changed; a draft is handed in with it."""
    given = form()
    try:
        with listing_form.sent() as brought, g.session.begin_nested():
            here = counter.needed()
            _change(here, own_offer(here, what, offer_id), given, brought)
    except MarketError as refusal:
        if refusal.kind in PASSED_ON:
            raise
        here = counter.needed()
        offer, blame = own_offer(here, what, offer_id), listing_form.blamed(refusal.code)
        return shown_again(here, offer, refusal, blame)
    waits = changing.waiting(g.session, offer_ids=[offer_id])
    return go("/sell", said="proposed" if waits else None)


@views.post(f"{HERE}/photos/<uuid:photo_id>/<int:position>", *counter.KEEPERS)
def move(what: str, offer_id: UUID, photo_id: UUID, position: int) -> Response:
    """A photo to another place among the others."""
    photo: dict[str, Any] = {"photo_id": photo_id, "position": position}
    media.place(**acting(counter.needed().actor), kind=OFFERS[what], offer_id=offer_id, **photo)
    return go(f"/sell/{what}/{offer_id}")


@views.post("/sell/goods/<uuid:offer_id>/harvest", *counter.KEEPERS)
def harvest(offer_id: UUID) -> Response:
    """A new lot of the same goods."""
    here, given = counter.needed(), form()
    listing = own_offer(here, "goods", offer_id)

    def pick() -> None:
        value = listing_form.quantity_of(given.get("more", ""), listing.scale, field="more")
        picked = listing_form.day_of(given) or clock.day_of(clock.now())
        more: dict[str, Any] = {"quantity": Quantity(value, listing.scale, listing.unit)}
        listings.harvest(**acting(here.actor), listing_id=offer_id, harvest_day=picked, **more)

    if refusal := refused(pick):
        return shown_again(here, listing, refusal, "more")
    return go(f"/sell/goods/{offer_id}")


@views.post(f"{HERE}/marks", *counter.KEEPERS)
def claim(what: str, offer_id: UUID) -> Response:
    """Claim a mark, with its papers."""
    here, given = counter.needed(), form()
    who, papers = acting(here.actor), [paper.stream.read() for paper in files("papers")]

    def ask() -> None:
        said: Any = {name: given.get(name) or None for name in ("number", "cultivar")}
        said |= {name: typed.day(given.get(name)) for name in ("valid_from", "valid_until")}
        basis = typed.one_of(Basis, given.get("basis")) or Basis.SELF_DECLARED
        new = claiming.NewClaim(mark_code=given.get("mark", ""), basis=basis, **said)
        case = claiming.claim(**who, kind=OFFERS[what], offer_id=offer_id, claim=new)
        for content in papers:
            cases.attach(**who, case_id=case.id, content=content, files=context.files())

    if refusal := refused(ask):
        return shown_again(here, own_offer(here, what, offer_id), refusal, "mark")
    return go(f"/sell/{what}/{offer_id}#marks")


@views.post("/sell/goods/<uuid:offer_id>/plots", *counter.KEEPERS)
def register_plot(offer_id: UUID) -> Response:
    """One more plot on which these goods grow."""
    here, given = counter.needed(), form()
    listing = own_offer(here, "goods", offer_id)

    def register() -> None:
        area = typed.count(given.get("area", "").replace(".", ""), digits=8)
        if not area:
            raise FieldInvalid(field="area", reason="field.required")
        plot: dict[str, Any] = {"name": typed.needed(given, "plot", 60), "area_m2": area}
        plot |= {"producer_id": listing.seller_id, "category_code": listing.category_code}
        new = Plot(unit_code=listing.unit_code, **plot)
        traceability.register_plot(**acting(here.actor), plot=new)

    if refusal := refused(register):
        return shown_again(here, listing, refusal, "plot")
    return go(f"/sell/goods/{offer_id}#marks")


@views.post("/sell/visits/<uuid:offer_id>/departures", *counter.KEEPERS)
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
        return shown_again(here, own_offer(here, "visits", offer_id), refusal, "day")
    return go(f"/sell/visits/{offer_id}")


@views.post("/sell/visits/<uuid:offer_id>/departures/<uuid:departure_id>/closing", *counter.KEEPERS)
def close_departure(offer_id: UUID, departure_id: UUID) -> Response:
    """Take no more guests on a departure."""
    experiences.cancel_departure(**acting(counter.needed().actor), departure_id=departure_id)
    return go(f"/sell/visits/{offer_id}")


def own_offer(here: counter.Counter, what: str, offer_id: UUID) -> Any:
    """One's goods or visit, at any stage; raises NotFound."""
    return offers.own(g.session, actor=here.actor, kind=OFFERS[what], offer_id=offer_id)


def shown_again(here: counter.Counter, offer: Any, refusal: MarketError, blame: str) -> Response:
    """The page once more; what another form on it holds is as it was."""
    facts = _facts(here, offer)
    values = _values(offer, facts.get("left")) | form()
    return again(PAGES[type(offer)], refusal, form=values, blame=blame, **facts)


def _facts(here: counter.Counter, offer: Any) -> dict[str, Any]:
    now = clock.now()
    shown = {
        "offer": offer,
        "proposed": changing.waiting(g.session, offer_ids=[offer.id]).get(offer.id),
        "reason": seller_facts.declined(here, [offer.id]).get(offer.id),
        **listing_form.media_facts(offer.id),
        **seller_facts.claims(offer),
    }
    if isinstance(offer, Experience):
        asked: dict[str, Any] = {"actor": here.actor, "limit": DEPARTURES, "now": now}
        coming = visits.departures(g.session.connection(), experience_id=offer.id, **asked)
        return shown | {"departures": coming[:DEPARTURES], "today": _today()}
    lots = listings.lots_of(g.session, listing_id=offer.id, now=now)
    left = sum(lot.free for lot in lots) if lots else None
    season = harvests.standing(g.session, listing_ids=[offer.id], now=now).get(offer.id)
    touched = season and repromising.touched(g.session, harvest_id=season.id, now=now)
    limit = season and _typed(season.capacity, offer.scale)
    shown |= {"left": left, "season": season, "touched": touched, "limit": limit}
    return shown | listing_form.page_facts(_values(offer, left), here)


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
        values |= {"cold_chain": "true"} if offer.cold_chain else {}
        values |= {"shelf_hours": str(offer.shelf_hours or "")}
        return values | {"price": price, "quantity": amount, "was": amount, "harvested": _today()}
    child = "" if offer.child_minor is None else _typed(offer.child_minor, 0)
    return values | {"price": _typed(offer.adult_minor, 0), "child": child}


def _typed(value: int, scale: int) -> str:
    """A number as the reader would type it."""
    exact = Decimal(value).scaleb(-scale)
    return formats.number(int(exact) if exact == int(exact) else exact.normalize(), g.languages)


def _change(
    here: counter.Counter, offer: Any, given: Mapping[str, str], brought: listing_form.Sent
) -> None:
    was_draft = offer.state == ListingState.DRAFT
    which: dict[str, Any] = {"kind": type(offer), "offer_id": offer.id, "now": clock.now()}
    if isinstance(offer, Listing):
        _change_goods(here, offer, given)
    else:
        _change_visit(here, offer, given)
    listing_form.keep_media(given, brought, actor=here.actor, **which)
    if was_draft:
        is_meant = "price_is_meant" in given
        reviewing.submit(g.session, actor=here.actor, price_is_meant=is_meant, **which)


def _change_goods(here: counter.Counter, listing: Listing, given: Mapping[str, str]) -> None:
    who, listing_id = acting(here.actor), listing.id
    revision = listings.Revision(
        price=listing_form.price_of(given.get("price", "")),
        price_is_meant="price_is_meant" in given,
        unit_code=where.chosen(given, "unit_code")["unit_code"] or None,
        texts=listing_form.texts_of(given, listing.source_lang),
        **listing_form.keeping(given),
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


def _change_visit(here: counter.Counter, visit: Any, given: Mapping[str, str]) -> None:
    child = given.get("child", "")
    revision = experiences.Revision(
        adult=listing_form.price_of(given.get("price", "")),
        child=listing_form.price_of(child, field="child") if child else None,
        texts=listing_form.texts_of(given, visit.source_lang),
    )
    who = acting(here.actor)
    experiences.revise(**who, experience_id=visit.id, version=None, revision=revision)


def _start(given: Mapping[str, str]) -> datetime:
    try:
        hour = time.fromisoformat(given.get("time", ""))
    except ValueError:
        raise FieldInvalid(field="day", reason="field.bad_day") from None
    return datetime.combine(typed.day_of(given, "day"), hour.replace(tzinfo=None), clock.VIETNAM)


def _whole(given: Mapping[str, str], field: str, most: int) -> int:
    number = typed.count(given.get(field, ""))
    if not 1 <= number <= most:
        raise FieldInvalid(field=field, reason="field.range", min=1, max=most)
    return number


def _today() -> str:
    return clock.day_of(clock.now()).isoformat()

"""What is on sale, made better: price, stock, words and photos of goods; a visit's departures."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import partial

from flask import Response, g

from api import context
from api.context import Acting, Facts, acting
from api.pages import counter, frame, listing_form, typed, where
from api.pages.frame import UUID, Any, again, answered, files, form, go, refused, render, views
from api.pages.selling import OFFERS
from catalog import claiming, experiences, harvests, listings, media, offers, reviewing
from catalog.experiences import SEATS_MAX
from catalog.marks import Basis, MarkClaim
from catalog.models import Experience, Listing, ListingState
from catalog.shelves import visits
from market import FieldInvalid, cases, clock, texts, traceability
from market.quantity import Quantity
from market.traceability.models import Plot
from payments import repromising
from translations import formats

WEEKS_MAX = 12
DEPARTURES = 60
PAGES = {Listing: "sell_new.html", Experience: "sell_visit.html"}
Deed = Callable[[Acting, Any, dict[str, str]], object]
HERE = "/sell/<any(goods, visits):what>/<uuid:offer_id>"


@views.get(HERE, *counter.KEEPERS)
def show(what: str, offer_id: UUID) -> Response:
    """One's goods or visit, to be changed."""
    here = counter.needed()
    offer = own_offer(here, what, offer_id)
    return render(PAGES[type(offer)], **_facts(here, offer))


@views.post(HERE, *counter.KEEPERS)
def change(what: str, offer_id: UUID) -> Response:
    """Keep what was changed; a draft is handed in with it."""
    given = form()
    if refusal := refused(partial(_change, what, offer_id, given), listing_form.sent()):
        here = counter.needed()
        offer, blame = own_offer(here, what, offer_id), listing_form.BLAMED["offer"]
        facts = _facts(here, offer)
        return again(PAGES[type(offer)], refusal, form=given, blame=blame, **facts)
    waits = reviewing.waiting(g.session, offer_ids=[offer_id])
    return go("/sell", said="proposed" if waits else None)


@views.post(f"{HERE}/photos/<uuid:photo_id>/<int:position>", *counter.KEEPERS)
def move(what: str, offer_id: UUID, photo_id: UUID, position: int) -> Response:
    """A photo to another place among the others."""
    photo: Facts = {"photo_id": photo_id, "position": position}
    media.place(**acting(counter.needed().actor), kind=OFFERS[what], offer_id=offer_id, **photo)
    return go(f"/sell/{what}/{offer_id}")


@views.post("/sell/goods/<uuid:offer_id>/harvest", *counter.KEEPERS)
def harvest(offer_id: UUID) -> Response:
    """A new lot of the same goods."""
    return done("goods", offer_id, _pick, "more")


@views.post(f"{HERE}/marks", *counter.KEEPERS)
def claim(what: str, offer_id: UUID) -> Response:
    """Claim a mark, with its papers."""
    return done(what, offer_id, _claim, "mark", "#marks")


@views.post("/sell/goods/<uuid:offer_id>/plots", *counter.KEEPERS)
def register_plot(offer_id: UUID) -> Response:
    """One more plot on which these goods grow."""
    return done("goods", offer_id, _register, "plot", "#marks")


@views.post("/sell/visits/<uuid:offer_id>/departures", *counter.KEEPERS)
def open_departures(offer_id: UUID) -> Response:
    """One more departure, or the same one for several weeks."""
    return done("visits", offer_id, _open, "day")


@views.post("/sell/visits/<uuid:offer_id>/departures/<uuid:departure_id>/closing", *counter.KEEPERS)
def close_departure(offer_id: UUID, departure_id: UUID) -> Response:
    """Take no more guests on a departure."""
    experiences.cancel_departure(**acting(counter.needed().actor), departure_id=departure_id)
    return go(f"/sell/visits/{offer_id}")


def own_offer(here: counter.Counter, what: str, offer_id: UUID) -> Any:
    """One's goods or visit, at any stage; raises NotFound."""
    return offers.own(g.session, actor=here.actor, kind=OFFERS[what], offer_id=offer_id)


def done(what: str, offer_id: UUID, deed: Deed, blame: frame.Blame, anchor: str = "") -> Response:
    """Do what another form of the page asks for."""
    here, on = counter.needed(), f"/sell/{what}/{offer_id}{anchor}"
    offer = own_offer(here, what, offer_id)
    facts, do = partial(_facts, here, offer), partial(deed, acting(here.actor), offer)
    return answered(PAGES[type(offer)], facts, do, blame=blame, to=on, said=None)


def _pick(who: Acting, listing: Listing, given: dict[str, str]) -> None:
    value = listing_form.quantity_of(given.get("more", ""), listing.scale, field="more")
    picked = listing_form.day_of(given) or clock.day_of(who["now"])
    more: Facts = {"quantity": Quantity(value, listing.scale, listing.unit)}
    listings.harvest(**who, listing_id=listing.id, harvest_day=picked, **more)


def _claim(who: Acting, offer: Any, given: dict[str, str]) -> None:
    said: Facts = {name: given.get(name) or None for name in ("number", "cultivar")}
    said |= {name: typed.day(given.get(name)) for name in ("valid_from", "valid_until")}
    basis = typed.one_of(Basis, given.get("basis")) or Basis.SELF_DECLARED
    new = MarkClaim(mark_code=given.get("mark", ""), basis=basis, **said)
    case = claiming.claim(**who, kind=type(offer), offer_id=offer.id, claim=new)
    for paper in files("papers"):
        kept: Facts = {"content": paper.stream.read(), "files": context.files()}
        cases.attach(**who, case_id=case.id, **kept)


def _register(who: Acting, listing: Listing, given: dict[str, str]) -> None:
    area = typed.count(given.get("area", "").replace(".", ""), digits=8)
    if not area:
        raise FieldInvalid(field="area", reason="field.required")
    plot: Facts = {"name": typed.needed(given, "plot", 60), "area_m2": area}
    plot |= {"producer_id": listing.seller_id, "category_code": listing.category_code}
    traceability.register_plot(**who, plot=Plot(unit_code=listing.unit_code, **plot))


def _open(who: Acting, visit: Experience, given: dict[str, str]) -> None:
    first, weeks = _start(given), typed.whole(given, "weeks", WEEKS_MAX)
    starts = [first + timedelta(weeks=week) for week in range(weeks)]
    seats = typed.whole(given, "seats", SEATS_MAX)
    experiences.open_departures(**who, experience_id=visit.id, starts=starts, seats=seats)


def _facts(here: counter.Counter, offer: Any) -> Facts:
    now = clock.now()
    shown = {
        "offer": offer,
        "proposed": reviewing.waiting(g.session, offer_ids=[offer.id]).get(offer.id),
        "reason": counter.declined(here, [offer.id]).get(offer.id),
        **listing_form.media_facts(offer.id),
        **counter.claims(offer),
    }
    if isinstance(offer, Experience):
        asked: Facts = {"actor": here.actor, "limit": DEPARTURES, "now": now}
        coming = visits.departures(g.session.connection(), experience_id=offer.id, **asked)
        return shown | {"departures": coming[:DEPARTURES], "values": _values(offer, None)}
    lots = listings.lots_of(g.session, listing_id=offer.id, now=now)
    left = sum(lot.left for lot in lots) if lots else None
    season = harvests.standing(g.session, listing_ids=[offer.id], now=now).get(offer.id)
    touched = season and repromising.touched(g.session, harvest_id=season.id, now=now)
    limit = season and _typed(season.capacity, offer.scale)
    shown |= {"season": season, "touched": touched, "limit": limit}
    shown |= {"left": left, "values": _values(offer, left)}
    return shown | listing_form.page_facts(shown["values"], here)


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
        return values | {"price": price, "quantity": amount, "was": amount}
    child = "" if offer.child_minor is None else _typed(offer.child_minor, 0)
    return values | {"price": _typed(offer.adult_minor, 0), "child": child}


def _typed(value: int, scale: int) -> str:
    """A number as the reader would type it."""
    exact = Decimal(value).scaleb(-scale)
    return formats.number(int(exact) if exact == int(exact) else exact.normalize(), g.languages)


def _change(what: str, offer_id: UUID, given: dict[str, str], brought: listing_form.Sent) -> None:
    here = counter.needed()
    offer = own_offer(here, what, offer_id)
    was_draft = offer.state == ListingState.DRAFT
    which: Facts = {"kind": type(offer), "offer_id": offer.id, "now": clock.now()}
    if isinstance(offer, Listing):
        _change_goods(here, offer, given)
    else:
        _change_visit(here, offer, given)
    listing_form.keep_media(given, brought, actor=here.actor, **which)
    if was_draft:
        is_meant = "price_is_meant" in given
        reviewing.submit(g.session, actor=here.actor, price_is_meant=is_meant, **which)


def _change_goods(here: counter.Counter, listing: Listing, given: dict[str, str]) -> None:
    who, listing_id = acting(here.actor), listing.id
    revision = listings.Revision(
        price=listing_form.price_of(given.get("price", "")),
        price_is_meant="price_is_meant" in given,
        unit_code=where.chosen(given, "unit_code")["unit_code"] or None,
        texts=listing_form.texts_of(given, listing.source_lang),
        **listing_form.keeping(given),
    )
    listings.revise(**who, listing_id=listing_id, revision=revision)
    if not given.get("was"):
        return
    # By how much, not to how much: what was sold while the page was open stays sold.
    typed_in = (given.get(name, "") for name in ("quantity", "was"))
    now_there, was = (listing_form.quantity_of(it, listing.scale) for it in typed_in)
    if now_there != was:
        change, reason = now_there - was, listings.Reason.COUNTED
        listings.restock(**who, listing_id=listing_id, change=change, reason=reason)


def _change_visit(here: counter.Counter, visit: Any, given: dict[str, str]) -> None:
    child = given.get("child", "")
    revision = experiences.Revision(
        adult=listing_form.price_of(given.get("price", "")),
        child=listing_form.price_of(child, field="child") if child else None,
        texts=listing_form.texts_of(given, visit.source_lang),
    )
    who = acting(here.actor)
    experiences.revise(**who, experience_id=visit.id, revision=revision)


def _start(given: dict[str, str]) -> datetime:
    try:
        hour = time.fromisoformat(given.get("time", ""))
    except ValueError:
        raise FieldInvalid(field="day", reason="field.bad_day") from None
    return datetime.combine(typed.day_of(given, "day"), hour.replace(tzinfo=None), clock.VIETNAM)

"""What is for sale in the story: sellers describe goods and visits, the moderator agrees."""

from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from api.simulation import facts
from api.simulation.world import Stage, decide, phone_of
from catalog import claiming, experiences, listings, marks, media, offering, stays, tiers, zoning
from catalog.delivering import Zone
from catalog.models import Experience, Grade, Listing, SeatUnit
from catalog.reviewing import submit
from catalog.scheduling import set_schedule
from market import Money, cases, clock, files, geography, quantity, traceability
from market.inventory.models import ResourceKind
from market.traceability.models import LotEvent

PICTURES = Path(__file__).with_name("pictures")
VISITS_AHEAD, NIGHTS_AHEAD = timedelta(days=60), timedelta(days=180)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
VIETGAP, PAPER = "vietgap", b"%PDF-1.4"


def offer(stage: Stage) -> None:
    """Put everything on the shelf."""
    for number, goods in enumerate(facts.GOODS, start=1):
        stage.say(f"listing {number}/{len(facts.GOODS)}: {goods.title.vi}")
        _list_goods(stage, goods)
    for number, visit in enumerate(facts.VISITS, start=1):
        stage.say(f"visit {number}/{len(facts.VISITS)}: {visit.title.vi}")
        _offer_visit(stage, visit)
    for key, told in facts.POINTS.items():
        stage.do(owner_of(key), zoning.open_point, seller_id=stage.organisations[key], **told)
    for seller in facts.SELLERS:
        if rings := facts.RINGS.get(seller.key):
            zones = [
                Zone(each.unit.code, Money(next(fee for km, fee in rings if each.km <= km)))
                for each in geography.nearest(seller.commune)
            ]
            its = {"seller_id": stage.organisations[seller.key], "zones": zones}
            stage.do(owner_of(seller.key), zoning.set_zones, **its)


def owner_of(seller: str) -> str:
    """The person who founded the farm, boat or house."""
    return next(each for each in facts.SELLERS if each.key == seller).people[0]


def seller_at(stage: Stage, organisation_id: UUID) -> str:
    """The person who founded the organisation."""
    return owner_of(next(key for key, at in stage.organisations.items() if at == organisation_id))


def _list_goods(stage: Stage, goods: facts.GoodsFacts) -> None:
    """The seller describes the goods and hands them in; the moderator puts them on the shelf."""
    today, seller = clock.day_of(stage.now), owner_of(goods.seller)
    picked = today - timedelta(days=stage.chance.randrange(0, 3))
    listing = stage.do(seller, listings.draft, goods=_goods(stage, goods, picked))
    stage.listings[goods.key] = listing.id
    with stage.scene() as session:
        (lot,) = listings.lots_of(session, listing_id=listing.id, now=stage.now)
        stage.lots[goods.key] = lot.code
        actor = stage.actor(session, seller)
        grown = goods.category.partition(".")[0] in facts.GROWN
        for step, after, told in facts.LIFE if grown else facts.LIFE[-2:]:
            at = clock.start_of(picked) + facts.MORNING + after
            event = LotEvent(step=step, occurred_at=at, facts=told)
            traceability.append(session, actor=actor, code=lot.code, event=event, now=at)
    _hand_in(stage, seller, goods, kind=Listing, offer_id=listing.id)
    if goods.tiers:
        _date_prices(stage, seller, listing, goods)


def _date_prices(stage: Stage, seller: str, listing: Listing, goods: facts.GoodsFacts) -> None:
    """Cheaper from a quantity on, and for the first of the buyers as a wholesaler."""
    for group, bound, percent in goods.tiers:
        price = Money(listing.price_minor * percent // 10_000 * 100)
        tier = tiers.Tier(group=tiers.CustomerGroup(group), from_quantity=bound, price=price)
        stage.do(seller, tiers.set_tier, listing_id=listing.id, tier=tier)
    buyer = {"phone": phone_of(facts.BUYERS[0].person.key), "group": tiers.CustomerGroup.WHOLESALE}
    stage.do(seller, tiers.set_group, seller_id=listing.seller_id, **buyer)
    dearer = listings.Revision(price=Money(listing.price_minor + 1_000))
    stage.do(seller, listings.revise, listing_id=listing.id, revision=dearer)


def _goods(stage: Stage, goods: facts.GoodsFacts, picked: date) -> listings.Goods:
    return listings.Goods(
        seller_id=stage.organisations[goods.seller],
        category_code=goods.category,
        unit_code=goods.communes[0],
        price=Money(stage.chance.randrange(goods.price_low, goods.price_high + 1, 1000)),
        texts=_texts(goods),
        **{name: getattr(goods, name) for name in ("unit", "scale", "increment", "minimum")},
        grade=Grade(goods.grade) if goods.grade else None,
        piece=listings.Piece(grams=goods.piece_grams) if goods.piece_grams else None,
        quantity=quantity.Quantity(goods.lot_size, goods.scale, goods.unit),
        harvest_day=picked,
    )


def _offer_visit(stage: Stage, visit: facts.VisitFacts) -> None:
    """The host describes the visit and opens its next departures; the moderator agrees."""
    host = owner_of(visit.seller)
    made = stage.do(host, experiences.draft, visit=_visit(stage, visit))
    stage.experiences[visit.key] = made.id
    option_ids = [made.id]
    if said := _terms(stage, host, visit):
        stage.do(host, offering.revise, option_id=made.id, said=said)
    if visit.whole:
        said = {"units": [{"type": SeatUnit.GROUP, "price": visit.whole, "pax": visit.seats}]}
        named = {lang: {"option": getattr(facts.WHOLE, lang)} for lang in ("vi", "en")}
        its: dict[str, Any] = {"experience_id": made.id, "said": said, "words": named}
        option_ids.append(stage.do(host, offering.add, **its).id)
    if visit.rooms:
        first = clock.day_of(stage.now)
        nights: dict[str, Any] = {"first": first, "last": first + NIGHTS_AHEAD}
        stage.do(host, stays.change, option_id=made.id, rooms=visit.seats, **nights)
    for option_id in () if visit.rooms else option_ids:
        its = {"option_id": option_id, "version": None, "rules": _rules(visit, stage.now)}
        stage.do(host, set_schedule, **its)
    _hand_in(stage, host, visit, kind=Experience, offer_id=made.id)


def _terms(stage: Stage, host: str, visit: facts.VisitFacts) -> dict[str, Any]:
    """How guests may cancel, the rooms of a house, and the boat that a visit needs."""
    said: dict[str, Any] = {}
    if visit.tiers:
        said["tiers"] = [{"hours": hours, "percent": percent} for hours, percent in visit.tiers]
    if visit.rooms:
        said |= {"rooms": list(visit.rooms), "seats": visit.seats}
    if visit.boat:
        its: dict[str, Any] = {"kind": ResourceKind.VEHICLE, "name": visit.boat}
        its |= {"owner_id": stage.organisations[visit.seller], "places": visit.seats}
        boat = stage.do(host, offering.open_asset, said=its | {"turnaround_minutes": 60})
        said["asset_ids"] = [boat.id]
    return said


def _visit(stage: Stage, visit: facts.VisitFacts) -> experiences.Visit:
    return experiences.Visit(
        seller_id=stage.organisations[visit.seller],
        category_code=visit.category,
        unit_code=visit.commune,
        duration_minutes=visit.duration_minutes,
        cutoff_minutes=visit.cutoff_minutes,
        adult=Money(visit.adult_price),
        child=None if visit.child_price is None else Money(visit.child_price),
        texts=_texts(visit),
        meeting_landmark=visit.meeting_point.vi,
        meeting_unit_code=visit.meets_in,
        spoken=("vi", "en"),
    )


def _rules(visit: facts.VisitFacts, now: datetime) -> list[dict[str, Any]]:
    """Each hour on its weekdays, two months ahead."""
    days = ",".join(WEEKDAYS[day] for day in visit.weekdays)
    its: dict[str, Any] = {
        "rrule": f"FREQ=WEEKLY;BYDAY={days};UNTIL={now + VISITS_AHEAD:%Y%m%d}",
        "except": [],
        "until": visit.closes and visit.closes.isoformat("minutes"),
        "seats": visit.seats,
    }
    starts = (datetime.combine(clock.day_of(now), hour) for hour in visit.hours)
    return [its | {"starts": start.isoformat(timespec="minutes")} for start in starts]


def _texts(sold: facts.Sold) -> dict[str, dict[str, str]]:
    both = {"title": sold.title, "description": sold.description}
    return {lang: {name: getattr(it, lang) for name, it in both.items()} for lang in ("vi", "en")}


def _hand_in(stage: Stage, seller: str, sold: facts.Sold, **offer: Any) -> None:
    """With the picture that is named like what it shows, and its marks."""
    picture = (PICTURES / f"{sold.key}.webp").read_bytes()
    photo = media.clean(picture, bytes_max=stage.settings.upload_bytes_max)
    with files.kept(stage.files, photo.files):
        stage.do(seller, media.attach, photo=photo, **offer)
    stage.do(seller, submit, **offer)
    decide(stage, offer["offer_id"])
    for code in sorted(sold.marks, key=lambda code: code != VIETGAP):  # others stand on it
        with suppress(claiming.OutsideScope):  # as the story's farm is
            _claim(stage, seller, marks.get(code), sold.title.vi, offer)


def _claim(stage: Stage, seller: str, mark: marks.Mark, title: str, offer: dict[str, Any]) -> None:
    """On a certificate that the desk has seen, where the mark needs one."""
    today, basis = clock.day_of(stage.now), marks.Basis.SELF_DECLARED
    paper: dict[str, Any] = {"cultivar": next((it for it in mark.cultivars if it in title), None)}
    if mark.needs_document:
        basis, paper["number"] = marks.Basis.CERTIFICATE, f"{mark.code}-{today:%y}".upper()
        paper |= {"valid_from": today, "valid_until": today + timedelta(days=700)}
    new = marks.MarkClaim(mark_code=mark.code, basis=basis, **paper)
    case = stage.do(seller, claiming.claim, claim=new, **offer)
    stage.do(seller, cases.attach, case_id=case.id, content=PAPER, files=stage.files)
    decide(stage, case.subject_id)

"""What a host offers: prices, times, refunds, boats, the meeting point; calendars both ways."""

import re
from collections.abc import Callable
from datetime import date
from functools import partial
from urllib.parse import urlsplit

from babel import Locale

from api import house
from api.context import Acting, Facts, acting, settings
from api.pages import cards, counter, listing_form, typed, where
from api.pages.frame import UUID, Response, answered, g, go, render, views
from catalog import calendars, experiences, offering, options, scheduling
from catalog.booking_models import ExperienceOption
from catalog.calendars.channels import IMPORTING
from catalog.models import Availability, Experience, SeatUnit
from catalog.offering import BOUNDS
from catalog.offers import OPTION
from market import FieldInvalid, clock, existing, inventory
from market.accounts import Actor, Scope
from market.inventory.stocking import SHARED, TURNAROUND_MAX
from translations import text

HERE = "/sell/visits/<uuid:offer_id>/options/<uuid:option_id>"
CALENDARS = "/host/calendars"
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
PLACES_MAX = BOUNDS["seats"][1]
SPOKEN = ("vi", "en", "fr", "zh", "ko", "ja", "ru")
# Refunds by how many hours before the start somebody cancels: the hours, and the percent.
POLICIES: dict[str, list[list[int]]] = cards.table("proposed")["policies"]


@views.get(HERE, *counter.KEEPERS)
def show(offer_id: UUID, option_id: UUID) -> Response:
    """All of an option: when, for how much, and under which terms."""
    return render("sell_option.html", **_facts(_own(offer_id, option_id)))


@views.post(f"{HERE}/<what>", *counter.KEEPERS)
def change(offer_id: UUID, option_id: UUID, what: str) -> Response:
    """Keep one form of the page, or show it again with what is wrong."""
    option, who = _own(offer_id, option_id), acting(counter.needed().actor)
    verb, blame = existing(_DEEDS.get(what), "page")
    facts, deed = partial(_facts, option), partial(verb, who, option)
    to = f"/sell/visits/{offer_id}" + ("" if what == "closing" else f"/options/{option_id}")
    return answered("sell_option.html", facts, deed, blame=blame, to=to)


@views.get("/ical/<secret>.ics")
def feed(secret: str) -> Response:
    """What is taken, for whoever has the link."""
    found = calendars.channels.by_secret(g.session, key=settings().secret_key, secret=secret)
    host = urlsplit(settings().public_url).hostname or ""
    busy = text(g.languages, "calendar.busy")
    body = calendars.channels.ics(g.session, resource=found, host=host, busy=busy, now=clock.now())
    return Response(body, mimetype="text/calendar")


@views.both(CALENDARS, *counter.KEEPERS)
def overview() -> Response:
    """What has a calendar, with its link; and calendars of other sites, to link one more."""
    return answered("host_calendars.html", _calendars, _link, blame="url", said="calendar-asked")


@views.post(f"{CALENDARS}/<uuid:channel_id>/<any(sync, removal):step>", *counter.KEEPERS)
def look(channel_id: UUID, step: str) -> Response:
    """Look at a calendar now, or never again."""
    verb = calendars.ask_sync if step == "sync" else calendars.remove
    verb(**acting(_actor()), channel_id=channel_id)
    return go(CALENDARS, said="calendar-asked" if step == "sync" else "saved")


@views.post(f"{CALENDARS}/feeds/<uuid:resource_id>", *counter.KEEPERS)
def renew(resource_id: UUID) -> Response:
    """Another link in the place of the one before."""
    calendars.channels.renew(**acting(_actor()), resource_id=resource_id)
    return go(CALENDARS, said="saved")


def _schedule(who: Acting, option: ExperienceOption, given: dict[str, str]) -> None:
    rules = [dict(rule) for rule in option.rules]
    if "drop" in given:
        rules = [rule for at, rule in enumerate(rules) if str(at) != given["drop"]]
    elif "except" in given:
        day = typed.day_of(given, "except").isoformat()
        rules = [rule | {"except": [*rule["except"], day]} for rule in rules]
    else:
        seats, last = typed.whole(given, "seats", PLACES_MAX), typed.day(given.get("last"))
        until = f";UNTIL={last:%Y%m%d}" if last else ""
        days = ",".join(name for at, name in enumerate(DAYS, 1) if f"day-{at}" in given)
        starts = f"{typed.day_of(given, 'first')}T{given.get('time')}"
        rule: Facts = {"starts": starts, "seats": seats, "except": []}
        rule |= {"rrule": f"FREQ=WEEKLY;BYDAY={days}{until}" if days else None}
        rules.append(rule | {"until": given.get("closes") or None})
    scheduling.set_schedule(**who, option_id=option.id, rules=rules)


def _terms(who: Acting, option: ExperienceOption, given: dict[str, str]) -> None:
    kept = [unit for unit in option.units if given.get(f"price-{unit['type']}")]
    units = [{**unit, "price": _price(given, f"price-{unit['type']}")} for unit in kept]
    if more := typed.one_of(SeatUnit, given.get("unit")):
        alone = more not in {SeatUnit.CHILD, SeatUnit.INFANT} or not units
        pax = typed.whole(given, "pax", PLACES_MAX) if given.get("pax") else 1
        new = {"type": more, "price": _price(given, "unit_price"), "pax": pax}
        units.append(new if alone else new | {"accompanied_by": [units[0]["type"]]})
    policy = POLICIES.get(given.get("policy", ""))
    tiers = _tiers(given.get("tiers", "")) if policy is None else policy
    said: Facts = {"units": units, "approves": "approves" in given}
    said["tiers"] = [{"hours": hours, "percent": it} for hours, it in tiers]
    said["cutoff_minutes"] = typed.whole(given, "cutoff", 720, least=0) * 60
    fewest = given.get("minimum_guests")
    said["minimum_guests"] = typed.whole(given, "minimum_guests", PLACES_MAX) if fewest else None
    said["asset_ids"] = [typed.identifier(it[6:]) for it in given if it.startswith("asset-")]
    offering.revise(**who, option_id=option.id, said=said)


def _season(who: Acting, option: ExperienceOption, given: dict[str, str]) -> None:
    seasons = [it for at, it in enumerate(option.seasons) if str(at) != given.get("drop")]
    if "drop" not in given:
        names = [unit["type"] for unit in option.units if given.get(f"season-{unit['type']}")]
        days = {"from": typed.day_of(given, "from"), "until": typed.day_of(given, "until")}
        weekend = {"weekdays": [5, 6]} if "weekend" in given else {}
        prices = {name: _price(given, f"season-{name}") for name in names}
        seasons.append({**days, **weekend, "prices": prices})
    offering.revise(**who, option_id=option.id, said={"seasons": seasons})


def _meet(who: Acting, option: ExperienceOption, given: dict[str, str]) -> None:
    revision = experiences.Revision(
        meeting_landmark=typed.bounded(given.get("landmark", ""), "landmark", 200) or None,
        meeting_unit_code=where.chosen(given, "meeting")["meeting"] or None,
        spoken=[tag for tag in SPOKEN if f"speaks-{tag}" in given],
    )
    experiences.revise(**who, experience_id=option.experience_id, revision=revision)


def _asset(who: Acting, _option: ExperienceOption, given: dict[str, str]) -> None:
    kind = typed.one_of(type(SHARED[0]), given.get("kind"))
    said: Facts = {"kind": kind if kind in SHARED else SHARED[0]}
    said |= {"owner_id": counter.needed().shop.id, "name": typed.needed(given, "asset", 120)}
    said["places"] = typed.whole(given, "places", PLACES_MAX)
    said["turnaround_minutes"] = typed.whole(given, "rest", TURNAROUND_MAX, least=0)
    offering.open_asset(**who, said=said)


def _add(who: Acting, option: ExperienceOption, given: dict[str, str]) -> None:
    experience = g.session.get_one(Experience, option.experience_id)
    name = {"option": typed.needed(given, "name", 120)}
    its: Facts = {"experience_id": experience.id, "said": {}}
    offering.add(**who, **its, words={experience.source_lang: name})


def _own(offer_id: UUID, option_id: UUID) -> ExperienceOption:
    found = offering.own(g.session, actor=counter.needed().actor, option_id=option_id)
    return existing(found if found.experience_id == offer_id else None, "option")


def _facts(option: ExperienceOption) -> Facts:
    experience = g.session.get_one(Experience, option.experience_id)
    listed = options.of_experience(g.session, experience_id=experience.id)
    seller_ids, lang = [experience.seller_id], g.languages[0]
    names = cards.said((it.id for it in listed), OPTION)
    path = f"/sell/visits/{experience.id}/options"
    tiers = [[tier["hours"], tier["percent"]] for tier in option.tiers]
    locale = Locale.parse(lang if lang == "en" else "vi")
    units = [kind for kind in SeatUnit if kind != SeatUnit.ROOM]
    return {
        "offer": experience,
        "option": option,
        "by_night": option.availability == Availability.NIGHTS,
        "tabs": [(str(it.id), f"{path}/{it.id}", names.get(it.id)) for it in listed],
        "rules": [(rule, *_weekdays(rule["rrule"] or "")) for rule in option.rules],
        "as_day": date.fromisoformat,
        "units": cards.choices("page.seat", units),
        "policies": cards.choices("host.policy", POLICIES),
        "policy": next((it for it, its in POLICIES.items() if its == tiers), "own"),
        "tiers": ", ".join(f"{hours}:{percent}" for hours, percent in tiers),
        "assets": inventory.stocking.own_assets(g.session, owner_ids=seller_ids),
        "kinds": cards.choices("host.asset", SHARED),
        "spoken": [(tag, locale.languages[tag]) for tag in SPOKEN],
    }


def _weekdays(rrule: str) -> tuple[list[int], str | None]:
    """The weekdays of a rule of this page, Monday 1, and its last day; no days for another's."""
    ours = re.fullmatch(r"FREQ=WEEKLY;BYDAY=([A-Z,]+)(;UNTIL=(\d{8}))?", rrule)
    return ([DAYS.index(day) + 1 for day in ours[1].split(",")], ours[3]) if ours else ([], None)


def _tiers(written: str) -> list[list[int]]:
    """`48:100, 24:50`, the hours before the start and the percent."""
    if not re.fullmatch(r"(\s*\d{1,4}\s*:\s*\d{1,3}\s*(,|$))+", written, re.ASCII):
        raise FieldInvalid(field="tiers", reason="field.invalid")
    return [[int(hours), int(it)] for hours, it in re.findall(r"(\d+)\s*:\s*(\d+)", written)]


def _price(given: dict[str, str], field: str) -> int:
    return listing_form.price_of(given.get(field, ""), field=field).minor


def _link(given: dict[str, str]) -> None:
    resource_id, url = typed.identifier(given.get("resource", "")), typed.needed(given, "url")
    name = typed.needed(given, "name", 60)
    calendars.add(**acting(_actor()), resource_id=resource_id, name=name, url=url)


def _actor() -> Actor:
    return counter.needed(Scope.LISTINGS).only


def _calendars() -> Facts:
    its: Facts = {"session": g.session, "actor": _actor()}
    found = calendars.resources(**its)
    names = calendars.names(g.session, ids=[each.id for each in found], lang=g.languages[0])
    return {
        "found": found,
        "names": names,
        "links": {each.id: house.feed_url(each) for each in found},
        "channels": calendars.mine(**its, limit=100),
        "choices": [{"value": it.id, "word": names[it.id]} for it in found if it.kind in IMPORTING],
    }


_DEEDS: dict[str, tuple[Callable[..., None], str]] = {
    "schedule": (_schedule, "first"),
    "terms": (_terms, "unit"),
    "season": (_season, "from"),
    "meeting": (_meet, "meeting"),
    "asset": (_asset, "asset"),
    "option": (_add, "name"),
    "closing": (lambda who, option, _: offering.close(**who, option_id=option.id), "name"),
}

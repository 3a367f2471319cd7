"""What a host offers of a visit: prices, when it starts, refunds, boats and the meeting point."""

import re
from collections.abc import Callable, Mapping
from datetime import date

from babel import Locale

from api.context import Acting, acting
from api.pages import cards, counter, listing_form, typed, where
from api.pages.frame import UUID, Facts, Response, again, form, g, go, refused, render, views
from catalog import experiences, offering, options, scheduling
from catalog.booking_models import ExperienceOption
from catalog.models import Availability, Experience, SeatUnit
from catalog.offers import OPTION
from catalog.option_checks import SEATS
from market import clock, inventory, texts
from market.errors import FieldInvalid, existing
from market.inventory.assets import SHARED, TURNAROUND_MAX

HERE = "/sell/visits/<uuid:offer_id>/options/<uuid:option_id>"
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
SPOKEN = ("vi", "en", "fr", "zh", "ko", "ja", "ru")
# Refunds by how many hours before the start somebody cancels.
POLICIES: Mapping[str, list[tuple[int, int]]] = {
    "cutoff": [],
    "day": [(24, 100)],
    "week": [(168, 100), (48, 50)],
    "month": [(720, 100), (168, 50)],
}


@views.get(HERE, *counter.KEEPERS)
def show(offer_id: UUID, option_id: UUID) -> Response:
    """All of an option: when, for how much, and under which terms."""
    return render("sell_option.html", **_facts(_own(offer_id, option_id)))


@views.post(f"{HERE}/<what>", *counter.KEEPERS)
def change(offer_id: UUID, option_id: UUID, what: str) -> Response:
    """Keep one form of the page, or show it again with what is wrong."""
    option, given, here = _own(offer_id, option_id), form(), f"/sell/visits/{offer_id}"
    deed, blame = existing(_DEEDS.get(what), "page")
    if refusal := refused(lambda: deed(acting(counter.needed().actor), option, given)):
        return again("sell_option.html", refusal, form=given, blame=blame, **_facts(option))
    return go(here if what == "closing" else f"{here}/options/{option_id}", said="saved")


def _schedule(who: Acting, option: ExperienceOption, given: Mapping[str, str]) -> None:
    rules = [dict(rule) for rule in option.rules]
    if "drop" in given:
        rules = [rule for at, rule in enumerate(rules) if str(at) != given["drop"]]
    elif "except" in given:
        day = typed.day_of(given, "except").isoformat()
        rules = [rule | {"except": [*rule["except"], day]} for rule in rules]
    else:
        seats, last = typed.whole(given, "seats", SEATS[1]), typed.day(given.get("last"))
        until = f";UNTIL={last:%Y%m%d}" if last else ""
        days = ",".join(name for at, name in enumerate(DAYS, 1) if f"day-{at}" in given)
        starts = f"{typed.day_of(given, 'first')}T{given.get('time')}"
        rule: Facts = {"starts": starts, "seats": seats, "except": []}
        rule |= {"rrule": f"FREQ=WEEKLY;BYDAY={days}{until}" if days else None}
        rules.append(rule | {"until": given.get("closes") or None})
    scheduling.set_schedule(**who, option_id=option.id, rules=rules)


def _terms(who: Acting, option: ExperienceOption, given: Mapping[str, str]) -> None:
    units = [
        {**unit, "price": _price(given, f"price-{unit['type']}")}
        for unit in option.units
        if given.get(f"price-{unit['type']}")
    ]
    if more := typed.one_of(SeatUnit, given.get("unit")):
        alone = more not in {SeatUnit.CHILD, SeatUnit.INFANT} or not units
        pax = typed.whole(given, "pax", SEATS[1]) if given.get("pax") else 1
        new = {"type": more, "price": _price(given, "unit_price"), "pax": pax}
        units.append(new if alone else new | {"accompanied_by": [units[0]["type"]]})
    policy = POLICIES.get(given.get("policy", ""))
    tiers = _tiers(given.get("tiers", "")) if policy is None else policy
    said: Facts = {"units": units, "approves": "approves" in given}
    said["tiers"] = [{"hours": hours, "percent": it} for hours, it in tiers]
    said["cutoff_minutes"] = typed.whole(given, "cutoff", 720, least=0) * 60
    fewest = given.get("minimum_guests")
    said["minimum_guests"] = typed.whole(given, "minimum_guests", SEATS[1]) if fewest else None
    said["asset_ids"] = [typed.identifier(it[6:]) for it in given if it.startswith("asset-")]
    offering.revise(**who, option_id=option.id, said=said)


def _season(who: Acting, option: ExperienceOption, given: Mapping[str, str]) -> None:
    seasons = [it for at, it in enumerate(option.seasons) if str(at) != given.get("drop")]
    if "drop" not in given:
        names = [unit["type"] for unit in option.units if given.get(f"season-{unit['type']}")]
        days = {"from": typed.day_of(given, "from"), "until": typed.day_of(given, "until")}
        weekend = {"weekdays": [5, 6]} if "weekend" in given else {}
        prices = {name: _price(given, f"season-{name}") for name in names}
        seasons.append({**days, **weekend, "prices": prices})
    offering.revise(**who, option_id=option.id, said={"seasons": seasons})


def _meet(who: Acting, option: ExperienceOption, given: Mapping[str, str]) -> None:
    revision = experiences.Revision(
        meeting_landmark=typed.bounded(given.get("landmark", ""), "landmark", 200) or None,
        meeting_unit_code=where.chosen(given, "meeting")["meeting"] or None,
        spoken=[tag for tag in SPOKEN if f"speaks-{tag}" in given],
    )
    its: Facts = {"experience_id": option.experience_id, "version": None}
    experiences.revise(**who, **its, revision=revision)


def _asset(who: Acting, _option: ExperienceOption, given: Mapping[str, str]) -> None:
    kind = typed.one_of(type(SHARED[0]), given.get("kind"))
    said: Facts = {"kind": kind if kind in SHARED else SHARED[0]}
    said |= {"owner_id": counter.needed().shop.id, "name": typed.needed(given, "asset", 120)}
    said["places"] = typed.whole(given, "places", SEATS[1])
    said["turnaround_minutes"] = typed.whole(given, "rest", TURNAROUND_MAX, least=0)
    offering.open_asset(**who, said=said)


def _add(who: Acting, option: ExperienceOption, given: Mapping[str, str]) -> None:
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
    said = texts.read(g.session, subject_ids=[it.id for it in listed], languages=g.languages)
    names = {key: its[OPTION].body for key, its in said.items() if OPTION in its}
    path = f"/sell/visits/{experience.id}/options"
    tiers = [(tier["hours"], tier["percent"]) for tier in option.tiers]
    locale = Locale.parse(lang if lang == "en" else "vi")
    units = [kind for kind in SeatUnit if kind != SeatUnit.ROOM]
    return {
        "offer": experience,
        "option": option,
        "by_night": option.availability == Availability.NIGHTS,
        "tabs": [(str(it.id), f"{path}/{it.id}", names.get(it.id)) for it in listed],
        "rules": [(rule, *_weekdays(rule["rrule"] or "")) for rule in option.rules],
        "as_day": date.fromisoformat,
        "units": cards.choices("host.unit", units),
        "policies": cards.choices("host.policy", POLICIES),
        "policy": next((it for it, its in POLICIES.items() if its == tiers), "own"),
        "tiers": ", ".join(f"{hours}:{percent}" for hours, percent in tiers),
        "assets": inventory.assets.own_assets(g.session, owner_ids=seller_ids),
        "kinds": cards.choices("host.asset", SHARED),
        "spoken": [(tag, locale.languages[tag]) for tag in SPOKEN],
        "today": clock.day_of(clock.now()).isoformat(),
    }


def _weekdays(rrule: str) -> tuple[list[int], str | None]:
    """The weekdays of a rule of this page, Monday 1, and its last day; no days for another's."""
    ours = re.fullmatch(r"FREQ=WEEKLY;BYDAY=([A-Z,]+)(;UNTIL=(\d{8}))?", rrule)
    return ([DAYS.index(day) + 1 for day in ours[1].split(",")], ours[3]) if ours else ([], None)


def _tiers(written: str) -> list[tuple[int, int]]:
    """`48:100, 24:50`, the hours before the start and the percent."""
    if not re.fullmatch(r"(\s*\d{1,4}\s*:\s*\d{1,3}\s*(,|$))+", written, re.ASCII):
        raise FieldInvalid(field="tiers", reason="field.invalid")
    return [(int(hours), int(it)) for hours, it in re.findall(r"(\d+)\s*:\s*(\d+)", written)]


def _price(given: Mapping[str, str], field: str) -> int:
    return listing_form.price_of(given.get(field, ""), field=field).minor


_DEEDS: Mapping[str, tuple[Callable[..., None], str]] = {
    "schedule": (_schedule, "first"),
    "terms": (_terms, "unit"),
    "season": (_season, "from"),
    "meeting": (_meet, "meeting"),
    "asset": (_asset, "asset"),
    "option": (_add, "name"),
    "closing": (lambda who, option, _: offering.close(**who, option_id=option.id), "name"),
}

"""Stays: found by date, and a house's rooms with what they cost for the days that are asked for."""

from collections.abc import Mapping
from datetime import timedelta

from flask import Response, g, request

from api.pages import cards, typed, where
from api.pages.frame import UUID, Any, Facts, asking, form, render, sentence, views
from catalog import baskets, offers, pricing, stays, visiting
from catalog.baskets import Put
from market import FieldInvalid, MarketError, clock
from market.orders import Line, LineKind

SHOWN_DAYS = 60


@views.get("/stays")
def find() -> Response:
    """What is free; tomorrow night where nothing is asked."""
    asked, errors, found = _asked(request.args), {}, []
    try:
        place = where.chosen(asked, "near")["near"] or None
        many = ("rooms", "guests")
        its: Facts = {name: typed.whole(asked, name, baskets.SEATS_MAX) for name in many}
        its |= {name: typed.day_of(asked, name) for name in ("arrival", "departure")}
        its |= {"place": place, "lang": g.languages[0], "now": clock.now()}
        found = stays.find(g.session, **its)
    except MarketError as refusal:
        errors[str(refusal.facts.get("field", "near"))] = sentence(refusal)
    return render("stays.html", values=asked, errors=errors, offers=found)


def rooms_of(experience_id: UUID) -> Facts:
    """The room types of a house, with the sum for the days asked for or why they cannot be had."""
    types = stays.types(**asking(), experience_id=experience_id)
    asked, errors = _asked({**request.args, **form()}), {}
    names = cards.said((it.id for it in types), offers.OPTION)
    shown: list[Facts] = []
    for option in types:
        name = names.get(option.id)
        today: Facts = {"first": clock.day_of(clock.now()), "days": SHOWN_DAYS}
        nights = stays.calendar(g.session, option=option, **today, now=clock.now())
        shown.append({"option": option, "room": option.units[0], "name": name, "nights": nights})
        try:
            shown[-1]["sold"] = priced(wanted({**asked, "option_id": str(option.id)}))
        except FieldInvalid as refusal:
            errors[refusal.facts["field"]] = sentence(refusal)
        except MarketError as refusal:
            shown[-1]["problem"] = sentence(refusal)
    return {"rooms": shown, "asked": asked, "errors": errors}


def wanted(given: Mapping[str, str]) -> Put:
    """The line of a basket that a form asks for; raises FieldInvalid for days that cannot be."""
    days = (typed.day_of(given, name) for name in ("arrival", "departure"))
    option_id = typed.identifier(given.get("option_id", ""))
    nights = visiting.period(*days, now=clock.now())
    many = typed.whole(given, "rooms", baskets.SEATS_MAX)
    return Put(option_id, LineKind.NIGHTS, option_id, nights, many)


def priced(put: Any) -> Line:
    """What a line of a basket costs now; raises what is in its way."""
    free, lang = pricing.FREE_OF_CHARGE, g.languages[0]  # only the price matters here
    asked: Any = {"lines": [put], "buyer_id": g.actor.person_id, "now": clock.now()}
    ((_, sold),) = pricing.priced(g.session, lang=lang, tariff=free, **asked)
    return sold


def _asked(given: Mapping[str, str]) -> dict[str, str]:
    tomorrow = clock.day_of(clock.now()) + timedelta(days=1)
    usual = {"arrival": str(tomorrow), "departure": str(tomorrow + timedelta(days=1))}
    return {**usual, "rooms": "1", "guests": "1"} | {name: it[:200] for name, it in given.items()}

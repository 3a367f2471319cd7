"""What of an experience is booked, its schedule and its calendar; boats and guides."""

from collections.abc import Iterable

from api import caching, context, fields
from api.v1 import offer_rows
from api.v1 import option_shapes as shapes
from api.v1.resources import UUID, Created, Facts, Resources, Response, acting, created, g
from api.v1.roles import EVERYBODY, SELLERS
from catalog import Experience, booking_models, offering, offers, options, scheduling
from catalog.shelves import calendar
from market import clock, columns_of, existing, inventory, texts
from market.accounts import Scope

blp = Resources("options", __name__, description="What of an experience is booked, and when.")

OF_EXPERIENCE, ONE = "/experiences/<uuid:experience_id>", "/options/<uuid:option_id>"
AssetsOut = fields.page_of(shapes.AssetOut, "boats and guides", name="AssetsOut", most=1_000)


@blp.get(f"{OF_EXPERIENCE}/options", EVERYBODY, shapes.OptionsOut)
def listed(experience_id: UUID) -> Facts:
    """What of it may be booked; one's own at any stage."""
    visible = offers.visible_to(g.actor, Experience).where(Experience.id == experience_id)
    caching.versioned(existing(g.session.scalar(visible), "experience"))
    return {"items": of_experience(experience_id)}


@blp.post(f"{OF_EXPERIENCE}/options", SELLERS, shapes.OptionOut, takes=shapes.OptionPatch)
def add(body: Facts, experience_id: UUID) -> Created:
    """One more option with a name; what is left out is as with the first."""
    said: Facts = {"words": _words(body), "said": body}
    (option,) = _shown([offering.add(**acting(), experience_id=experience_id, **said)])
    return created(option, "options.listed", experience_id=experience_id)


@blp.patch(ONE, SELLERS, shapes.OptionOut, takes=shapes.OptionPatch)
def revise(body: Facts, option_id: UUID) -> Facts:
    """Change an option for bookings to come, at the version of its experience."""
    said: Facts = {"words": _words(body), "version": caching.expected_version(), "said": body}
    (option,) = _shown([offering.revise(**acting(), option_id=option_id, **said)])
    return option


@blp.delete(ONE, SELLERS)
def close(option_id: UUID) -> None:
    """Sell no more of it; what is booked stays booked."""
    offering.close(**acting(), option_id=option_id)


@blp.put(f"{ONE}/schedule", SELLERS, shapes.ScheduledOut, takes=shapes.ScheduleSchema)
@blp.refuses(412, 428)
def schedule(body: Facts, option_id: UUID) -> Facts:
    """Open departures for half a year; unbooked ones that are not in the rules any more close."""
    at: Facts = {"option_id": option_id, "version": caching.expected_version()}
    return body | {"kept": scheduling.set_schedule(**acting(), **at, **body)}


@blp.get(f"{OF_EXPERIENCE}/calendar", EVERYBODY, shapes.CalendarOut, query=shapes.CalendarQuery)
def days(query: Facts, experience_id: UUID) -> Response:
    """Each option day by day: what is left, and what it costs."""
    now = clock.now()
    its: Facts = {"days": query["days"], "first": query["first"] or clock.day_of(now)}
    its |= {"experience_id": experience_id, "actor": g.actor, "now": now}
    with context.database().read_engine.connect() as connection:
        found = calendar.of_experience(connection, **its)
    items = [{"option_id": key, "days": [_day(it) for it in found[key]]} for key in found]
    return offer_rows.respond({"items": items})


@blp.get("/assets", SELLERS, AssetsOut)
def assets() -> Facts:
    """One's boats and guides."""
    sellers = g.actor.sells_for(Scope.LISTINGS)
    own = inventory.stocking.own_assets(g.session, owner_ids=sellers)
    return {"items": own, "next": None}


@blp.post("/assets", SELLERS, shapes.AssetOut, takes=shapes.AssetIn)
def open_asset(body: Facts) -> Created:
    """A boat or a guide that options may need."""
    return created(offering.open_asset(**acting(), said=body), "options.assets")


@blp.patch("/assets/<uuid:asset_id>", SELLERS, shapes.AssetOut, takes=shapes.AssetPatch)
def revise_asset(body: Facts, asset_id: UUID) -> Facts:
    """Name it anew, or change its places or its rest; its versions are not counted (`*`)."""
    caching.expected_version()
    return columns_of(offering.revise_asset(**acting(), asset_id=asset_id, said=body))


def of_experience(experience_id: UUID) -> list[Facts]:
    """What of an experience may be booked (`OptionOut`)."""
    return _shown(options.of_experience(g.session, experience_id=experience_id))


def _shown(found: Iterable[booking_models.ExperienceOption]) -> list[Facts]:
    written = texts.every(g.session, subject_ids=[each.id for each in found])
    return [columns_of(it) | {"names": _names(written.get(it.id, {}))} for it in found]


def _names(written: texts.Texts) -> dict[str, str]:
    return {lang: its[offers.OPTION] for lang, its in written.items() if offers.OPTION in its}


def _words(body: Facts) -> texts.Texts:
    return {lang: {offers.OPTION: name} for lang, name in body.pop("names", {}).items()}


def _day(day: calendar.Day) -> Facts:
    prices = {kind: {"amount": it, "currency": "VND"} for kind, it in day.prices.items()}
    return {"day": day.day, "status": day.status, "seats_left": day.left, "prices": prices}

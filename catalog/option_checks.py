"""What an option may say: kinds of guests, seasons and refunds that fit together."""

from collections.abc import Mapping, Sequence
from typing import Any

from catalog import offers
from catalog.booking_models import ExperienceOption
from catalog.models import Availability, SeatUnit
from market.errors import FieldInvalid
from market.money import Money

MINUTES = (0, 30 * 24 * 60)
SEATS, TOGETHER, AGES, HOURS = (1, 500), (1, 50), (0, 120), (0, 366 * 24)
BOUNDS = {  # of an option, then of its units and its tiers of cancellation
    "duration_minutes": (1, MINUTES[1]),
    "cutoff_minutes": MINUTES,
    "arrival_days": (1, 127),
    **dict.fromkeys(("seats", "minimum_guests", "least_units", "most_units", "pax"), SEATS),
    **dict.fromkeys(("minimum_nights", "least", "most"), TOGETHER),
    **dict.fromkeys(("min_age", "max_age"), AGES),
    "hours": HOURS,
    "percent": (0, 100),
}
MANY = {"units": len(SeatUnit), "seasons": 200, "tiers": 10, "asset_ids": 10, "rooms": 200}


def require(option: ExperienceOption) -> None:
    """Refuse an option that cannot be sold as it stands: FieldInvalid or PriceOutOfRange."""
    for name, most in MANY.items():
        if len(getattr(option, name)) > most:
            raise FieldInvalid(field=name, reason="field.too_many", max=most)
    _require_bounds({name: getattr(option, name, None) for name in BOUNDS})
    _require_order("most_units", option.least_units, option.most_units)
    _require_units(option.units, by_night=option.availability == Availability.NIGHTS)
    kinds = [unit["type"] for unit in option.units]
    for season in option.seasons:
        _require_order("seasons", season["from"], season["until"])
        if not season["prices"] or not season["prices"].keys() <= set(kinds):
            raise FieldInvalid(field="seasons", reason="option.season_units")
        for kind, price in season["prices"].items():
            offers.minor_of(Money(price), least=int(kind == kinds[0]))
    for tier in option.tiers:
        _require_bounds(tier)
    hours = [tier["hours"] for tier in option.tiers]
    if hours != sorted(set(hours), reverse=True):
        raise FieldInvalid(field="tiers", reason="option.tiers_order")


def _require_units(units: Sequence[Mapping[str, Any]], *, by_night: bool) -> None:
    kinds = [unit["type"] for unit in units]
    if not kinds or len(set(kinds)) < len(kinds):
        raise FieldInvalid(field="units", reason="option.unit_twice")
    if any((kind == SeatUnit.ROOM) is not by_night for kind in kinds):
        raise FieldInvalid(field="units", reason="option.wrong_unit")
    alone = {unit["type"] for unit in units if not unit.get("accompanied_by")}
    for unit in units:
        is_lead = unit["type"] in {kinds[0], SeatUnit.ADULT}  # children often come free
        offers.minor_of(Money(unit["price"]), least=int(is_lead))
        _require_bounds(unit)
        _require_order("units", unit.get("least"), unit.get("most"))
        _require_order("units", unit.get("min_age"), unit.get("max_age"))
        if not set(unit.get("accompanied_by", ())) <= alone:
            raise FieldInvalid(field="units", reason="option.companion")


def _require_bounds(said: Mapping[str, Any]) -> None:
    for name in BOUNDS.keys() & said.keys():
        (least, most), value = BOUNDS[name], said[name]
        if value is not None and not least <= value <= most:
            raise FieldInvalid(field=name, reason="field.range", min=least, max=most)


def _require_order(field: str, least: Any, most: Any) -> None:
    if least is not None and most is not None and least > most:
        raise FieldInvalid(field=field, reason="option.reversed")

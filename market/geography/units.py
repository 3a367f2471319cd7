"""The communes, wards and the special zone since 1 July 2025, what they were, and how far it is."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache, partial
from math import asin, ceil, cos, radians, sin, sqrt
from typing import NamedTuple

from market import tables
from market.errors import MarketError

OLD_UNTIL, NEW_SINCE = date(2025, 6, 30), date(2025, 7, 1)


class UnknownPlace(MarketError, code="place.unknown"):
    """No unit of the province has this code; facts: `place`."""


class PlaceKind(StrEnum):
    """The three kinds of unit below a province."""

    COMMUNE = "commune"
    WARD = "ward"
    ZONE = "zone"


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit; `code` is the statistics office's, the point an approximate centre."""

    code: str
    name: str
    kind: PlaceKind
    lat: float
    lon: float
    former_province: str


class OldWard(NamedTuple):
    """One ward, commune or town before 1 July 2025 and the unit it is part of now."""

    code: str
    name: str
    district: str
    province: str
    now: Unit
    split: bool
    earlier: str | None = None  # its district until December 2024, where that was another

    @property
    def full_name(self) -> str:
        """With its district and province, as it stood on letters."""
        return f"{self.name}, {self.district}, {self.province}"


def units() -> tuple[Unit, ...]:
    """All 124, by code."""
    return tuple(_by_code().values())


def unit(code: str) -> Unit:
    """The unit with this code, or UnknownPlace."""
    found = known(code)
    if found is None:
        raise UnknownPlace(place=code)
    return found


def known(code: str) -> Unit | None:
    """The unit with this code, if there is one."""
    return _by_code().get(code)


@cache
def old_wards() -> tuple[OldWard, ...]:
    """The wards before the merger; one that was split comes once for each part."""
    earlier = {row["new_code"]: row["old_district"] for row in rows("lamdong_older_districts.csv")}
    found = []
    for row in rows("lamdong_old_to_new_wards.csv"):
        names = row["old_code"], row["old_ward"], row["old_district"], row["old_province"]
        now, split = unit(row["new_code"]), row["split"] == "1"
        found.append(OldWard(*names, now, split, earlier.get(now.code)))
    return tuple(found)


rows = partial(tables.facts, "market.geography")


EARTH_RADIUS_KM = 6371
ISLAND, HARBOUR = "23272", "22945"  # Phú Quý's ferry goes from Phan Thiết
_PASS, _GORGE = 1.4, 2.0  # at least, between terrains; around the upper Đồng Nai, from the west
# A loaded van's mean on such roads, in km/h, and the hours to pack, load and hand over: estimates.
_SPEEDS = {"plain": 45, "hills": 35, "plateau": 35, "west": 35, "mountain": 25, "sea": 45}
_HANDLING_HOURS = 3
# Phan Thiết–Phú Quý crosses in 2.5 to 3 hours, once or twice a day (vnexpress 4594913, 3775534).
_CROSSING_HOURS, _WAITING_HOURS = 3, 12


class Distance(NamedTuple):
    """About how many kilometres it is to a unit."""

    unit: Unit
    km: int
    estimate: bool = True


@cache
def nearest(code: str) -> tuple[Distance, ...]:
    """All units, the nearest first: the unit itself at 0, then the others."""
    here = unit(code)
    far = sorted((_km(here, there), there != here, there.code) for there in units())
    return tuple(Distance(unit(there), round(km)) for km, _, there in far)


def between(code: str, other: str) -> Distance:
    """How far it is from one unit to the other; raises UnknownPlace."""
    return Distance(unit(other), round(_km(unit(code), unit(other))))


class Route(NamedTuple):
    """About how many hours goods need, packing and waiting for the ferry among them."""

    hours: int
    km: int
    ferry: bool
    estimate: bool = True


class Way(NamedTuple):
    """About how many minutes people need, and whether by ferry, whose waiting is not counted."""

    minutes: int
    km: int
    ferry: bool


def route(here: str, there: str) -> Route:
    """The way of goods between two units; raises UnknownPlace."""
    way = travelled(here, there)
    waiting = way.ferry * _WAITING_HOURS
    return Route(ceil(_HANDLING_HOURS + way.minutes / 60 + waiting), way.km, way.ferry)


def travelled(here: str, there: str) -> Way:
    """The way of people between two units; raises UnknownPlace."""
    km, ferry = between(here, there).km, here != there and ISLAND in {here, there}
    ends = [HARBOUR if ferry and code == ISLAND else code for code in (here, there)]
    on_land = between(*ends).km / min(_SPEEDS[lies()[code][0]] for code in ends)
    return Way(round((on_land + ferry * _CROSSING_HOURS) * 60), km, ferry)


@cache
def _by_code() -> dict[str, Unit]:
    found: dict[str, Unit] = {}
    for row in rows("lamdong_units_2025.csv"):
        names = row["code"], row["name"], PlaceKind(row["kind"])
        point = float(row["lat"]), float(row["lon"])
        found[row["code"]] = Unit(*names, *point, row["former_province"])
    return found


def _km(here: Unit, there: Unit) -> float:
    if here == there:
        return 0
    if ISLAND in {here.code, there.code}:
        island, harbour = unit(ISLAND), unit(HARBOUR)
        land = _km(harbour, there if here == island else here)
        return _line(island, harbour) * lies()[ISLAND][1] + land
    (terrain, winding), (other, its_winding) = lies()[here.code], lies()[there.code]
    if terrain != other:
        winding = _GORGE if "west" in {terrain, other} else max(_PASS, winding, its_winding)
    return _line(here, there) * winding


def _line(here: Unit, there: Unit) -> float:
    lat, other, lon = radians(here.lat), radians(there.lat), radians(here.lon - there.lon)
    half = sin((lat - other) / 2) ** 2 + cos(lat) * cos(other) * sin(lon / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(half))


@cache
def lies() -> dict[str, tuple[str, float]]:
    """The terrain of each unit, that of most of its old wards' districts, and its winding."""
    lies = {
        (row["old_district"], row["old_province"]): (row["terrain"], float(row["winding"]))
        for row in rows("lamdong_terrain.csv")
    }
    seen: dict[str, Counter[tuple[str, float]]] = {unit.code: Counter() for unit in units()}
    for ward in old_wards():
        seen[ward.now.code][lies[ward.district, ward.province]] += 1
    return {code: its.most_common(1)[0][0] for code, its in seen.items()}

"""How far it is by road, about: the line between two centres, and how roads wind there.

Our own assumption, set by hand against well-known distances; every result is an estimate.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cache
from math import asin, cos, radians, sin, sqrt

from market.geography.units import Unit, old_wards, rows, unit, units

EARTH_RADIUS_KM = 6371
ISLAND, HARBOUR = "23272", "22945"  # Phú Quý's ferry goes from Phan Thiết

_PASS, _GORGE = 1.4, 2.0  # at least, between terrains; around the upper Đồng Nai, from the west


@dataclass(frozen=True, slots=True)
class Distance:
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


def _km(here: Unit, there: Unit) -> float:
    if here == there:
        return 0
    if ISLAND in {here.code, there.code}:
        island, harbour = unit(ISLAND), unit(HARBOUR)
        land = _km(harbour, there if here == island else here)
        return _line(island, harbour) * _lies()[ISLAND][1] + land
    (terrain, winding), (other, its_winding) = _lies()[here.code], _lies()[there.code]
    if terrain != other:
        winding = _GORGE if "west" in {terrain, other} else max(_PASS, winding, its_winding)
    return _line(here, there) * winding


def _line(here: Unit, there: Unit) -> float:
    lat, other, lon = radians(here.lat), radians(there.lat), radians(here.lon - there.lon)
    half = sin((lat - other) / 2) ** 2 + cos(lat) * cos(other) * sin(lon / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(half))


@cache
def _lies() -> dict[str, tuple[str, float]]:
    """The terrain of each unit, that of most of its old wards' districts, and its winding."""
    lies = {
        (row["old_district"], row["old_province"]): (row["terrain"], float(row["winding"]))
        for row in rows("lamdong_terrain.csv")
    }
    seen: dict[str, Counter[tuple[str, float]]] = {unit.code: Counter() for unit in units()}
    for ward in old_wards():
        seen[ward.now.code][lies[ward.district, ward.province]] += 1
    return {code: its.most_common(1)[0][0] for code, its in seen.items()}

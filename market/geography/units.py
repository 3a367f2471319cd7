"""The communes, wards and the special zone since 1 July 2025, and the wards they were made of.

Facts of the state that change by a new release, so they are packaged data and not a table.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import ClassVar

from market.errors import Kind, MarketError

OLD_UNTIL, NEW_SINCE = date(2025, 6, 30), date(2025, 7, 1)


class UnknownPlace(MarketError):
    """No unit of the province has this code; facts: `place`."""

    code: ClassVar[str] = "place.unknown"
    kind: ClassVar[Kind] = Kind.INVALID


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
    area_km2: float
    lat: float
    lon: float
    former_province: str


@dataclass(frozen=True, slots=True)
class OldWard:
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
    return tuple(
        OldWard(
            code=row["old_code"],
            name=row["old_ward"],
            district=row["old_district"],
            province=row["old_province"],
            now=unit(row["new_code"]),
            split=row["split"] == "1",
            earlier=earlier.get(row["new_code"]),
        )
        for row in rows("lamdong_old_to_new_wards.csv")
    )


@cache
def _by_code() -> dict[str, Unit]:
    kinds = {"commune": PlaceKind.COMMUNE, "ward": PlaceKind.WARD, "special_zone": PlaceKind.ZONE}
    return {
        row["nso_code"]: Unit(
            code=row["nso_code"],
            name=row["name_vi"],
            kind=kinds[row["type"]],
            area_km2=float(row["area_km2"]),
            lat=float(row["lat"]),
            lon=float(row["lon"]),
            former_province=row["former_provinces"],
        )
        for row in rows("lamdong_units_2025.csv")
    }


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of one of our tables of facts."""
    table = resources.files("market.geography") / "data" / name
    yield from csv.DictReader(table.read_text(encoding="utf-8").splitlines())

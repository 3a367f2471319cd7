"""A written address kept letter by letter, with the names that its place has and had."""

from functools import lru_cache
from typing import Any

from market.geography.names import is_beyond, read
from market.geography.resolving import Candidate, resolve
from market.geography.units import NEW_SINCE, OLD_UNTIL, Unit, unit

# How much a reading must be trusted to be worth a word: a whole old district is, a street is not.
_WORTH_A_WORD = 0.3


def kept(line: str, unit_code: str, *, place: str | None = None) -> dict[str, Any]:
    """The address as it is kept with an order; `place` is the unit as the buyer wrote it.

    `forms` are its names by date, the old ward's or district's where that one is written;
    `elsewhere` are units written instead of this one: a question, nothing is changed.
    """
    here, written = unit(unit_code), f"{line}, {place}" if place else line
    address = {"unit_code": here.code, "unit_name": here.name, "line": line}
    if place and place != here.name:
        address["place"] = place
    other = [{"unit_code": one.code, "unit_name": one.name} for one in elsewhere(line, unit_code)]
    return {**address, "forms": _forms(here, written), "elsewhere": other}


def elsewhere(line: str, unit_code: str) -> list[Unit]:
    """The units that a line names where it names others and not this one."""
    found = _worth_a_word(line)
    named = [one.unit for one in found if one.confidence > found[0].confidence / 2]
    return [] if unit(unit_code) in named else named


def beyond(line: str) -> bool:
    """Whether a line tells of another province."""
    return is_beyond(read(line))


def _forms(here: Unit, written: str) -> list[dict[str, str]]:
    now = {"name": here.name, "valid_from": NEW_SINCE.isoformat()}
    former = next((one.former for one in _worth_a_word(written) if one.unit == here), None)
    return [now, {"name": former, "valid_until": OLD_UNTIL.isoformat()}] if former else [now]


@lru_cache(maxsize=256)  # quoted, ordered, and once more for each seller
def _worth_a_word(text: str) -> list[Candidate]:
    return [one for one in resolve(text) if one.confidence >= _WORTH_A_WORD]

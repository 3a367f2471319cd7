"""Every name a unit answers to: its own, the short one, and those of the wards it was made of.

A name is looked up by its folded letters run together, so "Đà Lạt", "Da Lat" and "Dalat" are one.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from enum import Enum
from functools import cache
from typing import NamedTuple

from market.geography.units import Unit, old_wards, rows, units
from translations.folding import APOSTROPHES, fold
from translations.slips import one_slip

NAME_WORDS_MAX = 5
SLIP_LETTERS_MIN = 5  # shorter names are too near to each other
_WORD = re.compile(r"[^\W\d_]+|\d+|[,;\n]")
_NO_APOSTROPHES = str.maketrans("", "", APOSTROPHES)
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_HEAVY = "\u0323"  # the tone that tells such a district from where coffee is drunk
_CITY_DISTRICTS = frozenset({"quan", "q"})  # of which the province has none
# A new name that carries the old city or district; people leave that part out, or put a comma.
_SUFFIXES = ("Đà Lạt", "Lâm Hà", "Bảo Lộc")


# What the word before a name says the name is.
Said = Enum("Said", "WARD COMMUNE TOWN ZONE AREA LOCAL")
SAYS = {row["word"]: Said[row["said"]] for row in rows("types.csv")}
WARD_LEVEL = frozenset({Said.WARD, Said.COMMUNE, Said.TOWN, Said.ZONE})


class Word(NamedTuple):
    """One word as it is looked up (`plain`) and as it was written (`spelled`), by part of text."""

    plain: str
    spelled: str
    part: int


class Name(NamedTuple):
    """One name of a unit; `areas` are the old districts it lay in, folded."""

    unit: Unit
    spelled: str
    said: Said
    areas: frozenset[str]
    province: str
    reason: str
    former: str | None = None  # in full, where it is a name of before


class Index(NamedTuple):
    """All names, and the units of each old district, by their keys; its name as it ended."""

    names: dict[str, tuple[Name, ...]]
    areas: dict[str, tuple[Unit, ...]]
    districts: dict[str, str]
    provinces: frozenset[str]


def read(text: str) -> list[Word]:
    """The words of a text; letters and figures part ("P1" is two), commas and lines end a part."""
    words: list[Word] = []
    part = 0
    for written in _WORD.findall(unicodedata.normalize("NFC", text).translate(_NO_APOSTROPHES)):
        if written in ",;\n":
            part += 1
        else:
            words.append(Word(_one_y(fold(written)), _spelling(written), part))
    return words


def key_of(name: str) -> str:
    """The key of a name written without its type."""
    return "".join(word.plain for word in read(name))


def near(key: str) -> list[str]:
    """The keys of names that one slip of a finger makes into this one."""
    found = {known for less in _one_less(key) for known in _by_one_less().get(less, ())}
    return sorted(known for known in found if one_slip(key, known))


@cache
def index() -> Index:
    """Built once, at the first question."""
    names: dict[str, list[Name]] = defaultdict(list)
    areas: dict[str, dict[str, Unit]] = defaultdict(dict)
    areas_of: dict[str, set[str]] = defaultdict(set)
    districts: dict[str, str] = {}
    for ward in old_wards():
        its = [key_of(_split_type(each)[1]) for each in (ward.district, ward.earlier) if each]
        for area in its:
            areas[area][ward.now.code] = ward.now
        districts[its[0]] = f"{ward.district}, {ward.province}"
        areas_of[ward.now.code].update(its)
        said, bare = _split_type(ward.name)
        reason, province = "split" if ward.split else "old_ward", key_of(ward.province)
        known = _spelled(bare), said, frozenset(its), province, reason, ward.full_name
        names[key_of(bare)].append(Name(ward.now, *known))
    for unit in units():
        for key, name in _new_names(unit, frozenset(areas_of[unit.code])):
            names[key].append(name)
    return Index(
        names={key: tuple(found) for key, found in names.items()},
        areas={key: tuple(found.values()) for key, found in areas.items()},
        districts=districts,
        provinces=frozenset(key_of(unit.former_province) for unit in units()),
    )


def is_beyond(words: Sequence[Word]) -> bool:
    """Another province ends a part of the text and is no street or hamlet, or a quận is named."""
    places = range(len(words))
    return any(_is_city_district(words, at) or _ends_in_province(words, at) for at in places)


@cache
def _by_one_less() -> dict[str, list[str]]:
    known: dict[str, list[str]] = defaultdict(list)
    for key in index().names.keys() | index().areas.keys():
        if len(key) >= SLIP_LETTERS_MIN:
            for less in _one_less(key):
                known[less].append(key)
    return known


def _one_less(key: str) -> set[str]:
    return {key, *(key[:at] + key[at + 1 :] for at in range(len(key)))}


def _new_names(unit: Unit, areas: frozenset[str]) -> Iterator[tuple[str, Name]]:
    said, bare = _split_type(unit.name)
    province = key_of(unit.former_province)
    shorter = [bare.removesuffix(suffix) for suffix in _SUFFIXES if bare.endswith(f" {suffix}")]
    for written in (bare, *shorter):
        yield key_of(written), Name(unit, _spelled(written), said, areas, province, "name")


def _split_type(name: str) -> tuple[Said, str]:
    for words in (2, 1):
        *kind, bare = name.split(" ", words)
        said = SAYS.get(key_of(" ".join(kind)))
        if said is not None:
            return said, bare
    raise ValueError(f"{name!r} does not begin with a type")


def _spelled(name: str) -> str:
    return "".join(word.spelled for word in read(name))


def _spelling(word: str) -> str:
    # The tone last: "Hoà" and "Hòa" are one spelling.
    marks = unicodedata.normalize("NFD", word.lower())
    letters = "".join(mark for mark in marks if mark not in _TONES)
    return _one_y(letters) + "".join(mark for mark in marks if mark in _TONES)


def _one_y(letters: str) -> str:
    # Phú Quí is Phú Quý: a last y and a last i are one letter here.
    return letters[:-1] + "i" if letters.endswith("y") else letters


def _is_city_district(words: Sequence[Word], at: int) -> bool:
    number = words[at + 1 : at + 2]
    is_numbered = bool(number) and number[0].plain.isdigit() and number[0].part == words[at].part
    is_spelled_out = words[at].plain == "quan" and words[at].spelled.endswith(_HEAVY)
    return is_spelled_out or (words[at].plain in _CITY_DISTRICTS and is_numbered)


def _ends_in_province(words: Sequence[Word], at: int) -> bool:
    """From this word on; what goes on is no name ("Lâm Hà tỉnh Lâm Đồng" is not in Hà Tĩnh)."""
    rest = [word.plain for word in words[at:] if word.part == words[at].part]
    key = "".join(word for word in rest if not word.isdigit()).removesuffix("vietnam")
    before = words[at - 1].plain if at else ""
    return key in _OTHER_PROVINCES and SAYS.get(before) is not Said.LOCAL


_OTHER_PROVINCES = frozenset(key_of(row["name"]) for row in rows("other_provinces.csv"))

"""Our reading of addresses beside that of `vietnamadminunits` (PyPI, MIT), which is never shipped.

Both are asked about all old wards as they should be written, and about every old ward and new unit
as people write them, the same on every run. Of the 5,307 messy addresses its version 1.0.4 reads
3,989 right, 147 wrong in silence and 1,171 not at all; ours are right (5,186) or asked about
(121). By form: tests/benchmarks/README.md.
"""

import random
import re
from collections.abc import Callable, Iterator

import pytest

from market import geography
from market.geography import Unit
from market.geography.names import index, key_of
from market.geography.units import OldWard, old_wards
from tests.market.test_geography import slipped, telex, vni
from translations.folding import fold

pytestmark = pytest.mark.slow

SHORT = {
    "Thành phố ": "TP. ",
    "Thị xã ": "TX ",
    "Huyện ": "H. ",
    "Thị trấn ": "TT ",
    "Phường ": "P.",
    "Xã ": "X. ",
}
WARDS = tuple({ward.code: ward for ward in old_wards()}.values())
GOOD = {"right", "asked"}
SPLIT = {ward.code for ward in old_wards() if ward.split}


def meant(ward: OldWard) -> set[str]:
    return {other.now.code for other in old_wards() if other.code == ward.code}


def short(text: str) -> str:
    for long, brief in SHORT.items():
        text = text.replace(long, brief)
    return text


def bare(text: str) -> str:
    """Without type words, but for those of numbers."""
    return re.sub(r"(Thành phố|Thị xã|Huyện|Thị trấn|Xã|Phường(?! \d)) ", "", text)


def one_slip(ward: OldWard) -> str:
    """One wrong letter in the name; slips that make another name are no slips to a reader."""
    kind, name = re.fullmatch(r"(Thị trấn|Phường|Xã) (.+)", ward.name).groups()  # type: ignore[union-attr]
    chance = random.Random(ward.full_name)
    while len(key_of(name)) > 4:
        wrong = slipped(name, chance)
        if key_of(wrong) not in index().names.keys() | index().areas.keys() | {key_of(name)}:
            return f"{kind} {wrong}, {ward.district}, {ward.province}"
    return ward.full_name


def _with_f(found: re.Match[str]) -> str:
    return f"F. {found[1]}" if found[1] else "F"


OLD_FORMS: dict[str, Callable[[OldWard], str]] = {
    "no accents": lambda ward: fold(ward.full_name),
    "P. TT TX TP. H.": lambda ward: short(ward.full_name),
    "F8, F. Lộc Sơn": lambda ward: re.sub(r"\bP\.(\D?)", _with_f, short(ward.full_name)),
    "no commas": lambda ward: ward.full_name.replace(",", ""),
    "short, no accents, no commas": lambda ward: fold(short(ward.full_name).replace(",", "")),
    "no type words": lambda ward: bare(ward.full_name),
    "no type words, accents or commas": lambda ward: fold(bare(ward.full_name)).replace(",", ""),
    "curly apostrophe": lambda ward: ward.full_name.replace("'", "’"),
    "no apostrophe": lambda ward: ward.full_name.replace("'", " "),
    "Telex": lambda ward: telex(ward.full_name),
    "VNI": lambda ward: vni(ward.full_name),
    "one slip": one_slip,
    "a street before": lambda ward: f"Số 12/3 đường 30/4, {ward.full_name}",
    "the province of today": lambda ward: f"{ward.name}, {ward.district}, Lâm Đồng",
    "no province": lambda ward: f"{ward.name}, {ward.district}",
}
NEW_FORMS: dict[str, Callable[[Unit, str], str]] = {
    "new, in the old district": lambda unit, area: f"{unit.name}, {area}, Lâm Đồng",
    "new, short, in the old district": lambda unit, area: short(f"{unit.name}, {area}"),
    "new, no accents or commas": lambda unit, _: fold(f"{unit.name} Lâm Đồng"),
}


def messy() -> Iterator[tuple[str, str, set[str]]]:
    """The form, the address, and the codes of the unit that is meant (two of a split ward)."""
    for form, write in OLD_FORMS.items():
        yield from ((form, write(ward), meant(ward)) for ward in WARDS)
    areas = {ward.now.code: ward.district for ward in WARDS}
    for form, write_new in NEW_FORMS.items():
        for unit in geography.units():
            yield form, write_new(unit, areas[unit.code]), {unit.code}


@pytest.fixture
def oracle(monkeypatch) -> Callable[[str, str], str | None]:
    library = pytest.importorskip("vietnamadminunits", reason="it is not installed")
    from geopy.geocoders import ArcGIS

    monkeypatch.setattr(ArcGIS, "geocode", lambda *_, **__: None)  # it asks a map where in doubt

    def read(form: str, address: str) -> str | None:
        """The code that the library answers; where it raises, it has no answer."""
        verb = library.parse_address if form.startswith("new") else library.convert_address
        try:
            return verb(address).ward_code
        except Exception:  # noqa: BLE001  whatever it cannot read
            return None

    return read


def judged(address: str, right: set[str]) -> str:
    """`right`, or `asked` where a person is asked and can choose what is right."""
    found = geography.resolve(address)
    if geography.ambiguous(found):
        return "asked" if right <= {one.unit.code for one in found} else "asked wrongly"
    if not found:
        return "nothing found"
    return "right" if {found[0].unit.code} == right else f"wrong: {found[0].unit.name}"


def test_all_329_old_wards_agree(oracle):
    agreed = set()
    for ward in WARDS:
        found = geography.resolve(ward.full_name)
        theirs = oracle("old", ward.full_name)
        if ward.code in SPLIT:  # they choose in silence, we ask
            assert geography.ambiguous(found)
            assert theirs in {one.unit.code for one in found}
            agreed.add(ward.code)
        elif not geography.ambiguous(found) and found[0].unit.code == theirs:
            agreed.add(ward.code)

    assert len(agreed) == len(WARDS) == 329


def test_messy_addresses_are_right_or_asked_about(oracle):
    addresses = list(messy())
    verdicts = {(form, address): judged(address, right) for form, address, right in addresses}
    theirs = sum(oracle(form, address) in right for form, address, right in addresses)

    wrong = {what: verdict for what, verdict in verdicts.items() if verdict not in GOOD}
    assert wrong == {}
    assert list(verdicts.values()).count("right") > theirs

"""Places: what people write finds the unit that is meant, or says that it cannot know."""

import random
import re
import time
import unicodedata
from collections.abc import Callable

import pytest

from market import geography
from market.geography import UnknownPlace
from market.geography.names import index
from market.geography.units import OldWard, PlaceKind, old_wards
from translations.folding import fold

OLD_WARDS = {
    f"{ward.name}, {ward.district}": [part for part in old_wards() if part.code == ward.code]
    for ward in old_wards()
}
SPLIT = "Xã Phong Phú, Huyện Tuy Phong"
# Towns named like their district, which is now the name of another commune.
BARE_MEANS_DISTRICT = {"Thị trấn Lạc Dương, Huyện Lạc Dương", "Thị trấn Đắk Mil, Huyện Đắk Mil"}


def codes(text: str) -> list[str]:
    return [candidate.unit.code for candidate in geography.resolve(text)]


def bare(ward: OldWard) -> str:
    """As typed in a hurry: no type words, no commas, no accents."""
    types = ("Thành phố ", "Thị xã ", "Huyện ", "Thị trấn ", "Phường ", "Xã ")
    names = [ward.name, ward.district]
    for kind in types:
        names = [name.removeprefix(kind) for name in names]
    kept = ["phuong " + names[0] if names[0].isdigit() else names[0], names[1]]
    return fold(" ".join(kept))


class TestUnits:
    def test_are_103_communes_20_wards_and_one_zone(self) -> None:
        kinds = [unit.kind for unit in geography.units()]

        assert len(kinds) == 124
        assert [kinds.count(kind) for kind in PlaceKind] == [103, 20, 1]

    def test_each_has_a_code_and_a_point_of_its_own(self) -> None:
        assert len({unit.code for unit in geography.units()}) == 124
        for unit in geography.units():
            assert 10 < unit.lat < 13
            assert 107 < unit.lon < 109.1
            assert unit.former_province in {"Lâm Đồng", "Đắk Nông", "Bình Thuận"}

    def test_are_found_by_code(self) -> None:
        assert geography.unit("23272").name == "Đặc khu Phú Quý"

    @pytest.mark.parametrize("code", ["", "00001", "24781 ", "Phường 1", "💥"])
    def test_an_unknown_code_is_refused(self, code: str) -> None:
        with pytest.raises(UnknownPlace) as refused:
            geography.unit(code)

        assert refused.value.code == "place.unknown"
        assert {"place": code} == refused.value.facts


class TestOldNames:
    def test_are_329(self) -> None:
        assert len({ward.code for ward in old_wards()}) == 329
        assert len(old_wards()) == 330

    def test_together_reach_every_unit(self) -> None:
        assert {unit.code for unit in geography.units()} == {w.now.code for w in old_wards()}

    @pytest.mark.parametrize("written", sorted(OLD_WARDS.keys() - {SPLIT}))
    def test_lead_to_the_one_unit_of_today(self, written: str) -> None:
        found = geography.resolve(written)

        assert OLD_WARDS[written][0].now == found[0].unit
        assert not geography.ambiguous(found)

    def test_of_a_split_ward_lead_to_both_parts(self) -> None:
        found = geography.resolve(SPLIT)

        assert [candidate.unit.code for candidate in found] == ["22972", "22978"]
        assert {"split"} == {candidate.reason for candidate in found}
        assert geography.ambiguous(found)

    @pytest.mark.parametrize("written", sorted(OLD_WARDS.keys() - {SPLIT, *BARE_MEANS_DISTRICT}))
    def test_need_no_type_words_commas_or_accents(self, written: str) -> None:
        ward = OLD_WARDS[written][0]

        assert ward.now == geography.resolve(bare(ward))[0].unit

    @pytest.mark.parametrize("written", sorted(BARE_MEANS_DISTRICT))
    def test_of_a_town_named_like_its_district_need_the_type_word(self, written: str) -> None:
        ward = OLD_WARDS[written][0]
        found = geography.resolve(bare(ward))

        assert ward.now in [candidate.unit for candidate in found]
        assert geography.ambiguous(found)

    def test_shared_by_several_wards_give_all_of_them(self) -> None:
        found = geography.resolve("xã Tân Hà")

        assert [candidate.unit.code for candidate in found] == ["24916", "23227", "23236"]
        assert geography.ambiguous(found)

    def test_of_a_district_give_every_unit_made_of_it(self) -> None:
        found = geography.resolve("Huyện Hàm Tân, Bình Thuận")

        assert {"old_district"} == {candidate.reason for candidate in found}
        assert geography.ambiguous(found)


class TestNewNames:
    @pytest.mark.parametrize("unit", geography.units(), ids=lambda unit: unit.code)
    def test_lead_to_their_unit(self, unit: geography.Unit) -> None:
        found = geography.resolve(f"{unit.name}, Lâm Đồng")

        assert (unit.code, "name") == (found[0].unit.code, found[0].reason)

    @pytest.mark.parametrize(
        ("written", "code"),
        [
            ("Phường Xuân Hương, Đà Lạt", "24781"),
            ("xuan huong da lat", "24781"),
            ("P. Lâm Viên, TP. Dalat", "24778"),
            ("P1 Bảo Lộc", "24823"),
            ("F8, Đà Lạt", "24778"),
            ("P.3, Bao Loc", "24841"),
            ("TT Lạc Dương", "24846"),
            ("Xã Lạc Dương", "24848"),
            ("TT Đắk Mil, Đắk Nông", "24664"),
            ("X. Đắk Mil, Lâm Đồng", "24670"),
            ("dac khu phu qui", "23272"),
            ("Huyện đảo Phú Quý", "23272"),
            ("B’Lao, Bảo Lộc", "24829"),
            ("Xã Hoà Bắc", "25042"),
            ("12 đường Phan Thiết, thôn Tân Hà, phường Mũi Né", "22918"),
            ("Xã Tân Thành, huyện Hàm Thuận Nam, tỉnh Bình Thuận", "23143"),
            ("tan ha, lam ha", "24916"),
            ("Xã Hoài Đức, huyện Lâm Hà", "24916"),
        ],
    )
    def test_are_known_as_people_write_them(self, written: str, code: str) -> None:
        found = geography.resolve(written)

        assert code == found[0].unit.code
        assert not geography.ambiguous(found)

    @pytest.mark.parametrize(
        ("written", "may_be"),
        [
            ("Đức Trọng, Lâm Đồng", {"24958", "24967", "24976", "24985"}),
            ("Phường 1", {"24781", "24823"}),
            ("Hoài Đức", {"23194", "24916"}),
            ("Lạc Dương", {"24846", "24848"}),
            ("Đà Lạt", {"24778", "24781", "24787", "24805", "24846"}),
            ("Phường Đà Lạt", {"24778", "24781", "24787", "24805", "24846"}),
            ("Bình Thuận", {"22960"}),
        ],
    )
    def test_that_may_mean_several_places_are_asked_about(
        self, written: str, may_be: set[str]
    ) -> None:
        assert may_be <= set(codes(written))
        assert geography.ambiguous(geography.resolve(written))

    def test_say_when_accents_were_left_out(self) -> None:
        assert geography.resolve("Mũi Né")[0].reason == "name"
        assert geography.resolve("mui ne")[0].reason == "name_folded"
        assert geography.resolve("xa ta nung, da lat")[0].reason == "old_ward_folded"

    def test_read_the_same_in_both_forms_of_unicode(self) -> None:
        written = "Phường Nam Gia Nghĩa"

        assert geography.resolve(written) == geography.resolve(
            unicodedata.normalize("NFD", written)
        )


TONES = {"\u0301": "s1", "\u0300": "f2", "\u0309": "r3", "\u0303": "x4", "\u0323": "j5"}
VNI_MARKS = {"\u0302": "6", "\u031b": "7", "\u0306": "8"}
LETTERS = "abcdeghiklmnopqrstuvxy"


def telex(text: str) -> str:
    """As a keyboard that is switched off would leave it, with the tone behind each word."""
    return re.sub(r"[^\W\d_]+", lambda word: _telex(word[0]), unicodedata.normalize("NFC", text))


def _telex(word: str) -> str:
    typed = tone = ""
    for letter in unicodedata.normalize("NFD", word):
        if letter in "đĐ":
            typed += "dd"
        elif letter == "\u0302":
            typed += typed[-1].lower()
        elif letter in VNI_MARKS:
            typed += "w"
        elif letter in TONES:
            tone = TONES[letter][0]
        else:
            typed += letter
    return typed + tone


def vni(text: str) -> str:
    """The same in the figures of VNI, each behind its vowel."""
    marks = VNI_MARKS | {mark: signs[1] for mark, signs in TONES.items()}
    signs = marks | {"đ": "d9", "Đ": "D9"}
    return "".join(signs.get(each, each) for each in unicodedata.normalize("NFD", text))


def slipped(name: str, chance: random.Random) -> str:
    """One letter left out, put in, wrong, or in the place of its neighbour."""
    at, letter = chance.randrange(1, len(name)), chance.choice(LETTERS)
    before, after = name[:at], name[at:]
    return chance.choice(
        [
            before + after[1:],
            before + letter + after,
            before + letter + after[1:],
            before[:-1] + after[0] + before[-1] + after[1:],
        ]
    )


def asked_or_right(written: str, meant: geography.Unit) -> bool:
    """Whether the answer is the unit, or a question in which it stands."""
    found = geography.resolve(written)
    if geography.ambiguous(found):
        return meant in [candidate.unit for candidate in found]
    return bool(found) and found[0].unit == meant


class TestKeyboards:
    def test_write_what_they_leave_when_they_are_off(self) -> None:
        assert telex("Phường Đà Lạt") == "Phuwowngf ddaf Latj"
        assert vni("Phường Đà Lạt") == "Phu7o72ng D9a2 La5t"

    @pytest.mark.parametrize("keyboard", [telex, vni])
    @pytest.mark.parametrize("unit", geography.units(), ids=lambda unit: unit.code)
    def test_leave_new_names_readable(
        self, unit: geography.Unit, keyboard: Callable[[str], str]
    ) -> None:
        assert asked_or_right(keyboard(f"{unit.name}, Lâm Đồng"), unit)

    @pytest.mark.parametrize("keyboard", [telex, vni])
    @pytest.mark.parametrize("written", sorted(OLD_WARDS))
    def test_leave_old_names_readable(self, written: str, keyboard: Callable[[str], str]) -> None:
        assert asked_or_right(keyboard(written), OLD_WARDS[written][0].now)

    def test_that_are_off_seldom_make_anybody_ask(self) -> None:
        asked = [
            written
            for written in OLD_WARDS
            if geography.ambiguous(geography.resolve(telex(written)))
        ]

        assert len(asked) < len(OLD_WARDS) / 6


class TestSlips:
    @pytest.mark.parametrize("written", sorted(OLD_WARDS))
    def test_of_one_letter_never_lead_astray_in_silence(self, written: str) -> None:
        chance = random.Random(written)
        ward = OLD_WARDS[written][0]
        kind, name = re.fullmatch(r"(Thị trấn|Phường|Xã|Đặc khu) (.+)", ward.name).groups()  # type: ignore[union-attr]
        if len(name) < 4:
            return  # a figure with a slip is another figure
        for wrong in (slipped(name, chance) for _ in range(3)):
            found = geography.resolve(f"{kind} {wrong}, {ward.district}")

            is_a_name = "".join(fold(wrong).split()) in index().names
            assert is_a_name or geography.ambiguous(found) or found[0].unit == ward.now

    @pytest.mark.parametrize(
        ("written", "code", "reason"),
        [
            ("Xã Dii Linh", "25000", "name_near"),
            ("Phường Xuân Hươnng, Đà Lạt", "24781", "name_near"),
            ("Thị trấn Liên Nghĩaa", "24958", "old_ward_near"),
        ],
    )
    def test_are_told(self, written: str, code: str, reason: str) -> None:
        found = geography.resolve(written)

        assert (found[0].unit.code, found[0].reason) == (code, reason)

    def test_between_two_names_are_asked_about(self) -> None:
        found = geography.resolve("Xã Tân Hàa")

        assert {"23236", "24916"} <= {candidate.unit.code for candidate in found}
        assert geography.ambiguous(found)

    @pytest.mark.parametrize("written", ["cafe nhà tôi", "Hà Nội", "phố Huế"])
    def test_do_not_make_a_place_of_ours_of_everything(self, written: str) -> None:
        assert geography.resolve(written) == []


class TestOtherTexts:
    @pytest.mark.parametrize(
        "written", ["", " ", ",", "Hà Nội", "Quận 1, Sài Gòn", "số 2", "\x00", "𝓓𝓪", "chợ"]
    )
    def test_name_no_place_of_ours(self, written: str) -> None:
        assert geography.resolve(written) == []
        assert not geography.ambiguous([])

    @pytest.mark.parametrize("seed", ["x", "xã tân hà ", "ấ'Đ,1", "\u0301", "phường 1 ", "\ud7ff"])
    def test_of_ten_thousand_characters_cost_little(self, seed: str) -> None:
        text = (seed * 10_000)[:10_000]
        geography.resolve("a")

        since = time.perf_counter()
        found = geography.resolve(text)

        assert time.perf_counter() - since < 0.2
        assert len(found) <= 124

    def test_trust_is_a_share_and_the_best_come_first(self) -> None:
        for written in [*OLD_WARDS, "Đức Trọng", "Phường 1", "xã tân hà bình thuận"]:
            trusts = [candidate.confidence for candidate in geography.resolve(written)]

            assert sorted(trusts, reverse=True) == trusts
            assert all(0 < trust <= 1 for trust in trusts)

"""A reader is served in the nearest language they asked for, and in Vietnamese at last."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from translations.languages import (
    HEADER_MAX,
    REGISTRY,
    chain,
    lookup,
    offered,
)

anything = st.none() | st.text(max_size=60) | st.sampled_from(sorted(REGISTRY))
header_like = st.text(alphabet="vienkpmcjChamLatn-,;q=0.159* \t\0é", max_size=200)


def accepted(header):
    return chain(explicit=None, preferred=None, accept=header)


class TestLookup:
    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ("vi", "vi"),
            ("vi-VN", "vi"),
            ("VI-vn", "vi"),
            ("en-GB-oxendict", "en"),
            ("kpm-Latn-VN", "kpm"),
            ("cjm-Cham-VN", "cjm-Cham"),
            ("CJM-latn", "cjm-Latn"),
            ("en-x-private", "en"),
            ("vi-u-nu-latn", "vi"),
            ("yue-Hant-HK", "yue-Hant"),
            ("cjm", None),  # which script is not for us to guess
            ("tyh", None),  # O'du, not Tày
            ("fr", None),
            ("", None),
            ("-", None),
            ("x-vi", None),
        ],
    )
    def test_cuts_the_tag_from_its_end(self, wanted, found):
        assert lookup(wanted) == found

    def test_drops_a_single_letter_together_with_what_it_opened(self):
        assert lookup("en-a-b-c-d") == "en"


class TestAcceptLanguage:
    def test_orders_by_weight_and_keeps_the_order_of_equals(self):
        assert accepted("en;q=0.5, kpm, rad, cma;q=0.9") == ("kpm", "rad", "cma", "en", "vi")

    def test_leaves_out_what_is_refused(self):
        assert accepted("en;q=0, kpm;q=0.000, rad;q=0.001") == ("rad", "vi")

    @pytest.mark.parametrize(
        "malformed",
        [
            "en;q=1.5",
            "en;q=-1",
            "en;q=",
            "en;q=x",
            "en;level=1",
            "e n",
            "en_GB",
            "tiếng",
            "é",
            "-en",
        ],
    )
    def test_skips_a_malformed_range_and_reads_the_rest(self, malformed):
        assert accepted(f"{malformed}, rad;q=0.1") == ("rad", "vi")

    @pytest.mark.parametrize(
        "garbage",
        ["a" * 8192, "," * 8192, "en-" * 2731, ";q=" * 2731, "\0é;" * 2731, "en, " * 2048],
    )
    def test_survives_eight_kilobytes_of_garbage(self, garbage):
        assert accepted(garbage)[-1] == "vi"

    def test_does_not_misread_the_range_that_its_bound_cuts_through(self):
        header = "rad, " + " " * (HEADER_MAX - 7) + "en-GB"

        assert accepted(header) == ("rad", "vi")


class TestChain:
    @pytest.mark.parametrize(
        ("header", "tags"),
        [
            ("vi-VN,vi;q=0.9,en;q=0.8", ("vi",)),
            ("en-US,en;q=0.9", ("en", "vi")),
            ("fr, de;q=0.5", ("vi",)),
            ("kpm, en;q=0.5", ("kpm", "en", "vi")),
            ("cjm-Cham-VN,vi;q=.5", ("cjm-Cham", "vi")),
            ("cjm-Cham-VN,vi;q=0.5,en;q=0.4", ("cjm-Cham", "vi")),
            ("en;q=0, rad", ("rad", "vi")),
            ("en-GB, en;q=0", ("vi",)),
            ("*", ("vi",)),
            ("en, *;q=0.1", ("en", "vi")),
            ("vi;q=0, *", ("en", "vi")),
            ("*;q=0", ("vi",)),
            ("", ("vi",)),
            (None, ("vi",)),
        ],
    )
    def test_follows_the_header(self, header, tags):
        assert accepted(header) == tags

    def test_the_address_goes_before_the_setting_and_that_before_the_header(self):
        assert chain(explicit="en", preferred="kpm", accept="rad") == ("en", "vi")
        assert chain(explicit=None, preferred="kpm", accept="en") == ("kpm", "vi")

    def test_an_explicit_vietnamese_is_not_overruled(self):
        assert chain(explicit="vi", preferred="en", accept="en") == ("vi",)

    @pytest.mark.parametrize("unknown", ["fr", "", "../../etc", "en_GB", "x" * 9000, "\0", "*"])
    def test_an_unknown_wish_falls_through(self, unknown):
        assert chain(explicit=unknown, preferred=unknown, accept="en") == ("en", "vi")

    def test_a_setting_may_name_several_languages_in_order(self):
        assert chain(explicit=None, preferred="cje, kpm", accept="en") == ("cje", "kpm", "vi")

    @given(explicit=anything, preferred=anything, accept=anything | header_like)
    def test_always_ends_in_vietnamese_and_names_no_language_twice(
        self, explicit, preferred, accept
    ):
        tags = chain(explicit=explicit, preferred=preferred, accept=accept)

        assert tags[-1] == "vi"
        assert len(tags) == len(set(tags))
        assert set(tags) <= set(REGISTRY)


class TestRegistry:
    def test_offers_only_the_complete_languages(self):
        assert [language.tag for language in offered()] == ["vi", "en"]

    def test_invents_no_name_for_a_language_that_has_no_speaker_with_us_yet(self):
        planned = [language for language in REGISTRY.values() if language.status == "planned"]

        assert len(planned) == 13
        assert not any(language.autonym for language in planned)
        assert all(language.name_vi for language in planned)
        assert {("vi",)} == {language.fallbacks for language in planned}

"""A message is found by its key, in the best language that has it, with its facts filled in."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from translations import (
    Amount,
    Measure,
    MissingParameter,
    UnknownMessage,
    messages,
    text,
)
from translations.catalogues import catalogue
from translations.languages import REGISTRY

VI, EN, KPM = ("vi",), ("en", "vi"), ("kpm", "vi")


@pytest.fixture
def say(monkeypatch):
    """The facts written in the message `{it}` of an otherwise empty catalogue."""
    words = {
        "vi": {"it": "{it}", "braces": "{{{it}}}"},
        "en": {"it": "{it}"},
    }
    monkeypatch.setattr(
        messages,
        "find",
        lambda languages, key: next(
            (words[tag][key], tag) for tag in languages if key in words.get(tag, {})
        ),
    )
    return lambda languages, it, key="it": text(languages, key, it=it)


class TestText:
    def test_is_in_the_first_language_that_has_it(self):
        assert text(VI, "day.today") == "hôm nay"
        assert text(EN, "day.today") == "today"
        assert text(KPM, "day.today") == "hôm nay"

    def test_fills_in_the_facts(self):
        assert text(VI, "price.per_unit", price="9", unit="kg") == "9/kg"

    def test_takes_facts_of_any_name(self, say):
        say(VI, "x")
        assert text(VI, "it", it="x", key="k", languages="l") == "x"

    def test_does_not_read_a_fact_as_a_template(self, say):
        assert say(VI, "{it} {0} {__class__}") == "{it} {0} {__class__}"
        assert say(VI, "x", key="braces") == "{x}"

    def test_refuses_a_key_that_nobody_has(self):
        with pytest.raises(UnknownMessage):
            text(EN, "no.such.key")

    def test_refuses_a_missing_fact(self):
        with pytest.raises(MissingParameter, match="retry_after_seconds"):
            text(VI, "error.too_many.detail")

    def test_ignores_a_fact_that_the_message_does_not_name(self):
        assert text(VI, "day.today", unused=object()) == "hôm nay"

    def test_refuses_a_language_outside_the_registry(self):
        with pytest.raises(LookupError):
            text(("../vi",), "day.today")


class TestFacts:
    @pytest.mark.parametrize(
        ("fact", "vietnamese", "english"),
        [
            ("K'Ho", "K'Ho", "K'Ho"),
            (1234, "1.234", "1,234"),
            (Decimal("1.5"), "1,5", "1.5"),
            (Amount(180_000), "180.000\u00a0₫", "180,000\u00a0₫"),
            (date(2026, 11, 28), "28/11/2026", "28 Nov 2026"),
            (datetime(2026, 11, 28, 0, 5, tzinfo=UTC), "07:05 28/11/2026", "28 Nov 2026, 07:05"),
            (["a", 1000], "a, 1.000", "a, 1,000"),
            (UUID(int=7), str(UUID(int=7)), str(UUID(int=7))),
        ],
    )  # fmt: skip
    def test_are_written_in_the_language_served(self, say, fact, vietnamese, english):
        assert say(VI, fact) == vietnamese
        assert say(EN, fact) == english

    def test_of_a_fallback_are_written_in_the_fallback(self, say):
        assert say(("kpm", "en", "vi"), 1234) == "1,234"

    def test_name_their_unit_in_the_language_served(self):
        measured = Measure(1500, 3, "LTR")

        assert text(VI, "price.per_unit", price="9", unit=measured) == "9/1,5 lít"
        assert text(EN, "price.per_unit", price="9", unit=measured) == "9/1.5 litres"

    @pytest.mark.parametrize("fact", [None, True, 1.5, b"x", {}, object()])
    def test_that_no_reader_could_read_are_refused(self, say, fact):
        with pytest.raises(TypeError):
            say(VI, fact)


class TestTheCore:
    def test_names_every_language_of_the_registry(self):
        assert all(text(EN, f"language.{tag}") for tag in REGISTRY)

    def test_gives_each_refusal_of_a_field_a_title_and_a_sentence(self):
        keys = [key for key in catalogue("vi") if key.startswith("error.field.")]
        titles = [key for key in keys if not key.endswith(".detail")]

        assert titles
        assert set(keys) == {*titles, *(f"{key}.detail" for key in titles)}

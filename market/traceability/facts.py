"""What each step says about a lot: a few typed facts, none guessed, none with a default."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from market.errors import FieldInvalid
from market.quantity import QUANTITY_MAX
from market.traceability.models import Step

WORDS_MAX = 120


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number within its bounds."""

    least: int
    most: int
    required: bool = True


@dataclass(frozen=True, slots=True)
class Words:
    """A short line of text."""

    required: bool = True


Rule = Number | Words

RULES: Mapping[Step, Mapping[str, Rule]] = {
    Step.SOWN: {"variety": Words(required=False)},
    # Stamps that all show the same isolation days are the known lie: both are asked each time.
    Step.TREATED: {"agent": Words(), "isolation_days": Number(0, 365)},
    Step.HARVESTED: {},
    Step.WEIGHED: {"value": Number(0, QUANTITY_MAX)},
    Step.PACKED: {"boxes": Number(1, 100_000)},
    Step.HANDED_OVER: {"to": Words()},
}


def read(step: Step, given: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a step, checked one by one; raises FieldInvalid naming the first wrong one."""
    rules = RULES[step]
    for name in given:
        if name not in rules:
            raise _invalid(name, "field.unknown")
    facts = {name: _read(name, rule, given.get(name)) for name, rule in rules.items()}
    return {name: value for name, value in facts.items() if value is not None}


def _read(name: str, rule: Rule, value: Any) -> int | str | None:
    if value is None:
        if rule.required:
            raise _invalid(name, "field.required")
        return None
    return _number(name, rule, value) if isinstance(rule, Number) else _words(name, value)


def _number(name: str, rule: Number, value: Any) -> int:
    if type(value) is not int:
        raise _invalid(name, "field.not_an_integer")
    if value < rule.least:
        raise _invalid(name, "field.too_small", least=rule.least)
    if value > rule.most:
        raise _invalid(name, "field.too_large", most=rule.most)
    return value


def _words(name: str, value: Any) -> str:
    if type(value) is not str:
        raise _invalid(name, "field.wrong_type")
    text = unicodedata.normalize("NFC", value).strip()
    if not text.isprintable():
        raise _invalid(name, "field.bad_character")
    if not text:
        raise _invalid(name, "field.too_short", least=1)
    if len(text) > WORDS_MAX:
        raise _invalid(name, "field.too_long", most=WORDS_MAX)
    return text


def _invalid(name: str, reason: str, **numbers: int) -> FieldInvalid:
    return FieldInvalid(field=f"facts.{name}", reason=reason, **numbers)

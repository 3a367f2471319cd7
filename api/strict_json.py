"""One JSON object out of untrusted bytes, or a refusal that names what is wrong with them."""

import math
import re
from json import JSONDecodeError, JSONDecoder
from typing import Any, NoReturn

from api.errors import Malformed

DEPTH_MAX = 32
INTEGER_DIGITS_MAX = 16  # far above every honest number, far inside 64 bits
FRACTION_CHARACTERS_MAX = 40


class BadJson(Malformed):
    """The body is no JSON in UTF-8."""

    code = "json.malformed"


class NotAnObject(Malformed):
    """The body is JSON, but not an object."""

    code = "json.not_an_object"


class TooDeep(Malformed):
    """Objects and lists nest deeper than `depth_max`."""

    code = "json.too_deep"


class DuplicateKey(Malformed):
    """An object names `key` twice, so that two readers could read two things."""

    code = "json.duplicate_key"


class BadNumber(Malformed):
    """A number is too long, infinite or not a number."""

    code = "json.bad_number"


class BadCharacter(Malformed):
    """A text holds NUL or half a surrogate pair, which no database of ours can keep."""

    code = "json.bad_character"


def load(body: bytes) -> dict[str, Any]:
    """The one object of the body; raises a `Malformed` naming the first thing wrong."""
    _refuse_depth(body)
    try:
        value = _DECODER.decode(body.decode())
    except (UnicodeDecodeError, JSONDecodeError):
        raise BadJson from None
    if type(value) is not dict:
        raise NotAnObject
    if b"\\u" in body:  # only an escape can still bring in what UTF-8 and strict JSON refuse
        _refuse_characters(value)
    return value


def is_clean(text: str) -> bool:
    """Whether the text can be kept: no NUL and no half of a surrogate pair."""
    return _UNKEEPABLE.search(text) is None


def _refuse_depth(body: bytes) -> None:
    if body.count(b"[") + body.count(b"{") <= DEPTH_MAX:
        return
    depth = 0
    for token in _NESTING.finditer(body):
        first = body[token.start()]
        if first in b"[{":
            depth += 1
        elif first in b"]}":
            depth -= 1
        if depth > DEPTH_MAX:
            raise TooDeep(depth_max=DEPTH_MAX)


def _refuse_characters(value: Any) -> None:
    if isinstance(value, str):
        if not is_clean(value):
            raise BadCharacter
    elif isinstance(value, list):
        for item in value:
            _refuse_characters(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_characters(key)
            _refuse_characters(item)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise DuplicateKey(key=key[:80] if is_clean(key) else "")
            seen.add(key)
    return value


def _integer(literal: str) -> int:
    if len(literal.lstrip("-")) > INTEGER_DIGITS_MAX:
        raise BadNumber(digits_max=INTEGER_DIGITS_MAX)
    return int(literal)


def _fraction(literal: str) -> float:
    value = float(literal) if len(literal) <= FRACTION_CHARACTERS_MAX else math.inf
    if math.isinf(value):
        raise BadNumber(digits_max=INTEGER_DIGITS_MAX)
    return value


def _constant(_literal: str) -> NoReturn:
    raise BadNumber(digits_max=INTEGER_DIGITS_MAX)


_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
# A string runs to its closing quote or to the end, so that the scan stays linear.
_NESTING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)
_DECODER = JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
)

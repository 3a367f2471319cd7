"""One JSON object out of untrusted bytes, or a refusal that names what is wrong with them."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate, chain
from json import JSONDecodeError, JSONDecoder
from typing import Any, NoReturn

from api.errors import Malformed

DEPTH_MAX = 32
INTEGER_DIGITS_MAX = 16  # far above every honest number, far inside 64 bits
FRACTION_CHARACTERS_MAX = 40


class BadJson(Malformed, code="json.malformed"):
    """The body is no JSON in UTF-8."""


class NotAnObject(Malformed, code="json.not_an_object"):
    """The body is JSON, but not an object."""


class TooDeep(Malformed, code="json.too_deep"):
    """Objects and lists nest deeper than `depth_max`."""


class DuplicateKey(Malformed, code="json.duplicate_key"):
    """An object names `key` twice, so that two readers could read two things."""


class BadNumber(Malformed, code="json.bad_number"):
    """A number is too long, infinite or not a number."""


class BadCharacter(Malformed, code="json.bad_character"):
    """A text holds NUL or half a surrogate pair, which no database of ours can keep."""


def load(body: bytes) -> dict[str, Any]:
    """The one object of the body; raises a `Malformed` naming the first thing wrong."""
    _refuse_depth(body)
    try:
        value = _DECODER.decode(body.decode())
    except (UnicodeDecodeError, JSONDecodeError):
        raise BadJson from None
    if type(value) is not dict:
        raise NotAnObject
    # Only an escape can still bring in what UTF-8 and strict JSON refuse.
    if b"\\u" in body and not all(map(is_clean, _texts(value))):
        raise BadCharacter
    return value


def is_clean(text: str) -> bool:
    """Whether the text can be kept: no NUL and no half of a surrogate pair."""
    return _UNKEEPABLE.search(text) is None


def _refuse_depth(body: bytes) -> None:
    if body.count(b"[") + body.count(b"{") > DEPTH_MAX:
        steps = (1 if sign in b"[{" else -1 for sign in _NO_BRACKET.sub(b"", body))
        if max(accumulate(steps)) > DEPTH_MAX:
            raise TooDeep(depth_max=DEPTH_MAX)


def _texts(value: Any) -> Iterator[str]:
    """All texts in what was read, the names of members too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _texts([*value, *value.values()])
    elif isinstance(value, list):
        yield from chain.from_iterable(map(_texts, value))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        ((key, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise DuplicateKey(key=key[:80] if is_clean(key) else "")
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
_NO_BRACKET = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?|[^\[\]{}"]+', re.DOTALL)
_DECODER = JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
)

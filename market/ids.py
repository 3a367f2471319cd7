"""Names for things: ids that sort by time, codes that people can read aloud, secrets."""

import base64
import hashlib
import itertools
import re
import secrets
import threading
import time
from uuid import UUID

from market.errors import existing

# Crockford's base 32: the digits and letters without I, L, O and U.
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 10

_TAIL_BITS = 74  # what RFC 9562 §5.7 leaves to chance in a version 7 id
_LOW_BITS = 62  # the part of the tail behind the variant
_STEP_BITS = 48  # wide enough that two forked processes do not walk in step


def uuid7() -> UUID:
    """A time-ordered id (RFC 9562 version 7), greater than every one before it in this process."""
    stamp, tail = divmod(_made.after(time.time_ns() // 1_000_000), 1 << _TAIL_BITS)
    high, low = divmod(tail, 1 << _LOW_BITS)
    return UUID(int=stamp << 80 | 0x7 << 76 | high << 64 | 0b10 << _LOW_BITS | low)


def new_code() -> str:
    """Ten characters for print and speech: nine drawn, one check character (ISO 7064 MOD 37,36).

    The check finds every single wrong character, and, because a code is drawn again where it
    would not, every swap of two neighbours.
    """
    while True:
        drawn = secrets.token_bytes(CODE_LENGTH - 1)
        body = "".join(CODE_ALPHABET[byte % len(CODE_ALPHABET)] for byte in drawn)
        code = body + check_character(body)
        if code[-1] in CODE_ALPHABET and not _hides_a_swap(code):
            return code


def normal_code(text: str) -> str | None:
    """The code as it was printed, from what was typed (O is read as 0, I and L as 1); else None."""
    code = plain_code(text)
    if len(code) != CODE_LENGTH or not set(code) <= set(CODE_ALPHABET):
        return None
    return code if code[-1] == check_character(code[:-1]) else None


def plain_code(text: str) -> str:
    """A code, or a part of one, as it was printed, from what was typed; no letters of others."""
    plain = without_gaps(text)
    return plain.upper().translate(_READ_AS) if plain.isascii() else ""


def code_of(text: str, *, what: str) -> str:
    """The code as it was printed; raises NotFound of `what` for a text that is none."""
    return existing(normal_code(text), what)


def grouped(code: str) -> str:
    """A printed code in the groups in which it is shown and read aloud: `7K3Q X9M 4T2`."""
    return f"{code[:4]} {code[4:7]} {code[7:]}"


def without_gaps(text: str) -> str:
    """The text without the spaces, dashes and dots that people and machines put into codes."""
    return _GAPS.sub("", text)


def check_character(body: str) -> str:
    """The check character of digits and capital letters after ISO 7064 MOD 37,36."""
    product = 36
    for character in body:
        product = _AFTER[product][character]
    return _CHARACTERS[(37 - product) % 36]


def secret(size_bytes: int = 16) -> str:
    """A token nobody can guess, safe in an address."""
    return secrets.token_urlsafe(size_bytes)


def in_base64(raw: bytes) -> str:
    """The bytes as text that is safe in an address."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def token_hash(token: str) -> bytes:
    """What is stored of a token that is itself random: SHA-256."""
    return hashlib.sha256(token.encode()).digest()


class _Sequence:
    """Milliseconds with a random tail behind them, always rising."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._last = 0

    def after(self, now_ms: int) -> int:
        with self._turn:
            if now_ms > self._last >> _TAIL_BITS:
                # The top bit stays free, so that a busy millisecond has room to count up.
                self._last = now_ms << _TAIL_BITS | secrets.randbits(_TAIL_BITS - 1)
            else:
                self._last += 1 + secrets.randbits(_STEP_BITS)
            return self._last


def _hides_a_swap(code: str) -> bool:
    """Whether two neighbours lead, in either order, to the same product, and so to its check."""
    product = 36
    for one, other in itertools.pairwise(code):
        swapped = _AFTER[_AFTER[product][other]][one]
        if one != other and _AFTER[_AFTER[product][one]][other] == swapped:
            return True
        product = _AFTER[product][one]
    return False


_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_AFTER = [
    {each: ((product + at) % 36 or 36) * 2 % 37 for at, each in enumerate(_CHARACTERS)}
    for product in range(37)
]
_GAPS = re.compile(r"[\s‐-―−_.-]+")
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_made = _Sequence()

"""What a ticket's QR says: a token that a phone verifies without signal (Ed25519, RFC 8032)."""

from base64 import urlsafe_b64decode
from functools import lru_cache
from typing import Any

from market.bookings import Ticket
from market.ids import in_base64, normal_code

FORM = "LD1."
SHORT = 8  # hexadecimal digits of an id that are told, the last: those are random


def token_of(secret: str, ticket: Ticket) -> str:
    """`LD1.<code>.<departure>.<start>.<unit>.<seller>.<signature of all before>`, all short.

    The start is in seconds since 1970; the signature is in base64url.
    """
    said = (ticket.code, ticket.departure_id.hex[-SHORT:], str(int(ticket.starts_at.timestamp())))
    signed = FORM + ".".join((*said, ticket.unit, ticket.seller_id.hex[-SHORT:]))
    return f"{signed}.{in_base64(_key(secret).sign(signed.encode()))}"


def public_key(secret: str) -> str:
    """The 32 bytes that verify every token, in base64url."""
    return in_base64(_key(secret).public_key().public_bytes_raw())


def shown_code(secret: str, shown: str) -> tuple[str | None, bool | None]:
    """The code that a token says, also behind the `#` of an address, or that was typed, if any.

    The second value says whether we signed it; None for a token of whose signature that is untrue.
    """
    from cryptography.exceptions import InvalidSignature

    _, form, said = shown.partition(FORM)
    if not form:
        return normal_code(shown), False
    signed, _, signature = (form + said).rpartition(".")
    try:
        raw = urlsafe_b64decode(signature + "==")
        _key(secret).public_key().verify(raw, signed.encode())
    except (InvalidSignature, ValueError):
        return None, None
    return signed.split(".")[1], True


@lru_cache(maxsize=4)
def _key(secret: str) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    derived = HKDF(SHA256(), length=32, salt=None, info=b"tickets").derive(secret.encode())
    return Ed25519PrivateKey.from_private_bytes(derived)

"""Secret links: a printed code and its seal, so that only who holds the link reads."""

import hashlib
import hmac
from uuid import UUID

from market.ids import in_base64, normal_code

SEAL_BYTES = 16  # 128 bits: no guessing
ORDER, TICKET = "order", "ticket"
ORDERS, TICKETS = "/o/", "/t/"


def sealed(key: str, purpose: str, code: str) -> str:
    """The link's secret part for a code; the same every time, so tasks can write it again."""
    return f"{code}{_seal(key, purpose, code)}"


def opened(key: str, purpose: str, secret: str) -> str | None:
    """The code under the seal, or None where the seal is not ours for this purpose."""
    code, seal = secret[:10], secret[10:]
    if normal_code(code) != code:
        return None
    right = _seal(key, purpose, code)
    return code if hmac.compare_digest(right.encode(), seal.encode("utf-8", "replace")) else None


def sealed_id(key: str, purpose: str, its_id: UUID) -> str:
    """The same for what is known by an id; its first 32 characters are the id."""
    return f"{its_id.hex}{_seal(key, purpose, its_id.hex)}"


def for_reader(key: str, path: str) -> str:
    """A path as its reader may open it: to a checkout or a ticket, kept bare, with the seal."""
    for start, purpose in ((ORDERS, ORDER), (TICKETS, TICKET)):
        code = path.removeprefix(start)
        if code != path and normal_code(code) == code:
            return start + sealed(key, purpose, code)
    return path


def _seal(key: str, purpose: str, code: str) -> str:
    digest = hmac.digest(key.encode(), f"{purpose}:{code}".encode(), hashlib.sha256)
    return in_base64(digest[:SEAL_BYTES])

"""What Stripe tells by itself: believed only with its signature over the very bytes, and fresh."""

import hashlib
import hmac
import re
from datetime import datetime

import orjson

from market.config import Settings
from market.errors import MarketError
from payments.hearing import Told

DEMO_SECRET = "whsec_demo"  # noqa: S105  of the shipped Stripe, which no public address has
TOLERANCE_SECONDS = 300  # before and after: a stamp of the future is no better than an old one


class SignatureWrong(MarketError, code="hook.signature_wrong"):
    """Nobody who knows one of the secrets signed these bytes within the last five minutes."""


class NoEvent(MarketError, code="hook.no_event"):
    """The bytes are signed, but are not an event."""


def secrets_for(settings: Settings) -> tuple[str, ...]:
    """The secrets that count now: the old and the new one while they change; empty: none."""
    return settings.stripe_hook_secrets or ((DEMO_SECRET,) if settings.demo else ())


def signature(body: bytes, *, secret: str, stamp: str) -> str:
    """What `v1` is for these bytes at that second: HMAC-SHA256 as Stripe documents it."""
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


def heard(body: bytes, header: str | None, *, secrets: tuple[str, ...], now: datetime) -> Told:
    """The notification in the bytes; raises SignatureWrong, NoEvent."""
    stamp, signatures = _parts(header or "")
    known = [signature(body, secret=each, stamp=stamp).encode() for each in secrets if each.strip()]
    matches = [hmac.compare_digest(each, given) for each in known for given in signatures]
    if not any(matches) or abs(now.timestamp() - int(stamp)) > TOLERANCE_SECONDS:
        raise SignatureWrong
    return _told(body)


def _parts(header: str) -> tuple[str, list[bytes]]:
    """The stamp and the signatures of `t=…,v1=…,v1=…`; other schemes do not count."""
    pairs = [part.partition("=")[::2] for part in header.split(",")]
    stamps = [value for name, value in pairs if name == "t" and _STAMP.fullmatch(value)]
    if len(stamps) != 1:
        raise SignatureWrong
    return stamps[0], [value.encode() for name, value in pairs if name == "v1"]


def _told(body: bytes) -> Told:
    """A charge, a refund and a dispute name their PaymentIntent; other things have none."""
    try:
        event = orjson.loads(body)
        about, names = event["data"]["object"], (event["id"], event["type"])
        is_event = event["object"] == "event"
    except (KeyError, TypeError, orjson.JSONDecodeError):
        raise NoEvent from None
    if not (is_event and isinstance(about, dict) and all(map(_is_name, names))):
        raise NoEvent
    of = about.get("id" if about.get("object") == "payment_intent" else "payment_intent")
    return Told(*names, of if _is_name(of) else None)


def _is_name(text: object) -> bool:
    return isinstance(text, str) and _NAME.fullmatch(text) is not None


_STAMP = re.compile(r"[0-9]{1,12}")
_NAME = re.compile(r"[\w.:-]{1,255}", re.ASCII)

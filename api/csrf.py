"""A form is only taken from a page that we served to the same browser."""

import hmac
import secrets
from base64 import urlsafe_b64encode

from flask import Request, g

from api import context, requests
from market.errors import Kind, MarketError

COOKIE, FIELD, HEADER = "csrf", "csrf", "X-CSRF-Token"


class CsrfMismatch(MarketError, code="csrf.mismatch", kind=Kind.FORBIDDEN):
    """The form was not sent from one of our pages in this browser."""


def token() -> str:
    """What a form of the present page carries in its field `csrf`."""
    return _seal(context.cookie(context.SESSION_COOKIE) or _anonymous())


def require(request: Request) -> None:
    """Refuse an unsafe request from another site; raises CsrfMismatch."""
    if not _is_from_here(request):
        raise CsrfMismatch
    bound_to = context.cookie(context.SESSION_COOKIE) or context.cookie(COOKIE)
    given = request.headers.get(HEADER) or dict(requests.form_of(request)).get(FIELD, "")
    if not bound_to or not hmac.compare_digest(given.encode(), _seal(bound_to).encode()):
        raise CsrfMismatch


def _anonymous() -> str:
    kept = context.cookie(COOKIE)
    if kept:
        return kept
    if g.csrf_secret is None:
        g.csrf_secret = secrets.token_urlsafe(16)
    return str(g.csrf_secret)


def _seal(cookie: str) -> str:
    key = context.settings().secret_key.encode()
    return urlsafe_b64encode(hmac.digest(key, b"csrf:" + cookie.encode(), "sha256")[:18]).decode()


def _is_from_here(request: Request) -> bool:
    """Browsers name the page that sends: another site's, or none that can be named, is refused."""
    origin = request.headers.get("Origin")
    if origin is None:
        return request.headers.get("Sec-Fetch-Site", "same-origin") != "cross-site"
    settings = context.settings()
    here = {settings.public_url.rstrip("/")}
    if settings.local:
        here.add(f"http://{request.host}")
    return origin in here

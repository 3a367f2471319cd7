"""What surrounds every request: the right host, a bounded rhythm, and the browser's guard rails."""

import re
from collections.abc import Callable, Iterable
from random import getrandbits
from typing import Any
from urllib.parse import urlsplit

from flask import Request, Response

from api.errors import Malformed
from api.operations import SAFE_METHODS
from api.throttling import Throttle, address_of, throttle_for
from market import tables
from market.config import Settings
from market.limits import TooMany

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})  # asked for by address, not by name
WRITES_SHARE = 4  # a write costs as much as four readings
_HEADERS = tables.words("api", "headers.json")  # of browsers' guard rails, and of CORS
POLICY = "; ".join(_HEADERS["policy"])
CARD_POLICY = "; ".join((POLICY, *_HEADERS["card_page"]["policy"]))  # of Stripe's own form
REQUEST_ID = "market.request_id"  # where the WSGI environment holds the name of the request


class UnknownHost(Malformed, code="host.unknown"):
    """The request was meant for another host than this market."""


class Guard:
    """What is checked before anything else of a request is looked at."""

    def __init__(self, settings: Settings) -> None:
        self._hosts = hosts_of(settings)
        self._local = settings.local
        self._limit = settings.requests_per_minute
        self._spared = ("127.0.0.1", "::1") if settings.demo else ()
        self._throttle: Throttle = throttle_for(settings.redis_url)

    def admit(self, request: Request) -> None:
        """Let the request in; raises UnknownHost, TooMany."""
        environ = request.environ
        host: str = environ.get("HTTP_HOST", "")
        if host not in self._hosts and not self._is_known(host) and request.path not in PROBES:
            raise UnknownHost
        if self._limit:
            self._refuse_haste(environ)

    def _is_known(self, host: str) -> bool:
        """The same host in capitals, or this machine on whatever port."""
        name = host.lower()
        if name in self._hosts:
            return True
        machine, _, port = name.rpartition(":")
        return self._local and machine in LOOPBACK and port.isdecimal()

    def _refuse_haste(self, environ: dict[str, Any]) -> None:
        reads = environ["REQUEST_METHOD"] in SAFE_METHODS
        limit = self._limit if reads else max(1, self._limit // WRITES_SHARE)
        address = address_of(environ, local=self._local)
        if environ["PATH_INFO"].startswith("/octo/") and address in self._spared:
            return  # a reseller's program tries the demo out as fast as it can
        seconds = self._throttle.wait(f"{'r' if reads else 'w'}:{address}", limit)
        if seconds:
            raise TooMany(retry_after_seconds=seconds)


def hosts_of(settings: Settings) -> frozenset[str]:
    """The `Host` headers that mean this market."""
    public = urlsplit(settings.public_url).netloc.lower()
    return frozenset({public, *LOOPBACK} if settings.local else {public})


def with_headers(application: Wsgi, settings: Settings) -> Wsgi:
    """The application, each of whose answers has a name and tells browsers to be careful.

    A view that needs a stricter policy sets its own; browsers then keep to both. The page with
    Stripe's form has another one instead.
    """
    headers = {"Content-Security-Policy": POLICY} | _HEADERS["every_answer"]
    headers |= _HEADERS["over_https"] if settings.public_url.startswith("https:") else {}

    def guarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        name = environ[REQUEST_ID] = _request_id(environ.get("HTTP_X_REQUEST_ID", ""))

        def start(status: str, given: list[tuple[str, str]], *error: Any) -> Any:
            policy = "Content-Security-Policy"
            own = {policy} if (policy, CARD_POLICY) in given else set()
            ours = [each for each in headers.items() if each[0] not in own]
            return start_response(status, [*given, ("X-Request-Id", name), *ours], *error)

        return application(environ, start)

    return guarded


def _request_id(given: str) -> str:
    """The caller's name for the request, if it is a plain word, or a new one."""
    return given if given and _REQUEST_ID.fullmatch(given) else f"{getrandbits(96):024x}"


def share(request: Request, response: Response, origins: tuple[str, ...]) -> None:
    """Let scripts of the listed origins use the API (with tokens: cookies are never shared)."""
    origin = request.environ.get("HTTP_ORIGIN")
    response.headers.add("Vary", "Origin")
    if origin not in origins:
        return
    headers = response.headers
    headers["Access-Control-Allow-Origin"] = origin
    headers.update(_HEADERS["shared"])
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        headers["Access-Control-Allow-Methods"] = headers.get("Allow", "")
        headers.update(_HEADERS["asked"])


_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

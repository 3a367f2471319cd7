"""Fetching from addresses that strangers gave: https alone, public hosts alone, all of it bounded.

A name is resolved once for each request, and the connection goes to the very address that was
checked, with the certificate of the name.
"""

import io
import re
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from ipaddress import ip_address, ip_network
from threading import Thread
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

PORT, URL_MAX = 443, 2_000
SECONDS, REDIRECTS_MAX, BODY_BYTES_MAX = 10, 3, 2 * 1024 * 1024
FAILURES = ("address", "unreachable", "slow", "redirects", "status", "large")
MOVED = frozenset({301, 302, 303, 307, 308})
_URL = re.compile(r"https://[!-~]+", re.IGNORECASE)
_TAG = re.compile(r'(?:W/)?"[!#-~]{0,200}"')
_UNICAST = ip_network("2000::/3")  # all that IANA gave out; what maps or translates IPv4 is outside
# Public by their look, but they may lead to any IPv4 address: Teredo and its kin, 6to4 and its way.
_TUNNELS = tuple(map(ip_network, ("2001::/23", "2002::/16", "192.88.99.0/24")))


class Unfetched(Exception):
    """Nothing was brought; `code` is one of the `FAILURES`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Fetched(NamedTuple):
    """What was brought, with its entity tag; no body where it is as it was at the tag given."""

    body: bytes | None
    etag: str | None


def is_public(address: str) -> bool:
    """Whether the address is of a host of the open internet."""
    its = ip_address(address)
    hidden = its.is_multicast or any(its in each for each in _TUNNELS)
    return its.is_global and not hidden and (its.version == 4 or its in _UNICAST)  # noqa: PLR2004


def host_of(url: str) -> str:
    """The host of an address that may be fetched; Unfetched for any other address."""
    try:
        parts = urlsplit(url)
        sound = _URL.fullmatch(url) and len(url) <= URL_MAX and parts.port in {None, PORT}
    except ValueError:
        sound = None
    if not sound or not parts.hostname or "@" in parts.netloc:
        raise Unfetched("address")
    return parts.hostname


def addresses_of(host: str) -> Sequence[str]:
    """What the name stands for now, as the system resolves it."""
    return [str(each[4][0]) for each in socket.getaddrinfo(host, PORT, type=socket.SOCK_STREAM)]


def dial(address: str, host: str, deadline: float, port: int = PORT) -> socket.socket:
    """A TLS connection to this very address, which proves to be the host's."""
    plain = socket.create_connection((address, port), timeout=_left(deadline))
    try:
        plain.settimeout(_left(deadline))
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except OSError:
        plain.close()
        raise


@dataclass(frozen=True)
class Fetcher:
    """Fetches; how names are resolved and connections made can be put in its place by tests."""

    resolve: Callable[[str], Sequence[str]] = addresses_of
    dial: Callable[[str, str, float], socket.socket] = dial

    def fetch(self, url: str, *, etag: str | None = None, accept: str = "*/*") -> Fetched:
        """What stands at the address, within ten seconds in all; raises Unfetched."""
        deadline = monotonic() + SECONDS
        headers = f"Accept: {accept}\r\n" + (f"If-None-Match: {etag}\r\n" if etag else "")
        try:
            for _ in range(REDIRECTS_MAX + 1):
                answer, body = self._ask(url, headers, deadline)
                if answer.status not in MOVED:
                    return _taken(answer, body, etag)
                url = urljoin(url, answer.headers.get("Location", ""))
        except TimeoutError:
            raise Unfetched("slow") from None
        except (OSError, HTTPException, ValueError):
            raise Unfetched("unreachable") from None
        raise Unfetched("redirects")

    def _ask(self, url: str, headers: str, deadline: float) -> tuple[HTTPResponse, bytes]:
        host, parts = host_of(url), urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        head = f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept-Encoding: identity\r\n"
        with closing(self._connected(host, deadline)) as connection:
            connection.settimeout(_left(deadline))
            connection.sendall(f"{head}{headers}Connection: close\r\n\r\n".encode())
            wire: Any = _Wire(connection, deadline)
            answer = HTTPResponse(wire, method="GET")
            answer.begin()
            wanted = answer.status == HTTPStatus.OK
            return answer, answer.read(BODY_BYTES_MAX + 1) if wanted else b""

    def _connected(self, host: str, deadline: float) -> socket.socket:
        """A connection to one of the host's addresses, if all of them are public."""
        found: list[str] = []
        resolving = Thread(target=_collect, args=(self.resolve, host, found), daemon=True)
        resolving.start()
        resolving.join(_left(deadline))  # resolvers have no time-out of their own
        if not all(map(is_public, found)):
            raise Unfetched("address")
        for address in found[:-1]:
            with suppress(OSError):
                return self.dial(address, host, deadline)
        _left(deadline)
        if not found:
            raise Unfetched("unreachable")
        return self.dial(found[-1], host, deadline)


class _Wire(io.RawIOBase):
    """A connection that is read until a moment and no longer, however slowly it drips."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection, self._deadline = connection, deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(_left(self._deadline))
        return self._connection.recv_into(buffer)


def _left(deadline: float) -> float:
    """The seconds until the moment; raises TimeoutError when it is past."""
    left = deadline - monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _collect(resolve: Callable[[str], Sequence[str]], host: str, found: list[str]) -> None:
    with suppress(OSError, ValueError):
        found.extend(resolve(host))


def _taken(answer: HTTPResponse, body: bytes, known: str | None) -> Fetched:
    if answer.status == HTTPStatus.NOT_MODIFIED and known:
        return Fetched(None, known)
    encoding = answer.headers.get("Content-Encoding", "identity").lower()
    if answer.status != HTTPStatus.OK or encoding != "identity":
        raise Unfetched("status")
    if len(body) > BODY_BYTES_MAX:
        raise Unfetched("large")
    etag = answer.headers.get("ETag", "")
    return Fetched(body, etag if _TAG.fullmatch(etag) else None)

"""How many requests an address may make a minute: a rhythm kept in each process, or in Redis.

This spares the machine. What must never be exceeded (codes, tries, holds) is counted in the
database by `market.limits`.
"""

import logging
import re
import time
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from redis import Redis

WINDOW_SECONDS = 60
KNOWN_MAX = 50_000
REDIS_TIMEOUT_SECONDS = 0.1
REDIS_PAUSE_SECONDS = 30.0
HOUSEHOLD_BITS = 64  # of an IPv6 address


# Counts uses of a key against a limit a minute: `wait` is 0 if the use is within it and counted,
# else the seconds to wait.
Throttle: TypeAlias = "LocalThrottle | RedisThrottle"


class LocalThrottle:
    """One number for each key: when it would be at rest again (the generic cell rate algorithm).

    Two threads may both read the number before one writes it; one request too many does no harm.
    """

    def __init__(self) -> None:
        self._rest_at: dict[str, float] = {}

    def wait(self, key: str, limit: int) -> int:
        """A whole minute's requests may come at once, then each as its time comes."""
        now = time.monotonic()
        rest_at = max(self._rest_at.get(key, now), now) + WINDOW_SECONDS / limit
        excess = rest_at - now - WINDOW_SECONDS
        if excess > 0:
            return int(excess) + 1
        if len(self._rest_at) >= KNOWN_MAX:
            self._forget(now)
        self._rest_at[key] = rest_at
        return 0

    def _forget(self, now: float) -> None:
        active = {key: rest_at for key, rest_at in self._rest_at.items() if rest_at > now}
        self._rest_at = active if len(active) < KNOWN_MAX else {}


class RedisThrottle:
    """A count a minute that all processes share; while Redis is away, each counts for itself."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._local = LocalThrottle()
        self._away_until = 0.0

    def wait(self, key: str, limit: int) -> int:
        """The window is the minute of the clock."""
        if time.monotonic() < self._away_until:
            return self._local.wait(key, limit)
        minute, second = divmod(int(time.time()), WINDOW_SECONDS)
        name = f"throttle:{key}:{minute}"
        try:
            pipe = self._redis.pipeline(transaction=False)
            pipe.incr(name)
            pipe.expire(name, 2 * WINDOW_SECONDS)
            count, _ = pipe.execute()
        except Exception as error:  # noqa: BLE001  whatever fails in Redis must not fail the shop
            logging.getLogger("market").warning("redis unavailable: %s", type(error).__name__)
            self._away_until = time.monotonic() + REDIS_PAUSE_SECONDS
            return self._local.wait(key, limit)
        return WINDOW_SECONDS - second if count > limit else 0


def throttle_for(redis_url: str) -> Throttle:
    """The throttle of the settings."""
    if not redis_url:
        return LocalThrottle()
    from redis import Redis

    timeout = REDIS_TIMEOUT_SECONDS
    redis = Redis.from_url(redis_url, socket_timeout=timeout, socket_connect_timeout=timeout)
    return RedisThrottle(redis)


def address_of(environ: dict[str, Any], *, local: bool) -> str:
    """The caller's address; an IPv6 one is cut to its /64, which one household shares.

    On a public market a peer of the private network is our own reverse proxy, and the last
    address that it noted in `X-Forwarded-For` is the caller's; anything before it is hearsay.
    """
    peer = environ.get("REMOTE_ADDR") or "127.0.0.1"
    return _address(peer, None if local else environ.get("HTTP_X_FORWARDED_FOR"))


@lru_cache(maxsize=4096)
def _address(peer: str, forwarded: str | None) -> str:
    caller = _parsed(peer)
    if forwarded and caller is not None and caller.is_private:
        caller = _parsed(forwarded.rpartition(",")[2]) or caller
    if isinstance(caller, IPv6Address):
        return str(ip_network((caller, HOUSEHOLD_BITS), strict=False).network_address)
    return str(caller or peer)[:45]


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """The address, with or without the port that some proxies note with it."""
    given = _WITH_PORT.fullmatch(text.strip())
    try:
        address = ip_address(next(filter(None, given.groups())) if given else text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


_WITH_PORT = re.compile(r"\[([^]]*)\].*|([^:]*):[^:]*")

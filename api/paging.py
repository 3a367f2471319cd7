"""Lists in pages: an opaque, signed cursor that holds the sort key of the last row shown.

A cursor is good for the list and the filters that gave it and for nothing else, so a forged one,
or one of another list, is refused before it reaches a database.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

import orjson
from flask import request
from marshmallow.utils import get_value

from api.context import settings
from market.errors import MarketError

Value = int | str | UUID | datetime | date | None
Key = tuple[Value, ...]
Row = TypeVar("Row")

MAC_BYTES = 12
CURSORS_KEPT = 1024  # the first pages of lists are asked for again and again
OTHER_ARGUMENTS = {"cursor", "limit", "lang"}  # those that do not change which rows a list has


class BadCursor(MarketError, code="cursor.invalid"):
    """The cursor was not given by this list with these filters."""


def page(rows: Sequence[Row], *, limit: int, key: Callable[[Row], Key]) -> dict[str, Any]:
    """The envelope of a list out of up to `limit` + 1 rows; the one too many says there is more."""
    shown = rows[:limit]
    more = len(rows) > limit
    return {"items": shown, "next": cursor(*key(shown[-1])) if more and shown else None}


def answer(rows: Sequence[Row], query: Mapping[str, Any], *key: str) -> dict[str, Any]:
    """The envelope of the list that a `PageQuery` asked for, its sort key by name."""
    return page(rows, limit=query["limit"], key=lambda row: tuple(get_value(row, it) for it in key))


def asked() -> Any:
    """The sort key that the address of a page carries, if it does; raises BadCursor."""
    text = request.args.get("cursor")
    return key_of(text) if text else None


def onward(page: Mapping[str, Any]) -> str | None:
    """The address of the page after this one of the present list; None for the last."""
    kept = [pair for pair in request.args.items(multi=True) if pair[0] != "cursor"]
    more = page["next"]
    return more and f"{request.path}?{urlencode([*kept, ('cursor', more)])}"


def cursor(*key: Value) -> str:
    """The cursor that continues the list of the present request after this sort key."""
    return _cursor(request.path, request.query_string, settings().secret_key, key)


@lru_cache(maxsize=CURSORS_KEPT)
def _cursor(path: str, query: bytes, secret: str, key: Key) -> str:
    payload = orjson.dumps([_written(value) for value in key])
    return urlsafe_b64encode(_mac(path, query, secret, payload) + payload).rstrip(b"=").decode()


def key_of(text: str) -> Key:
    """The sort key that a cursor stands for; raises BadCursor."""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise BadCursor from None
    mac, payload = raw[:MAC_BYTES], raw[MAC_BYTES:]
    ours = _mac(request.path, request.query_string, settings().secret_key, payload)
    if not hmac.compare_digest(mac, ours):
        raise BadCursor
    return tuple(map(_read, orjson.loads(payload)))


def _mac(path: str, query: bytes, secret: str, payload: bytes) -> bytes:
    """For this list alone: its path and its filters tell it from every other."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    filters = sorted(pair for pair in pairs if pair[0] not in OTHER_ARGUMENTS)
    named = b"cursor:" + orjson.dumps([path, filters]) + b"\0" + payload
    return hmac.digest(secret.encode(), named, "sha256")[:MAC_BYTES]


def _written(value: Value) -> Any:
    """Types that JSON lacks carry a letter in front, and so do texts."""
    for letter, (kind, _) in _KINDS.items():
        if isinstance(value, kind):
            return f"{letter}{value}"
    return value


def _read(value: Any) -> Value:
    if type(value) is not str:
        return value  # type: ignore[no-any-return]  # a number or nothing, as written above
    return _KINDS[value[0]][1](value[1:])


_KINDS: dict[str, tuple[type, Callable[[str], Value]]] = {
    "s": (str, str),
    "u": (UUID, UUID),
    "t": (datetime, datetime.fromisoformat),
    "d": (date, date.fromisoformat),
}

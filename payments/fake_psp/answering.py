"""Stripe's API as a plain function (routes, keys, faults), and the real library's way to it."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from market import clock
from payments.fake_psp import intents, returns
from payments.fake_psp.books import PREFIXES, Body, Books, Refused, Unfit, opened

Answer = tuple[int, dict[str, str], bytes]
KEPT_SECONDS = 24 * 3600
KEY = "sk_test_demo"
LIST = "created limit payment_intent starting_after"


class Fault(StrEnum):
    """What becomes of a request that goes wrong."""

    ANSWER_LOST = "answer-lost"  # done, but nobody hears of it
    NEVER_ARRIVED = "never-arrived"
    BROKEN = "broken"  # 500, and again 500 for the same key, as Stripe keeps it
    AWAY = "away"  # 503
    TOO_MANY = "too-many"  # 429
    BUSY = "busy"  # 409, as while a request with the same key is being worked on


UNTOUCHED = {Fault.NEVER_ARRIVED: 0, Fault.AWAY: 503, Fault.TOO_MANY: 429, Fault.BUSY: 409}
UNANSWERED = frozenset({Fault.NEVER_ARRIVED, Fault.ANSWER_LOST})


class Route(NamedTuple):
    """One operation with its parameters; what the library knows beside them is refused."""

    method: str
    path: str
    needs: str
    takes: str
    do: Callable[[Books, str, Body], Body]


def answer(
    folder: Path, *, method: str, path: str, headers: Mapping[str, str], body: str, now: datetime
) -> Answer:
    """Status, headers and body; raises ConnectionError where a fault swallows one or the other.

    `path` has its query, `body` is a form as the library writes it.
    """
    where, _, query = path.partition("?")
    keys = [value for name, value in headers.items() if name.lower() == "idempotency-key"]
    key = keys[0] if keys and method == "POST" else ""
    with opened(folder, now) as books:
        fault = _next_fault(books, where)
        if fault in UNTOUCHED:
            status, content = _no(Refused(fault, status=UNTOUCHED[fault], kind="api_error"))
        else:
            asked = (method, where, query or body)
            do = partial(_break if fault is Fault.BROKEN else _do, books, *asked)
            status, content = _once(books, key, " ".join(asked), do)
    if fault in UNANSWERED:
        raise ConnectionError(fault)
    return status, {"Content-Type": "application/json"}, content.encode()


def http_client(folder: Path, clock: Callable[[], datetime] = clock.now) -> Any:
    """A `stripe.HTTPClient` that asks the shipped Stripe in the folder."""
    import stripe

    class InProcess(stripe.HTTPClient):
        name = "in-process"

        # What the library notes of its own use (`_usage`) is not passed on.
        def request(self, method: str, url: str, headers: Any, post_data: Any = None) -> Any:  # type: ignore[override]
            parts, verb, form = urlsplit(url), method.upper(), post_data or ""
            path, now = f"{parts.path}?{parts.query}", clock()
            try:
                status, told, body = answer(
                    folder, method=verb, path=path, headers=headers, body=form, now=now
                )
            except ConnectionError as lost:
                untyped: Any = stripe.APIConnectionError
                raise untyped(str(lost), should_retry=True) from lost
            return body, status, told

        def _sleep_time_seconds(self, num_retries: int) -> float:
            """Nobody has to be spared."""
            return 0.0 * num_retries

        def close(self) -> None:
            """Nothing is kept open."""

    return InProcess()


def _next_fault(books: Books, path: str) -> Fault | None:
    """The fault that is this request's, and one less of it."""
    row = books.file.execute(
        "UPDATE fault SET times = times - 1 WHERE number = (SELECT min(number) FROM fault"
        " WHERE times > 0 AND name <> 'lax' AND instr(?, path)) RETURNING name",
        (path,),
    ).fetchone()
    return Fault(row[0]) if row else None


def _once(books: Books, key: str, request: str, do: Callable[[], Body]) -> tuple[int, str]:
    """The first answer to a key for a day; other things asked with it are refused."""
    since = books.now.timestamp() - KEPT_SECONDS
    kept: tuple[str, int, str] | None = books.file.execute(
        "SELECT request, status, body FROM answer WHERE key = ? AND at >= ?", (key, since)
    ).fetchone()
    if kept and kept[0] != request:
        return _no(Refused("idempotency_key_reused", kind="idempotency_error"))
    if kept:
        return kept[1:]
    try:
        status, content = 200, json.dumps(do())
    except Refused as refused:
        status, content = _no(refused)
        if not refused.kept:
            return status, content
    if key:
        row = (key, request, status, content, books.now.timestamp())
        books.file.execute("INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?)", row)
    return status, content


def _no(refused: Refused) -> tuple[int, str]:
    return refused.status, json.dumps(refused.body)


def _break(*_: object) -> Body:
    raise Refused("api_error", status=500, kind="api_error")


def _do(books: Books, method: str, where: str, form: str) -> Body:
    for route in ROUTES:
        found = re.fullmatch(f"/v1/{route.path}", where)
        if found and method == route.method:
            asked = _fit(route, _read(form))
            paths = asked.pop("expand", {})
            body = route.do(books, (found.groups() or ("",))[0], asked)
            for path in paths.values():
                _expand(books, body, path)
            return body
    raise Unfit("url_unknown", status=404)


def _read(form: str) -> Body:
    """A form's values by name; `metadata[charge]` and `expand[0]` are values of values."""
    found: Body = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        head, *inner = re.findall(r"[^\[\]]+", name)
        if inner:
            found.setdefault(head, {})[inner[0]] = value
        else:
            found[head] = value
    return found


def _fit(route: Route, asked: Body) -> Body:
    needs = set(route.needs.split())
    for missing in sorted(needs - asked.keys()):
        raise Unfit("parameter_missing", param=missing)
    for unknown in sorted(asked.keys() - {"expand", *needs, *route.takes.split()}):
        raise Unfit("parameter_unknown", param=unknown)
    return asked


def _expand(books: Books, body: Body, path: str) -> None:
    """Put an object where its name stands."""
    name, _, rest = path.partition(".")
    if name == "data":
        for each in body["data"]:
            _expand(books, each, rest)
    elif isinstance(body.get(name), str):
        body[name] = books.get(body[name])
        if rest:
            _expand(books, body[name], rest)


def _page(kind: str, books: Books, _: str, asked: Body) -> Body:
    return books.page(kind, asked)


def _get(kind: str, books: Books, name: str, _: Body) -> Body:
    return books.get(name, kind)


CREATE = "allowed_payment_method_types capture_method metadata transfer_group"
ROUTES = (
    Route("POST", "payment_intents", "amount currency", CREATE, intents.create),
    Route("POST", r"payment_intents/(\w+)/capture", "", "amount_to_capture", intents.capture),
    Route("POST", r"payment_intents/(\w+)/cancel", "", "cancellation_reason", intents.cancel),
    Route("POST", "refunds", "payment_intent", "amount metadata reason", returns.refund),
    *(Route("GET", f"{kind}s", "", LIST, partial(_page, kind)) for kind in PREFIXES),
    *(Route("GET", rf"{kind}s/(\w+)", "", "", partial(_get, kind)) for kind in PREFIXES),
)

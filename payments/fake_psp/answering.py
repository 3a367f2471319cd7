"""Stripe's API as a plain function (routes, keys), and the real library's way to it."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from market import clock
from payments.fake_psp import intents
from payments.fake_psp.books import PREFIXES, Body, Books, Refused, Unfit, opened

Answer = tuple[int, str]
KEPT_SECONDS = 24 * 3600
KEY = "sk_test_demo"
LIST = "created limit payment_intent starting_after"


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
    """Status and body; `path` has its query, `body` is a form as the library writes it."""
    where, _, query = path.partition("?")
    keys = [value for name, value in headers.items() if name.lower() == "idempotency-key"]
    key = keys[0] if keys and method == "POST" else ""
    asked = (method, where, query or body)
    with opened(folder, now) as books:
        return once(books, key, " ".join(asked), partial(_do, books, *asked))


def http_client(folder: Path, clock: Callable[[], datetime] = clock.now) -> Any:
    """A `stripe.HTTPClient` that asks the shipped Stripe in the folder."""
    import stripe

    class InProcess(stripe.HTTPClient):
        name = "in-process"

        # What the library notes of its own use (`_usage`) is not passed on.
        def request(self, method: str, url: str, headers: Any, post_data: Any = None) -> Any:  # type: ignore[override]
            parts, verb, form = urlsplit(url), method.upper(), post_data or ""
            path, now = f"{parts.path}?{parts.query}", clock()
            asked: Any = {"method": verb, "path": path, "headers": headers, "body": form}
            status, body = answer(folder, **asked, now=now)
            return body, status, {"Content-Type": "application/json"}

        def _sleep_time_seconds(self, num_retries: int) -> float:
            """Nobody has to be spared."""
            return 0.0 * num_retries

        def close(self) -> None:
            """Nothing is kept open."""

    return InProcess()


def once(books: Books, key: str, request: str, do: Callable[[], Body]) -> Answer:
    """The first answer to a key for a day; other things asked with it are refused."""
    since = books.now.timestamp() - KEPT_SECONDS
    kept: Any = books.file.execute(
        "SELECT request, status, body FROM answer WHERE key = ? AND at >= ?", (key, since)
    ).fetchone()
    if kept and kept[0] != request:
        return no(Refused("idempotency_key_reused", kind="idempotency_error"))
    if kept:
        return kept[1], kept[2]
    try:
        status, content = 200, json.dumps(do())
    except Refused as refused:
        status, content = no(refused)
        if not refused.kept:
            return status, content
    if key:
        row = (key, request, status, content, books.now.timestamp())
        books.file.execute("INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?)", row)
    return status, content


def no(refused: Refused) -> Answer:
    """What is answered to what cannot be."""
    return refused.status, json.dumps(refused.body)


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
    Route("POST", "refunds", "payment_intent", "amount metadata reason", intents.refund),
    *(Route("GET", f"{kind}s", "", LIST, partial(_page, kind)) for kind in PREFIXES),
    *(Route("GET", rf"{kind}s/(\w+)", "", "", partial(_get, kind)) for kind in PREFIXES),
)

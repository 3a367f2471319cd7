"""Stripe's API as a plain function (routes, keys, faults), and the real library's way to it."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from market import clock
from payments.fake_psp import contract, faults, intents, returns
from payments.fake_psp.books import Body, Books, Refused, Unfit, opened
from payments.fake_psp.faults import Fault

Answer = tuple[int, dict[str, str], bytes]
KEPT_SECONDS = 24 * 3600
KEY = "sk_test_demo"
KINDS = [(kind, contract.class_of(kind)) for kind in contract.PREFIXES]
NEEDED = {"RefundCreate": {"payment_intent"}, "TransferCreate": {"amount", "source_transaction"}}
# What is done as asked; what the library knows beside it is refused, not passed over.
UNDERSTOOD = {
    "PaymentIntentCreate": "allowed_payment_method_types amount capture_method currency metadata"
    " transfer_group",
    "PaymentIntentCapture": "amount_to_capture",
    "PaymentIntentCancel": "cancellation_reason",
    "RefundCreate": "amount metadata payment_intent reason",
    "TransferCreate": "amount currency destination metadata source_transaction transfer_group",
    "TransferReversalCreate": "amount metadata",
    "List": "charge created limit payment_intent source starting_after transfer_group type",
}


class Route(NamedTuple):
    """One operation, and the library's class of its parameters."""

    method: str
    path: str
    parameters: str
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
        fault = faults.next_for(books, where)
        if fault in faults.UNTOUCHED:
            status, content = _no(Refused(fault, status=faults.UNTOUCHED[fault], kind="api_error"))
        else:
            asked = (method, where, query or body)
            do = partial(_break if fault is Fault.BROKEN else _do, books, *asked)
            status, content = _once(books, key, " ".join(asked), do)
    if fault in faults.UNANSWERED:
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
            asked = _fit(route.parameters, _read(form))
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


def _fit(name: str, asked: Body) -> Body:
    required, known = contract.parameters(f"{name}Params")
    understood = UNDERSTOOD["List"] if name.endswith("List") else UNDERSTOOD.get(name, "")
    for missing in sorted((required | NEEDED.get(name, set())) - asked.keys()):
        raise Unfit("parameter_missing", param=missing)
    for given in sorted(asked):
        if given not in known:
            raise Unfit("parameter_unknown", param=given)
        if given not in {"expand", *understood.split()}:
            raise Unfit("parameter_not_shipped", param=given)
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


ROUTES = (
    Route("POST", "payment_intents", "PaymentIntentCreate", intents.create),
    Route("POST", r"payment_intents/(\w+)/capture", "PaymentIntentCapture", intents.capture),
    Route("POST", r"payment_intents/(\w+)/cancel", "PaymentIntentCancel", intents.cancel),
    Route("POST", "refunds", "RefundCreate", returns.refund),
    Route("POST", "transfers", "TransferCreate", returns.transfer),
    Route("POST", r"transfers/(\w+)/reversals", "TransferReversalCreate", returns.reverse),
    *(Route("GET", f"{kind}s", f"{name}List", partial(_page, kind)) for kind, name in KINDS),
    *(Route("GET", rf"{one}s/(\w+)", f"{name}Retrieve", partial(_get, one)) for one, name in KINDS),
)

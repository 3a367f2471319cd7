"""How a request goes: admitted, understood, allowed, answered in one transaction, and noted."""

import logging
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from time import perf_counter
from typing import Any, cast

import orjson
from flask import Flask, Response, make_response
from flask.ctx import _AppCtxGlobals
from flask.globals import app_ctx, request_ctx
from flask.json.provider import JSONProvider
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from api import auth, caching, context, csrf, errors, idempotency, logs, protection, requests
from api.health import Metrics
from api.operations import Operation
from api.requests import Request
from api.unit_of_work import Unit, unit_for
from market import Actor, Database, config
from translations import spoken

READS = {"GET": "GET", "HEAD": "GET"}  # a HEAD is answered by the view of its GET
KEPT = {200, 304}
REVALIDATED = "private, no-cache"
JSON_OPTIONS = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_NON_STR_KEYS
SUCCESS = range(200, 300)


class Context(_AppCtxGlobals):
    """The request's `g`: what costs something is made when it is first asked for."""

    operation: Operation | None = None
    version: int | None = None
    cache_control: str | None = None
    csrf_secret: str | None = None
    refusal: str | None = None
    unit: Unit

    def __init__(self) -> None:
        self.started = perf_counter()

    @property
    def session(self) -> Session:
        """The session of the request's one transaction."""
        return self.unit.session

    @cached_property
    def actor(self) -> Actor:
        """Who is asking; raises Unauthenticated for a token that is none (any more)."""
        return auth.actor_of(request_ctx.request)

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The reader's languages, best first; their own setting is only asked for if it counts."""
        wished = context.wished_language()
        return context.languages_for(wished, None if wished else self.actor.language)

    @cached_property
    def saves_data(self) -> bool:
        """Whether the reader asks for the smallest pictures (`Save-Data`)."""
        return bool(request_ctx.request.headers.get("Save-Data") == "on")

    @property
    def request_id(self) -> str:
        """The name of the request in logs and answers."""
        return str(request_ctx.request.environ[protection.REQUEST_ID])


class OrJson(JSONProvider):
    """JSON by orjson: UTF-8 as it is, money and sets as the API writes them."""

    def dumps(self, obj: Any, **_: Any) -> str:
        """As text."""
        return orjson.dumps(obj, default=errors.plain, option=JSON_OPTIONS).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """From text."""
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """As an answer, without the way over text."""
        content = self._prepare_response_obj(args, kwargs)
        body = orjson.dumps(content, default=errors.plain, option=JSON_OPTIONS)
        return Response(body, mimetype="application/json")


class MarketFlask(Flask):
    """Flask with one transaction a request, and everything around it in one pass."""

    request_class = Request
    app_ctx_globals_class = Context
    json_provider_class = OrJson
    settings: config.Settings
    database: Database
    guard: protection.Guard
    metrics: Metrics
    operations: Mapping[tuple[str, str], Operation]

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself: no view of the market is a coroutine."""
        return func

    def dispatch_request(self) -> ResponseReturnValue:
        """Answer inside the error handlers, so that an error of the commit reaches them too."""
        request = cast("Request", request_ctx.request)
        self.guard.admit(request)
        requests.refuse_bad_address(request.environ)
        if request.url_rule is None:
            self.raise_routing_exception(request)
        method = READS.get(request.method, request.method)
        operation = self.operations.get((request.url_rule.endpoint, method))
        if operation is None:
            return self.make_default_options_response()
        try:
            return self._answer(request, operation)
        except idempotency.Replayed as replayed:
            return replayed.response

    def _answer(self, request: Request, operation: Operation) -> Response:
        here = _here()
        here.operation = operation
        with unit_for(self.database, operation) as unit:
            here.unit = unit
            if operation.writes:
                request.bound_body()
            auth.require(operation)
            requests.refuse_surplus(request, operation)
            claim = idempotency.claim_of(request, operation)
            if claim is not None:
                unit.opened = partial(idempotency.recall, claim)
            answer = operation.view(**(request.view_args or {}))
            response = answer if isinstance(answer, Response) else make_response(answer)
            reads = not operation.writes
            if response.status_code in SUCCESS and (reads or here.version is not None):
                caching.tag(response, version=here.version)
            if claim is not None and unit.is_open:
                idempotency.keep(claim, unit.session, response)
        return response

    def process_response(self, response: Response) -> Response:
        """Dress every answer, refusals too, and note it.

        Flask's own `process_response` is not called: it looks for hooks and a session, and the
        market has neither.
        """
        request = request_ctx.request
        here = _here()
        reads = request.method in READS
        wanted = request.environ.get("HTTP_IF_NONE_MATCH")
        if wanted is not None and reads and response.status_code in SUCCESS:
            caching.revalidate(response, wanted)
        _dress(response, here, reads=reads)
        if here.csrf_secret is not None:
            context.keep(response, csrf.COOKIE, here.csrf_secret)
        if self.settings.cors_origins:
            protection.share(request, response, self.settings.cors_origins)
        self._note(request.method, response.status_code, here)
        return response

    def log_exception(self, exc_info: Any) -> None:
        """An error that nobody foresaw, with the name under which its reader can report it."""
        facts = {"request_id": _here().request_id, "route": _route(_here())}
        logging.getLogger(logs.ROOT).error("unforeseen error", exc_info=exc_info, extra=facts)

    def _note(self, method: str, status: int, here: Context) -> None:
        route = _route(here)
        seconds = perf_counter() - here.started
        known = "other" if here.operation is None else method  # a caller can make up any word
        self.metrics.observe(known, route, status, seconds)
        facts = {"request_id": here.request_id, "method": method, "route": route, "status": status}
        logs.access(**facts, milliseconds=round(seconds * 1000, 2), refusal=here.refusal)


def _dress(response: Response, here: Context, *, reads: bool) -> None:
    """Say in which language the answer is, what it depends on, and who may keep it."""
    headers, known = response.headers, here.__dict__
    said = {name.lower() for name, _ in headers}
    if "languages" in known:
        if "content-language" not in said:
            headers.add("Content-Language", spoken(here.languages))
        vary = "Accept-Language, Cookie"
        headers.add("Vary", f"{vary}, Authorization" if "actor" in known else vary)
    elif "actor" in known:
        headers.add("Vary", "Authorization, Cookie")
    if "saves_data" in known:
        headers.add("Vary", "Save-Data")
    if "cache-control" not in said:
        kept = reads and response.status_code in KEPT
        headers.add("Cache-Control", (here.cache_control or REVALIDATED) if kept else "no-store")


def _here() -> Context:
    return cast("Context", app_ctx.g)


def _route(here: Context) -> str:
    """The route's pattern: it groups requests, and holds none of the secrets that a path may."""
    return "none" if here.operation is None else here.operation.route

"""Every refusal as RFC 9457 problem+json in the reader's language; the one table of statuses."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from flask import Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RoutingException

from api import context
from api.operations import API
from market import Money, portable
from market.errors import Busy, FieldInvalid, Kind, MarketError
from market.quantity import Quantity
from translations import Amount, Measure, formats, spoken

MEDIA_TYPE = "application/problem+json"
ERRORS_MAX = 50
FIELD_CHARACTERS_MAX = 100
PAGES = "pages"  # the blueprint that speaks to browsers

KINDS: Mapping[Kind, int] = {
    Kind.MALFORMED: 400,
    Kind.INVALID: 422,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.GONE: 410,
    Kind.STALE: 412,
    Kind.PRECONDITION_MISSING: 428,
    Kind.TOO_LARGE: 413,
    Kind.UNSUPPORTED: 415,
    Kind.TOO_MANY: 429,
    Kind.UNAVAILABLE: 503,
}
CODES: Mapping[int, str] = {status: kind.value for kind, status in KINDS.items()} | {
    405: "method_not_allowed",
    408: "too_slow",
    414: "too_large",
    431: "too_large",
    500: "internal",
}
ErrorPage = Callable[["Problem"], ResponseReturnValue]


class Malformed(MarketError, code="malformed", kind=Kind.MALFORMED):
    """The request itself is broken, before anything that it asks for is looked at."""


class Invalid(MarketError, code="invalid"):
    """Fields of the request break their rules; facts: `errors`, each a field, code and params."""


class Problem(NamedTuple):
    """A refusal as it is shown, in one language."""

    status: int
    code: str
    params: dict[str, Any]
    title: str
    detail: str
    headers: Mapping[str, str]
    errors: Sequence[Mapping[str, Any]] = ()


def register(app: Flask) -> None:
    """Let every error of the application end as a problem."""
    app.register_error_handler(MarketError, lambda error: _shown(problem_of(error)))
    app.register_error_handler(HTTPException, _of_the_framework)
    app.register_error_handler(SQLAlchemyError, _of_the_database)


def show_with(app: Flask, blueprint: str, face: ErrorPage) -> None:
    """Let a blueprint show problems in its own way, also of what is not found under its name.

    What pages are for shows them to browsers.
    """
    app.extensions.setdefault("error_faces", {})[blueprint] = face


def problem_of(error: MarketError) -> Problem:
    """A refusal in the words of the reader's languages."""
    facts = dict(error.facts)
    errors = facts.pop("errors", [])
    if isinstance(error, FieldInvalid):
        field, code = facts.pop("field"), facts.pop("reason")
        errors, facts = [{"field": field, "code": code, "params": facts}], {}
    title, detail = words(error.code, facts, fallback=error.kind)
    said: dict[str, Any] = {"code": error.code, "params": facts, "title": title, "detail": detail}
    status, headers = KINDS[error.kind], _headers(error)
    return Problem(status=status, **said, errors=errors[:ERRORS_MAX], headers=headers)


def words(code: str, facts: Mapping[str, Any], *, fallback: str) -> tuple[str, str]:
    """The title and the sentence of a code, or of its kind where a key or a fact is missing."""
    params = {name: _sayable(fact) for name, fact in facts.items()}
    if {"lower", "upper", "scale", "unit"} <= facts.keys():
        params["nearest"] = _nearest(facts)
    if "column" in facts:  # of a table, where it stops making sense
        params["column"] = context.words(f"column.{facts['column']}") or facts["column"]
    title = context.words(f"error.{code}", **params)
    title = title or context.words(f"error.{fallback}", **params) or fallback
    return title, context.words(f"error.{code}.detail", **params) or title


def response(problem: Problem) -> Response:
    """The problem as `application/problem+json`."""
    names = ("status", "code", "params", "title", "detail", "errors")
    body = {"type": f"/problems/{problem.code}"} | {name: getattr(problem, name) for name in names}
    answer = current_app.response_class(
        orjson.dumps(body, default=plain, option=orjson.OPT_PASSTHROUGH_DATACLASS),
        problem.status,
        mimetype=MEDIA_TYPE,
    )
    answer.headers.update(problem.headers)
    answer.headers["Content-Language"] = spoken(context.known_languages())
    return answer


def plain(fact: Any) -> Any:
    """How the API writes, in JSON, what JSON itself has no form for."""
    match fact:
        case Money(minor, currency):
            return {"amount": minor, "currency": currency}
        case set() | frozenset():
            return sorted(fact, key=str)
        case _:
            return str(fact)


def _shown(problem: Problem) -> ResponseReturnValue:
    g.refusal = problem.code
    faces: Mapping[str, ErrorPage] = current_app.extensions.get("error_faces", {})
    own = PAGES if _wants_page() else request.blueprint or request.path[1:].partition("/")[0]
    return faces.get(own, response)(problem)


def _wants_page() -> bool:
    if request.path.startswith(API):
        return False
    if request.blueprint is not None:
        return request.blueprint == PAGES
    return request.accept_mimetypes.best_match([MEDIA_TYPE, "text/html"]) == "text/html"


def _of_the_framework(error: HTTPException) -> ResponseReturnValue:
    if isinstance(error, RoutingException) or error.response is not None or not error.code:
        return error
    code = CODES.get(error.code, "internal" if error.code >= 500 else "malformed")  # noqa: PLR2004
    params = {"request_id": g.request_id} if code == "internal" else {}
    headers = {name: value for name, value in error.get_headers() if name != "Content-Type"}
    if code in {"too_many", "unavailable"}:
        params["retry_after_seconds"] = int(headers.setdefault("Retry-After", "1"))
    title, detail = words(code, params, fallback="malformed")
    said: dict[str, Any] = {"code": code, "params": params, "title": title, "detail": detail}
    return _shown(Problem(status=error.code, **said, headers=headers))


def _of_the_database(error: SQLAlchemyError) -> ResponseReturnValue:
    """A database that is busy or away is a matter of minutes; anything else is our mistake."""
    if isinstance(error, NoConnection) or (isinstance(error, DBAPIError) and _is_away(error)):
        logging.getLogger("market").warning("database unavailable: %s", type(error).__name__)
        return _shown(problem_of(Busy(retry_after_seconds=1)))
    raise error


def _is_away(error: DBAPIError) -> bool:
    never_connected = isinstance(error, OperationalError) and error.statement is None
    return never_connected or error.connection_invalidated or portable.is_busy(error)


def _headers(error: MarketError) -> dict[str, str]:
    headers = {"WWW-Authenticate": "Bearer"} if error.kind is Kind.UNAUTHENTICATED else {}
    wait = error.facts.get("retry_after_seconds", 1 if error.kind is Kind.UNAVAILABLE else None)
    return headers if wait is None else headers | {"Retry-After": str(wait)}


def _nearest(facts: Mapping[str, Any]) -> str:
    languages = context.known_languages()
    sold = dict.fromkeys((facts["lower"], facts["upper"]))
    return " / ".join(formats.measure(it, facts["scale"], facts["unit"], languages) for it in sold)


def _sayable(fact: Any) -> Any:
    match fact:
        case Money(minor, currency):
            return Amount(minor, currency)
        case Quantity(value, scale, unit):
            return Measure(value, scale, unit)
        case _:
            return fact

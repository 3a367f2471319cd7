"""How OCTO speaks: always 200 or a code of its own, capabilities asked for and echoed.

OCTO API Specification of octotravel/octo-types (2.0.4); what is unknown is refused with 400.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any, TypeAlias

import marshmallow as ma
import orjson
from flask import Blueprint, Response, request

from api import context, requests
from api.auth import Unauthenticated, allowed
from api.context import Facts
from api.errors import Invalid, Malformed, Problem
from api.operations import mark
from api.unit_of_work import showing
from market import clock, tables
from market.accounts import Role, keys
from translations import offered

CONTENT, PRICING = "octo/content", "octo/pricing"
CAPABILITIES = (CONTENT, PRICING)
HEADER = "Octo-Capabilities"
Answers: TypeAlias = Callable[..., Any]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
FIXED: dict[str, Facts] = tables.words(
    "api", "octo.json"
)  # what OCTO calls things, and never changes
MALFORMED = ("BAD_REQUEST", 400)

blp = Blueprint("octo", __name__, url_prefix="/octo")


class Loose(ma.Schema):
    """A shape that passes over what it does not know, as clients of many makes send more."""

    class Meta:  # noqa: D106  marshmallow's own way to say it
        unknown = ma.EXCLUDE


class CapabilitiesMissing(Malformed, code="octo.capabilities_missing"):
    """The request does not say which capabilities it is made with, be it none."""


class NoSuchEndpoint(Malformed, code="octo.no_such_endpoint"):
    """Nothing of the protocol is at this address, or not by this method."""


def serve(method: str, rule: str, *, reads: bool = False) -> Callable[[Answers], Answers]:
    """An endpoint, with or without a slash at its end; one that `reads` waits for no writer."""

    def declared(view: Answers) -> Answers:
        @wraps(view)
        def answered(**place: Any) -> Response:
            _require_key_and_capabilities()
            if method == "GET" or not reads:
                return _answer(view(**place))
            with showing():
                return _answer(view(**place))

        endpoint = allowed(Role.RESELLER)(answered)
        if reads and method != "GET":
            endpoint = mark(endpoint, "own_transactions", True)
        name = f"{method.lower()}_{view.__name__}"
        blp.add_url_rule(rule, name, endpoint, methods=[method], strict_slashes=False)
        return view

    return declared


def refusal(problem: Problem) -> Response:
    """A refusal in the protocol's own form."""
    params = problem.params
    code, status = FIXED["codes"].get(str(problem.status), MALFORMED)
    said = {"error": code, "errorMessage": problem.detail}
    if "Authorization" not in request.headers:
        said["error"], status = FIXED["codes"]["401"]
        said["errorMessage"] = context.words("error.unauthenticated.detail") or code
    elif params.get("what") in FIXED["unknown"] and "id" in params:
        (said["error"], name), status = FIXED["unknown"][params["what"]], 400
        said[name] = params["id"]
        said["errorMessage"] = context.words(f"octo.unknown.{params['what']}", **params) or code
    elif problem.errors:
        fields = ", ".join(sorted({each["field"] for each in problem.errors}))
        said["errorMessage"] = f"{problem.detail} ({fields})"
    return _answer(said, status, problem.headers)


def has(capability: str) -> bool:
    """Whether the answer is to have what a capability adds."""
    return capability in _asked()


def body(shape: type[Loose]) -> Facts:
    """What was sent, in its shape; members that the shape does not know are passed over."""
    sent: Any = request
    return loaded(shape, sent.strict_json)


def loaded(shape: type[Loose], given: Mapping[str, Any]) -> Facts:
    """The same of a query."""
    try:
        found: Facts = shape().load(given)
    except ma.ValidationError as error:
        errors = list(requests.flattened(error.messages, ()))
        raise Invalid(errors=errors) from None
    return found


def utc(moment: datetime | None) -> str | None:
    """An instant as OCTO writes it: in UTC, by the second."""
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def local(moment: datetime) -> str:
    """A local time as OCTO writes it: with its offset, by the second."""
    return moment.astimezone(clock.VIETNAM).isoformat(timespec="seconds")


def _require_key_and_capabilities() -> None:
    """People sign in at the pages; a program speaks with a key, and says what it can."""
    if keys.PREFIX not in request.headers.get("Authorization", ""):
        raise Unauthenticated
    if HEADER not in request.headers and not request.path.startswith("/octo/capabilities"):
        raise CapabilitiesMissing


def _asked() -> tuple[str, ...]:
    named = {each.strip() for each in request.headers.get(HEADER, "").split(",")}
    return tuple(each for each in CAPABILITIES if each in named)


def _answer(said: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    response = Response(orjson.dumps(said), status, headers, mimetype="application/json")
    response.headers[HEADER] = ", ".join(_asked())
    if has(CONTENT):
        response.headers["Content-Language"] = context.known_languages()[0]
        response.headers["Available-Languages"] = ", ".join(each.tag for each in offered())
    return response


@blp.route("/", methods=METHODS, defaults={"rest": ""}, strict_slashes=False)
@blp.route("/<path:rest>", methods=METHODS)
@allowed(Role.RESELLER)
def nothing(rest: str) -> Response:  # noqa: ARG001
    """Refuse what the protocol does not have; its validator takes 404 for what is not built."""
    raise NoSuchEndpoint

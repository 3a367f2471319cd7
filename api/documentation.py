"""The API's description (OpenAPI 3.1), exact because it is made from the resources themselves."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import flask
import orjson
from flask import Flask, Response, current_app
from flask_smorest import Api, Blueprint

from api import auth, caching, errors, operations
from market.accounts import Role

PREFIX = "/v1"
SHELF_SECONDS = 300
DESCRIPTION = "api_description"  # where the application keeps it once made

# What is not made from the operations and their shapes; `examples` are values by format or type.
SHARED = orjson.loads(Path(__file__).with_name("description.json").read_bytes())

blp = flask.Blueprint("documentation", __name__)


class MarketApi(Api):
    """flask-smorest's registry of resources, with our refusals and none of its pages."""

    def _register_error_handlers(self) -> None:
        """`api.errors` shows every error."""

    def _register_responses(self) -> None:
        """Refusals stand in `description.json`."""


def register(app: Flask, blueprints: Iterable[flask.Blueprint]) -> None:
    """Put the resources under /v1 and their description beside them."""
    app.config.update(
        API_TITLE=SHARED["info"]["title"],
        API_VERSION=SHARED["info"]["version"],
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS={name: SHARED[name] for name in ("info", "servers", "security")},
    )
    api = app.extensions["api"] = MarketApi(app)
    for blueprint in blueprints:
        if isinstance(blueprint, Blueprint):
            api.register_blueprint(blueprint, url_prefix=PREFIX)
        else:
            app.register_blueprint(blueprint)
    app.register_blueprint(blp)


def openapi_document(app: Flask) -> bytes:
    """The description of /v1 as JSON."""
    return orjson.dumps(description(app), option=orjson.OPT_INDENT_2)


def description(app: Flask) -> dict[str, Any]:
    """The description of /v1, made when it is first asked for."""
    if DESCRIPTION not in app.extensions:
        app.extensions[DESCRIPTION] = _described(app)
    return cast("dict[str, Any]", app.extensions[DESCRIPTION])


@blp.get(f"{PREFIX}/openapi.json")
@auth.public
def openapi() -> Response:
    """The description of the API for programs."""
    caching.cache_for(SHELF_SECONDS, shared=True)
    return Response(openapi_document(current_app), mimetype="application/json")


def _described(app: Flask) -> dict[str, Any]:
    """What holds for every operation is written into each."""
    document: dict[str, Any] = app.extensions["api"].spec.to_dict()
    components = document.setdefault("components", {})
    for name, added in SHARED["components"].items():
        components.setdefault(name, {}).update(added)
    for operation in operations.operations_of(app).values():
        path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", operation.route)
        described = document["paths"].get(path, {})
        if operation.method.lower() in described:
            _complete(described[operation.method.lower()], operation)
    return document


def _complete(described: dict[str, Any], operation: operations.Operation) -> None:
    described["x-roles"] = sorted(operation.roles)
    if Role.NOBODY in operation.roles:
        described["security"] = []
    names = ["Language"]
    if Role.NOBODY in operation.roles and "/orders/<" in operation.route:
        names.append("OrderSecret")
    if operation.writes and not (operation.never_stored or operation.own_transactions):
        names.append("IdempotencyKey")
    if operation.method == "PATCH" or {412, 428} & {*operation.refuses}:
        names.append("IfMatch")
    if Role.AGENT in operation.roles:
        names.append("ActingFor")
    parameters = described.setdefault("parameters", [])
    by_header = any("$ref" in each or each["in"] == "header" for each in parameters)
    parameters += [{"$ref": f"#/components/parameters/{name}"} for name in names]
    given = described.get("responses", {})
    refusals = {str(code): _refusal(code) for code in _refusals(operation, by_header=by_header)}
    own = {str(code): shape for code, shape in given.items() if "$ref" not in shape}
    described["responses"] = dict(sorted({**refusals, **own}.items()))
    described["responses"]["default"] = _refusal(None)


def _refusals(operation: operations.Operation, *, by_header: bool) -> list[int]:
    """What an operation refuses by its nature; a header too may name what is not there."""
    signed_in = Role.NOBODY not in operation.roles
    named = by_header or "<" in operation.route or Role.AGENT in operation.roles
    found = {400: True, 422: True, 429: True, 401: signed_in, 403: signed_in}
    found |= {404: named or operation.takes_body, 409: operation.writes}
    found |= dict.fromkeys((413, 415), operation.takes_body)
    found |= dict.fromkeys((412, 428), operation.method == "PATCH")
    found |= dict.fromkeys(operation.refuses, True)
    return sorted(status for status, possible in found.items() if possible)


def _refusal(status: int | None) -> dict[str, Any]:
    return {
        "description": errors.CODES[status] if status else "any other refusal",
        "content": {errors.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }

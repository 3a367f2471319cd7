"""The API's description (OpenAPI 3.1), exact because it is made from the resources themselves."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

import flask
import marshmallow as ma
import orjson
from flask import Flask, Response, current_app
from flask_smorest import Api, Blueprint

from api import caching, errors
from api.auth import public
from api.fields import Schema
from api.operations import Operation, operations_of
from market.accounts import Role

TITLE, VERSION = "Chợ Lâm Đồng", "1"
SUMMARY = "The marketplace of Lâm Đồng province: produce, seafood and visits."
PREFIX = "/v1"
SHELF_SECONDS = 300
DESCRIPTION = "api_description"  # where the application keeps it once made

COMPONENTS: Mapping[str, Any] = {
    "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
    "parameters": {
        "Language": {
            "name": "lang",
            "in": "query",
            "description": "The language of the answer, before that of Accept-Language.",
            "schema": {"type": "string", "maxLength": 35},
        },
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "Up to 255 characters, best a UUID: the same write sent again with it is"
            " answered again and not done again, for at least 30 days.",
            "schema": {"type": "string", "pattern": "^[!#-+\\--~]{1,255}$"},
        },
        "IfMatch": {
            "name": "If-Match",
            "in": "header",
            "required": True,
            "description": "The ETag of the version that is being changed.",
            "schema": {"type": "string"},
        },
        "ActingFor": {
            "name": "Acting-For",
            "in": "header",
            "description": "An organisation that the caller has a mandate for.",
            "schema": {"type": "string", "format": "uuid"},
        },
    },
}

blp = flask.Blueprint("documentation", __name__)


class FieldErrorSchema(Schema):
    """What is wrong with one field of the request."""

    field = ma.fields.String(required=True)
    code = ma.fields.String(required=True)
    params = ma.fields.Dict(required=True)


class ProblemSchema(Schema):
    """A refusal (RFC 9457): `code` is for programs, `title` and `detail` are for the reader."""

    type = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    code = ma.fields.String(required=True)
    params = ma.fields.Dict(required=True)
    title = ma.fields.String(required=True)
    detail = ma.fields.String(required=True)
    errors = ma.fields.List(ma.fields.Nested(FieldErrorSchema), required=True)


class MarketApi(Api):
    """flask-smorest's registry of resources, with our refusals and none of its pages."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """`api.errors` shows every error."""

    def _register_responses(self) -> None:
        """Refusals have a media type of their own."""
        self.DEFAULT_RESPONSE_CONTENT_TYPE = errors.MEDIA_TYPE
        super()._register_responses()
        del self.DEFAULT_RESPONSE_CONTENT_TYPE


def register(app: Flask, blueprints: Iterable[flask.Blueprint]) -> None:
    """Put the resources under /v1 and their description beside them."""
    app.config.update(
        API_TITLE=TITLE,
        API_VERSION=VERSION,
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS={
            "info": {"description": SUMMARY},
            "servers": [{"url": "/"}],
            "security": [{"bearer": []}],
        },
    )
    api = app.extensions["api"] = MarketApi(app)
    for blueprint in blueprints:
        if isinstance(blueprint, Blueprint):
            prefix = PREFIX + (blueprint.url_prefix or "")
            api.register_blueprint(blueprint, url_prefix=prefix)
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
@public
def openapi() -> Response:
    """The description of the API for programs."""
    caching.cache_for(SHELF_SECONDS, shared=True)
    return Response(openapi_document(current_app), mimetype="application/json")


def _described(app: Flask) -> dict[str, Any]:
    """What holds for every operation is written into each."""
    document: dict[str, Any] = app.extensions["api"].spec.to_dict()
    components = document.setdefault("components", {})
    for name, added in COMPONENTS.items():
        components.setdefault(name, {}).update(added)
    for operation in operations_of(app).values():
        described = document["paths"].get(_path(operation.route), {})
        if operation.method.lower() in described:
            _complete(described[operation.method.lower()], operation)
    for described in document["paths"].values():
        if "parameters" in described:  # those of the whole path come last
            described["parameters"] = described.pop("parameters")
    return document


def _complete(described: dict[str, Any], operation: Operation) -> None:
    described["x-roles"] = sorted(operation.roles)
    if Role.NOBODY in operation.roles:
        described["security"] = []
    names = ["Language"]
    if operation.writes and not (operation.never_stored or operation.own_transactions):
        names.append("IdempotencyKey")
    if operation.method in {"PUT", "PATCH"}:
        names.append("IfMatch")
    if Role.AGENT in operation.roles:
        names.append("ActingFor")
    parameters = described.setdefault("parameters", [])
    parameters += [{"$ref": f"#/components/parameters/{name}"} for name in names]
    given = described.get("responses", {})
    by_header = any(each.get("in") == "header" for each in parameters)
    refusals = {str(code): _refusal(code) for code in _refusals(operation, by_header=by_header)}
    own = {str(code): shape for code, shape in given.items() if "$ref" not in shape}
    described["responses"] = dict(sorted({**refusals, **own}.items()))
    described["responses"]["default"] = _refusal(None)


def _refusals(operation: Operation, *, by_header: bool) -> list[int]:
    """What an operation refuses by its nature; a header too may name what is not there."""
    signed_in = Role.NOBODY not in operation.roles
    named = by_header or "<" in operation.route or Role.AGENT in operation.roles
    found = {400: True, 422: True, 429: True, 401: signed_in, 403: signed_in}
    found |= {404: named or operation.takes_body, 409: operation.writes}
    found |= dict.fromkeys((413, 415), operation.takes_body)
    found |= dict.fromkeys((412, 428), operation.method in {"PUT", "PATCH"})
    return sorted(status for status, possible in found.items() if possible)


def _refusal(status: int | None) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": errors.CODES[status] if status else "any other refusal",
        "content": {errors.MEDIA_TYPE: {"schema": schema}},
    }


def _path(route: str) -> str:
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", route)

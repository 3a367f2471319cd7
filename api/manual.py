"""The API's manual as one plain page: no outside host, no script, made from its description."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import orjson
from flask import Blueprint, current_app, g, render_template

from api import auth, caching, context, documentation, errors
from market.errors import MarketError, NotFound

METHODS = ("get", "post", "put", "patch", "delete")
PAGE = "api_manual"  # where the application keeps it once made
EXAMPLE_DEPTH_MAX = 4

blp = Blueprint("manual", __name__)


@blp.get("/v1/docs")
@auth.public
def manual() -> str:
    """Every operation, shape and refusal of the API."""
    caching.cache_for(documentation.SHELF_SECONDS, shared=True)
    made = current_app.extensions
    if PAGE not in made:
        made[PAGE] = _page(documentation.description(current_app))
    return cast("str", made[PAGE])


@blp.get("/problems/<code>")
@auth.public
def problem(code: str) -> str:
    """What the `type` of a refusal points at: the code in the reader's words."""
    for status, known in _refusals():
        if known == code:
            title, detail = errors.words(code, {}, fallback=code)
            facts = {"status": status, "code": code, "title": title, "detail": detail}
            return render_template("problem.html", lang=g.languages[0], **facts)
    raise NotFound(what="problem")


def _page(description: Mapping[str, Any]) -> str:
    schemas = description["components"].get("schemas", {})
    return render_template(
        "documentation.html",
        title=description["info"]["title"],
        summary=description["info"]["description"],
        url=context.settings().public_url.rstrip("/"),
        groups=_groups(description),
        schemas=schemas,
        kind=_kind,
        example=lambda schema: orjson.dumps(
            _example(schema, schemas, 0), option=orjson.OPT_INDENT_2
        ).decode(),
        refusals=[
            (status, code, context.words(f"error.{code}", ("en", "vi")) or "")
            for status, code in sorted(_refusals())
        ],
    )


def _groups(description: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The operations by the resource they belong to."""
    groups: dict[str, list[dict[str, Any]]] = {}
    shared = description["components"]["parameters"]
    for path, described in description["paths"].items():
        of_path = described.get("parameters", [])
        for method in METHODS:
            if method in described:
                operation = {"path": path, "method": method.upper(), **described[method]}
                given = [*of_path, *operation.get("parameters", [])]
                operation["parameters"] = [shared.get(_name(each), each) for each in given]
                groups.setdefault(operation["tags"][0], []).append(operation)
    return dict(sorted(groups.items()))


def _kind(schema: Mapping[str, Any]) -> str:
    """A shape in a few words, such as `array of Order` or `integer 0…100`."""
    if "$ref" in schema:
        return _name(schema)
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if several := schema.get("anyOf") or schema.get("allOf") or schema.get("oneOf"):
        return " | ".join(_kind(one) for one in several)
    kinds = schema.get("type", "any")
    words = [" | ".join(kinds) if isinstance(kinds, list) else kinds]
    if "items" in schema:
        words.append(f"of {_kind(schema['items'])}")
    words += [f"({schema['format']})"] if "format" in schema else []
    low = schema.get("minimum", schema.get("minLength", schema.get("minItems")))
    high = schema.get("maximum", schema.get("maxLength", schema.get("maxItems")))
    words += [f"{low}…{high}"] if low is not None and high is not None else []
    return " ".join(words)


def _example(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int) -> Any:
    """A value of the shape, to start from; what is optional is left out."""
    if "$ref" in schema:
        schema = schemas[_name(schema)]
    if "example" in schema or "enum" in schema:
        return schema.get("example") or schema["enum"][0]
    if depth < EXAMPLE_DEPTH_MAX and "properties" in schema:
        needed = schema.get("required", [])
        return {
            name: _example(below, schemas, depth + 1)
            for name, below in schema["properties"].items()
            if name in needed and not below.get("readOnly")
        }
    kind = schema.get("type", "string")
    if kind == "integer":
        return max(1, schema.get("minimum", 1))
    return documentation.SHARED["examples"].get(schema.get("format", kind), "…")


def _name(schema: Mapping[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _refusals() -> set[tuple[int, str]]:
    """Status and code of every refusal that the program knows."""
    return {(errors.KINDS[kind.kind], kind.code) for kind in _kinds_of(MarketError)}


def _kinds_of(kind: type[MarketError]) -> Iterator[type[MarketError]]:
    for below in kind.__subclasses__():
        yield below
        yield from _kinds_of(below)

"""What a request may look like: what is malformed is refused before it reaches the market."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache, wraps
from typing import Any, NoReturn, cast
from urllib.parse import parse_qsl, unquote_to_bytes

import flask
import marshmallow as ma
from webargs.core import Parser
from webargs.flaskparser import FlaskParser
from werkzeug import exceptions, routing

from api import context, fields, operations, strict_json
from api.errors import ERRORS_MAX, FIELD_CHARACTERS_MAX, Invalid, Malformed
from market.errors import Kind, MarketError

JSON, FORM = "application/json", "multipart/form-data"
QUERIES_KEPT = 1024  # the first pages of shelves are asked for again and again
EVERYWHERE = {"lang"}  # the query argument that every operation takes
Pairs = Iterable[tuple[str, Any]]


class BadAddress(Malformed, code="address.malformed"):
    """The path or the query is not UTF-8, or holds what no text of ours can."""


class WrongMedia(MarketError, code="unsupported_media", kind=Kind.UNSUPPORTED):
    """The body is not of the kind that this operation reads; facts: `expected`."""


def raw_body(view: operations.View) -> operations.View:
    """Mark a view that reads the bytes of its request itself (`body_of`)."""
    return operations.mark(view, "raw_body", True)


class Request(flask.Request):
    """A request whose body is bounded by its kind and whose JSON is strict."""

    def bound_body(self) -> None:
        """Read no more of the body than the settings allow for its kind."""
        settings = context.settings()
        most = settings.upload_bytes_max if self.mimetype == FORM else settings.body_bytes_max
        self.max_content_length = most + 1  # a body of unknown length that reaches it is too long

    @cached_property
    def body(self) -> bytes:
        """All the bytes of the body; raises RequestEntityTooLarge."""
        body = self.get_data()
        if self.max_content_length is not None and len(body) >= self.max_content_length:
            raise exceptions.RequestEntityTooLarge
        return body

    @cached_property
    def strict_json(self) -> dict[str, Any]:
        """The one object of the body, empty without a body; raises Malformed, WrongMedia."""
        body = self.body
        if not body and not self.mimetype:
            return {}
        charset = self.mimetype_params.get("charset", "utf-8").lower()
        if self.mimetype != JSON or charset != "utf-8" or "Content-Encoding" in self.headers:
            raise WrongMedia(expected=JSON)
        return strict_json.load(body)


def body_of() -> bytes:
    """All the bytes that were sent; raises RequestEntityTooLarge."""
    return cast("Request", flask.request).body


class StrictParser(FlaskParser):
    """Reads arguments for the resources: no unknown names, none twice, errors in codes."""

    DEFAULT_UNKNOWN_BY_LOCATION = FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION | dict.fromkeys(
        ("json", "query", "querystring", "form", "files")
    )

    def use_args(self, argmap: Any, *args: Any, **options: Any) -> Any:
        """Give a view what the request says; a query that was read before is not read again.

        One instance of each shape is enough: loading keeps nothing in it.
        """
        shape = argmap() if isinstance(argmap, type) else argmap
        if options.get("location") != "query":
            return super().use_args(shape, *args, **options)

        def decorate(view: Any) -> Any:
            @wraps(view)
            def asked(*given: Any, **named: Any) -> Any:
                request, secret = flask.request, context.settings().secret_key
                query = _query(self, shape, request.path, request.query_string, secret)
                return view(*given, dict(query), **named)

            return asked

        return decorate

    def _raw_load_json(self, req: flask.Request) -> Any:
        assert isinstance(req, Request)  # noqa: S101  the application's own class
        return req.strict_json

    def load_querystring(self, req: flask.Request, schema: ma.Schema) -> Any:
        """The query, each name once unless it is a list."""
        ignored = EVERYWHERE - set(schema.fields)
        return _collected((pair for pair in pairs_of(req) if pair[0] not in ignored), schema)

    def load_form(self, req: flask.Request, schema: ma.Schema) -> Any:
        """The fields of a form, each name once unless it is a list."""
        return _collected(form_of(req), schema)

    def load_files(self, req: flask.Request, schema: ma.Schema) -> Any:
        """The files of a form, each name once unless it is a list."""
        if req.mimetype != FORM:
            raise WrongMedia(expected=FORM)
        return _collected(req.files.items(multi=True), schema)

    def handle_error(self, error: ma.ValidationError, *_: Any, **__: Any) -> NoReturn:
        """Refuse with every field that is wrong."""
        (messages,) = error.messages_dict.values()  # by the place they were read from
        raise Invalid(errors=list(flattened(messages, ()))[:ERRORS_MAX]) from None


@lru_cache(maxsize=QUERIES_KEPT)
def _query(
    parser: StrictParser, schema: ma.Schema, _path: str, _text: bytes, _secret: str
) -> dict[str, Any]:
    return cast("dict[str, Any]", FlaskParser.parse(parser, schema, location="query"))


class Number(routing.IntegerConverter):
    """A whole number in a path, of at most sixteen ASCII digits; `bigint` says so aloud."""

    regex = r"[0-9]{1,16}"


def refuse_bad_address(environ: dict[str, Any]) -> None:
    """Refuse a path or query that is not clean UTF-8; raises BadAddress."""
    path: str = environ["PATH_INFO"]
    if not (path.isascii() and path.isprintable()):
        _require_clean(path.encode("latin-1"), _CONTROLS)
    query: str = environ.get("QUERY_STRING", "")
    if query and ("%" in query or not query.isascii()):
        _require_clean(unquote_to_bytes(query.encode("latin-1")), _NUL)


def refuse_surplus(request: Request, operation: operations.Operation) -> None:
    """Refuse a query or a body where an operation of the API takes none; raises Invalid."""
    if not operation.in_api:
        return
    if request.query_string and not operation.takes_query:
        _refuse_all(name for name, _ in pairs_of(request) if name not in EVERYWHERE)
    if operation.writes and not operation.takes_body:
        _refuse_all(request.strict_json)


def pairs_of(request: flask.Request) -> list[tuple[str, str]]:
    """The query's names and values in order; raises BadAddress."""
    try:
        return parse_qsl(
            request.query_string.decode("latin-1"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=100,
        )
    except ValueError:
        raise BadAddress from None


def form_of(request: flask.Request) -> list[tuple[str, str]]:
    """The fields of a form in order; raises BadCharacter for what no text of ours can hold."""
    pairs = list(request.form.items(multi=True))
    if not all(strict_json.is_clean(name) and strict_json.is_clean(value) for name, value in pairs):
        raise strict_json.BadCharacter
    return pairs


def _collected(pairs: Pairs, schema: ma.Schema) -> dict[str, Any]:
    lists = {
        field.data_key or name
        for name, field in schema.load_fields.items()
        if isinstance(field, tuple(Parser.KNOWN_MULTI_FIELDS))
    }
    values: dict[str, Any] = {}
    repeated: dict[str, list[str]] = {}
    for name, value in pairs:
        if name in lists:
            values.setdefault(name, []).append(value)
        elif name in values:
            repeated[name] = ["field.repeated"]
        else:
            values[name] = value
    if repeated:
        raise ma.ValidationError(repeated)
    return values


def flattened(messages: Any, path: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The tree of messages as a list of fields with their codes."""
    if isinstance(messages, dict):
        for name, below in messages.items():
            step = () if name == ma.exceptions.SCHEMA else (str(name)[:FIELD_CHARACTERS_MAX],)
            yield from flattened(below, (*path, *step))
        return
    for message in messages:
        reason = message if isinstance(message, fields.Reason) else fields.Reason(_code(message))
        yield {"field": ".".join(path), "code": reason.code, "params": reason.params}


def _code(message: object) -> str:
    """A code is passed on; a sentence of the library's own validators has none."""
    return message if isinstance(message, str) and _CODE.fullmatch(message) else "field.invalid"


def _refuse_all(names: Iterable[str]) -> None:
    errors = [
        {"field": name[:FIELD_CHARACTERS_MAX], "code": "field.unknown", "params": {}}
        for name in names
    ]
    if errors:
        raise Invalid(errors=errors[:ERRORS_MAX])


def _require_clean(raw: bytes, unwelcome: re.Pattern[str]) -> None:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise BadAddress from None
    if unwelcome.search(text):
        raise BadAddress


_CODE = re.compile(r"field\.[a-z_]+")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
_NUL = re.compile("\x00")

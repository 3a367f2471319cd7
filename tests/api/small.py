"""A small API that uses every part of the machinery once."""

from datetime import timedelta
from enum import StrEnum
from functools import partial
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import Blueprint as Pages
from flask import Response, g, request
from flask_smorest import Blueprint
from flask_smorest.fields import Upload
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from api import caching, csrf, paging
from api.auth import allowed, public
from api.fields import (
    Choice,
    DayField,
    Flag,
    Identifier,
    Instant,
    Integer,
    ListOf,
    MoneyField,
    PageQuery,
    QuantityField,
    Query,
    Schema,
    Text,
)
from api.idempotency import never_stored
from api.operations import mark
from api.requests import raw_body
from api.unit_of_work import own_transactions
from market import clock, limits
from market.accounts import Role
from market.errors import FieldInvalid, Kind, MarketError, NotFound
from market.limits import LimitCounter
from market.money import Money
from market.quantity import Quantity

HOUR = timedelta(hours=1)
blp = Blueprint("small", __name__, description="Small things.")
pages = Pages("forms", __name__)


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class OutOfPaint(MarketError):
    code, kind = "stock.too_little", Kind.CONFLICT


class ThingIn(Schema):
    name = Text(most=20, required=True)
    story = Text(most=200, lines=True)
    code = Text(most=4, pattern="[A-Z]+")
    count = Integer(most=1000)
    price = MoneyField(least=1)
    weight = QuantityField()
    at = Instant()
    day = DayField()
    is_new = Flag()
    colour = Choice(Colour)
    owner_id = Identifier()
    tags = ListOf(Text(most=5), least=1, most=3)
    note = ma.fields.String(validate=ma.validate.Length(max=3))


class ThingOut(ThingIn):
    id = Integer()


class ThingsQuery(PageQuery):
    q = Text(most=30)
    colour = Choice(Colour)
    is_new = Flag()
    tag = ListOf(Text(most=5), most=3)


class ThingsOut(Schema):
    items = ListOf(Integer(), most=100)
    next = ma.fields.String(allow_none=True)


class PhotoForm(Query):
    caption = Text(most=20)


class PhotoFiles(Query):
    photo = Upload(required=True)


def done(session: Any, what: str) -> int:
    """How often the effect called `what` really happened."""
    since = clock.now() - 2 * HOUR
    counts = select(func.sum(LimitCounter.count)).where(
        LimitCounter.key == f"small:{what}", LimitCounter.window_start >= since
    )
    return session.scalar(counts) or 0


def do(what: str) -> None:
    limits.take(g.session, key=f"small:{what}", most=10**6, window=HOUR, now=clock.now())


@blp.get("/things")
@public
@blp.arguments(ThingsQuery, location="query")
@blp.response(200, ThingsOut)
def things(query: dict[str, Any]) -> dict[str, Any]:
    """Fifty numbers, each on its page."""
    after = query["cursor"][0] if query["cursor"] else 0
    rows = range(after + 1, min(after + query["limit"] + 1, 50) + 1)
    return paging.page(rows, limit=query["limit"], key=lambda number: (number,))


@blp.post("/things")
@public
@blp.arguments(ThingIn)
@blp.response(201, ThingOut)
def make(body: dict[str, Any]) -> Any:
    """A thing, as it was understood."""
    if body["name"] == "paint":
        do("paint")
        raise OutOfPaint(left=5)
    if body["name"] == "field":
        raise FieldInvalid(field="name", reason="field.too_long", max=3)
    do("thing")
    return {"id": 1, **body}, 201, {"Location": "/v1/things/1"}


@blp.get("/other-things")
@public
@blp.arguments(ThingsQuery, location="query")
@blp.response(200, ThingsOut)
def other_things(query: dict[str, Any]) -> dict[str, Any]:
    return {"items": [], "next": None}


@blp.get("/things/<bigint:thing_id>")
@public
@blp.response(200, ThingOut)
def thing(thing_id: int) -> dict[str, Any]:
    """Version 7 of a thing."""
    caching.versioned(SimpleNamespace(version=7))
    return {"id": thing_id, "price": Money(25_000), "weight": Quantity(500, 3, "KGM")}


@blp.put("/things/<bigint:thing_id>")
@public
@blp.arguments(ThingIn)
@blp.response(200, ThingOut)
@partial(mark, name="refuses", value=(412, 428))
def change(body: dict[str, Any], thing_id: int) -> dict[str, Any]:
    caching.expect_match(SimpleNamespace(version=7))
    caching.versioned(SimpleNamespace(version=8))
    return {"id": thing_id, **body}


@blp.delete("/things/<bigint:thing_id>")
@public
@blp.response(204)
def remove(thing_id: int) -> None:
    if thing_id > 100:
        raise NotFound(what="thing")
    do("delete")


@blp.post("/things/<uuid:thing_id>/confirmation")
@public
@blp.response(201)
def confirm(thing_id: UUID) -> dict[str, Any]:
    do("confirmation")
    return {"id": thing_id}


@blp.post("/tries")
@public
@blp.response(201)
def try_once() -> dict[str, Any]:
    limits.take(g.session, key="small:try", most=1, window=HOUR, now=clock.now())
    return {}


@blp.post("/photos")
@public
@blp.arguments(PhotoForm, location="form")
@blp.arguments(PhotoFiles, location="files")
@blp.response(201)
def take_photo(form: dict[str, Any], files: dict[str, Any]) -> dict[str, Any]:
    do("photo")
    return {"size": len(files["photo"].read()), **form}


@blp.post("/tokens")
@public
@never_stored
@blp.response(201)
def give_token() -> dict[str, Any]:
    do("token")
    return {"token": "secret"}


@blp.post("/outside")
@public
@own_transactions
def outside() -> Response:
    return Response(str(g.session))


@blp.post("/bytes")
@public
@raw_body
@blp.response(200)
def count_bytes() -> dict[str, Any]:
    return {"size": len(request.body)}


@blp.get("/mine")
@allowed(Role.BUYER)
@blp.response(200)
def mine() -> dict[str, Any]:
    return {"person_id": g.actor.person_id, "mandate": g.actor.mandate_id is not None}


@blp.post("/mine")
@allowed(Role.BUYER)
@blp.response(201)
def do_mine() -> dict[str, Any]:
    do("mine")
    return {}


@blp.get("/everything")
@allowed(Role.MODERATOR, Role.ADMINISTRATOR)
@blp.response(200)
def everything() -> dict[str, Any]:
    return {}


@blp.get("/whoever")
@public
@blp.response(200)
def whoever() -> dict[str, Any]:
    return {"person_id": g.actor.person_id, "languages": g.languages}


@blp.get("/shelf")
@public
def shelf() -> Response:
    caching.cache_for(60, shared=True)
    return Response(b'{"items":[]}', mimetype="application/json")


@blp.get("/broken/<kind>")
@public
def broken(kind: str) -> Response:
    match kind:
        case "locked":
            raise OperationalError("SELECT 1", {}, Exception("database is locked"))
        case "away":
            raise OperationalError(None, None, Exception("connection refused"))
        case "sql":
            raise OperationalError("SELECT 1", {}, Exception("no such table: nonsense"))
    raise RuntimeError("nobody foresaw 0912345678")


@pages.get("/form")
@public
def form() -> Response:
    return Response(csrf.token(), mimetype="text/plain")


@pages.post("/form")
@public
def send() -> Response:
    return Response("sent", mimetype="text/plain")

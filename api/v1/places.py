"""Communes, wards and the special zone, and which of them a written address means."""

from dataclasses import asdict
from typing import Any

from api import caching
from api.fields import Choice, DayField, Flag, Integer, ListOf, Query, Schema, Text
from api.v1.offer_shapes import Nested
from api.v1.resources import Blueprint, MethodView, ma, public
from market import geography
from market.errors import NotFound
from market.geography import PlaceKind, UnknownPlace
from market.geography.units import NEW_SINCE, OLD_UNTIL, old_wards

blp = Blueprint("places", __name__, description="Places of the province since 1 July 2025.")

SHELF_SECONDS = 3600
NEAREST = 30


class UnitOut(Schema):
    """A unit below the province."""

    code = Text(most=10)
    name = Text(most=100)
    type = Choice(PlaceKind, attribute="kind")


class FormerOut(Schema):
    """A ward, commune or town of before that became a part of the unit."""

    name = Text(most=200, attribute="full_name")
    valid_until = ma.fields.Constant(OLD_UNTIL.isoformat())


class DistanceOut(Schema):
    """About how far it is by road, reckoned from the centres and the lie of the land."""

    unit = Nested(UnitOut)
    km = Integer()
    estimate = Flag()


class PlaceOut(UnitOut):
    """A unit with what it was made of and what lies around it, nearest first."""

    valid_from = DayField()
    former = ListOf(Nested(FormerOut), most=100)
    point = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Float())
    nearest = ListOf(Nested(DistanceOut), most=NEAREST)


class PlacesOut(Schema):
    """All units, by code."""

    items = ListOf(Nested(UnitOut), most=1_000)
    next = ma.fields.String(allow_none=True)


class AddressQuery(Query):
    """An address as somebody wrote it, with or without marks, old wards and districts too."""

    address = Text(most=300, required=True)


class CandidateOut(Schema):
    """A unit that may be meant, and why; `former` is what was written if that is an old name."""

    unit = Nested(UnitOut)
    confidence = ma.fields.Float()
    reason = Text(most=60)
    former = Text(most=200, allow_none=True)


class ResolvedOut(Schema):
    """What may be meant, likeliest first; when `ambiguous`, ask."""

    candidates = ListOf(Nested(CandidateOut), most=200)
    ambiguous = Flag()


@blp.route("/places")
class Places(MethodView):
    """The units to pick from."""

    @public
    @blp.response(200, PlacesOut)
    def get(self) -> dict[str, Any]:
        """All 124 units of the province."""
        caching.cache_for(SHELF_SECONDS, shared=True)
        return {"items": geography.units(), "next": None}


@blp.route("/places/resolve")
class Resolve(MethodView):
    """Written addresses."""

    @public
    @blp.arguments(AddressQuery, location="query")
    @blp.response(200, ResolvedOut)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The units that a written address may mean, never a silent guess."""
        candidates = geography.resolve(query["address"])
        return {"candidates": candidates, "ambiguous": geography.ambiguous(candidates)}


@blp.route("/places/<string:code>")
class Place(MethodView):
    """One unit."""

    @public
    @blp.response(200, PlaceOut)
    def get(self, code: str) -> dict[str, Any]:
        """The unit with this code, its names of before, and the units that are nearest."""
        try:
            unit = geography.unit(code)
        except UnknownPlace:
            raise NotFound(what="place") from None
        caching.cache_for(SHELF_SECONDS, shared=True)
        return {
            **asdict(unit),
            "valid_from": NEW_SINCE,
            "former": [ward for ward in old_wards() if ward.now == unit],
            "point": {"lat": unit.lat, "lon": unit.lon},
            "nearest": geography.nearest(code)[1 : NEAREST + 1],
        }

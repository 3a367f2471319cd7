"""Communes, wards and the special zone, and which of them a written address means."""

from typing import Any

import marshmallow as ma
from flask.views import MethodView
from flask_smorest import Blueprint

from api import caching
from api.auth import public
from api.fields import Choice, Flag, ListOf, Query, Schema, Text
from api.v1.offer_shapes import Nested
from market import geography
from market.geography import Candidate, PlaceKind, Unit

blp = Blueprint("places", __name__, description="Places of the province since 1 July 2025.")

SHELF_SECONDS = 3600


class UnitOut(Schema):
    """A unit below the province."""

    code = Text(most=10)
    name = Text(most=100)
    type = Choice(PlaceKind)


class PlacesOut(Schema):
    """All units, by code."""

    items = ListOf(Nested(UnitOut), most=1_000)
    next = ma.fields.String(allow_none=True)


class AddressQuery(Query):
    """An address as somebody wrote it, with or without marks, old wards and districts too."""

    address = Text(most=300, required=True)


class CandidateOut(Schema):
    """A unit that may be meant, and why."""

    unit = Nested(UnitOut)
    confidence = ma.fields.Float()
    reason = Text(most=60)


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
        return {"items": [_unit(each) for each in geography.units()], "next": None}


@blp.route("/places/resolve")
class Resolve(MethodView):
    """Written addresses."""

    @public
    @blp.arguments(AddressQuery, location="query")
    @blp.response(200, ResolvedOut)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The units that a written address may mean, never a silent guess."""
        candidates = geography.resolve(query["address"])
        return {
            "candidates": [_candidate(each) for each in candidates],
            "ambiguous": geography.ambiguous(candidates),
        }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    return {
        "unit": _unit(candidate.unit),
        "confidence": candidate.confidence,
        "reason": candidate.reason,
    }


def _unit(unit: Unit) -> dict[str, Any]:
    return {"code": unit.code, "name": unit.name, "type": unit.kind}

"""Communes, wards and the special zone, and which of them a written address means."""

from dataclasses import asdict

from api import caching
from api.fields import Choice, DayField, Flag, Integer, ListOf, Query, Schema, Text, page_of
from api.v1.offer_shapes import Nested
from api.v1.resources import Facts, Resources, ma
from api.v1.roles import EVERYBODY
from market import geography
from market.errors import NotFound
from market.geography import PlaceKind, UnknownPlace
from market.geography.units import NEW_SINCE, OLD_UNTIL, old_wards

blp = Resources("places", __name__, description="Places of the province since 1 July 2025.")

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


PlacesOut = page_of(UnitOut, "all units, by code", name="PlacesOut", most=1_000)


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


@blp.get("/places", EVERYBODY, PlacesOut)
def units() -> Facts:
    """All 124 units of the province."""
    caching.cache_for(SHELF_SECONDS, shared=True)
    return {"items": geography.units(), "next": None}


@blp.get("/places/resolve", EVERYBODY, ResolvedOut, query=AddressQuery)
def resolve(query: Facts) -> Facts:
    """The units that a written address may mean, never a silent guess."""
    candidates = geography.resolve(query["address"])
    return {"candidates": candidates, "ambiguous": geography.ambiguous(candidates)}


@blp.get("/places/<string:code>", EVERYBODY, PlaceOut)
def one(code: str) -> Facts:
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

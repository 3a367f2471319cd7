"""What stands before anybody trades: categories, languages, and the places of the province."""

from dataclasses import asdict

from api import caching
from api.fields import Choice, DayField, Dict, Flag, Integer, ListOf, Query, Schema, Text, page_of
from api.v1.offer_shapes import CommuneOut
from api.v1.resources import EVERYBODY, Any, Facts, Resources, g, ma
from catalog import categories
from market import NotFound, geography
from market.geography.units import NEW_SINCE, OLD_UNTIL, PlaceKind, old_wards
from translations import text
from translations.languages import REGISTRY, offered

kinds = Resources("categories", __name__, description="What kinds of thing are sold.")
tongues = Resources("languages", __name__, description="Languages to read the market in.")
blp = Resources("places", __name__, description="Places of the province since 1 July 2025.")

WORDS_SECONDS, PLACES_SECONDS = 300, 3600  # for how long an answer may be kept
NEAREST = 30


class Word(Text):
    """A message in the reader's language, by its key."""

    def _serialize(self, value: Any, *_: Any, **__: Any) -> str:
        return text(g.languages, value)


class CategoryOut(Schema):
    """A kind of goods or visit; `unit`, `scale` and `increment` are its usual ones."""

    code = Text(most=60)
    parent = Text(most=60, allow_none=True)
    name = Word(most=100, attribute="name_key")
    kind = Choice(categories.Sold)
    unit = Text(most=3)
    scale = Integer(most=6)
    increment = Integer()


CategoriesOut = page_of(CategoryOut, "the whole tree", name="CategoriesOut", most=1_000)


@kinds.get("/categories", EVERYBODY, CategoriesOut)
def tree() -> Facts:
    """All categories, in the order of the shelf."""
    caching.cache_for(WORDS_SECONDS)
    return {"items": categories.all(), "next": None}


class LanguageOut(Schema):
    """A language by its BCP 47 tag; its own name is empty until a speaker gives it."""

    tag = Text(most=35)
    name = Text(most=60, least=0, attribute="autonym")
    name_vi = Text(most=60)
    script = Text(most=4)
    offered = Flag(metadata={"description": "Whether every word of the market is in it."})
    fallbacks = ListOf(Text(most=35), most=10)


LanguagesOut = page_of(LanguageOut, "all languages", name="LanguagesOut", most=100)


@tongues.get("/languages", EVERYBODY, LanguagesOut)
def languages() -> Facts:
    """The languages, and what is read where one has no words yet."""
    caching.cache_for(WORDS_SECONDS)
    said = [asdict(each) | {"offered": each in offered()} for each in REGISTRY.values()]
    return {"items": said, "next": None}


class UnitOut(CommuneOut):
    """A unit below the province."""

    type = Choice(PlaceKind, attribute="kind")


class FormerOut(Schema):
    """A ward, commune or town of before that became a part of the unit."""

    name = Text(most=200, attribute="full_name")
    valid_until = ma.fields.Constant(OLD_UNTIL.isoformat())


class DistanceOut(Schema):
    """About how far it is by road, reckoned from the centres and the lie of the land."""

    unit = ma.fields.Nested(UnitOut)
    km = Integer()
    estimate = Flag()


class PlaceOut(UnitOut):
    """A unit with what it was made of and what lies around it, nearest first."""

    valid_from = DayField()
    former = ListOf(ma.fields.Nested(FormerOut), most=100)
    point = Dict(keys=ma.fields.String(), values=ma.fields.Float())
    nearest = ListOf(ma.fields.Nested(DistanceOut), most=NEAREST)


PlacesOut = page_of(UnitOut, "all units, by code", name="PlacesOut", most=1_000)


class AddressQuery(Query):
    """An address as somebody wrote it, with or without marks, old wards and districts too."""

    address = Text(most=300, required=True)


class CandidateOut(Schema):
    """A unit that may be meant, and why; `former` is what was written if that is an old name."""

    unit = ma.fields.Nested(UnitOut)
    confidence = ma.fields.Float()
    reason = Text(most=60)
    former = Text(most=200, allow_none=True)


class ResolvedOut(Schema):
    """What may be meant, likeliest first; when `ambiguous`, ask."""

    candidates = ListOf(ma.fields.Nested(CandidateOut), most=200)
    ambiguous = Flag()


@blp.get("/places", EVERYBODY, PlacesOut)
def units() -> Facts:
    """All 124 units of the province."""
    caching.cache_for(PLACES_SECONDS, shared=True)
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
    except geography.UnknownPlace:
        raise NotFound(what="place") from None
    caching.cache_for(PLACES_SECONDS, shared=True)
    return {
        **asdict(unit),
        "valid_from": NEW_SINCE,
        "former": [ward for ward in old_wards() if ward.now == unit],
        "point": {"lat": unit.lat, "lon": unit.lon},
        "nearest": geography.nearest(code)[1 : NEAREST + 1],
    }

"""The languages of the province, and which of them the market can already speak."""

from typing import Any

from api import caching
from api.fields import Flag, ListOf, Schema, Text
from api.v1.resources import Blueprint, MethodView, ma, public
from translations.languages import REGISTRY, Language, offered

blp = Blueprint("languages", __name__, description="Languages to read the market in.")

SHELF_SECONDS = 300


class LanguageOut(Schema):
    """A language by its BCP 47 tag; its own name is empty until a speaker gives it."""

    tag = Text(most=35)
    name = Text(most=60, least=0)
    name_vi = Text(most=60)
    script = Text(most=4)
    offered = Flag(metadata={"description": "Whether every word of the market is in it."})
    fallbacks = ListOf(Text(most=35), most=10)


class LanguagesOut(Schema):
    """All languages, those that are complete first."""

    items = ListOf(ma.fields.Nested(LanguageOut), most=100)
    next = ma.fields.String(allow_none=True)


@blp.route("/languages")
class Languages(MethodView):
    """What a reader may choose from."""

    @public
    @blp.response(200, LanguagesOut)
    def get(self) -> dict[str, Any]:
        """The languages, and what is read where one has no words yet."""
        caching.cache_for(SHELF_SECONDS)
        return {"items": [_shown(each) for each in REGISTRY.values()], "next": None}


def _shown(language: Language) -> dict[str, Any]:
    return {
        "tag": language.tag,
        "name": language.autonym,
        "name_vi": language.name_vi,
        "script": language.script,
        "offered": language in offered(),
        "fallbacks": list(language.fallbacks),
    }

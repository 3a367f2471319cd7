"""The languages of the province, and which of them the market can already speak."""

from dataclasses import asdict

from api import caching
from api.fields import Flag, ListOf, Schema, Text, page_of
from api.v1.resources import Facts, Resources
from api.v1.roles import EVERYBODY
from translations.languages import REGISTRY, offered

blp = Resources("languages", __name__, description="Languages to read the market in.")

SHELF_SECONDS = 300


class LanguageOut(Schema):
    """A language by its BCP 47 tag; its own name is empty until a speaker gives it."""

    tag = Text(most=35)
    name = Text(most=60, least=0, attribute="autonym")
    name_vi = Text(most=60)
    script = Text(most=4)
    offered = Flag(metadata={"description": "Whether every word of the market is in it."})
    fallbacks = ListOf(Text(most=35), most=10)


LanguagesOut = page_of(LanguageOut, "all languages", name="LanguagesOut", most=100)


@blp.get("/languages", EVERYBODY, LanguagesOut)
def languages() -> Facts:
    """The languages, and what is read where one has no words yet."""
    caching.cache_for(SHELF_SECONDS)
    said = [asdict(each) | {"offered": each in offered()} for each in REGISTRY.values()]
    return {"items": said, "next": None}

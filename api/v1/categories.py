"""The tree of categories, in the reader's language."""

from typing import Any

from api import caching
from api.fields import Choice, Integer, Schema, Text, page_of
from api.v1.resources import Facts, Resources, g
from api.v1.roles import EVERYBODY
from catalog import categories
from catalog.categories import Sold
from translations import text

blp = Resources("categories", __name__, description="What kinds of thing are sold.")

SHELF_SECONDS = 300


class Word(Text):
    """A message in the reader's language, by its key."""

    def _serialize(self, value: Any, *_: Any, **__: Any) -> str:
        return text(g.languages, value)


class CategoryOut(Schema):
    """A kind of goods or visit; `unit`, `scale` and `increment` are its usual ones."""

    code = Text(most=60)
    parent = Text(most=60, allow_none=True)
    name = Word(most=100, attribute="name_key")
    kind = Choice(Sold)
    unit = Text(most=3)
    scale = Integer(most=6)
    increment = Integer()


CategoriesOut = page_of(CategoryOut, "the whole tree", name="CategoriesOut", most=1_000)


@blp.get("/categories", EVERYBODY, CategoriesOut)
def tree() -> Facts:
    """All categories, in the order of the shelf."""
    caching.cache_for(SHELF_SECONDS)
    return {"items": categories.all(), "next": None}

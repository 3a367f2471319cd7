"""The tree of categories, in the reader's language."""

from typing import Any

from api import caching
from api.fields import Choice, Integer, ListOf, Schema, Text
from api.v1.resources import Blueprint, MethodView, g, ma, public
from catalog import categories
from catalog.categories import Sold
from translations import text

blp = Blueprint("categories", __name__, description="What kinds of thing are sold.")

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


class CategoriesOut(Schema):
    """The whole tree, parents before children."""

    items = ListOf(ma.fields.Nested(CategoryOut), most=1_000)
    next = ma.fields.String(allow_none=True)


@blp.route("/categories")
class Categories(MethodView):
    """The tree."""

    @public
    @blp.response(200, CategoriesOut)
    def get(self) -> dict[str, Any]:
        """All categories, in the order of the shelf."""
        caching.cache_for(SHELF_SECONDS)
        return {"items": categories.all(), "next": None}

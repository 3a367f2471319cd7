"""Search over everything on the shelf."""

from typing import Any

from flask import Response, g
from flask.views import MethodView
from flask_smorest import Blueprint

from api import context, paging
from api.auth import public
from api.v1 import offer_rows
from api.v1.offer_shapes import FoundPage, SearchQuery, SuggestionsOut, SuggestQuery
from catalog import search
from catalog.search import Filters
from market import clock

blp = Blueprint("search", __name__, description="Finding goods and visits.")


@blp.route("/search")
class Search(MethodView):
    """What is found."""

    @public
    @blp.arguments(SearchQuery, location="query")
    @blp.response(200, FoundPage)
    def get(self, query: dict[str, Any]) -> Response:
        """Goods and visits by words, with or without marks; without words, the newest.

        Where nothing is found `did_you_mean` may be a query that finds something.
        """
        lang = g.languages[0]
        with context.database().asking() as connection:
            found = search.find(
                connection,
                query=query["q"],
                filters=_filters(query),
                lang=lang,
                after=query["cursor"],
                limit=query["limit"],
                now=clock.now(),
            )
        page = paging.page(found, limit=query["limit"], key=lambda each: each.key)
        page["items"] = [offer_rows.found(each.row, lang) for each in page["items"]]
        nothing = not found and query["cursor"] is None
        page["did_you_mean"] = search.did_you_mean(g.session, query=query["q"]) if nothing else None
        return offer_rows.respond(page)


@blp.route("/suggest")
class Suggest(MethodView):
    """Words while they are typed."""

    @public
    @blp.arguments(SuggestQuery, location="query")
    @blp.response(200, SuggestionsOut)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """The query with its last word completed by words that are on the shelf."""
        return {"items": search.complete(g.session, query=query["q"])}


def _filters(query: dict[str, Any]) -> Filters:
    return Filters(
        kind=query["kind"],
        category=query["category"],
        commune=query["commune"],
        seller_id=query["seller"],
        price_from=query["price_from"],
        price_to=query["price_to"],
    )

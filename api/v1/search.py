"""Search over everything on the shelf."""

from datetime import datetime

from api import context, paging
from api.v1 import offer_rows, offer_shapes
from api.v1.resources import EVERYBODY, Any, Facts, Resources, Response, g
from catalog import search
from catalog.search.facets import PRICE_BANDS
from market import clock, portable

blp = Resources("search", __name__, description="Finding goods and visits.")


@blp.get("/search", EVERYBODY, offer_shapes.FoundPage, query=offer_shapes.SearchQuery)
def find(query: Facts) -> Response:
    """Goods and visits by words, with or without marks; without words, the newest.

    Where nothing is found `did_you_mean` may be a query that finds something. `near` is the
    commune around which `sort=nearest` looks.
    """
    lang, wanted, now = g.languages[0], _search(query), clock.now()
    after, limit = query["cursor"], query["limit"]
    is_first = after is None
    with context.database().asking() as connection:
        found = search.find(connection, wanted, lang=lang, after=after, limit=limit, now=now)
        overview = query["overview"] and is_first and _overview(connection, wanted, now)
    page = paging.page(found, limit=limit, key=lambda each: each.key)
    page["items"] = [offer_rows.found(each.row, lang) for each in page["items"]]
    nothing = not found and is_first
    page["did_you_mean"] = search.did_you_mean(g.session, query=query["q"]) if nothing else None
    page["overview"] = overview or None
    return offer_rows.respond(page)


@blp.get("/suggest", EVERYBODY, offer_shapes.SuggestionsOut, query=offer_shapes.SuggestQuery)
def suggest(query: Facts) -> Facts:
    """The query with its last word completed by words that are on the shelf."""
    return {"items": search.complete(g.session, query=query["q"])}


def _search(query: Facts) -> search.Search:
    filters = search.Filters(**{name: query[name] for name in search.Filters._fields})
    return search.Search(query=query["q"], filters=filters, sort=query["sort"], near=query["near"])


def _overview(connection: portable.Asker, wanted: search.Search, now: datetime) -> Facts:
    counted = search.counted(connection, wanted, today=clock.day_of(now))
    return {
        "total": _count(counted.total),
        "facets": {
            facet.value: [{"value": _value(facet, it.value)} | _count(it) for it in values]
            for facet, values in counted.facets.items()
        },
        "sellers": [offer_rows.seller(row) for row in search.sellers(connection, wanted.query)],
        "places": [offer_rows.commune(each.code) for each in search.places(wanted.query)],
    }


def _count(counted: Any) -> Facts:
    return {"count": counted.many, "more": counted.more}


def _value(facet: search.Facet, value: str) -> str:
    return str(PRICE_BANDS[int(value)]) if facet is search.Facet.PRICE else value

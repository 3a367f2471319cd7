"""How many are found and of what, as links that narrow a search or take a filter off again."""

from typing import Any
from urllib.parse import urlencode

from flask import g

from catalog import categories
from catalog.search import Facet, Search, counted
from catalog.search.facets import PRICE_BANDS
from market import clock, geography
from translations import text

SEPARATE = {"near_text", "near_for"}


def address(asked: dict[str, str], **changes: str) -> str:
    """The search with some of it changed."""
    kept = {name: value for name, value in (asked | changes).items() if name not in SEPARATE}
    return "/search?" + urlencode({name: value for name, value in kept.items() if value})


def overview(search: Search, asked: dict[str, str]) -> dict[str, Any]:
    """The total in words, each facet with its values as links, and the filters that are set."""
    found = counted(g.session.connection(), search, today=clock.day_of(clock.now()))
    facets = [
        (facet, [_link(facet, each, asked) for each in found.facets[facet]]) for facet in Facet
    ]
    return {
        "total": text(g.languages, "page.search.total", count=_number(found.total)),
        "facets": [(facet, links) for facet, links in facets if links],
        "on": _taken(asked),
    }


def _link(facet: Facet, value: Any, asked: dict[str, str]) -> dict[str, Any]:
    changes = _changes(facet, value.value)
    return {
        "word": _word(facet, value.value),
        "count": _number(value),
        "href": address(asked, narrow="1", **changes),
        "on": all(asked[name] == it for name, it in changes.items()),
    }


def _taken(asked: dict[str, str]) -> list[dict[str, str]]:
    """The filters that are set, each with the search without it."""
    prices = {"price_from": asked["price_from"], "price_to": asked["price_to"]}
    named = {
        facet: _word(facet, asked[facet])
        for facet in (Facet.CATEGORY, Facet.COMMUNE, Facet.HARVEST, Facet.SELLER_KIND)
        if asked[facet]
    }
    taken = [
        {"word": word, "href": address(asked, narrow="1", **{facet: ""})}
        for facet, word in named.items()
        if word
    ]
    if asked["near"]:
        near = text(g.languages, "page.search.near_place", place=geography.unit(asked["near"]).name)
        taken.append({"word": near, "href": address(asked, narrow="1", near="", sort="")})
    if any(prices.values()):
        word = "–".join(prices.values())
        off = address(asked, narrow="1", price_from="", price_to="")
        taken.append({"word": f"{word} ₫", "href": off})
    return taken


def _changes(facet: Facet, value: str) -> dict[str, str]:
    if facet is not Facet.PRICE:
        return {facet: value}
    low, high = _band(int(value))
    return {"price_from": str(low), "price_to": str(high) if high else ""}


def _band(at: int) -> tuple[int, int | None]:
    return PRICE_BANDS[at], PRICE_BANDS[at + 1] - 1 if at + 1 < len(PRICE_BANDS) else None


def _word(facet: Facet, value: str) -> str:
    match facet:
        case Facet.CATEGORY:
            return text(g.languages, categories.get(value).name_key)
        case Facet.COMMUNE:
            unit = geography.known(value)
            return unit.name if unit else ""
        case Facet.HARVEST:
            year, _, month = value.partition("-")
            return text(g.languages, "page.search.month", month=int(month or 0), year=year)
        case Facet.SELLER_KIND:
            return text(g.languages, f"organisation.kind.{value}")
    low, high = _band(int(value))
    key = "from_price" if high is None else "up_to_price" if low == 0 else "price_band"
    thousands = {"low": low // 1000, "high": ((high or 0) + 1) // 1000}
    return text(g.languages, f"page.search.{key}", **thousands)


def _number(count: Any) -> str:
    return f"{count.many:,}+".replace(",", ".") if count.more else str(count.many)

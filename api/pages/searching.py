"""Finding goods and visits, with links that narrow it, and what starts on a day."""

import re
from urllib.parse import urlencode

from api import paging
from api.pages import cards, typed, where
from api.pages.frame import Any, Facts, Response, g, render, request, views
from catalog import categories, marks
from catalog.baskets import SEATS_MAX
from catalog.search import Facet, Filters, Search, Sort, counted, did_you_mean, places, sellers
from catalog.search.facets import PRICE_BANDS
from catalog.shelves import visits
from market import clock, geography
from market.accounts import OrganisationKind
from market.portable import uuid_of
from translations import Amount, text

PAGE, GUESTS = 24, 2
SEPARATE = {"near_text", "near_for", "delivers_to_text", "delivers_to_for"}
PRICE_MAX = 10**12
KINDS = ("", categories.Sold.GOODS, categories.Sold.VISIT)
_PRICES = ("price_from", "price_to")
_CHOSEN = ("category", "harvest", "seller_kind", "mark", "delivers_to")
_NARROWING = (*_CHOSEN, "commune", "sort", "near", *_PRICES)
_KEPT = ("q", "kind", "seller", *_NARROWING)
_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])", re.ASCII)


@views.get("/search")
def search() -> Response:
    """What is found; filters that cannot be read are as if they were not set, and said so."""
    asked, errors = _asked()
    wanted = _search(asked)
    asked |= _understood(wanted)
    after = paging.asked()
    found = cards.found(wanted, limit=PAGE, after=after)
    page = paging.page(found, limit=PAGE, key=lambda each: each.key)
    written = (*_NARROWING, "near_text", "delivers_to_text")
    narrowed = "narrow" in request.args or any(map(asked.get, written))
    words = None if found else did_you_mean(g.session, query=asked["q"])
    seller = cards.seller(found[0].row) if found and wanted.filters.seller_id else None
    return render(
        "search.html",
        values=asked,
        errors=errors,
        title=seller.name if seller else _heading(wanted),
        seller=seller,
        tabs=[(kind, _address(asked, kind=kind)) for kind in KINDS],
        narrowed=narrowed,
        filters=_address(asked, narrow="1"),
        sorts=cards.choices("page.search.sort", Sort),
        overview=_overview(wanted, asked) if narrowed and after is None else None,
        names=_named(wanted.query) if after is None else [],
        results=[one.row for one in page["items"]],
        next=paging.onward(page),
        meant=words and (words, _address(asked, q=words)),
    )


@views.get("/visits")
def of_day() -> Response:
    """What starts on a day, and has room for so many guests."""
    (given, errors), now = where.asked("place"), clock.now()
    today = clock.day_of(now)
    day = max(typed.day(given.get("on")) or today, today)
    guests = min(typed.count(given.get("guests", "")) or GUESTS, SEATS_MAX)
    near = geography.known(given.get("place", ""))
    asked: Facts = {"guests": guests, "commune": near and near.code, "lang": g.languages[0]}
    found = visits.of_day(g.session.connection(), day=day, now=now, **asked)
    values = {"on": str(day), "guests": guests, **given}
    return render("visits.html", rows=found, day=day, values=values, errors=errors)


def _asked() -> tuple[dict[str, str], dict[str, str]]:
    """What is asked for by name, and what of it cannot be read."""
    given, errors = where.asked("near", "delivers_to")
    unread = [name for name in _PRICES if given.get(name) and _whole(given[name]) is None]
    errors |= dict.fromkeys(unread, text(g.languages, "page.search.no_price"))
    kept = {name: given.get(name, "") for name in _KEPT}
    return kept | {name: given[name] for name in SEPARATE if name in given}, errors


def _search(asked: dict[str, str]) -> Search:
    known = {each.code for each in categories.all()}
    filters = Filters(
        kind=typed.one_of(categories.Sold, asked["kind"]),
        category=asked["category"] if asked["category"] in known else None,
        commune=asked["commune"] or None,
        seller_id=typed.id_of(asked["seller"]),
        seller_kind=typed.one_of(OrganisationKind, asked["seller_kind"]),
        mark=asked["mark"] if asked["mark"] in marks.all() else None,
        harvest=asked["harvest"] if _MONTH.fullmatch(asked["harvest"]) else None,
        price_from=_whole(asked["price_from"]),
        price_to=_whole(asked["price_to"]),
        delivers_to=asked["delivers_to"] if geography.known(asked["delivers_to"]) else None,
    )
    near = asked["near"] if geography.known(asked["near"]) else None
    usual = Sort.NEAREST if near else Sort.RELEVANCE
    sort = typed.one_of(Sort, asked["sort"]) or usual
    return Search(query=asked["q"], filters=filters, sort=sort, near=near)


def _named(query: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Sellers and places that the words may mean: their sign, names and shelves."""
    found = sellers(g.session.connection(), query)
    shops = [(each.name, f"/s/{uuid_of(each.id)}") for each in found]
    where_ = [(each.name, f"/search?commune={each.code}") for each in places(query)]
    return [("sell", shops), ("pin", where_)]


def _heading(wanted: Search) -> str:
    if wanted.query:
        return text(g.languages, "page.search.results", words=wanted.query)
    category, most = wanted.filters.category, wanted.filters.price_to
    name = categories.get(category).name_key if category else "page.search.title"
    what = text(g.languages, name)
    if most is None:
        return what
    return text(g.languages, "page.search.below", what=what, price=Amount(most))


def _understood(wanted: Search) -> dict[str, str]:
    """What was asked for, without what is not known."""
    given = {name: getattr(wanted.filters, name) for name in _CHOSEN}
    return {name: value or "" for name, value in given.items()} | {"near": wanted.near or ""}


def _whole(asked: str) -> int | None:
    digits = asked.replace(".", "").replace(",", "").replace(" ", "")
    if not (digits.isascii() and digits.isdigit()):
        return None
    return min(int(digits[:15]), PRICE_MAX)


def _address(asked: dict[str, str], **changes: str) -> str:
    """The search with some of it changed."""
    kept = {name: value for name, value in (asked | changes).items() if name not in SEPARATE}
    return "/search?" + urlencode({name: value for name, value in kept.items() if value})


def _overview(search: Search, asked: dict[str, str]) -> Facts:
    """The total in words, each facet with its values as links, and the filters that are set."""
    found = counted(g.session.connection(), search, today=clock.day_of(clock.now()))
    links = {it: [_link(it, each, asked) for each in found.facets[it]] for it in Facet}
    return {
        "total": text(g.languages, "page.search.total", count=_number(found.total)),
        "facets": [(facet, its) for facet, its in links.items() if its],
        "on": _taken(asked),
    }


def _link(facet: Facet, value: Any, asked: dict[str, str]) -> Facts:
    changes = _changes(facet, value.value)
    return {
        "word": _word(facet, value.value),
        "count": _number(value),
        "href": _address(asked, narrow="1", **changes),
        "on": all(asked[name] == it for name, it in changes.items()),
    }


def _taken(asked: dict[str, str]) -> list[dict[str, str]]:
    """The filters that are set, each with the search without it."""
    facets = (Facet.CATEGORY, Facet.COMMUNE, Facet.HARVEST, Facet.SELLER_KIND, Facet.MARK)
    taken: list[tuple[str, dict[str, str]]] = [
        (_word(facet, asked[facet]), {facet: ""}) for facet in facets if asked[facet]
    ]
    for name, key in (("near", "near_place"), ("delivers_to", "delivered_to")):
        if asked[name]:
            word = text(g.languages, f"page.search.{key}", place=geography.unit(asked[name]).name)
            taken.append((word, {name: "", "sort": "" if name == "near" else asked["sort"]}))
    if asked["price_from"] or asked["price_to"]:
        word = f"{asked['price_from']}–{asked['price_to']} ₫"
        taken.append((word, dict.fromkeys(_PRICES, "")))
    known = [its for its in taken if its[0]]
    return [{"word": word, "href": _address(asked, narrow="1", **its)} for word, its in known]


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
        case Facet.MARK:
            return marks.get(value).name(g.languages[0])
    low, high = _band(int(value))
    key = "from_price" if high is None else "up_to_price" if low == 0 else "price_band"
    thousands = {"low": low // 1000, "high": ((high or 0) + 1) // 1000}
    return text(g.languages, f"page.search.{key}", **thousands)


def _number(count: Any) -> str:
    return f"{count.many:,}+".replace(",", ".") if count.more else str(count.many)

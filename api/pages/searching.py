"""Finding goods and visits, all of them or those of one seller."""

from urllib.parse import urlencode
from uuid import UUID

from flask import Response, g, request

from api.pages import cards
from api.pages.frame import Views, render
from catalog import categories
from catalog.categories import Sold
from catalog.search import Filters, did_you_mean
from translations import Amount, text

views = Views()

PAGE = 24
PRICE_MAX = 10**12
KINDS = ("", Sold.GOODS, Sold.VISIT)


@views.get("/search")
def search() -> Response:
    """What is found; filters that cannot be read are as if they were not set, and said so."""
    asked = {name: request.args.get(name, "").strip()[:200] for name in _FILTERS}
    narrowed = "narrow" in request.args or any(asked[name] for name in _NARROWING)
    found = cards.cards(asked["q"], _filters(asked), limit=PAGE, after=_after(asked["after"]))
    more = found[PAGE - 1].key if len(found) > PAGE else None
    seller = cards.seller(found[0].row) if found and _uuid(asked["seller"]) else None
    return render(
        "search.html",
        values=asked,
        errors=_unread(asked),
        heading=seller["name"] if seller else _heading(asked),
        seller=seller,
        tabs=[(kind, _address(asked, kind=kind)) for kind in KINDS],
        narrowed=narrowed,
        filters=_address(asked, narrow="1"),
        categories=cards.kinds() if narrowed else [],
        communes=cards.communes() if narrowed else [],
        results=[cards.card(one.row) for one in found[:PAGE]],
        next=_address(asked, after=f"{more[0]}-{more[1]}") if more else None,
        meant=None if found else _meant(asked),
    )


def _meant(asked: dict[str, str]) -> tuple[str, str] | None:
    """Where nothing is found: the words that something has, and the address of their search."""
    words = did_you_mean(g.session, query=asked["q"])
    return (words, _address(asked, q=words)) if words else None


def _heading(asked: dict[str, str]) -> str:
    if asked["q"]:
        return text(g.languages, "page.search.results", words=asked["q"])
    category, most = _filters(asked).category, _whole(asked["price_to"])
    name = categories.get(category).name_key if category else "page.search.title"
    what = text(g.languages, name)
    if most is None:
        return what
    return text(g.languages, "page.search.below", what=what, price=Amount(most))


def _unread(asked: dict[str, str]) -> dict[str, str]:
    unread = [name for name in _PRICES if asked[name] and _whole(asked[name]) is None]
    return {name: text(g.languages, "page.search.no_price") for name in unread}


def _address(asked: dict[str, str], **changes: str) -> str:
    kept = {name: value for name, value in asked.items() if name != "after"} | changes
    return "/search?" + urlencode({name: value for name, value in kept.items() if value})


_PRICES = ("price_from", "price_to")
_NARROWING = ("category", "commune", *_PRICES)
_FILTERS = ("q", "kind", "seller", "after", *_NARROWING)


def _filters(asked: dict[str, str]) -> Filters:
    known = {each.code for each in categories.all()}
    return Filters(
        kind=Sold(asked["kind"]) if asked["kind"] in set(Sold) else None,
        category=asked["category"] if asked["category"] in known else None,
        commune=asked["commune"] or None,
        seller_id=_uuid(asked["seller"]),
        price_from=_whole(asked["price_from"]),
        price_to=_whole(asked["price_to"]),
    )


def _after(asked: str) -> tuple[int, int] | None:
    tier, _, key = asked.partition("-")
    if not (tier.isascii() and tier.isdigit() and key.isascii() and key.isdigit()):
        return None
    return (int(tier[:2]), min(int(key[:19]), 2**63 - 1))


def _whole(asked: str) -> int | None:
    digits = asked.replace(".", "").replace(",", "").replace(" ", "")
    if not (digits.isascii() and digits.isdigit()):
        return None
    return min(int(digits[:15]), PRICE_MAX)


def _uuid(asked: str) -> UUID | None:
    try:
        return UUID(asked)
    except ValueError:
        return None

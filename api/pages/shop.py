"""What everybody may look at: the first page, a listing, a visit, a lot's story."""

from collections.abc import Callable

from api import context
from api.pages import cards, regarding, staying, typed
from api.pages.frame import UUID, Any, Facts, Response, acting, g, go, render, request, views
from catalog import categories, claiming, delivering, harvests, offers, options, search, tiers
from catalog.experiences import STAY
from catalog.marks import MarkClaim
from catalog.models import ListingState
from catalog.shelves import goods, visits
from market import clock, holidays, texts, traceability
from market.accounts import SYSTEM
from market.errors import NotFound
from market.ids import normal_code
from market.portable import uuid_of
from market.quantity import Quantity
from market.traceability.models import Plot

SHELF = 8
PAGE = 24
DEPARTURES = 12


@views.get("/")
def home() -> Response:
    """The market's first page."""
    return render(
        "home.html",
        kinds=categories.children(None),
        fresh=_one_each(cards.shelf(PAGE, kind=categories.Sold.GOODS))[:SHELF],
        visits=cards.shelf(SHELF // 2, kind=categories.Sold.VISIT),
        prices=cards.prices()[:3],
    )


@views.get("/prices")
def prices() -> Response:
    """What products fetch at the farm gate."""
    return render("prices.html", prices=cards.prices())


def _one_each(found: list[Any]) -> list[Any]:
    """The newest of every seller first, then what else they have."""
    firsts: dict[Any, Any] = {}
    for row in found:
        firsts.setdefault(row.seller_id, row)
    chosen = list(firsts.values())
    return chosen + [row for row in found if row not in chosen]


@views.get("/g/<uuid:listing_id>")
def listing(listing_id: UUID) -> Response:
    """One listing."""
    return render("listing.html", **listing_facts(listing_id))


def listing_facts(listing_id: UUID) -> Facts:
    """What the page of a listing shows; shown again where its form was refused."""
    page = _seen(goods.one, listing_id=listing_id)
    row, left, coming = page.row, max(0, int(page.row.left)), page.coming
    ahead = coming.left if harvests.orderable(coming, now=clock.now()) else 0
    is_sold = row.state != ListingState.PAUSED
    seller = cards.seller(row)
    ids = {"seller_ids": [seller.id]}
    zones = delivering.zones_of(g.session, **ids) if seller.zoned else {seller.id: {}}
    return {
        "good": row,
        "photos": _photos(page),
        "lots": page.lots,
        "prices": is_sold and tiers.told(**acting(), listing_id=listing_id),
        "stock": Quantity(left, row.scale, row.unit),
        "amount": cards.amount(row, most=max(left, ahead)),
        "coming": coming,
        "ahead": Quantity(ahead, row.scale, row.unit),
        "seller": seller,
        "closed": holidays.coming(seller, clock.now()),
        "today": clock.day_of(clock.now()),
        "zones": list(zones[seller.id].values()),
        "points": delivering.points_of(g.session, **ids),
        "borne": _borne(row),
        "more": _others(categories.Sold.GOODS, row.id, seller_id=row.seller_id),
        **regarding.about("g", listing_id),
    }


@views.get("/x/<uuid:experience_id>")
def experience(experience_id: UUID) -> Response:
    """One visit with its next departures."""
    return render("experience.html", **visit_facts(experience_id))


def visit_facts(experience_id: UUID) -> Facts:
    """What the page of a visit shows; shown again where a form on it was refused.

    Of what starts on the day that was asked for, or soon, each option with its own.
    """
    page, now = _seen(visits.one, experience_id=experience_id), clock.now()
    on = typed.day(request.args.get("on"))
    asked: Facts = {"actor": g.actor, "limit": DEPARTURES, "now": now}
    asked |= {"experience_id": experience_id, "after": on and (clock.start_of(on), UUID(int=0))}
    coming = visits.departures(g.session.connection(), **asked)[:DEPARTURES]
    open_ = [row for row in coming if not row.closed and row.cutoff_at > now]
    sold = options.of_experience(g.session, experience_id=experience_id)
    names = texts.read(g.session, subject_ids=[it.id for it in sold], languages=g.languages)
    return {
        "visit": page.row,
        "photos": _photos(page),
        "on": on,
        "today": clock.day_of(now),
        "options": [
            {
                "option": it,
                "name": (said := names.get(it.id, {}).get(offers.OPTION)) and said.body,
                "departures": [row for row in open_ if row.option_id == it.id],
            }
            for it in sold
        ],
        "seller": cards.seller(page.row),
        "borne": _borne(page.row),
        "more": _others(categories.Sold.VISIT, page.row.id),
        **regarding.about("x", experience_id),
        **(staying.rooms_of(experience_id) if page.row.category_code.startswith(STAY) else {}),
    }


def _seen(one: Callable[..., goods.Page], **offer: UUID) -> goods.Page:
    """The offer as its reader may see it; a paused one by everybody who has its address."""
    given = {"lang": g.languages[0], "now": clock.now(), **offer}
    try:
        return one(g.session.connection(), actor=g.actor, **given)
    except NotFound:
        page = one(g.session.connection(), actor=SYSTEM, **given)
        if page.row.state != ListingState.PAUSED:
            raise
        return page


@views.get("/l")
def look_up() -> Response:
    """From a typed code to its lot."""
    return go("/l/" + (normal_code(request.args.get("code", "")) or "-"))


@views.get("/l/<code>")
def lot(code: str) -> Response:
    """The public story of a lot."""
    trace = traceability.trace(g.session, code=code)
    asked = {"lot_id": trace.lot.id, "lang": g.languages[0], "now": clock.now()}
    return render(
        "lot.html",
        trace=trace,
        plot=g.session.get(Plot, trace.lot.plot_id) if trace.lot.plot_id else None,
        listings=search.from_lot(g.session.connection(), **asked),
        url=f"{context.settings().public_url}/l/{trace.lot.code}",
    )


def _photos(page: goods.Page) -> list[Any]:
    """What each shows is said in the offer's own language, or by its title in the reader's."""
    return [
        cards.photo(
            row.picture_id,
            alt=row.caption or row.title,
            size=(row.width, row.height),
            caption=row.caption,
            lang=row.source_lang if row.caption else None,
            blurred=row.placeholder,
        )
        for row in page.photos
    ]


def _borne(row: Any) -> list[MarkClaim]:
    """The claims of marks that an offer may show today, asked for where it has any."""
    return claiming.shown(g.session, [uuid_of(row.id)], clock.now()) if row.marks else []


def _others(kind: categories.Sold, but: UUID, **filters: Any) -> list[Any]:
    found = cards.shelf(5, kind=kind, **filters)
    return [row for row in found if uuid_of(row.id) != but][:4]

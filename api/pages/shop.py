"""What everybody may look at: first page, listings, visits, sellers, lots; what is said of them."""

from collections.abc import Callable

from flask import Response, g, request

from api import context, paging
from api.context import Facts, acting, asking
from api.orders_view import order_of_secret
from api.pages import cards, following, staying, typed
from api.pages.frame import UUID, Any, answered, came_from, form, go, render, views
from catalog import categories, claiming, delivering, harvests, offers, options, reviews, search
from catalog.experiences import STAY
from catalog.marks import MarkClaim
from catalog.models import ListingState
from catalog.shelves import goods, visits
from catalog.tiers import told as told_prices
from market import NotFound, clock, holidays, traceability
from market.accounts import SYSTEM, Organisation, Role, Scope, organisations
from market.ids import normal_code
from market.portable import uuid_of
from market.quantity import Quantity
from market.traceability.models import Plot

SHELF, PAGE, DEPARTURES = 8, 24, 12
REVIEWS_FIRST, REVIEWS = 5, 20


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
        "prices": is_sold and told_prices(**acting(), listing_id=listing_id),
        "stock": Quantity(left, row.scale, row.unit),
        "amount": cards.amount(row, most=max(left, ahead)),
        "coming": coming,
        "ahead": Quantity(ahead, row.scale, row.unit),
        "seller": seller,
        "closed": holidays.coming(seller, clock.now()),
        "zones": list(zones[seller.id].values()),
        "points": delivering.points_of(g.session, **ids),
        "borne": _borne(row),
        "more": _others(categories.Sold.GOODS, row.id, seller_id=row.seller_id),
        **about("g", listing_id),
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
    names = cards.said((it.id for it in sold), offers.OPTION)
    of = {it.id: [row for row in open_ if row.option_id == it.id] for it in sold}
    shown = [{"option": it, "name": names.get(it.id), "departures": of[it.id]} for it in sold]
    return {
        "visit": page.row,
        "photos": _photos(page),
        "on": on,
        "options": shown,
        "seller": cards.seller(page.row),
        "borne": _borne(page.row),
        "more": _others(categories.Sold.VISIT, page.row.id),
        **about("x", experience_id),
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


@views.get("/s/<uuid:seller_id>")
def seller(seller_id: UUID) -> Response:
    """The page of a seller who is verified, or has something on the shelf."""
    offers, shop = cards.shelf(PAGE, seller_id=seller_id), g.session.get(Organisation, seller_id)
    if not offers:
        shop = organisations.get(**asking(), organisation_id=seller_id)
    return render("seller.html", shop=shop, offers=offers, **about("s", seller_id))


@views.get("/<any(g, x, s):what>/<uuid:its_id>/reviews")
def every(what: str, its_id: UUID) -> Response:
    """All reviews of goods, of a visit, or of a seller."""
    return render("reviews.html", **about(what, its_id, after=paging.asked(), limit=REVIEWS))


@views.post("/o/<opened>/<uuid:order_id>/reviews")
def write(opened: str, order_id: UUID) -> Response:
    """Say how something of the order was."""
    order = order_of_secret(g.session, opened, order_id)
    its_id = typed.identifier(form().get("subject_id", ""))

    def say(given: dict[str, str]) -> None:
        body = typed.bounded(given.get("body", ""), "body", reviews.WORDS_MAX)
        said: Any = {"subject_id": its_id, "stars": typed.count(given.get("stars", ""))}
        reviews.write(**acting(), order=order, **said, body=body)

    on = {"to": f"/o/{opened}#o-{order.code}", "said": "reviewed", "blame": "stars"}
    shown: Facts = {"reviewed": its_id}
    return answered("order.html", lambda: shown | following.order_page(opened), say, **on)


@views.post("/reviews/<uuid:review_id>/<any(reply, report):step>", Role.BUYER)
def respond(review_id: UUID, step: str) -> Response:
    """Answer as the seller, or ask the desk to take it down."""
    words = typed.needed(form(), "body", reviews.WORDS_MAX)
    if step == "reply":
        reviews.reply(**acting(), review_id=review_id, body=words)
    else:
        reviews.report(**acting(), review_id=review_id, why=words)
    return go(came_from() or "/", said=step)


@views.get("/favourites", Role.BUYER)
def remembered() -> Response:
    """What one wants to find again."""
    offers = reviews.kept_offers(**asking(), lang=g.languages[0], now=clock.now())
    return render("favourites.html", offers=offers, sellers=reviews.kept_sellers(**asking()))


@views.post("/favourites/<uuid:its_id>", Role.BUYER)
def remember(its_id: UUID) -> Response:
    """Remember it, or forget it."""
    if "drop" in form():
        reviews.drop(**asking(), subject_id=its_id)
    else:
        reviews.keep(**acting(), subject_id=its_id)
    return go(came_from() or "/favourites")


def about(what: str, its_id: UUID, *, after: Any = None, limit: int = REVIEWS_FIRST) -> Facts:
    """What is said of goods (`g`), a visit (`x`) or a seller (`s`); whether one remembers it."""
    its = {"seller_id" if what == "s" else "subject_id": its_id}
    found = reviews.page(g.session, after=after and after[0], limit=limit, **its)
    ids = {review.subject_id for review in found} if what == "s" else ()
    return {
        "its_id": its_id,
        "its_path": f"/{what}/{its_id}",
        "review_page": paging.page(found, limit=limit, key=lambda review: (review.id,)),
        "figures": reviews.figures(g.session, **its),
        "titles": cards.said(ids, "title"),
        "answers_for": g.actor.sells_for(Scope.ORDERS),
        "is_kept": reviews.is_kept(**asking(), subject_id=its_id),
    }

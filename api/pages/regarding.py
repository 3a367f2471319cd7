"""What buyers say and remember: sellers' pages, reviews, favourites; what managers approve."""

from flask import Response, g

from api import house, paging
from api.context import acting, asking
from api.orders_view import order_of_secret
from api.pages import cards, following, typed
from api.pages.desk_facts import cooperative
from api.pages.frame import UUID, Any, Facts, answered, came_from, form, go, render, views
from catalog import reviews
from market import clock, texts
from market.accounts import Organisation, Role, Scope, organisations

OFFERS, FIRST, PAGE = 24, 5, 20


@views.get("/s/<uuid:seller_id>")
def seller(seller_id: UUID) -> Response:
    """The page of a seller who is verified, or has something on the shelf."""
    offers, shop = cards.shelf(OFFERS, seller_id=seller_id), g.session.get(Organisation, seller_id)
    if not offers:
        shop = organisations.get(**asking(), organisation_id=seller_id)
    today = clock.day_of(clock.now())
    return render("seller.html", shop=shop, offers=offers, today=today, **about("s", seller_id))


@views.get("/<any(g, x, s):what>/<uuid:its_id>/reviews")
def every(what: str, its_id: UUID) -> Response:
    """All reviews of goods, of a visit, or of a seller."""
    return render("reviews.html", **about(what, its_id, after=paging.asked(), limit=PAGE))


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


@views.post("/desk/changes", Role.MANAGER)
def approve_changes() -> Response:
    """From now on see members' changes of live offers first, or let them be made at once."""
    here, changes = cooperative(), {"approves_changes": "on" in form()}
    its: Facts = {"organisation_id": here.id, "version": here.version, "changes": changes}
    organisations.edit(**acting(), **its, custody_account=house.house().custody.account)
    return go(f"/desk?cooperative={here.id}", said="saved")


def about(what: str, its_id: UUID, *, after: Any = None, limit: int = FIRST) -> Facts:
    """What is said of goods (`g`), a visit (`x`) or a seller (`s`); whether one remembers it."""
    its = {"seller_id" if what == "s" else "subject_id": its_id}
    found = reviews.page(g.session, after=after and after[0], limit=limit, **its)
    ids = {review.subject_id for review in found} if what == "s" else ()
    return {
        "its_id": its_id,
        "its_path": f"/{what}/{its_id}",
        "review_page": paging.page(found, limit=limit, key=lambda review: (review.id,)),
        "figures": reviews.figures(g.session, **its),
        "titles": texts.read(g.session, subject_ids=ids, languages=g.languages) if ids else {},
        "answers_for": g.actor.sells_for(Scope.ORDERS),
        "is_kept": reviews.is_kept(**asking(), subject_id=its_id),
    }

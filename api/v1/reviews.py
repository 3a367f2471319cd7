"""Reviews of goods, visits and their sellers, answers to them, and what somebody remembers."""

from api import fields, paging
from api.v1.orders import ComplaintOut, bought
from api.v1.resources import UUID, Any, Facts, Resources, acting, asking, g, ma
from api.v1.roles import EVERYBODY, GUESTS_TOO, SELLERS, SIGNED_IN
from catalog import reviews
from market import clock

blp = Resources("reviews", __name__, description="What buyers say, and what they remember.")

KEPT = "/me/favourites/<uuid:subject_id>"


class ReviewIn(fields.Schema):
    """How a listing or a visit of the order was; the words may be left out."""

    subject_id = fields.Identifier(required=True)
    stars = fields.Integer(least=1, most=reviews.STARS_MAX, required=True)
    body = fields.Text(most=reviews.WORDS_MAX, least=0, lines=True, load_default="")


class SaidIn(fields.Schema):
    """An answer, or what is wrong."""

    body = fields.Text(most=reviews.WORDS_MAX, lines=True, required=True)


class ReviewOut(fields.Identified):
    """A review; its author by given name and initial."""

    subject_id = fields.Identifier()
    author = ma.fields.String()
    stars = fields.Integer()
    body = ma.fields.String()
    reply = ma.fields.String(allow_none=True)
    replied_at = fields.Instant(allow_none=True)
    created_at = fields.Instant()


class ReviewsOut(fields.page_of(ReviewOut, "reviews, newest first")):  # type: ignore[misc]
    """A page of reviews, newest first; how many there are, and their average in tenths."""

    many = fields.Integer()
    tenths = fields.Integer()


class FavouriteOut(fields.Identified):
    """A listing, a visit or a seller."""

    title = ma.fields.String()
    kind = ma.fields.String()


class FavouritesOut(fields.Schema):
    """What is still there, the last remembered first: offers, then sellers."""

    items = fields.ListOf(ma.fields.Nested(FavouriteOut), most=2 * reviews.KEPT_MAX)


@blp.post("/orders/<uuid:order_id>/reviews", GUESTS_TOO, ReviewOut, takes=ReviewIn)
def write(body: Facts, order_id: UUID) -> reviews.Review:
    """Say how it was, as the buyer of an order that came."""
    return reviews.write(**acting(), order=bought(order_id), **body)


@blp.post("/reviews/<uuid:review_id>/reply", SELLERS, ReviewOut, takes=SaidIn)
def reply(body: Facts, review_id: UUID) -> reviews.Review:
    """Answer as the seller, or put the answer right."""
    return reviews.reply(**acting(), review_id=review_id, **body)


@blp.post("/reviews/<uuid:review_id>/report", SIGNED_IN, ComplaintOut, takes=SaidIn)
def report(body: Facts, review_id: UUID) -> Any:
    """Ask the desk to take it down."""
    return reviews.report(**acting(), review_id=review_id, why=body["body"])


@blp.get("/listings/<uuid:subject_id>/reviews", EVERYBODY, ReviewsOut, query=fields.PageQuery)
@blp.get("/experiences/<uuid:subject_id>/reviews", EVERYBODY, ReviewsOut, query=fields.PageQuery)
@blp.get("/organisations/<uuid:seller_id>/reviews", EVERYBODY, ReviewsOut, query=fields.PageQuery)
def page(query: Facts, **about: UUID) -> Facts:
    """What buyers say of goods, of a visit, or of all that a seller sells."""
    after = query["cursor"] and query["cursor"][0]
    found = reviews.page(g.session, after=after, limit=query["limit"], **about)
    return paging.answer(found, query, "id") | reviews.figures(g.session, **about)._asdict()


@blp.get("/me/favourites", SIGNED_IN, FavouritesOut)
def remembered() -> Facts:
    """What one remembers."""
    offers = reviews.kept_offers(**asking(), lang=g.languages[0], now=clock.now())
    sellers = reviews.kept_sellers(**asking())
    shops = [{"id": shop.id, "title": shop.name, "kind": "seller"} for shop in sellers]
    return {"items": [*offers, *shops]}


@blp.post(KEPT, SIGNED_IN, status=204)
def keep(subject_id: UUID) -> None:
    """Remember it."""
    reviews.keep(**acting(), subject_id=subject_id)


@blp.delete(KEPT, SIGNED_IN)
def drop(subject_id: UUID) -> None:
    """Forget it."""
    reviews.drop(**asking(), subject_id=subject_id)

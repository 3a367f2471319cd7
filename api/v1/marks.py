"""Marks of origin and quality: their scopes, who claims them, and who says so."""

from api import fields
from api.v1.offer_shapes import CODE, Commune
from api.v1.resources import UUID, Any, Created, Facts, Resources, acting, created, g
from api.v1.roles import EVERYBODY, SELLERS
from catalog import claiming, marks
from catalog.marks import Basis, MarkClaim, Standing
from catalog.models import Experience, Listing, ListingState
from market import clock

blp = Resources("marks", __name__, description="Marks of origin and quality, and their claims.")

OFFERS = {"listings": Listing, "experiences": Experience}
CLAIMS = "/<any(listings, experiences):what>/<uuid:offer_id>/claims"


class MarkOut(fields.Schema):
    """A mark; `example` says that a part of its scope stands in no source that was read."""

    code = fields.Text(most=40)
    name = fields.Function(lambda mark: mark.name(g.languages[0]))
    kind = fields.Text(most=40)
    categories = fields.ListOf(fields.Text(most=60, pattern=CODE), most=100)
    cultivars = fields.ListOf(fields.Text(most=60), most=100)
    communes = fields.ListOf(Commune(), most=124)
    requires = fields.Text(most=40, allow_none=True)
    holder = fields.Text(most=200, least=0)
    authority = fields.Text(most=200, least=0)
    decision = fields.Text(most=60, least=0)
    decided_on = fields.DayField(allow_none=True)
    years = fields.Integer(allow_none=True)
    needs_document = fields.Flag()
    source = fields.Text(most=300)
    example = fields.Flag()


class MarksOut(fields.Schema):
    """All marks."""

    items = fields.ListOf(fields.Nested(MarkOut), most=100)


class ClaimIn(fields.Schema):
    """Which mark, who says so, and on which paper; both days are included."""

    mark = fields.Text(most=40, required=True, attribute="mark_code")
    basis = fields.Choice(Basis, required=True)
    number = fields.Text(most=80, load_default=None)
    cultivar = fields.Text(most=60, load_default=None)
    valid_from = fields.DayField(load_default=None)
    valid_until = fields.DayField(load_default=None)


class ClaimOut(fields.Identified, ClaimIn):
    """A claim; `reason` is the code of what suspended or ended it."""

    state = fields.Choice(Standing)
    reason = fields.Text(most=60, allow_none=True)


class ClaimsOut(fields.Schema):
    """Claims, oldest first."""

    items = fields.ListOf(fields.Nested(ClaimOut), most=1_000)


class AskedOut(fields.Schema):
    """The case that decides about a claim; its papers go there."""

    claim_id = fields.Identifier(attribute="subject_id")
    case_id = fields.Identifier(attribute="id")


@blp.get("/marks", EVERYBODY, MarksOut)
def every() -> Facts:
    """Every mark with its scope."""
    return {"items": list(marks.all().values())}


@blp.get(CLAIMS, EVERYBODY, ClaimsOut)
def claims(what: str, offer_id: UUID) -> Facts:
    """What the offer bears today and who says so; its sellers see all that was ever claimed."""
    return {"items": _of_offer(g.session.get(OFFERS[what], offer_id))}


@blp.post(CLAIMS, SELLERS, AskedOut, takes=ClaimIn)
def ask(body: Facts, what: str, offer_id: UUID) -> Created:
    """Claim a mark; a case waits for the cooperative's manager or the desk."""
    which: Any = {"kind": OFFERS[what], "offer_id": offer_id}
    case = claiming.claim(**acting(), **which, claim=claiming.NewClaim(**body))
    return created(case, "cases.one", case_id=case.id)


def _of_offer(offer: Any) -> list[MarkClaim]:
    """The claims on an offer that the reader may see."""
    if offer is None:
        return []
    if offer.seller_id in g.actor.seller_ids or g.actor.oversees:
        return claiming.of(g.session, [offer.id], *Standing)
    is_seen = offer.marks and offer.state == ListingState.LIVE
    return claiming.shown(g.session, [offer.id], clock.now()) if is_seen else []

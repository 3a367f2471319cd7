"""Where goods come from: lots and plots, told by those who grow; marks, by those who claim them."""

from api import fields
from api.v1.offer_shapes import CODE, STEP, Commune, SellerOut
from api.v1.resources import UUID, Any, Created, Facts, Resources, Rows, acting, asking, created, g
from api.v1.roles import EVERYBODY, SELLERS, Role
from catalog import Experience, Listing, ListingState, categories, claiming, marks
from market import clock, code_of, columns_of, traceability
from market.traceability.models import Lot, LotEvent, Plot

blp = Resources("lots", __name__, description="Harvests with a code, and what happened to them.")
land = Resources("plots", __name__, description="A producer's plots.")
quality = Resources("marks", __name__, description="Marks of origin and quality, and their claims.")

OFFERS = {"listings": Listing, "experiences": Experience}
CLAIMS = "/<any(listings, experiences):what>/<uuid:offer_id>/claims"
TELLERS = (*SELLERS, Role.WEIGH_MASTER)
FACTS = (
    "sown: variety; treated: agent and isolation_days; weighed: value (in 10^-scale of the lot's"
    " unit); packed: boxes; handed-over: to."
)


class LotIn(fields.Schema):
    """A harvest, picked already or still to be picked."""

    seller_id = fields.Identifier(required=True, attribute="producer_id")
    category = fields.Text(most=60, pattern=CODE, required=True, attribute="category_code")
    commune = fields.Text(most=10, required=True, attribute="unit_code")
    harvest_day = fields.DayField(required=True)
    quantity = fields.QuantityField(required=True)
    plot_id = fields.Identifier()


class HarvestOut(fields.Schema):
    """What was picked, where and when."""

    code = fields.Text(most=10)
    category = fields.Text(most=60, attribute="category_code")
    commune = Commune(attribute="unit_code")
    harvest_day = fields.DayField()
    unit = fields.Text(most=3)
    scale = fields.Integer(most=6)
    declared = fields.Integer(metadata={"description": STEP})
    accepted = fields.Integer(allow_none=True, metadata={"description": STEP})


class LotOut(fields.Identified, HarvestOut):
    """A lot as its producer sees it."""

    seller_id = fields.Identifier(attribute="producer_id")
    plot_id = fields.Identifier(allow_none=True)
    created_at = fields.Instant()
    version = fields.Integer()


class LotEventIn(fields.Schema):
    """One thing that happened to a lot; which `facts` belong to which step is in the guide."""

    id = fields.Identifier()
    step = fields.Choice(traceability.Step, required=True)
    occurred_at = fields.Instant(required=True)
    facts = fields.Dict(load_default=dict, metadata={"description": FACTS})


class LotEventOut(fields.Schema):
    """One event; `voice` is whose word it is."""

    step = fields.Choice(traceability.Step)
    occurred_at = fields.Instant()
    recorded_at = fields.Instant()
    voice = fields.Choice(traceability.Voice)
    facts = fields.Dict()


class ProducerOut(SellerOut):
    """Who grew or caught it."""

    kind = fields.Text(most=20)


class IsolationOut(fields.Schema):
    """Until when a treated crop had to stay unpicked, and whether it did."""

    until = fields.DayField()
    kept = fields.Flag()


class TraceOut(HarvestOut):
    """The public story of a lot."""

    producer = fields.Nested(ProducerOut)
    isolation = fields.Nested(IsolationOut, allow_none=True)
    events = fields.ListOf(fields.Nested(LotEventOut), most=100_000)


class PlotIn(fields.Schema):
    """A plot; its outline is not asked for."""

    seller_id = fields.Identifier(required=True, attribute="producer_id")
    name = fields.Text(most=80, required=True)
    category = fields.Text(most=60, pattern=CODE, required=True, attribute="category_code")
    commune = fields.Text(most=10, required=True, attribute="unit_code")
    area_m2 = fields.Integer(least=1, most=10**9, required=True)


class PlotOut(fields.Identified):
    """A plot as its producer sees it."""

    seller_id = fields.Identifier(attribute="producer_id")
    name = fields.Text(most=80)
    category = fields.Text(most=60, attribute="category_code")
    commune = Commune(attribute="unit_code")
    area_m2 = fields.Integer()
    created_at = fields.Instant()


@blp.pages("/lots", TELLERS, LotOut, name="LotPage")
def page(query: Facts) -> Rows:
    """The lots one may tell of, newest first."""
    return traceability.lots(**asking(), **query)


@blp.post("/lots", SELLERS, LotOut, takes=LotIn)
def open_lot(body: Facts) -> Created:
    """Open a lot; its code is printed on the boxes."""
    categories.get(body["category_code"])
    quantity = body.pop("quantity")
    lot = traceability.open_lot(**acting(), lot=Lot(**body), quantity=quantity)
    return created(lot, "lots.trace", code=lot.code)


@blp.get("/lots/<string:code>", EVERYBODY, TraceOut)
def trace(code: str) -> Facts:
    """Who grew it, in which commune, what happened, and who says so."""
    found = traceability.trace(g.session, code=code)
    return columns_of(found.lot) | found._asdict()


@blp.post("/lots/<string:code>/events", TELLERS, LotEventOut, takes=LotEventIn)
def tell(body: Facts, code: str) -> LotEvent:
    """Append one thing that happened; a weighing sets what is accepted and in stock."""
    lot = code_of(code, what="lot")
    return traceability.append(**acting(), code=lot, event=LotEvent(**body))


@land.pages("/plots", SELLERS, PlotOut, name="PlotPage")
def plots(query: Facts) -> Rows:
    """One's own plots, newest first."""
    return traceability.plots(**asking(), **query)


@land.post("/plots", SELLERS, PlotOut, takes=PlotIn)
def register(body: Facts) -> Plot:
    """Register a plot."""
    categories.get(body["category_code"])
    return traceability.register_plot(**acting(), plot=Plot(**body))


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
    basis = fields.Choice(marks.Basis, required=True)
    number = fields.Text(most=80, load_default=None)
    cultivar = fields.Text(most=60, load_default=None)
    valid_from = fields.DayField(load_default=None)
    valid_until = fields.DayField(load_default=None)


class ClaimOut(fields.Identified, ClaimIn):
    """A claim; `reason` is the code of what suspended or ended it."""

    state = fields.Choice(marks.Standing)
    reason = fields.Text(most=60, allow_none=True)


class ClaimsOut(fields.Schema):
    """Claims, oldest first."""

    items = fields.ListOf(fields.Nested(ClaimOut), most=1_000)


class AskedOut(fields.Schema):
    """The case that decides about a claim; its papers go there."""

    claim_id = fields.Identifier(attribute="subject_id")
    case_id = fields.Identifier(attribute="id")


@quality.get("/marks", EVERYBODY, MarksOut)
def every() -> Facts:
    """Every mark with its scope."""
    return {"items": list(marks.all().values())}


@quality.get(CLAIMS, EVERYBODY, ClaimsOut)
def claims(what: str, offer_id: UUID) -> Facts:
    """What the offer bears today and who says so; its sellers see all that was ever claimed."""
    return {"items": _of_offer(g.session.get(OFFERS[what], offer_id))}


@quality.post(CLAIMS, SELLERS, AskedOut, takes=ClaimIn)
def ask(body: Facts, what: str, offer_id: UUID) -> Created:
    """Claim a mark; a case waits for the cooperative's manager or the desk."""
    which: Any = {"kind": OFFERS[what], "offer_id": offer_id}
    case = claiming.claim(**acting(), **which, claim=marks.MarkClaim(**body))
    return created(case, "cases.one", case_id=case.id)


def _of_offer(offer: Any) -> list[marks.MarkClaim]:
    """The claims on an offer that the reader may see."""
    if offer is None:
        return []
    if offer.seller_id in g.actor.seller_ids or g.actor.oversees:
        return claiming.of(g.session, [offer.id], *marks.Standing)
    is_seen = offer.marks and offer.state == ListingState.LIVE
    return claiming.shown(g.session, [offer.id], clock.now()) if is_seen else []

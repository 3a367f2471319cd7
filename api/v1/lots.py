"""Lots, told by those who grow and read by who holds a box; and the plots that they grow on."""

from api.fields import page_of
from api.v1.lot_shapes import LotEventIn, LotEventOut, LotIn, LotOut, PlotIn, PlotOut, TraceOut
from api.v1.resources import Created, Facts, Resources, Rows, acting, asking, created, g
from api.v1.roles import EVERYBODY, SELLERS, Role
from catalog import categories
from market import traceability
from market.ids import code_of
from market.traceability import Harvest, NewPlot, Trace
from market.traceability.models import LotEvent, Plot

blp = Resources("lots", __name__, description="Harvests with a code, and what happened to them.")
land = Resources("plots", __name__, description="A producer's plots.")

TELLERS = (*SELLERS, Role.WEIGH_MASTER)


@blp.pages("/lots", TELLERS, page_of(LotOut, "lots, newest first"))
def page(query: Facts) -> Rows:
    """The lots one may tell of, newest first."""
    return traceability.lots(**asking(), **query)


@blp.post("/lots", SELLERS, LotOut, takes=LotIn)
def open_lot(body: Facts) -> Created:
    """Open a lot; its code is printed on the boxes."""
    categories.get(body["category_code"])
    lot = traceability.open_lot(**acting(), harvest=Harvest(**body))
    return created(lot, "lots.trace", code=lot.code)


@blp.get("/lots/<string:code>", EVERYBODY, TraceOut)
def trace(code: str) -> Trace:
    """Who grew it, in which commune, what happened, and who says so."""
    return traceability.trace(g.session, code=code)


@blp.post("/lots/<string:code>/events", TELLERS, LotEventOut, takes=LotEventIn)
def tell(body: Facts, code: str) -> LotEvent:
    """Append one thing that happened; a weighing sets what is accepted and in stock."""
    return traceability.append(**acting(), code=code_of(code, what="lot"), **body)


@land.pages("/plots", SELLERS, page_of(PlotOut, "plots, newest first"))
def plots(query: Facts) -> Rows:
    """One's own plots, newest first."""
    return traceability.plots(**asking(), **query)


@land.post("/plots", SELLERS, PlotOut, takes=PlotIn)
def register(body: Facts) -> Plot:
    """Register a plot."""
    categories.get(body["category_code"])
    return traceability.register_plot(**acting(), plot=NewPlot(**body))
